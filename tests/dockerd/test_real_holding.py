"""What containers hold, on real daemons: it is known, and what is predicted by it is what happens."""

import time
from collections.abc import Iterator, Sequence

import pytest

from bot.dockerd.daemon import Daemon
from bot.dockerd.hosts import endpoint
from bot.images.ids import ImageId
from bot.images.inventory import Inventory
from bot.images.predict import Wanted, plan
from bot.images.removal import Certainty, Plan, Record, Removed
from tests.daemons import NEWER, Kind, RunningDaemon, dockerd_of
from tests.worlds import BUSYBOX, Build, container, load


def held(daemon: Daemon) -> Inventory:
    """Return what the daemon holds."""
    inventory = daemon.inventory()
    assert isinstance(inventory, Inventory), inventory.why
    return inventory


def removed(daemon: Daemon, word: str, *, force: bool = False) -> Sequence[Record]:
    """Remove what was predicted exactly, and see that just that happened."""
    made = plan(held(daemon), Wanted(words=[word], command=word, force=force))
    assert isinstance(made, Plan)
    (step,) = made.steps
    assert (step.certainty, step.doubts) == (Certainty.EXACT, ())
    outcome = daemon.remove(step.removal)
    assert outcome == step.outcome
    assert isinstance(outcome, Removed)
    return outcome.records


@pytest.fixture(scope="module", params=["classic", f"{NEWER.suite}/classic"])
def kept(request: pytest.FixtureRequest, registry: str) -> Iterator[RunningDaemon]:
    """Give a dockerd with overlay2: Docker 20.10, and 28."""
    with dockerd_of(Kind.named(request.param), registry) as running:
        if running.client.info()["Driver"] != "overlay2":
            pytest.skip("overlay2 is not to be had here: what containers hold of images that are gone is not told")
        yield running


@pytest.fixture
def overlaid(kept: RunningDaemon) -> Iterator[tuple[RunningDaemon, Daemon]]:
    """Give it empty, and as the bot sees it."""
    kept.empty()
    daemon = Daemon("web-3", endpoint(kept.url))
    yield kept, daemon
    daemon.close()


def test_what_a_container_holds_of_an_image_that_is_gone(overlaid: tuple[RunningDaemon, Daemon]) -> None:
    """Its layers stay under other images, by as much as they share, and go with the last who has them."""
    client, daemon = overlaid[0].client, overlaid[1]
    lost, *_ = load(
        client,
        Build(tags=["lost:1"], layers=[BUSYBOX, "a", "b", "c"]),
        Build(tags=["near:1"], layers=[BUSYBOX, "a", "b", "x"]),
        Build(tags=["part:1"], layers=[BUSYBOX, "a"]),
        Build(tags=["far:1"], layers=[BUSYBOX, "y"]),
        Build(tags=["apart:1"], layers=["a", "b"]),
        Build(tags=["alike:1"], layers=["z", "a", "b", "c"]),
    )
    near = held(daemon).images[ImageId(lost)].layers[:3]
    container(client, "lost:1", "job")
    client.remove_image(lost, force=True)
    (job,) = held(daemon).containers
    assert job.holds == near
    assert len(removed(daemon, "near:1")) == 2 + 1
    assert len(removed(daemon, "far:1")) == 2 + 1
    (job,) = held(daemon).containers
    assert job.holds == near[:2]  # those above are no image's any more
    assert len(removed(daemon, "part:1")) == 2
    assert len(removed(daemon, "apart:1")) == 2 + 2
    assert len(removed(daemon, "alike:1")) == 2 + 4
    (job,) = held(daemon).containers
    assert job.holds == ()


def test_layers_that_come_back_while_they_are_held(overlaid: tuple[RunningDaemon, Daemon]) -> None:
    """An image that is loaded again finds its layers there, and the container keeps them still."""
    client, daemon = overlaid[0].client, overlaid[1]
    load(client, Build(tags=["lost:1"], layers=[BUSYBOX, "a", "b"]))
    container(client, "lost:1", "job")
    client.remove_image("lost:1", force=True)
    held(daemon)
    load(client, Build(tags=["again:1"], layers=[BUSYBOX, "a", "b"], labels={"another": "image"}))
    assert len(held(daemon).containers[0].holds or ()) == 3
    assert len(removed(daemon, "again:1")) == 2


def test_layers_that_come_back_after_they_went(overlaid: tuple[RunningDaemon, Daemon]) -> None:
    """They are in other folders then, and a container of the image before is told from one after."""
    client, daemon = overlaid[0].client, overlaid[1]
    for number in range(2):
        load(
            client,
            Build(tags=["lost:1"], layers=[BUSYBOX, "a", f"b{number}"]),
            Build(tags=["near:1"], layers=[BUSYBOX, "a"]),
        )
        container(client, "lost:1", "job")
        client.remove_image("lost:1", force=True)
        assert len(held(daemon).containers[0].holds or ()) == 2
        client.remove_container("job")
        assert len(removed(daemon, "near:1")) == 2 + 2


@pytest.fixture
def newer(dockerd_containerd: RunningDaemon) -> Iterator[tuple[RunningDaemon, Daemon]]:
    """Give an empty dockerd of Docker 28 with the containerd store, and the bot's eyes on it."""
    daemon = Daemon("web-3", endpoint(dockerd_containerd.url))
    yield dockerd_containerd, daemon
    daemon.close()


def test_mounts_by_name_and_by_id(newer: tuple[RunningDaemon, Daemon]) -> None:
    """A name means the image that had it all the time; where it moved, nobody can say."""
    dockerd, daemon = newer
    builds = [Build(tags=["base:1"], layers=[BUSYBOX]), Build(tags=["tools:1"], layers=["a"])]
    _, tools = load(dockerd.client, *builds, containerd=True)
    time.sleep(1.1)
    for name, mounted in [("named", "tools:1"), ("full", tools), ("short", tools[7:19]), ("digest", f"tools@{tools}")]:
        container(dockerd.client, "base:1", name, mounts=[mounted])
    assert mounts(daemon) == dict.fromkeys(("named", "full", "short", "digest"), tools)
    load(dockerd.client, Build(tags=["tools:1"], layers=["b"]))
    assert mounts(daemon) == {**dict.fromkeys(("full", "short", "digest"), tools), "named": None}


def mounts(daemon: Daemon) -> dict[str, ImageId | None]:
    """Return the image that each container has mounted."""
    return {container.name: mount.image_id for container in held(daemon).containers for mount in container.mounts}
