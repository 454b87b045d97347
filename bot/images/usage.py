"""What of a host's images containers use, and what is left: in images and, where layers were measured, in bytes."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.images.guards import visible
from bot.images.ids import ImageId
from bot.images.inventory import Image, Inventory
from bot.images.listing import BadFilter, listed

NAMELESS = (("dangling", "true"),)
"""The filter of ``ls`` that finds images without a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Some images of a host. ``bytes`` are those of the layers that no other image has; None where not measured."""

    images: int = 0
    bytes: int | None = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """A host in numbers: all its images, those that no container uses (``idle``), and of these those without a name."""

    whole: Share
    idle: Share
    nameless: Share
    containers: int


def usage(inventory: Inventory) -> Usage:
    """Return how much of a host is in use. A container in any state uses its image and what it has mounted.

    What is kept for an undo alone is part of the whole, and neither idle nor nameless: it cannot be cleaned up.
    """
    images, seen = inventory.images, visible(inventory)
    used = {container.image_id for container in inventory.containers}
    used |= {mount.image_id for container in inventory.containers for mount in container.mounts if mount.image_id}
    used |= _parents(images.values(), used)
    idle = [image for image in seen.images.values() if image.id not in used]
    rows = listed(seen, None, NAMELESS, everything=False)
    nameless = () if isinstance(rows, BadFilter) else [row.image for row in rows if row.image.id not in used]
    return Usage(
        whole=_share(inventory, images.values()),
        idle=_share(inventory, idle),
        nameless=_share(inventory, nameless),
        containers=len(inventory.containers),
    )


def _parents(images: Iterable[Image], used: Iterable[ImageId]) -> set[ImageId]:
    """Return the images that those in use were built from: they stay as long as these do."""
    parents = {image.id: image.parent for image in images}
    found = set[ImageId]()
    for image_id in used:
        parent = parents.get(image_id)
        while parent is not None and parent not in found:
            found.add(parent)
            parent = parents.get(parent)
    return found


def _share(inventory: Inventory, some: Iterable[Image]) -> Share:
    chosen = {image.id: image for image in some}
    kept = {chain for i, image in inventory.images.items() if i not in chosen for chain in image.layers}
    kept |= {chain for container in inventory.containers for chain in container.holds or ()}
    alone = {chain for image in chosen.values() for chain in image.layers} - kept
    sizes = [inventory.layer_bytes.get(chain) for chain in alone]
    known = [size for size in sizes if size is not None]
    return Share(images=len(chosen), bytes=sum(known) if len(known) == len(sizes) else None)
