"""The world in the shapes of Docker's Engine API 1.51 (docs.docker.com/reference/api/engine)."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from bot.images.ids import chain_ids, short
from bot.images.inventory import Container, Image
from bot.images.reference import Reference
from bot.images.removal import DeletedImage, DeletedLayer, Record, Untagged
from bot.playground.blocks import Object
from bot.playground.world import API_VERSION, MIN_API_VERSION, VERSION, World

ROOT = "/var/lib/docker"
USAGES = ("container", "image", "volume", "build-cache")
"""What ``GET /system/df`` may be asked for."""


def version() -> Object:
    """Return ``GET /version``."""
    details = {"ApiVersion": API_VERSION, "MinAPIVersion": MIN_API_VERSION, "Os": "linux", "Arch": "amd64"}
    return {
        "Platform": {"Name": "simulated by imgbot"},
        "Components": [{"Name": "Engine", "Version": VERSION, "Details": details}],
        "Version": VERSION,
        **details,
        "KernelVersion": "6.1.0",
        "GitCommit": "simulated",
        "GoVersion": "",
        "BuildTime": "",
    }


def info(world: World, now: float) -> Object:
    """Return ``GET /info``; *now* is in seconds since 1970.

    No containerd snapshotter is in ``DriverStatus``, so the store is the classic one.
    """
    containers = world.inventory.containers
    running = sum(container.state.is_running for container in containers)
    return {
        "ID": world.inventory.daemon_id,
        "Name": "simulated",
        "ServerVersion": VERSION,
        "Driver": "overlay2",
        "DriverStatus": [["Backing Filesystem", "extfs"], ["Supports d_type", "true"], ["Using metacopy", "false"]],
        "DockerRootDir": ROOT,
        "SystemTime": _exactly(now),
        "Images": len(world.inventory.images),
        "Containers": len(containers),
        "ContainersRunning": running,
        "ContainersPaused": 0,
        "ContainersStopped": len(containers) - running,
        "OSType": "linux",
        "OperatingSystem": "simulated by imgbot",
        "Architecture": "x86_64",
        "NCPU": 2,
        "MemTotal": 2**31,
        "Labels": [],
        "Warnings": None,
        "ExperimentalBuild": False,
    }


def summary(world: World, image: Image) -> Object:
    """Return one entry of ``GET /images/json``."""
    users = [container for container in world.inventory.containers if container.image_id == image.id]
    return {
        "Id": image.id,
        "ParentId": image.parent or "",
        **_names(image),
        "Created": image.created,
        "Size": image.size,
        "SharedSize": -1,
        "Labels": dict(image.labels) or None,
        "Containers": len(users),
    }


def inspected(world: World, image: Image) -> Object:
    """Return ``GET /images/{name}/json``."""
    return {
        "Id": image.id,
        **_names(image),
        "Parent": image.parent or "",
        "Comment": "",
        "Created": _rfc3339(image.created),
        "Author": "",
        "Config": {"Labels": dict(image.labels) or None, "Env": [], "Cmd": ["/bin/sh"]},
        "Architecture": "amd64",
        "Os": "linux",
        "Size": image.size,
        "GraphDriver": _driven([short(chain) for chain in image.layers]),
        "RootFS": {"Type": "layers", "Layers": [layer.diff_id for layer in world.made_of[image.id]]},
        "Metadata": {"LastTagTime": _rfc3339(image.created)},
    }


def distribution(reference: Reference) -> Object:
    """Return ``GET /distribution/{name}/json`` of a manifest that a registry has."""
    media = "application/vnd.docker.distribution.manifest.v2+json"
    descriptor = {"mediaType": media, "digest": reference.digest or "", "size": 523}
    return {"Descriptor": descriptor, "Platforms": [{"architecture": "amd64", "os": "linux"}]}


def history(world: World, image: Image) -> list[Object]:
    """Return ``GET /images/{name}/history``: top first, with a step that made no layer on top."""
    steps = [('CMD ["/bin/sh"]', 0), *((layer.made_by, layer.size) for layer in reversed(world.made_of[image.id]))]
    return [
        {
            "Id": "<missing>" if index else image.id,
            "Created": image.created - index,
            "CreatedBy": made_by,
            "Tags": None if index else _names(image)["RepoTags"],
            "Size": size,
            "Comment": "",
        }
        for index, (made_by, size) in enumerate(steps)
    ]


def listed(world: World, container: Container) -> Object:
    """Return one entry of ``GET /containers/json``."""
    image = world.inventory.images.get(container.image_id)
    names = _names(image)["RepoTags"] if image else []
    return {
        "Id": container.id,
        "Names": [f"/{container.name}"],
        "Image": names[0] if names else container.image_id,
        "ImageID": container.image_id,
        "Command": "/bin/sh",
        "Created": image.created if image else 0,
        "State": container.state.value,
        "Status": "Up 3 days" if container.state.is_running else "Exited (0) 2 days ago",
        "Ports": [],
        "Labels": {},
        "Mounts": [],
        "HostConfig": {"NetworkMode": "bridge"},
        "NetworkSettings": {"Networks": {}},
    }


def inspected_container(world: World, container: Container) -> Object:
    """Return ``GET /containers/{id}/json``."""
    layers = chain_ids(layer.diff_id for layer in world.made_of[container.image_id])
    own = short(container.id)
    return {
        "Id": container.id,
        "Name": f"/{container.name}",
        "Image": container.image_id,
        "State": {"Status": container.state.value, "Running": container.state.is_running},
        "Driver": "overlay2",
        "GraphDriver": _driven([*(short(chain) for chain in layers), f"{own}-init", own]),
        "Mounts": [],
    }


def disk_usage(world: World, types: Sequence[str]) -> Object:
    """Return ``GET /system/df`` for these types: nothing is built here, so there is no build cache."""
    held = {chain for image in world.inventory.images.values() for chain in image.layers}
    held |= {chain for container in world.inventory.containers for chain in container.holds or ()}
    images = [summary(world, image) | {"SharedSize": _shared(world, image)} for image in world.images]
    containers = [listed(world, container) | {"SizeRw": 0} for container in world.inventory.containers]
    return {
        "LayersSize": sum(world.inventory.layer_bytes[chain] for chain in held) if "image" in types else 0,
        "Images": images if "image" in types else None,
        "Containers": containers if "container" in types else None,
        "Volumes": [] if "volume" in types else None,
        "BuildCache": [] if "build-cache" in types else None,
    }


def answered(records: tuple[Record, ...]) -> list[Object]:
    """Return the answer to ``DELETE /images/{name}``."""
    return [_answered(record) for record in records]


def pulling(reference: Reference) -> list[str]:
    """Return the lines of the answer to ``POST /images/create`` where it goes well."""
    told = (
        {"status": f"Pulling from {reference.path}", "id": reference.digest},
        {"status": f"Digest: {reference.digest}"},
        {"status": f"Status: Downloaded newer image for {reference.familiar}"},
    )
    return [json.dumps(each) + "\r\n" for each in told]


def event(action: str, image_id: str, now: float) -> Object:
    """Return one image event, as ``GET /events`` streams it; the classic store gives the image ID as its name."""
    return {
        "status": action,
        "id": image_id,
        "Type": "image",
        "Action": action,
        "Actor": {"ID": image_id, "Attributes": {"name": image_id}},
        "scope": "local",
        "time": int(now),
        "timeNano": int(now * 1_000_000_000),
    }


def _answered(record: Record) -> Object:
    match record:
        case Untagged(reference=reference):
            return {"Untagged": reference}
        case DeletedImage(image_id=image_id):
            return {"Deleted": image_id}
        case DeletedLayer(chain_id=chain_id):
            return {"Deleted": chain_id}


def _driven(layers: Sequence[str]) -> Object:
    """Return how overlay2 tells of its folders: one for each of these layers, base first."""
    *lower, top = (f"{ROOT}/overlay2/{layer}/diff" for layer in layers)
    data = {"UpperDir": top, "MergedDir": top.replace("/diff", "/merged"), "WorkDir": top.replace("/diff", "/work")}
    return {"Name": "overlay2", "Data": {"LowerDir": ":".join(reversed(lower)), **data} if lower else data}


def _names(image: Image) -> Object:
    return {
        "RepoTags": [reference.familiar for reference in image.references if reference.digest is None],
        "RepoDigests": [reference.familiar for reference in image.references if reference.digest is not None],
    }


def _shared(world: World, image: Image) -> int:
    others = [other for other in world.inventory.images.values() if other.id != image.id]
    shared = {chain for other in others for chain in other.layers} & set(image.layers)
    return sum(world.inventory.layer_bytes[chain] for chain in shared)


def _exactly(now: float) -> str:
    return f"{_rfc3339(int(now)).removesuffix('Z')}.{int(now % 1 * 1_000_000_000):09d}Z"


def _rfc3339(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
