"""``$(ls -q …)``: the images of a list as words to remove, each once, frozen when asked."""

from dataclasses import dataclass

from bot.images.ids import short
from bot.images.inventory import Inventory
from bot.images.listing import BadFilter, Filters, Row, listed
from bot.images.reference import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """Words that stand for the listed images, in order, and notes on them for the reader."""

    words: tuple[str, ...]
    notes: tuple[str, ...]


def select(
    inventory: Inventory, pattern: str | None, filters: Filters, *, everything: bool, force: bool
) -> Selected | BadFilter:
    """Return the words for what ``ls -q`` lists.

    An image goes by its ID wherever Docker would take the ID. Where it would refuse it only because several references
    name the image, the references that the list matched go one by one, and a note says which others keep the image.
    """
    rows = listed(inventory, pattern, filters, everything=everything)
    if isinstance(rows, BadFilter):
        return rows
    words: list[str] = []
    notes: list[str] = []
    for row in rows:
        if force or _goes_by_id(row.image.references):
            words.append(row.image.id)
            continue
        words += [reference.familiar for reference in _one_by_one(row)]
        if others := sorted(r.familiar for r in set(row.image.references) - set(row.references) if r.tag):
            notes.append(f"{short(row.image.id)} stays: it is also {', '.join(others)}.")
    return Selected(words=tuple(words), notes=tuple(notes))


def _goes_by_id(references: tuple[Reference, ...]) -> bool:
    """Whether Docker removes the image by its ID without force: its references count as one."""
    tags = [reference for reference in references if not reference.digest]
    return len(references) <= 1 or (len(tags) <= 1 and len({r.repository for r in references}) == 1)


def _one_by_one(row: Row) -> list[Reference]:
    """Return the matched references to remove: tags, and digests of repositories of which no tag was matched.

    With the last tag of a repository its digests go by themselves; removing them first would be one record too many.
    """
    ordered = sorted(row.references, key=lambda reference: reference.canonical)
    tagged = {reference.repository for reference in ordered if reference.tag}
    return [r for r in ordered if r.tag or r.repository not in tagged]
