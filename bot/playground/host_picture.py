"""A host as a picture: one row per image, its layers from the left, those that are shared drawn once.

Images that are made of the same first layers stand beside each other, so that such a layer is one block as high as
all the images on it. A layer is as wide as the square root of its bytes, so that small ones can be seen.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import sqrt

from bot.images.guards import is_guard, kept_for
from bot.images.ids import ChainId, short
from bot.images.inventory import Image, Inventory
from bot.images.removal import DeletedImage, DeletedLayer, Plan, Removed, Untagged
from bot.playground.blocks import Object

NARROWEST = 1500.0
"""What is added to the square root of a layer's bytes: an empty layer can be seen too."""


def picture(inventory: Inventory, gone: Sequence[Image], plans: Iterable[Object], silent: str = "") -> Object:
    """Return what the page draws of one host: rows, blocks, and the plans that are shown over them.

    *silent* is why the host does not answer now; then all is as it was. *gone* are images that were there a while ago.
    Blocks have ``start`` and ``width`` as parts of the longest row, from 0 to 1, and ``row`` and ``rows`` count rows.
    """
    images = sorted((*inventory.images.values(), *gone), key=lambda image: (image.layers, image.id))
    went = {image.id for image in gone}
    left = {chain for image in inventory.images.values() for chain in image.layers}
    sizes = _sizes(inventory, images)
    longest = max((_width(image.layers, sizes) for image in images), default=1.0) or 1.0
    return {
        "host": inventory.host,
        "store": inventory.store.value,
        "version": inventory.version,
        "bytes": sum(sizes[chain] for chain in left),
        "rows": [_row(image, inventory, went=image.id in went) for image in images],
        "blocks": [
            {**block, "went": block["chain"] not in left}
            for block in _blocks(images, sizes, longest, depth=0, first=0, start=0.0)
        ],
        "plans": list(plans),
        "silent": silent,
    }


def nothing(host: str, silent: str) -> Object:
    """Return the picture of a host that has not answered yet, and why."""
    return {
        "host": host,
        "store": "",
        "version": "",
        "bytes": 0,
        "rows": [],
        "blocks": [],
        "plans": [],
        "silent": silent,
    }


def planned(request: int, state: str, plan: Plan) -> Object:
    """Return what a plan takes, as far as it is drawn: names, images and layers."""
    records = [r for step in plan.steps if isinstance(step.outcome, Removed) for r in step.outcome.records]
    return {
        "request": request,
        "state": state,
        "command": plan.command,
        "names": [r.reference for r in records if isinstance(r, Untagged)],
        "images": [r.image_id for r in records if isinstance(r, DeletedImage)],
        "layers": [r.chain_id for r in records if isinstance(r, DeletedLayer)],
        "bytes": sum(r.bytes or 0 for r in records if isinstance(r, DeletedLayer)),
    }


def _row(image: Image, inventory: Inventory, *, went: bool) -> Object:
    return {
        "id": image.id,
        "short": short(image.id),
        "names": [each.familiar for each in image.references if not each.digest and not is_guard(each)],
        "kept": "" if went else kept_for(image.references, inventory.windows),
        "size": image.size,
        "layers": list(image.layers),
        "containers": [f"{c.name} ({c.state.value})" for c in inventory.containers if c.image_id == image.id],
        "went": went,
    }


def _blocks(
    images: Sequence[Image], sizes: Mapping[ChainId, int], longest: float, *, depth: int, first: int, start: float
) -> Iterable[Object]:
    """Yield the blocks of images that are made of the same first *depth* layers, and stand from row *first* on."""
    number = 0
    while number < len(images):
        below = images[number].layers
        if len(below) <= depth:
            number += 1
            continue
        chain = below[depth]
        same = [image for image in images[number:] if image.layers[depth : depth + 1] == (chain,)]
        width = _width((chain,), sizes) / longest
        yield {
            "chain": chain,
            "bytes": sizes[chain],
            "row": first + number,
            "rows": len(same),
            "start": round(start, 5),
            "width": round(width, 5),
        }
        yield from _blocks(same, sizes, longest, depth=depth + 1, first=first + number, start=start + width)
        number += len(same)


def _sizes(inventory: Inventory, images: Iterable[Image]) -> Mapping[ChainId, int]:
    """Return the bytes of each layer; where a daemon does not tell, an equal part of its image."""
    found: dict[ChainId, int] = {}
    for image in images:
        for chain in image.layers:
            found.setdefault(chain, inventory.layer_bytes.get(chain, image.size // len(image.layers)))
    return found


def _width(layers: Iterable[ChainId], sizes: Mapping[ChainId, int]) -> float:
    return sum(NARROWEST + sqrt(sizes[chain]) for chain in layers)
