"""``ls`` on the inventory lists what the daemon itself lists, with the references that it shows."""

from collections.abc import Mapping

import pytest
from docker.errors import APIError

from bot.dockerd.daemon import Daemon
from bot.images.inventory import Inventory
from bot.images.listing import BadFilter, Filters, listed
from tests.contract.making import Built, Contained, Kept, Loaded, Pushed, World, make
from tests.contract.words import Form, Word, typed
from tests.daemons import RunningDaemon

WORLD: World = (
    Loaded(tags=("redis:7", "redis:latest", "bitnami/redis:7"), layers=("a",), label="one", day=1),
    Loaded(tags=("redis:7-alpine", "localhost:5000/redis:7"), layers=("b",), label="two", day=2),
    Loaded(tags=("localhost:5000/team/redis:7", "redis-exporter:1"), layers=("c",), label="three", day=3),
    Loaded(layers=("d",), label="nameless"),
    Loaded(layers=("e",), label="digest only"),
    Pushed(image="digest only", name="t/only:1", kept=Kept.DIGEST),
    Pushed(image="one", name="t/redis:7"),
    Built(base="two", lines=("LABEL team=cache", "LABEL tier=1"), tag="built:1"),
    Contained(image="three", name="job"),
    Loaded(tags=("moved:1", "moved:2"), layers=("f",), label="moved"),
    Loaded(tags=("moved:1",), layers=("g",), label="mover"),
)

FILTERS: list[Filters] = [
    (),
    *[
        (("reference", pattern),)
        for pattern in [
            *("redis", "re?is", "redis:7", "redis:7*", "redis:[78]", "redis*", "*redis*", "*/redis", "*/*", "*/*/*"),
            *("localhost:5000/redis", "localhost:5000/*", "localhost*/redis:7", "redis:[^7]*", "nosuch", "redis:"),
            *("docker.io/library/redis", "library/redis", "Redis", "redis:{7,8}", "*@sha256:*", "*", "redis:[", "a\\"),
        ]
    ],
    (("reference", "redis:7"), ("reference", "built")),
    (("dangling", "true"),),
    (("dangling", "false"),),
    (("dangling", "maybe"),),
    (("label", "team"),),
    (("label", "team=cache"),),
    (("label", "team=other"),),
    (("label", "team"), ("label", "tier=1")),
    (("label", "team"), ("reference", "redis")),
    (("label", "team!=cache"),),
    (("label", "team!=web"),),
    (("label", "team!"), ("reference", "redis")),
    (("label!", "team"), ("reference", "redis")),
    (("label!", "team=cache"),),
    (("label!", "team!=cache"),),
    (("label!", "nosuch=1"),),
    (("before", "redis:7-alpine"),),
    (("since", "redis:7-alpine"),),
    (("since", "redis:7"), ("before", "localhost:5000/team/redis:7")),
    (("before", "nosuch:1"),),
    (("colour", "red"),),
    (("dangling", "true"), ("label", "label=nameless")),
    (("dangling", "true"), ("reference", "*")),
    (("dangling", "false"), ("reference", "*")),
    (("dangling", "true"), ("reference", "redis")),
]


@pytest.mark.parametrize("everything", [False, True], ids=["", "-a"])
def test_the_daemon_lists_the_same(dockerd: RunningDaemon, daemon: Daemon, registry: str, *, everything: bool) -> None:
    """For every filter: the same images, each with the same references, or the same refusal."""
    made = make(dockerd, registry, WORLD)
    assert typed(Word(of="one", form=Form.DIGEST), made).startswith(registry)
    inventory = daemon.inventory()
    assert isinstance(inventory, Inventory)
    ours = {filters: _ours(inventory, filters, everything=everything) for filters in FILTERS}
    theirs = {filters: _theirs(dockerd, filters, everything=everything) for filters in FILTERS}
    assert {filters: (ours[filters], theirs[filters]) for filters in FILTERS if ours[filters] != theirs[filters]} == {}


def _ours(inventory: Inventory, filters: Filters, *, everything: bool) -> Mapping[str, set[str]] | str:
    rows = listed(inventory, None, filters, everything=everything)
    if isinstance(rows, BadFilter):
        return rows.message.lower()
    return {row.image.id: {reference.familiar for reference in row.references} for row in rows}


def _theirs(dockerd: RunningDaemon, filters: Filters, *, everything: bool) -> Mapping[str, set[str]] | str:
    given: dict[str, list[str]] = {}
    for key, value in filters:
        given.setdefault(key, []).append(value)
    try:
        images = dockerd.client.images(all=everything, filters=given)
    except APIError as error:
        return str(error.explanation).lower()  # 20.10 begins with a capital
    keys = ["RepoTags"] if dockerd.containerd else ["RepoTags", "RepoDigests"]  # the one makes its digests up
    return {
        image["Id"]: {name for key in keys for name in image[key] or [] if "<none>" not in name} for image in images
    }
