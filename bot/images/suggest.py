"""What somebody may have meant whose word names nothing: other tags, near names, more digits of an ID."""

from collections.abc import Iterable
from difflib import get_close_matches

from bot.images.ids import ImageId, partial_id, short
from bot.images.reference import DEFAULT_TAG, Reference, parse_any, with_default_tag
from bot.images.world import World

NAMED = 3
"""Names suggested before the rest is counted."""
LIKENESS = 0.6
"""How alike two names must be to be taken for one another (``difflib``'s own measure and default)."""


def suggestion(world: World, word: str) -> str:
    """Return a sentence on what to try where *word* names nothing; nothing where nothing is like it."""
    digits = partial_id(word)
    if digits and (matching := world.with_prefix(digits)):
        return f"{word} is how several IDs begin: {_few([_called(world, image_id) for image_id in matching])}."
    parsed = parse_any(word)
    if not isinstance(parsed, Reference):
        return ""
    if tags := _tags(world, parsed.familiar_repository):
        meant = with_default_tag(parsed)
        told = f"{word} means {meant.familiar}. " if meant != parsed and meant.tag == DEFAULT_TAG else ""
        return f"{told}Here {'is' if len(tags) == 1 else 'are'} {_few(tags)}."
    found = closest(world, word)
    return f"Did you mean {_few(found)}?" if found else ""


def closest(world: World, word: str) -> tuple[str, ...]:
    """Return the tags of the repository whose name is most like the one in *word*, in Docker's order."""
    parsed = parse_any(word)
    if not isinstance(parsed, Reference):
        return ()
    near = get_close_matches(parsed.familiar_repository, world.tagged_repositories, n=1, cutoff=LIKENESS)
    return tuple(_tags(world, near[0])) if near else ()


def _tags(world: World, repository: str) -> list[str]:
    """Return the familiar references of a repository's tags that are still there."""
    held = (r for r in world.tagged_repositories.get(repository, ()) if r in world.named)
    return [reference.familiar for reference in sorted(held, key=lambda reference: reference.canonical)]


def _called(world: World, image_id: ImageId) -> str:
    names = world.ordered(image_id)
    return f"{short(image_id)} ({names[0].familiar})" if names else short(image_id)


def _few(names: Iterable[str]) -> str:
    every = list(names)
    return ", ".join(every[:NAMED]) + (f" and {len(every) - NAMED} more" if len(every) > NAMED else "")
