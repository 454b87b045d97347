"""What a removal leaves, and for whom; and the bytes that it frees."""

from collections.abc import Iterable

from bot.images.ids import ChainId, ImageId, short
from bot.images.inventory import Container, Inventory
from bot.images.removal import DeletedImage, DeletedLayer, Holder, Record, Refused, Removed, Stays
from bot.images.world import World

NAMED = 10
"""Holders of a layer that are named; a base layer may have thousands."""


def left_behind(
    inventory: Inventory, world: World, image_id: ImageId | None, outcome: Removed | Refused
) -> tuple[Stays, ...]:
    """Return what of *image_id* is still there in *world*, which is as the removal leaves it, and what holds it."""
    image = inventory.images.get(image_id) if image_id else None
    if image is None:
        return ()
    if image.id in world.images:
        holders = (*_references(world, image.id), *_containers(world, image.id), *_children(world, image.id))
        return (Stays(image_id=image.id, layers=0, bytes=image.size, holders=holders),) if holders else ()
    records = outcome.records if isinstance(outcome, Removed) else ()
    gone = {record.chain_id for record in records if isinstance(record, DeletedLayer)}
    left = [chain for chain in image.layers if chain not in gone]
    if not left:
        return ()
    return (Stays(image_id=image.id, layers=len(left), bytes=_bytes(inventory, left), holders=_users(world, left[-1])),)


def freed(records: Iterable[Record]) -> int | None:
    """Return the bytes of the layers in *records*; None where the size of one is not known."""
    sizes = [record.bytes for record in records if isinstance(record, DeletedLayer)]
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None


def deleted_images(outcomes: Iterable[Removed | Refused]) -> list[ImageId]:
    """Return the images that these outcomes delete, in order."""
    removed = [outcome for outcome in outcomes if isinstance(outcome, Removed)]
    return [r.image_id for outcome in removed for r in outcome.records if isinstance(r, DeletedImage)]


def _bytes(inventory: Inventory, chains: list[ChainId]) -> int | None:
    sizes = [inventory.layer_bytes.get(chain) for chain in chains]
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None


def _references(world: World, image_id: ImageId) -> list[Holder]:
    return [Holder(kind="reference", name=reference.familiar) for reference in world.ordered(image_id)]


def _containers(world: World, image_id: ImageId) -> list[Holder]:
    return [container_holder(container) for container in world.containers.get(image_id, [])]


def container_holder(container: Container) -> Holder:
    """Return a container as what holds something."""
    return Holder(kind="container", name=f"container {container.name or short(container.id)}", detail=container.state)


def _children(world: World, image_id: ImageId) -> list[Holder]:
    return [Holder(kind="child", name=name_of(world, child)) for child in sorted(world.children.get(image_id, ()))]


def _users(world: World, chain: ChainId) -> tuple[Holder, ...]:
    """Return the images, and the containers of images that are gone, that hold a layer."""
    images = sorted(name_of(world, image_id) for image_id in world.users(chain))
    containers = [container_holder(container) for container in world.orphans(chain)]
    return (*(Holder(kind="image", name=name) for name in images[:NAMED]), *containers[:NAMED])


def name_of(world: World, image_id: ImageId) -> str:
    """Return what a person calls an image: its first name, or its short ID."""
    references = world.ordered(image_id)
    return references[0].familiar if references else short(image_id)
