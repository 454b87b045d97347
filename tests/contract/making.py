"""Worlds as values: what a daemon is made to hold.

A world can be made twice, so the SDK and the command line see the same; and a failure can print it.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum, auto
from itertools import takewhile
from typing import assert_never

import docker
from docker.errors import APIError

from bot.images.inventory import ContainerState
from tests.archives import beginning, image_id
from tests.daemons import RunningDaemon
from tests.worlds import Build, build, build_with_buildkit, container, load, pull, push_and_pull

MOUNTS_SINCE = (1, 48)
"""The API version from which on a container can mount an image. An older daemon makes the container without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """An image from an archive. It goes by its *label*, or else by its first tag.

    ``{registry}`` may stand in a tag, and so may ``{label:.6}`` for the first digits of an image's ID. *day* is the day
    of January 2026 on which it was made. *like* is the label of an image with whose ID its own begins, for so many
    *digits*. With *platforms* it is an index of two in the containerd store.
    """

    tags: tuple[str, ...] = ()
    layers: tuple[str, ...] = ("a",)
    label: str = ""
    day: int = 1
    like: str = ""
    digits: int = 4
    platforms: bool = False

    @property
    def name(self) -> str:
        """What it goes by."""
        return self.label or self.tags[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """An image of the classic builder, which leaves parents, or of *buildkit*, which leaves a cache that holds layers.

    It is built from ``FROM base`` and these lines, and goes by its tag.
    """

    base: str
    lines: tuple[str, ...]
    tag: str
    buildkit: bool = False

    @property
    def name(self) -> str:
        """What it goes by."""
        return self.tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """One more name."""

    image: str
    name: str


class Kept(StrEnum):
    """What is left of a name in the registry."""

    PUSHED = auto()  # the tag, and what a push leaves with it
    DIGEST = auto()  # pulled by name@digest, without the tag
    TAG_AND_DIGEST = auto()  # pulled by name:tag@digest, without the tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """A name in the registry, and with it a digest."""

    image: str
    name: str
    kept: Kept = Kept.PUSHED


@dataclass(frozen=True, slots=True, kw_only=True)
class Contained:
    """A container of an image. *mounts* are the images that it mounts, by name or ID as in a tag of ``Loaded``."""

    image: str
    name: str
    state: ContainerState = ContainerState.CREATED
    mounts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """An image of what is in a container, whose image is its parent. It goes by its tag."""

    container: str
    tag: str

    @property
    def name(self) -> str:
        """What it goes by."""
        return self.tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Forced:
    """An image that was removed with force before, with its containers left; unless others were built on it."""

    image: str


Action = Loaded | Built | Tagged | Pushed | Contained | Committed | Forced
World = tuple[Action, ...]


@dataclass(slots=True, kw_only=True)
class Made:
    """A world that was made: the image IDs and the ``name:tag@digest`` by label."""

    registry: str
    ids: dict[str, str] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)

    def named(self, name: str) -> str:
        """Return a name with the registry's address and the digits of image IDs in it."""
        if "{" not in name:
            return name
        digits = {label: identifier.removeprefix("sha256:") for label, identifier in self.ids.items()}
        return name.format(**digits, registry=self.registry)


def make(daemon: RunningDaemon, registry: str, world: World) -> Made:
    """Empty the daemon and make it hold *world*. Images that follow each other come from one archive."""
    daemon.empty()
    made = Made(registry=registry)
    left = list(world)
    while left:
        together = _together(left)
        if together:
            _load(daemon, made, together)
        else:
            _do(daemon, made, left[0])
        left = left[len(together) or 1 :]
    return made


def _together(actions: list[Action]) -> list[Loaded]:
    """Return the images at the head of the list that one archive can hold: no tag twice."""
    tags: set[str] = set()
    found: list[Loaded] = []
    for action in takewhile(lambda action: isinstance(action, Loaded), actions):
        assert isinstance(action, Loaded)
        if not tags.isdisjoint(action.tags):
            break
        tags |= set(action.tags)
        found.append(action)
    return found


def _load(daemon: RunningDaemon, made: Made, images: list[Loaded]) -> None:
    builds = [_build(daemon, made, loaded) for loaded in images]
    tagged = [
        replace(build, tags=[made.named(tag) for tag in loaded.tags])
        for build, loaded in zip(builds, images, strict=True)
    ]
    load(daemon.client, *tagged, containerd=daemon.containerd)


def _build(daemon: RunningDaemon, made: Made, loaded: Loaded) -> Build:
    build = Build(
        tags=[],
        layers=loaded.layers,
        labels={"label": loaded.label} if loaded.label else {},
        created=f"2026-01-{loaded.day:02}T00:00:00Z",
        platforms=loaded.platforms,
    )
    if loaded.like:
        digits = made.named(f"{{{loaded.like}:.{loaded.digits}}}")
        build = beginning(build, digits, containerd=daemon.containerd)
    made.ids[loaded.name] = image_id(build, containerd=daemon.containerd)
    return build


def _do(daemon: RunningDaemon, made: Made, action: Action) -> None:
    client = daemon.client
    match action:
        case Loaded():
            _load(daemon, made, [action])
        case Built():
            _built(client, made, action)
        case Tagged(image=image, name=name):
            repository, _, tag = made.named(name).rpartition(":")
            client.tag(made.ids[image], repository, tag)
        case Pushed():
            _push(daemon, made, action)
        case Contained(image=image, name=name, state=state, mounts=mounts):
            sources = [made.named(mount) for mount in mounts] if _mounts(daemon) else []
            container(client, made.ids[image], name, state=state, mounts=sources)
        case Committed(container=source, tag=name):
            repository, _, tag = name.rpartition(":")
            made.ids[name] = str(client.commit(source, repository=repository, tag=tag)["Id"])
        case Forced(image=image):
            _force(client, made.ids[image])
        case _:
            assert_never(action)


def _built(client: docker.APIClient, made: Made, built: Built) -> None:
    base, builder = made.ids[built.base], build
    if built.buildkit:  # it looks an ID up in a registry, so what is built on gets a name
        client.tag(base, "kit-base", "1")
        base, builder = "kit-base:1", build_with_buildkit
    made.ids[built.tag] = builder(client, "\n".join([f"FROM {base}", *built.lines]), made.named(built.tag))


def _push(daemon: RunningDaemon, made: Made, pushed: Pushed) -> None:
    """Push, and then pull what is to be kept in place of the tag; with it goes the image, where that was its last."""
    client, whole = daemon.client, f"{made.registry}/{pushed.name}"
    held = push_and_pull(client, made.registry, made.ids[pushed.image], pushed.name)
    digest = held.partition("@")[2]
    made.digests[pushed.image] = f"{whole}@{digest}"
    if pushed.kept is not Kept.PUSHED:
        client.remove_image(whole, force=True)
        pull(client, f"{whole}@{digest}" if pushed.kept is Kept.TAG_AND_DIGEST else held)


def _mounts(daemon: RunningDaemon) -> bool:
    major, _, minor = daemon.client.api_version.partition(".")
    return (int(major), int(minor)) >= MOUNTS_SINCE


def _force(client: docker.APIClient, image_id: str) -> None:
    try:
        client.remove_image(image_id, force=True)
    except APIError as error:
        if "image has dependent child images" not in str(error.explanation):
            raise
