"""What left a host between two looks at it, and whose doing it was: ours, somebody else's, or not known yet."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType

from bot.images.ids import ChainId, ImageId
from bot.images.inventory import Image, Inventory, Store
from bot.images.pieces import Ours
from bot.images.removal import DeletedLayer

UNTAG, DELETE = "untag", "delete"
SKEW = timedelta(seconds=5)
"""How far a daemon's clock may be off before its word for a time counts as none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An image as it was seen last.

    ``references`` are the names that it has, in the familiar form; ``names`` those that it had when it last had any.
    ``layers`` are its chain IDs, base first, and ``sizes`` their bytes where known. ``gone`` is whether it is on record
    that it was deleted: then it is known what became of all but its ``references`` and ``layers``. ``since`` is when it
    was last seen whole, where that was not at the last look.
    """

    id: ImageId
    references: tuple[str, ...]
    names: tuple[str, ...]
    layers: tuple[ChainId, ...]
    sizes: tuple[int | None, ...]
    size: int
    created: int
    gone: bool = False
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a daemon told of an image, in Docker's word for it, and when by its own clock; ``name`` where it told one.

    ``image_id`` is None where it named no image.
    """

    at: datetime
    action: str
    image_id: ImageId | None
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What of one image left by no doing of ours.

    ``names`` are what it was called, ``untagged`` the names that it lost, ``deleted`` whether it is gone, ``layers``
    those that went with it, the topmost first. It happened between two moments, which are the same where it was told;
    ``size`` (bytes) and ``created`` (seconds since 1970) are 0 where they were never seen.
    """

    image_id: ImageId
    names: tuple[str, ...]
    untagged: tuple[str, ...] = ()
    deleted: bool = False
    layers: tuple[DeletedLayer, ...] = ()
    size: int = 0
    created: int = 0
    earliest: datetime
    latest: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Departures:
    """What two looks at a host came to.

    ``left`` went by others' doing. ``layers`` went with images that we deleted, where the daemon did not say so.
    ``known`` is what to hold the next look against: what is there, and what may have been our doing and is not settled.
    """

    left: tuple[Left, ...]
    layers: tuple[DeletedLayer, ...]
    known: Mapping[ImageId, Known]


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """The time between two looks, by our clock, and what the daemon told in it.

    ``moments`` has when it told of each image and action, in order: thousands may go at once.
    """

    since: datetime
    until: datetime
    told: Sequence[Told] = ()
    moments: Mapping[tuple[ImageId, str], Sequence[datetime]] = field(default_factory=lambda: MappingProxyType({}))


def between(since: datetime, until: datetime, told: Iterable[Told]) -> Between:
    """Return the time between two looks, with what was *told* of it."""
    in_order = sorted(told, key=lambda each: each.at)
    moments = defaultdict[tuple[ImageId, str], list[datetime]](list)
    for each in in_order:
        if each.image_id is not None:
            moments[each.image_id, each.action].append(each.at)
    return Between(since=since, until=until, told=in_order, moments=moments)


def departures(before: Mapping[ImageId, Known], now: Inventory, ours: Ours, between: Between) -> Departures:
    """Return what left since *before*. *ours* was read after *now* was taken, so that it has all that we had begun.

    A name that another image has now has moved, not left.
    """
    names = _names_now(now)
    taken = {reference for references in names.values() for reference in references}
    used = {container.image_id for container in now.containers}
    kept, left = dict(_known(now, before, names)), []
    for image in before.values():
        lost = [r for r in image.references if r not in names.get(image.id, ()) and r not in taken]
        waiting = tuple(r for r in lost if ours.may_untag(r, image.id))
        untagged = tuple(r for r in lost if r not in waiting and not ours.untagged(r, image.id))
        away = image.id not in now.images
        held = away and not image.gone and ours.may_delete(image.id)
        deleted = away and not image.gone and not held and not ours.deleted(image.id)
        released = away and image.gone and image.id not in used
        if untagged or deleted or released:
            left.append(_left(image, untagged, between, deleted=deleted))
        if held or waiting:
            kept[image.id] = _waits(kept.get(image.id), image, waiting, between.since)
        if away and not held and (waiting or image.id in used):
            kept[image.id] = _gone(kept.get(image.id, replace(image, references=())), used=image.id in used)
    return _with_layers(before, now, ours, Departures(left=tuple(left), layers=(), known=kept), between)


def _names_now(now: Inventory) -> Mapping[ImageId, frozenset[str]]:
    return {i: frozenset(r.familiar for r in image.references) for i, image in now.images.items()}


def _known(
    now: Inventory, before: Mapping[ImageId, Known], names: Mapping[ImageId, frozenset[str]]
) -> Iterable[tuple[ImageId, Known]]:
    """Yield what is there now; what has no name any more keeps those that it had, and layers keep their sizes."""
    sizes = {**_sizes_of(before.values()), **now.layer_bytes}
    for image in now.images.values():
        earlier = before.get(image.id)
        known = known_of(image, sizes)
        yield image.id, known if names[image.id] or earlier is None else replace(known, names=earlier.names)


def _sizes_of(images: Iterable[Known]) -> Mapping[ChainId, int]:
    """Return the sizes that were known: whoever looks now may not have measured them."""
    each = (pair for image in images for pair in zip(image.layers, image.sizes, strict=True))
    return {chain: size for chain, size in each if size is not None}


def known_of(image: Image, sizes: Mapping[ChainId, int]) -> Known:
    """Return an image as it is to be remembered."""
    references = tuple(sorted(reference.familiar for reference in image.references))
    return Known(
        id=image.id,
        references=references,
        names=references,
        layers=image.layers,
        sizes=tuple(sizes.get(chain) for chain in image.layers),
        size=image.size,
        created=image.created,
    )


def _waits(now: Known | None, before: Known, waiting: Collection[str], since: datetime) -> Known:
    """Return an image with the names whose loss is not settled, whether it is there *now* or not."""
    references = {*(now.references if now else ()), *waiting}
    return replace(now or before, references=tuple(sorted(references)), since=before.since or since)


def _gone(image: Known, *, used: bool) -> Known:
    """Return an image whose end is on record; its layers are there as long as a container uses them."""
    return replace(image, gone=True) if used else replace(image, gone=True, layers=(), sizes=())


def _left(image: Known, untagged: tuple[str, ...], between: Between, *, deleted: bool) -> Left:
    earliest, latest = _when(image, untagged, between, deleted=deleted)
    return Left(
        image_id=image.id,
        names=tuple(sorted({*image.names, *untagged})),
        untagged=untagged,
        deleted=deleted,
        size=image.size,
        created=image.created,
        earliest=earliest,
        latest=latest,
    )


def _when(image: Known, untagged: Sequence[str], between: Between, *, deleted: bool) -> tuple[datetime, datetime]:
    """Return between which moments it happened: one and the same where the daemon told of all of it.

    The classic store tells that an image lost a name, and not which; of digests that go along it may tell nothing. So
    where it told less often than tags went, the time is in doubt.
    """
    action, since = DELETE if deleted else UNTAG, image.since or between.since
    told = between.moments.get((image.id, action), ())
    moments = [at for at in told if since - SKEW <= at <= between.until + SKEW]
    if deleted and moments:
        return moments[-1], moments[-1]
    if moments and len(moments) >= len([name for name in untagged if "@" not in name]):
        return moments[0], moments[-1]
    return since, between.until


def _with_layers(
    before: Mapping[ImageId, Known], now: Inventory, ours: Ours, found: Departures, between: Between
) -> Departures:
    """Add the layers that nobody has any more, each to one image that it went with.

    The containerd store does not tell which of them we took, so those that may be ours are. On the others that is told,
    and what a removal of ours did not take a container had kept, and has let go of; or a build cache has it now.
    """
    held = {chain for image in now.images.values() for chain in image.layers}
    held |= {chain for container in now.containers for chain in container.holds or ()}
    held |= {chain for i, image in found.known.items() if i not in now.images for chain in image.layers}
    passed = held | ours.layers
    layers: tuple[DeletedLayer, ...] = ()
    gone = [image for i, image in before.items() if i not in now.images and not image.gone and i not in found.known]
    gone = [image for image in gone if ours.deleted(image.id)]
    if now.store is Store.CONTAINERD:
        layers = _layers_of_all(gone, passed)
    left = [
        each if each.image_id in now.images else replace(each, layers=_layers_of(before[each.image_id], passed))
        for each in found.left
    ]
    if now.store is not Store.CONTAINERD and not now.build_cache_shared:
        layers = _layers_of_all(gone, passed)
    whole = [each for each in left if each.untagged or each.deleted or each.layers]
    return replace(found, left=(*whole, *_came_and_went(before, now, ours, between)), layers=layers)


def _layers_of_all(images: Iterable[Known], passed: set[ChainId]) -> tuple[DeletedLayer, ...]:
    return tuple(layer for image in images for layer in _layers_of(image, passed))


def _layers_of(image: Known, passed: set[ChainId]) -> tuple[DeletedLayer, ...]:
    """Return the layers of an image that are not *passed* yet, the topmost first, and pass them."""
    sizes = dict(zip(image.layers, image.sizes, strict=True))
    went = [chain for chain in reversed(sizes) if chain not in passed]
    passed.update(went)
    return tuple(DeletedLayer(chain_id=chain, image_id=image.id, bytes=sizes[chain]) for chain in went)


def _came_and_went(before: Mapping[ImageId, Known], now: Inventory, ours: Ours, between: Between) -> Iterable[Left]:
    """Yield the images that were never seen, and of whose end the daemon told more often than we deleted them."""
    names = defaultdict[ImageId, set[str]](set)
    for told in between.told:
        if told.image_id is not None and told.name not in {"", told.image_id}:
            names[told.image_id].add(told.name)
    for (image_id, action), ends in between.moments.items():
        never_seen = action == DELETE and image_id not in before and image_id not in now.images
        if never_seen and len(ends) > ours.times_deleted(image_id) and not ours.may_delete(image_id):
            called = tuple(sorted(names.get(image_id, ())))
            yield Left(image_id=image_id, names=called, deleted=True, earliest=ends[-1], latest=ends[-1])
