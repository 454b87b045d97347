"""From the Engine API's JSON to values. Pure; accepts what any daemon from 20.10 on sends.

An answer of another shape raises KeyError, TypeError, ValueError or AttributeError.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from bot.images.ids import ChainId, ContainerId, DiffId, ImageId, chain_ids, full_id
from bot.images.inventory import Container, ContainerState, Image, Mount, Store
from bot.images.leaving import Told
from bot.images.reference import InvalidReference, Reference, parse
from bot.images.removal import DeletedImage, DeletedLayer, Record, Untagged

Json = Mapping[str, Any]
Layers = Mapping[ImageId, tuple[ChainId, ...]]
"""The layers of the images that are known, base first."""

NO_NAME = "<none>"
"""What a daemon puts in place of a repository, a tag or a digest that is not there, before API 1.43."""
SNAPSHOTTER = ["driver-type", "io.containerd.snapshotter.v1"]
"""How ``GET /info`` says that images are containerd's (moby, ``daemon/containerd/service.go``)."""
_STATES = {state.value: state for state in ContainerState}
IMAGE = "image"
"""The type of a mount that is an image (Docker 28 and later)."""
PODMAN = "BuildahVersion"
"""What ``GET /info`` has only where it is podman that answers as Docker does (seen of 5.8)."""

_NO_LAYER = re.compile(
    r"(/bin/sh -c #\(nop\)\s+)?"
    r"(ARG|CMD|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL|STOPSIGNAL|USER|VOLUME)\b"
)
"""Instructions that never make a layer, as the classic builder and BuildKit write them into an image's history."""


def store(info: Json) -> Store:
    """Return which image store ``GET /info`` speaks of."""
    if PODMAN in info:
        return Store.PODMAN
    status = info.get("DriverStatus") or []
    return Store.CONTAINERD if SNAPSHOTTER in [list(pair) for pair in status] else Store.CLASSIC


def references(listed: Json, held_in: Store) -> tuple[Reference, ...]:
    """Return the tags and digests of one entry of ``GET /images/json``.

    The containerd store has ``name@digest`` among the tags where it holds it, and makes ``RepoDigests`` up.
    """
    names = list(listed.get("RepoTags") or [])
    if held_in is not Store.CONTAINERD:
        names += listed.get("RepoDigests") or []
    parsed = (_parsed(name) for name in names if NO_NAME not in name)
    return tuple(reference for reference in parsed if isinstance(reference, Reference))


@lru_cache(maxsize=100_000)
def _parsed(name: str) -> Reference | InvalidReference:
    """Return what *name* parses to, which is asked of the same names again and again."""
    return parse(name)


def image(listed: Json, held_in: Store, layers: tuple[ChainId, ...], *, dangling: bool = False) -> Image:
    """Return one entry of ``GET /images/json`` with its layers, which that does not tell.

    *dangling* is whether the list of dangling images has it too. In the containerd store an image without a name is
    one in any case: that is how it holds it.
    """
    names = references(listed, held_in)
    return Image(
        id=ImageId(listed["Id"]),
        references=names,
        parent=ImageId(listed["ParentId"]) if listed.get("ParentId") else None,
        layers=layers,
        size=int(listed.get("Size") or 0),
        created=int(listed.get("Created") or 0),
        labels=dict(listed.get("Labels") or {}),
        dangling_record=held_in is Store.CONTAINERD and (dangling or not names),
    )


def layers(inspected: Json) -> tuple[ChainId, ...]:
    """Return the chain IDs of ``GET /images/{id}/json``, base first."""
    return chain_ids(DiffId(diff) for diff in (inspected.get("RootFS") or {}).get("Layers") or [])


def container(listed: Json) -> Container:
    """Return one entry of ``GET /containers/json``. A state that is new to us counts as running: it blocks most.

    What the images are that it has mounted, that entry does not tell; nor what it holds of one that is gone.
    """
    names = listed.get("Names") or [""]
    state = str(listed.get("State", "")).lower()
    return Container(
        id=ContainerId(listed["Id"]),
        name=str(names[0]).removeprefix("/"),
        image_id=ImageId(listed["ImageID"]),
        state=_STATES.get(state, ContainerState.RUNNING),
        mounts=tuple(_mount(mount) for mount in listed.get("Mounts") or () if mount.get("Type") == IMAGE),
    )


def _mount(listed: Json) -> Mount:
    return Mount(name=str(listed.get("Name") or ""))


def build_cache_shared(usage: Json) -> bool:
    """Whether ``GET /system/df`` tells of a build cache that shares layers with images.

    API 1.52 has totals in ``BuildCacheUsage`` and may leave the entries out; then any cache at all counts.
    """
    entries = usage.get("BuildCache")
    totals = usage.get("BuildCacheUsage")
    if entries is None and totals is not None:
        entries = totals.get("Items")
        if entries is None:
            return bool(totals.get("TotalCount"))
    return any(entry.get("Shared") for entry in entries or [])


def records(answer: Sequence[Json], image_id: ImageId, known: Layers) -> tuple[Record, ...]:
    """Return the records of ``DELETE /images/{name}`` for the image *image_id*, in the daemon's order.

    Image IDs and chain IDs look the same. A daemon names an image, then its layers, then its parent, whose layers are
    among them; so what is deleted is an image where it is *known* to be one, or where it is no layer of the first.
    """
    found: list[Record] = []
    current = image_id
    for entry in answer:
        if "Untagged" in entry:
            found.append(Untagged(reference=str(entry["Untagged"]), image_id=current))
            continue
        deleted = str(entry["Deleted"])
        if _is_image(deleted, image_id, known):
            current = ImageId(deleted)
            found.append(DeletedImage(image_id=current))
        else:
            found.append(DeletedLayer(chain_id=ChainId(deleted), image_id=current))
    return tuple(found)


def _is_image(deleted: str, first: ImageId, known: Layers) -> bool:
    if deleted == first or deleted in known:
        return True
    return first in known and deleted not in known[first]


def told(event: Json) -> Told:
    """Return an image event of ``GET /events``: a pull and a prune name no image by its ID."""
    actor = event["Actor"]
    return Told(
        at=datetime.fromtimestamp(0, UTC) + timedelta(microseconds=int(event["timeNano"]) // 1000),
        action=str(event["Action"]),
        image_id=full_id(actor["ID"]),
        name=str((actor.get("Attributes") or {}).get("name", "")),
    )


def layers_size(usage: Json) -> int | None:
    """Return the bytes of all layers from ``GET /system/df``; API 1.52 has totals in ``ImageUsage``."""
    size = usage.get("LayersSize")
    if size is None:
        size = (usage.get("ImageUsage") or {}).get("TotalSize")
    return None if size is None else int(size)


def layer_bytes(image: Image, history: Sequence[Json], held_in: Store) -> Mapping[ChainId, int]:
    """Return the sizes of an image's layers from ``GET /images/{id}/history`` (newest first), where they can be told.

    An entry without a layer has the size 0, but so may a layer. So sizes are told where as many entries *must* be
    layers, or as many *may* be, as there are layers; anything else would be a guess. On the classic store they add up
    to the image's size. On the containerd store that has the compressed content, too: they are at most so much.
    """
    entries = [(int(entry.get("Size") or 0), str(entry.get("CreatedBy") or "")) for entry in reversed(history)]
    must = [size for size, _ in entries if size]
    may = [size for size, created_by in entries if size or not _NO_LAYER.match(created_by)]
    for sizes in (must, may):
        whole = sum(sizes)
        fits = whole <= image.size if held_in is Store.CONTAINERD else whole == image.size
        if len(sizes) == len(image.layers) and fits:
            return dict(zip(image.layers, sizes, strict=True))
    return {}
