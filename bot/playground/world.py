"""What the simulated daemon holds: an inventory, and what its images are made of."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.images.ids import ChainId, DiffId, ImageId, chain_ids
from bot.images.inventory import Container, Image, Inventory, Store
from bot.images.predict import Wanted, plan
from bot.images.reference import Reference, parse
from bot.images.removal import DeletedImage, Plan, Record, Refused, Removed, Untagged
from bot.images.resolve import resolve
from bot.images.world import World as Simulation

VERSION = "28.5.2"
API_VERSION = "1.51"
MIN_API_VERSION = "1.24"
"""What a Docker 28.5.2 says of itself; with this one the classic store is the default."""
DAEMON_ID = "5a1f6c0e-3b52-4c0e-9d3a-51a0b0c5d7e1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer: its content's digest, its size in bytes, and the build step that made it."""

    diff_id: DiffId
    size: int
    made_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """An inventory, and the layers of each image in it, base first."""

    inventory: Inventory
    made_of: Mapping[ImageId, tuple[Layer, ...]]

    @property
    def images(self) -> list[Image]:
        """The images, newest first, as Docker lists them."""
        return sorted(self.inventory.images.values(), key=lambda image: (-image.created, image.id))


def world(
    images: Mapping[ImageId, tuple[Layer, ...]], kept: tuple[Image, ...], containers: tuple[Container, ...]
) -> World:
    """Return a world of the *kept* images made of these layers; layers and sizes of the images are filled in."""
    sizes = {chain: layer.size for layers in images.values() for chain, layer in _chained(layers)}
    whole = (_whole(image, images[image.id]) for image in kept)
    inventory = Inventory(
        host="simulated",
        daemon_id=DAEMON_ID,
        store=Store.CLASSIC,
        version=VERSION,
        taken_at=0,
        images={image.id: image for image in whole},
        containers=containers,
        layer_bytes=sizes,
    )
    return World(inventory=inventory, made_of=images)


def _whole(image: Image, layers: tuple[Layer, ...]) -> Image:
    chains = tuple(chain for chain, _ in _chained(layers))
    return replace(image, layers=chains, size=sum(layer.size for layer in layers))


def tagged(before: World, image_id: ImageId, reference: Reference) -> World:
    """Return the world after *reference* was given to an image, and taken from the one that had it."""
    moved = {
        image.id: replace(image, references=tuple(r for r in image.references if r != reference))
        for image in before.inventory.images.values()
    }
    image = moved[image_id]
    moved[image_id] = replace(image, references=tuple(sorted((*image.references, reference), key=_canonical)))
    return replace(before, inventory=replace(before.inventory, images=moved))


def in_registries(now: World) -> Mapping[Reference, Image]:
    """Return what can be pulled by its digest later: every image of *now* that has one."""
    return {r: image for image in now.inventory.images.values() for r in image.references if r.digest}


def pulled(before: World, image: Image, reference: Reference) -> World:
    """Return the world after a pull of *reference*, which is by digest. What was not there has no other name then."""
    images = before.inventory.images
    there = {**images, image.id: images.get(image.id, replace(image, references=()))}
    return tagged(replace(before, inventory=replace(before.inventory, images=there)), image.id, reference)


def meant(now: World, name: str) -> Image | Refused:
    """Return the image that *name* means to the daemon, or how it says that there is none."""
    meaning = resolve(Simulation(now.inventory), name)
    return meaning if isinstance(meaning, Refused) else now.inventory.images[meaning.image_id]


def predicted(now: World, name: str, *, force: bool, prune: bool) -> Removed | Refused:
    """Return what the removal of *name* would do."""
    made = plan(now.inventory, Wanted(words=(name,), command=name, force=force, prune=prune, guards=True))
    if not isinstance(made, Plan):
        raise TypeError(made)  # it is made for the classic store, and so is this world
    return made.steps[0].outcome


def removed(before: World, records: tuple[Record, ...]) -> World:
    """Return the world after what *records* say. A container keeps the layers of an image that went."""
    images = dict(before.inventory.images)
    for record in records:
        match record:
            case Untagged(reference=name, image_id=image_id):
                image = images[image_id]
                gone = parse(name)
                images[image_id] = replace(image, references=tuple(r for r in image.references if r != gone))
            case DeletedImage(image_id=image_id):
                del images[image_id]
            case _:
                continue  # a layer is there as long as an image is made of it
    layers = {image.id: image.layers for image in before.inventory.images.values() if image.id not in images}
    containers = tuple(replace(c, holds=layers.get(c.image_id, c.holds)) for c in before.inventory.containers)
    return replace(before, inventory=replace(before.inventory, images=images, containers=containers))


def _canonical(reference: Reference) -> str:
    return reference.canonical


def _chained(layers: tuple[Layer, ...]) -> list[tuple[ChainId, Layer]]:
    return list(zip(chain_ids(layer.diff_id for layer in layers), layers, strict=True))
