"""What can be chosen on a host by a few letters: names, images without one, and all that a pattern lists."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.command.commands import Selection
from bot.command.printing import printed
from bot.images.guards import visible
from bot.images.ids import partial_id, short
from bot.images.inventory import Image, Inventory
from bot.images.listing import BadFilter, listed
from bot.images.usage import NAMELESS

MOST = 100
"""Offers at a time: Slack takes so many (docs.slack.dev/reference/interaction-payloads/block_suggestion-payload)."""
WILD = frozenset("*?[")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Something to choose: ``typed`` as ``rm`` takes it, ``label`` as a person reads it.

    It stands for so many ``images``, of ``size`` bytes where it is one.
    """

    typed: str
    label: str
    images: int = 1
    size: int | None = None
    id: str = ""


def offered(inventory: Inventory, letters: str) -> tuple[Offer, ...]:
    """Return what *letters* find on a host: lists first, then names that begin with them, then names that have them."""
    seen = visible(inventory)
    wanted = letters.strip().lower()
    single = [*_names(seen, wanted), *_nameless(seen, wanted)]
    return (*_lists(seen, wanted), *single)[:MOST]


def _lists(inventory: Inventory, wanted: str) -> Iterator[Offer]:
    """Yield what stands for several images: a pattern as typed, every tag of a repository, all without a name."""
    patterns = {wanted: f"all that match {wanted}"} if WILD & set(wanted) else {}
    repositories = {r.familiar_repository for image in inventory.images.values() for r in image.references if r.tag}
    near = [name for name in sorted(repositories) if wanted and name.lower().startswith(wanted)]
    patterns |= {name: f"every tag of {name}" for name in near[:5]}
    for pattern, label in patterns.items():
        rows = listed(inventory, pattern, (), everything=False)
        if not isinstance(rows, BadFilter) and len(rows) > 1:
            yield Offer(typed=printed(Selection(pattern=pattern)), label=label, images=len(rows))
    rows = listed(inventory, None, NAMELESS, everything=False)
    if not isinstance(rows, BadFilter) and len(rows) > 1 and (not wanted or wanted in "dangling <none>"):
        yield Offer(typed=printed(Selection(filters=NAMELESS)), label="all images without a name", images=len(rows))


def _names(inventory: Inventory, wanted: str) -> list[Offer]:
    found = [
        (reference.familiar, image)
        for image in inventory.images.values()
        for reference in image.references
        if reference.tag and wanted in reference.familiar.lower()
    ]
    found += [(short(image.id), image) for image in inventory.images.values() if _has_id(image, wanted)]
    found.sort(key=lambda each: (not each[0].lower().startswith(wanted), each[0]))
    return [_one(name, image) for name, image in found]


def _has_id(image: Image, wanted: str) -> bool:
    return bool(image.references) and partial_id(wanted) is not None and short(image.id).startswith(wanted)


def _nameless(inventory: Inventory, wanted: str) -> list[Offer]:
    rows = listed(inventory, None, NAMELESS, everything=False)
    if isinstance(rows, BadFilter):
        return []
    return [
        _one(short(row.image.id), row.image)
        for row in rows
        if wanted in "dangling <none>" or short(row.image.id).startswith(wanted)
    ]


def _one(typed: str, image: Image) -> Offer:
    return Offer(typed=typed, label=typed, size=image.size, id=short(image.id))
