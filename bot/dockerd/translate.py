"""From the Engine API's JSON to values. Pure; accepts what any daemon from 20.10 on sends."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bot.images.ids import ChainId, ContainerId, DiffId, ImageId, chain_ids
from bot.images.inventory import Container, ContainerState, Image, Store
from bot.images.reference import Reference, parse
from bot.images.removal import DeletedImage, DeletedLayer, Record, Untagged

Json = Mapping[str, Any]

NO_NAME = "<none>"
"""What a 20.10 daemon puts in place of a repository, a tag or a digest that is not there."""


def store(info: Json) -> Store:
    """Return which image store ``GET /info`` speaks of."""
    status = info.get("DriverStatus") or []
    snapshotter = ["driver-type", "io.containerd.snapshotter.v1"] in [list(pair) for pair in status]
    return Store.CONTAINERD if snapshotter else Store.CLASSIC


def references(listed: Json) -> tuple[Reference, ...]:
    """Return the tags and digests of one entry of ``GET /images/json``."""
    names = [*(listed.get("RepoTags") or []), *(listed.get("RepoDigests") or [])]
    parsed = (parse(name) for name in names if NO_NAME not in name)
    return tuple(reference for reference in parsed if isinstance(reference, Reference))


def image(listed: Json, layers: tuple[ChainId, ...]) -> Image:
    """Return one entry of ``GET /images/json`` with its layers, which that does not tell."""
    return Image(
        id=ImageId(listed["Id"]),
        references=references(listed),
        parent=ImageId(listed["ParentId"]) if listed.get("ParentId") else None,
        layers=layers,
        size=int(listed.get("Size") or 0),
        created=int(listed.get("Created") or 0),
        labels=dict(listed.get("Labels") or {}),
    )


def layers(inspected: Json) -> tuple[ChainId, ...]:
    """Return the chain IDs of ``GET /images/{id}/json``, base first."""
    return chain_ids(DiffId(diff) for diff in (inspected.get("RootFS") or {}).get("Layers") or [])


def container(listed: Json) -> Container:
    """Return one entry of ``GET /containers/json``. A state that is new to us counts as running: it blocks most."""
    names = listed.get("Names") or [""]
    state = str(listed.get("State", "")).lower()
    return Container(
        id=ContainerId(listed["Id"]),
        name=names[0].removeprefix("/"),
        image_id=ImageId(listed["ImageID"]),
        state=ContainerState(state) if state in set(ContainerState) else ContainerState.RUNNING,
    )


def records(answer: Sequence[Json], image_id: ImageId, known: Iterable[ImageId]) -> tuple[Record, ...]:
    """Return the records of ``DELETE /images/{name}``, in the daemon's order.

    A ``Deleted`` value is an image where it is *image_id* or one of the images *known*, and otherwise a layer of the
    image before it: image IDs and chain IDs look the same.
    """
    images = {image_id, *known}
    found: list[Record] = []
    current = image_id
    for entry in answer:
        if "Untagged" in entry:
            found.append(Untagged(reference=str(entry["Untagged"]), image_id=current))
        elif entry["Deleted"] in images:
            current = ImageId(entry["Deleted"])
            found.append(DeletedImage(image_id=current))
        else:
            found.append(DeletedLayer(chain_id=ChainId(entry["Deleted"]), image_id=current))
    return tuple(found)


def layer_bytes(chains: tuple[ChainId, ...], history: Sequence[Json]) -> Mapping[ChainId, int]:
    """Return the sizes of an image's layers from ``GET /images/{id}/history`` (newest first), where they can be told.

    An entry without a layer has the size 0, but so may a layer. Sizes are told only where there are as many entries as
    layers, or as many entries of a size as layers; anything else would be a guess.
    """
    sizes = [int(entry.get("Size") or 0) for entry in reversed(history)]
    if len(sizes) != len(chains):
        sizes = [size for size in sizes if size]
    return dict(zip(chains, sizes, strict=True)) if len(sizes) == len(chains) else {}
