"""Worlds and commands as values: what a daemon is made to hold, and what is then typed.

A world can be made twice, so the SDK and the command line see the same; and a failure can print it.
"""

from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import assert_never

from tests.daemons import RunningDaemon
from tests.worlds import Build, build, container, load, pull, push_and_pull


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """An image from an archive. It goes by its *label*, or else by its first tag. ``{registry}`` may stand in a tag.

    *day* is the day of January 2026 on which it was made.
    """

    tags: tuple[str, ...] = ()
    layers: tuple[str, ...] = ("a",)
    label: str = ""
    day: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """An image of the classic builder: ``FROM base`` and these lines."""

    base: str
    lines: tuple[str, ...]
    tag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """One more name."""

    image: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """A name in the registry, and with it a digest. Untagged afterwards where only the digest is wanted."""

    image: str
    name: str
    keep_tag: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Contained:
    """A container of an image, running or created only."""

    image: str
    name: str
    running: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Forced:
    """An image that was removed with force before, with its containers left."""

    image: str


Action = Loaded | Built | Tagged | Pushed | Contained | Forced
World = tuple[Action, ...]


class Form(StrEnum):
    """How a word speaks of an image."""

    NAME = auto()
    FULL_ID = auto()
    HEX_ID = auto()
    SHORT_ID = auto()
    SHORT_ID_WITH_ALGORITHM = auto()
    DIGEST = auto()
    TAG_AND_DIGEST = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word of a command: ``of`` is a name as typed, or an image's label where the form is an ID or a digest."""

    of: str
    form: Form = Form.NAME
    digits: int = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One ``docker image rm``."""

    words: tuple[Word, ...]
    force: bool = False
    prune: bool = True


@dataclass(slots=True, kw_only=True)
class Made:
    """A world that was made: the image IDs and the ``name@digest`` by label."""

    registry: str
    ids: dict[str, str] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)

    def named(self, name: str) -> str:
        """Return a name with the registry's address in it."""
        return name.replace("{registry}", self.registry)

    def typed(self, word: Word) -> str:
        """Return what is typed for a word."""
        match word.form:
            case Form.NAME:
                return self.named(word.of)
            case Form.FULL_ID:
                return self.ids[word.of]
            case Form.HEX_ID:
                return self.ids[word.of].removeprefix("sha256:")
            case Form.SHORT_ID:
                return self.ids[word.of].removeprefix("sha256:")[: word.digits]
            case Form.SHORT_ID_WITH_ALGORITHM:
                return self.ids[word.of][: len("sha256:") + word.digits]
            case Form.DIGEST:
                return self.digests[word.of]
            case Form.TAG_AND_DIGEST:
                name, _, digest = self.digests[word.of].partition("@")
                return f"{name}:any@{digest}"
            case _:
                assert_never(word.form)


def make(daemon: RunningDaemon, registry: str, world: World) -> Made:
    """Empty the daemon and make it hold *world*."""
    daemon.empty()
    made = Made(registry=registry)
    for action in world:
        _do(daemon, made, action)
    return made


def _build(made: Made, loaded: Loaded) -> Build:
    return Build(
        tags=[made.named(tag) for tag in loaded.tags],
        layers=loaded.layers,
        labels={"label": loaded.label} if loaded.label else {},
        created=f"2026-01-{loaded.day:02}T00:00:00Z",
    )


def _do(daemon: RunningDaemon, made: Made, action: Action) -> None:
    client = daemon.client
    match action:
        case Loaded(tags=tags, label=label):
            (made.ids[label or tags[0]],) = load(client, _build(made, action))
        case Built(base=base, lines=lines, tag=tag):
            made.ids[tag] = build(client, "\n".join([f"FROM {made.ids[base]}", *lines]), made.named(tag))
        case Tagged(image=image, name=name):
            repository, _, tag = made.named(name).rpartition(":")
            client.tag(made.ids[image], repository, tag)
        case Pushed(image=image, name=name, keep_tag=keep_tag):
            pushed = push_and_pull(client, made.registry, made.ids[image], name)
            if not keep_tag:
                client.remove_image(f"{made.registry}/{name}", force=True)
                pull(client, pushed)
            made.digests[image] = pushed
        case Contained(image=image, name=name, running=running):
            container(client, made.ids[image], name, running=running)
        case Forced(image=image):
            client.remove_image(made.ids[image], force=True)
        case _:
            assert_never(action)
