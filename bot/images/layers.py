"""What a removal leaves, and for whom; and the bytes that it frees."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import islice

from bot.images.guards import is_guard, kept_for
from bot.images.ids import ChainId, ImageId, short
from bot.images.inventory import Container, Image, Inventory, Store
from bot.images.removal import (
    Certainty,
    DeletedImage,
    DeletedLayer,
    Doubt,
    Freed,
    Holder,
    Outcome,
    Record,
    Refused,
    Removed,
    Stays,
)
from bot.images.world import World

NAMED = 5
"""Holders of each kind that are named; a base layer may have thousands, and a plan thousands of steps."""
UNMEASURED = "Docker does not tell how large each of these layers is"
COMPRESSED = "the containerd store keeps layers compressed as well, and does not tell how large each is"


def left_behind(world: World, image: Image, outcome: Removed | Refused) -> tuple[Stays, ...]:
    """Return what of *image* is still there in *world*, which is as the removal leaves it, and what holds it."""
    if image.id in world.images:
        holders, unnamed = holders_of_image(world, image.id)
        return (Stays(image_id=image.id, layers=0, bytes=image.size, holders=holders, more=unnamed),) if holders else ()
    left = world.shares.left(image.layers)
    if not left or isinstance(outcome, Refused):
        return ()
    top = image.layers[left - 1]  # whoever has a layer has those below it too
    holders, unnamed = holders_of_layer(world, top)
    stays = Stays(
        image_id=image.id,
        layers=left,
        bytes=size_of(world, image.layers[:left]),
        holders=holders,
        more=unnamed,
        of_layers=len(image.layers),
        of_bytes=size_of(world, image.layers),
    )
    return (stays,)


def freed_by(inventory: Inventory, world: World, records: Sequence[Record], doubts: Sequence[Doubt]) -> Freed:
    """Return the bytes that a removal with these records gives back; *world* is as the removal leaves it.

    On the classic store they are those of the layers it tells; on the containerd store, which tells none, those of the
    layers that nobody has any more, and of what they take compressed.
    """
    if inventory.store is Store.CONTAINERD:
        return _about(inventory, world, records)
    layers = [record for record in records if isinstance(record, DeletedLayer)]
    count = freed(layers)
    if count is None:
        count = _of_whole_images(inventory, layers)
    if count is None:
        return Freed(bytes=None, certainty=Certainty.ABOUT, why=UNMEASURED)
    doubt = next(iter(doubts), None) if layers else None
    return Freed(bytes=count, certainty=Certainty.AT_MOST, why=doubt.why) if doubt else Freed(bytes=count)


def _of_whole_images(inventory: Inventory, layers: Sequence[DeletedLayer]) -> int | None:
    """Return the bytes of layers that were not all measured, where they are all the layers of the images they go with.

    Not every image has a history that tells the size of each layer; how large it is altogether the daemon lists.
    """
    by_image: defaultdict[ImageId, list[DeletedLayer]] = defaultdict(list)
    for layer in layers:
        by_image[layer.image_id].append(layer)
    counts = [
        inventory.images[image_id].size if len(gone) == len(inventory.images[image_id].layers) else freed(gone)
        for image_id, gone in by_image.items()
    ]
    return _sum(counts)


def _about(inventory: Inventory, world: World, records: Sequence[Record]) -> Freed:
    """Estimate what the containerd store gives back for the first image that is deleted: parents' layers are its own.

    What it keeps compressed of an image is shared out by the sizes of its layers.
    """
    gone = next((r.image_id for r in records if isinstance(r, DeletedImage) and r.image_id not in world.images), None)
    image = inventory.images.get(gone) if gone else None
    if image is None:
        return Freed()
    whole, kept = size_of(world, image.layers), size_of(world, image.layers[: world.shares.left(image.layers)])
    if whole is None or kept is None:
        return Freed(bytes=None, certainty=Certainty.ABOUT, why=UNMEASURED)
    share = (whole - kept) / whole if whole else float(kept == 0)
    return Freed(bytes=round(max(image.size, whole) * share), certainty=Certainty.ABOUT, why=COMPRESSED)


def total(parts: Iterable[Freed]) -> Freed:
    """Return what several removals give back together, no surer than the least sure of them."""
    several = list(parts)
    counts = [part.bytes for part in several if part.bytes is not None]
    unsure = [part for part in several if part.certainty is not Certainty.EXACT]
    worst = next((part for part in unsure if part.bytes is None or part.certainty is Certainty.ABOUT), None)
    worst = worst or next(iter(unsure), None)
    known = sum(counts) if len(counts) == len(several) else None
    return Freed(bytes=known, certainty=worst.certainty, why=worst.why) if worst else Freed(bytes=known)


def freed(records: Iterable[Record]) -> int | None:
    """Return the bytes of the layers in *records*; None where the size of one is not known."""
    return _sum([record.bytes for record in records if isinstance(record, DeletedLayer)])


def size_of(world: World, layers: Sequence[ChainId]) -> int | None:
    """Return the bytes of these layers; None where the size of one is not known."""
    return _sum([world.bytes.get(chain) for chain in layers])


def deleted_images(outcomes: Iterable[Outcome]) -> list[ImageId]:
    """Return the images that these outcomes delete, in order."""
    removed = [outcome for outcome in outcomes if isinstance(outcome, Removed)]
    return [r.image_id for outcome in removed for r in outcome.records if isinstance(r, DeletedImage)]


def _sum(sizes: Sequence[int | None]) -> int | None:
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None


def holders_of_image(world: World, image_id: ImageId) -> tuple[tuple[Holder, ...], int]:
    """Return what an image is there for: its names, its containers, and what was built on it."""
    users, children = world.users(image_id), world.children.get(image_id, ())
    return _named(
        _references(world, image_id),
        [container_holder(container, image_id) for container in islice(users, NAMED)],
        [Holder(kind="child", name=world.name(child)) for child in islice(children, NAMED)],
        total=len(world.references[image_id]) + len(users) + len(children),
    )


def _references(world: World, image_id: ImageId) -> list[Holder]:
    """Return the names that hold an image, and a guard as what it is there for."""
    ordered = world.ordered(image_id)
    names = [Holder(kind="reference", name=reference.familiar) for reference in ordered if not is_guard(reference)]
    kept = kept_for(ordered, world.windows)
    return [Holder(kind="guard", name=kept), *names] if kept else names


def holders_of_layer(world: World, chain: ChainId) -> tuple[tuple[Holder, ...], int]:
    """Return the images, and the containers of images that are gone, that hold a layer."""
    orphans = world.shares.orphans(chain)
    images = sorted(islice(world.sharers(chain), NAMED), key=lambda image_id: not world.references[image_id])
    return _named(
        [world.holder(image_id) for image_id in images],  # those without a name last
        [container_holder(container) for container in islice(orphans, NAMED)],
        total=world.shares.sharing(chain) + len(orphans),
    )


def container_holder(container: Container, image_id: ImageId | None = None) -> Holder:
    """Return a container as what holds something; where it is *image_id* that is held, by a mount where it is one."""
    mounted = image_id is not None and container.image_id != image_id
    name = f"container {container.name or short(container.id)}"
    return Holder(kind="mount" if mounted else "container", name=name, detail=container.state)


def _named(*kinds: Collection[Holder], total: int) -> tuple[tuple[Holder, ...], int]:
    """Return the holders that are named, and the number of those that are not."""
    named = tuple(holder for kind in kinds for holder in islice(kind, NAMED))
    return named, total - len(named)
