"""``$(ls -q …)``: the images of a list as words to remove, each once, frozen when asked."""

from dataclasses import dataclass

from bot.images.ids import ImageId, short
from bot.images.inventory import Inventory
from bot.images.listing import BadFilter, Filters, Row, listed
from bot.images.reference import Reference, unmistakable
from bot.images.removal import Removed
from bot.images.resolve import resolve
from bot.images.stores import only_names_refuse, remove, takes_more
from bot.images.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """Words that stand for the listed images, in order, and notes on them for the reader."""

    words: tuple[str, ...]
    notes: tuple[str, ...]


def select(
    inventory: Inventory,
    pattern: str | None,
    filters: Filters,
    *,
    everything: bool,
    force: bool,
    prune: bool = True,
) -> Selected | BadFilter:
    """Return the words for what ``ls -q`` lists.

    An image goes by its ID, as Docker would take it, on what the images before it leave. Only where Docker would refuse
    it for nothing else than several references, those that the list matched go one by one, and a note says which
    others keep the image.
    """
    rows = listed(inventory, pattern, filters, everything=everything)
    if isinstance(rows, BadFilter):
        return rows
    world = World(inventory)
    picked = [_pick(world, row, force=force, prune=prune) for row in rows]
    return Selected(
        words=tuple(word for words, _ in picked for word in words), notes=tuple(note for _, note in picked if note)
    )


def _pick(world: World, row: Row, *, force: bool, prune: bool) -> tuple[list[str], str]:
    """Return the words for one image and a note, and remove it from *world* as the daemon would."""
    image_id = row.image.id
    if not force and only_names_refuse(world, image_id):
        return _one_by_one(world, row, prune=prune)
    others = _names(world, image_id) - set(row.references)
    outcome = remove(world, image_id, resolve(world, image_id), force=force, prune=prune)
    goes_too = force and others and isinstance(outcome, Removed)
    return [image_id], f"With --force {short(image_id)} loses every name: {_list(others)} too." if goes_too else ""


def _one_by_one(world: World, row: Row, *, prune: bool) -> tuple[list[str], str]:
    """Remove the matched references: tags first, for the digests of a repository go with its last tag.

    A digest that would take along a tag that was not matched is left out.
    """
    words: list[str] = []
    for reference in sorted(row.references, key=lambda r: (r.digest is not None, r.canonical)):
        if world.named.get(reference) != row.image.id or takes_more(world, reference):
            continue
        words.append(unmistakable(reference))
        remove(world, words[-1], resolve(world, words[-1]), force=False, prune=prune)
    others = _names(world, row.image.id)
    return words, f"{short(row.image.id)} stays: it is also {_list(others)}." if others else ""


def _names(world: World, image_id: ImageId) -> set[Reference]:
    return set(world.references.get(image_id, ()))


def _list(references: set[Reference]) -> str:
    """Return tags, and digests only where there is no tag."""
    tags = {reference for reference in references if reference.tag}
    return ", ".join(sorted(reference.familiar for reference in tags or references))
