"""What a removal leaves, and for whom; and the bytes that it frees."""

from collections.abc import Collection, Iterable, Sequence
from itertools import islice

from bot.images.ids import ChainId, ImageId, short
from bot.images.inventory import Container, Inventory, Store
from bot.images.removal import DeletedImage, DeletedLayer, Holder, Outcome, Record, Refused, Removed, Stays
from bot.images.world import World

NAMED = 10
"""Holders of each kind that are named; a base layer may have thousands, and a plan thousands of steps."""


def left_behind(
    inventory: Inventory, world: World, image_id: ImageId | None, outcome: Removed | Refused
) -> tuple[Stays, ...]:
    """Return what of *image_id* is still there in *world*, which is as the removal leaves it, and what holds it."""
    image = inventory.images.get(image_id) if image_id else None
    if image is None:
        return ()
    if image.id in world.images:
        holders, unnamed = _holders_of_image(world, image.id)
        return (Stays(image_id=image.id, layers=0, bytes=image.size, holders=holders, more=unnamed),) if holders else ()
    records = outcome.records if isinstance(outcome, Removed) else ()
    gone = {record.chain_id for record in records if isinstance(record, DeletedLayer)}
    if world.store is Store.CONTAINERD:  # it does not tell which layers go: those that nobody has any more
        gone = {chain for chain in image.layers if not world.users(chain) and not world.orphans(chain)}
    left = [chain for chain in image.layers if chain not in gone]
    if not left:
        return ()
    holders, unnamed = _holders_of_layer(world, left[-1])  # whoever has a layer has those below it too
    size = _sum([inventory.layer_bytes.get(chain) for chain in left])
    return (Stays(image_id=image.id, layers=len(left), bytes=size, holders=holders, more=unnamed),)


def freed(records: Iterable[Record]) -> int | None:
    """Return the bytes of the layers in *records*; None where the size of one is not known."""
    return _sum([record.bytes for record in records if isinstance(record, DeletedLayer)])


def deleted_images(outcomes: Iterable[Outcome]) -> list[ImageId]:
    """Return the images that these outcomes delete, in order."""
    removed = [outcome for outcome in outcomes if isinstance(outcome, Removed)]
    return [r.image_id for outcome in removed for r in outcome.records if isinstance(r, DeletedImage)]


def _sum(sizes: Sequence[int | None]) -> int | None:
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None


def _holders_of_image(world: World, image_id: ImageId) -> tuple[tuple[Holder, ...], int]:
    containers, children = world.containers.get(image_id, ()), world.children.get(image_id, ())
    return _named(
        [Holder(kind="reference", name=reference.familiar) for reference in world.ordered(image_id)],
        [container_holder(container) for container in islice(containers, NAMED)],
        [Holder(kind="child", name=world.name(child)) for child in islice(children, NAMED)],
        total=len(world.references[image_id]) + len(containers) + len(children),
    )


def _holders_of_layer(world: World, chain: ChainId) -> tuple[tuple[Holder, ...], int]:
    """Return the images, and the containers of images that are gone, that hold a layer."""
    images, containers = world.users(chain), world.orphans(chain)
    return _named(
        [Holder(kind="image", name=world.name(image_id)) for image_id in islice(images, NAMED)],
        [container_holder(container) for container in islice(containers, NAMED)],
        total=len(images) + len(containers),
    )


def container_holder(container: Container) -> Holder:
    """Return a container as what holds something."""
    return Holder(kind="container", name=f"container {container.name or short(container.id)}", detail=container.state)


def _named(*kinds: Collection[Holder], total: int) -> tuple[tuple[Holder, ...], int]:
    """Return the holders that are named, and the number of those that are not."""
    named = tuple(holder for kind in kinds for holder in islice(kind, NAMED))
    return named, total - len(named)
