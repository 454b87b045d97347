"""What a word means to a daemon: a name, an ID, or nothing that it holds (moby, ``daemon/images/image.go``)."""

from dataclasses import dataclass, replace
from difflib import get_close_matches

from bot.images.ids import ImageId, full_id, partial_id
from bot.images.reference import InvalidReference, Reference, parse, with_default_tag
from bot.images.removal import Refusal, Refused
from bot.images.world import World

NAMED = 3
"""Names suggested before the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A word that names an image by a reference: ``typed`` is what Docker prints, ``held`` what the daemon keeps."""

    image_id: ImageId
    typed: Reference
    held: Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """A word that Docker takes for the ID of an image, in full or in part."""

    image_id: ImageId


Meaning = Named | Identified | Refused


def resolve(world: World, word: str) -> Meaning:
    """Return what *word* means to a daemon with the classic store, or how it refuses the word."""
    if not word.strip():
        return Refused(refusal=Refusal.INVALID, message="image name cannot be blank")
    if (image_id := full_id(word)) is not None:
        return Identified(image_id=image_id) if image_id in world.images else _not_held(image_id)
    parsed = parse(word)
    if isinstance(parsed, InvalidReference):
        return Refused(refusal=Refusal.INVALID, message=parsed.message)
    typed = with_default_tag(parsed)
    held = replace(typed, tag=None) if typed.digest else typed  # the store looks name:tag@digest up by its digest
    image_id = world.named.get(held)
    if image_id is None:
        digits = partial_id(word)
        image_id = world.with_prefix(digits) if digits else None
        return _not_held(typed.familiar) if image_id is None else Identified(image_id=image_id)
    if _spells_its_id(image_id, word):
        return Identified(image_id=image_id)
    return Named(image_id=image_id, typed=typed, held=held)


def _spells_its_id(image_id: ImageId, word: str) -> bool:
    """Whether Docker takes the word for an ID although it names the image: it is how the ID begins.

    So an image called ``sha`` or like the first digits of its own ID is removed by ID (``isImageIDPrefix``).
    """
    return image_id.startswith(word) or image_id.partition(":")[2].startswith(word)


def _not_held(name: str) -> Refused:
    return Refused(refusal=Refusal.NOT_FOUND, message=f"No such image: {name}")


def closest(world: World, word: str) -> str:
    """Return what to try where *word* is not found: other tags of the same name, or the nearest names."""
    parsed = parse(word)
    if isinstance(parsed, InvalidReference) or full_id(word):
        return ""
    tags = sorted(r.familiar for r in world.named if r.repository == parsed.repository and r.tag)
    if tags:
        return f"Other tags here: {_few(tags)}."
    names = {reference.familiar_repository for reference in world.named if reference.tag}
    near = get_close_matches(parsed.familiar_repository, names, n=1, cutoff=0.6)
    found = sorted(r.familiar for r in world.named if near and r.familiar_repository == near[0] and r.tag)
    return f"Did you mean {_few(found)}?" if found else ""


def _few(names: list[str]) -> str:
    return ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
