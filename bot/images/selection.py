"""``$(ls -q …)``: the images of a list as words to remove, each once, frozen when asked."""

from collections import defaultdict
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.images.ids import ImageId, short
from bot.images.inventory import Inventory
from bot.images.listing import BadFilter, Filters, Row, listed
from bot.images.reference import Reference, unmistakable
from bot.images.stores import only_names_refuse, takes_more
from bot.images.world import World

Among = Mapping[ImageId, frozenset[Reference]]
"""Images, and some of the references of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list that stands for its images: a pattern or none, filters, and with ``everything`` what ``-a`` shows too.

    ``among`` are the images that the daemon itself found by those filters that only it can answer, with the references
    that it found of each; None where there are none such.
    """

    pattern: str | None = None
    filters: Filters = ()
    everything: bool = False
    among: Among | None = None


def rows_of(inventory: Inventory, listing: Listing) -> tuple[Row, ...] | BadFilter:
    """Return what is listed."""
    rows = listed(inventory, listing.pattern, listing.filters, everything=listing.everything)
    if isinstance(rows, BadFilter) or listing.among is None:
        return rows
    return tuple(_found(row, listing.among[row.image.id]) for row in rows if _is_found(row, listing.among))


def _is_found(row: Row, among: Among) -> bool:
    """Whether the daemon found one of the references that are listed, or an image without one."""
    found = among.get(row.image.id)
    return found is not None and (not row.references or not found.isdisjoint(row.references))


def _found(row: Row, found: frozenset[Reference]) -> Row:
    return replace(row, references=tuple(reference for reference in row.references if reference in found))


def united(inventory: Inventory, listings: Sequence[Listing]) -> list[list[Row]] | BadFilter:
    """Return the rows of several lists, each image once: where it is listed first, with all references that match."""
    every: list[tuple[Row, ...]] = []
    matched: defaultdict[ImageId, set[Reference]] = defaultdict(set)
    for listing in listings:
        rows = rows_of(inventory, listing)
        if isinstance(rows, BadFilter):
            return rows
        every.append(rows)
        for row in rows if len(listings) > 1 else ():
            matched[row.image.id].update(row.references)
    if len(listings) <= 1:
        return [list(rows) for rows in every]
    return [[_whole(row, matched.pop(row.image.id)) for row in rows if row.image.id in matched] for rows in every]


def _whole(row: Row, references: set[Reference]) -> Row:
    return replace(row, references=tuple(sorted(references, key=lambda reference: reference.canonical)))


def words_for(world: World, row: Row, *, force: bool) -> Generator[str, None, str]:
    """Yield the words for a listed image, each to be removed from *world* before the next is asked for; return a note.

    An image goes by its ID, as Docker would take it, on what the images before it leave. Only where Docker would refuse
    it for nothing else than several references, those that the list matched go one by one, and a note says which
    others keep the image.
    """
    image_id = row.image.id
    if image_id not in world.images:
        return ""  # something before it took it along: each image once
    if not force and only_names_refuse(world, image_id):
        return (yield from _one_by_one(world, row))
    held = world.references[image_id]
    others = set(held) - set(row.references) if held != row.references else None
    yield image_id
    if not others or image_id in world.images:
        return ""
    return f"{'With --force ' if force else ''}{short(image_id)} loses every name: {_list(others)} too."


def _one_by_one(world: World, row: Row) -> Generator[str, None, str]:
    """Yield the matched references: tags first, for the digests of a repository go with its last tag.

    A digest that would take along a tag that was not matched is left out.
    """
    for reference in sorted(row.references, key=lambda r: (r.digest is not None, r.canonical)):
        if world.named.get(reference) == row.image.id and not takes_more(world, reference):
            yield unmistakable(reference)
    others = _names(world, row.image.id)
    return f"{short(row.image.id)} stays: it is also {_list(others)}." if others else ""


def _names(world: World, image_id: ImageId) -> set[Reference]:
    return set(world.references.get(image_id, ()))


def _list(references: set[Reference]) -> str:
    """Return tags, and digests only where there is no tag."""
    tags = {reference for reference in references if reference.tag}
    return ", ".join(sorted(reference.familiar for reference in tags or references))
