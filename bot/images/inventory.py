"""One daemon at one moment: its images and its containers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from bot.images.ids import ChainId, ContainerId, ImageId
from bot.images.reference import Reference


class Store(StrEnum):
    """How a daemon keeps its images. Each answers a removal differently; podman's is only listed."""

    CLASSIC = "classic"
    CONTAINERD = "containerd"
    PODMAN = "podman"


class ContainerState(StrEnum):
    """A container's state, as ``GET /containers/json`` spells it."""

    CREATED = "created"
    RUNNING = "running"
    PAUSED = "paused"
    RESTARTING = "restarting"
    REMOVING = "removing"
    EXITED = "exited"
    DEAD = "dead"

    @property
    def is_running(self) -> bool:
        """Whether the daemon counts it as running when an image is removed (moby, ``daemon/container/state.go``)."""
        return self in _RUNNING


_RUNNING = frozenset({ContainerState.RUNNING, ContainerState.PAUSED, ContainerState.RESTARTING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One image of a daemon.

    ``references`` are its tags and its ``name@digest`` references; ``layers`` its chain IDs, base first; ``size`` and
    ``created`` are what the daemon lists: bytes with every layer, and seconds since 1970. ``dangling_record`` is
    whether the containerd store holds it by a name of its own, ``moby-dangling@ID``, with or without others; the
    classic store has no such thing.
    """

    id: ImageId
    references: tuple[Reference, ...] = ()
    parent: ImageId | None = None
    layers: tuple[ChainId, ...] = ()
    size: int = 0
    created: int = 0
    labels: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    dangling_record: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """An image that a container has mounted (Docker 28 and later): ``name`` is what it was asked for by.

    ``image_id`` is the image, and None where Docker does not tell: it keeps the name as typed, and that may have moved.
    """

    name: str
    image_id: ImageId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One container of a daemon, in any state.

    ``holds`` are the layers that it holds of an image that is gone, base first; None where they cannot be told, and
    without meaning where the image is still there.
    """

    id: ContainerId
    name: str
    image_id: ImageId
    state: ContainerState
    mounts: tuple[Mount, ...] = ()
    holds: tuple[ChainId, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """What one daemon held at one moment.

    ``daemon_id`` is the ``ID`` of ``GET /info``; ``taken_at`` seconds since 1970. ``layer_bytes`` has the size of those
    layers that were measured. ``seen`` is the daemon's own clock in nanoseconds since 1970: what happened until then is
    in the inventory. ``changed`` is whether something happened while it was taken, so that its parts may not belong
    together. ``windows`` are when the undo windows end that its guards stand for (``guards.py``), by their tags:
    no daemon knows that, so who plans says it.
    """

    host: str
    daemon_id: str
    store: Store
    version: str
    taken_at: int
    images: Mapping[ImageId, Image]
    containers: tuple[Container, ...] = ()
    layer_bytes: Mapping[ChainId, int] = field(default_factory=lambda: MappingProxyType({}))
    build_cache_shared: bool = False
    seen: int = 0
    changed: bool = False
    windows: Mapping[str, datetime] = field(default_factory=dict)
