"""What a removal gives back, on real daemons: as predicted, as the daemon adds up, and as the disk has it."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest
from docker import APIClient

from bot.dockerd.daemon import Daemon
from bot.dockerd.hosts import endpoint
from bot.images.inventory import Inventory
from bot.images.predict import Wanted, plan
from bot.images.removal import Certainty, Freed, Plan, Removed
from tests.daemons import RunningDaemon
from tests.dockerd.large import MILLION, layer, load_large


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What was predicted to be given back, and by how much the daemon's and the disk's counts went down."""

    predicted: Freed
    counted: int
    on_disk: int


def given_back(daemon: Daemon, client: APIClient, word: str) -> Given:
    """Remove *word*, and return what that gave back."""
    inventory = daemon.inventory()
    assert isinstance(inventory, Inventory), inventory.why
    made = plan(daemon.measured(inventory, inventory.images), Wanted(words=[word], command=word))
    assert isinstance(made, Plan)
    (step,) = made.steps
    counted, on_disk = _used(daemon), _on_disk(client)
    assert isinstance(daemon.remove(step.removal), Removed)
    return Given(predicted=step.freed, counted=counted - _used(daemon), on_disk=on_disk - _on_disk(client))


def _used(daemon: Daemon) -> int:
    used = daemon.used()
    assert used is not None
    return used


def _on_disk(client: APIClient) -> int:
    """Return the bytes that the daemon's folder takes."""
    root = str(client.info()["DockerRootDir"])
    counted = subprocess.run(["du", "-sxB1", root], check=True, capture_output=True, text=True)
    return int(counted.stdout.split()[0])


@pytest.fixture
def images() -> Callable[[APIClient], None]:
    """Give what loads images of several layers of some million bytes: shared by all, by two, and by none."""
    base, middle, more = layer(1, 8 * MILLION), layer(2, 6 * MILLION, dense=False), layer(5, 10 * MILLION)

    def load(client: APIClient) -> None:
        load_large(client, "one:1", [base, middle, layer(3, 9 * MILLION)])
        load_large(client, "two:1", [base, middle, layer(4, 12 * MILLION, dense=False)])
        load_large(client, "three:1", [base, more, layer(6, 7 * MILLION)])
        load_large(client, "four:1", [base, more, layer(7, 11 * MILLION)])

    return load


def test_bytes_on_the_classic_store(
    dockerd: RunningDaemon, daemon: Daemon, images: Callable[[APIClient], None]
) -> None:
    """To the byte as the daemon counts, and within a hundredth as the disk does, which keeps folders and blocks."""
    images(dockerd.client)
    expected = {"one:1": 9, "two:1": 6 + 12, "three:1": 7, "four:1": 8 + 10 + 11}
    for word, millions in expected.items():
        given = given_back(daemon, dockerd.client, word)
        assert given.predicted == Freed(bytes=millions * MILLION)
        assert given.counted == millions * MILLION
        assert given.on_disk == pytest.approx(millions * MILLION, rel=0.01)
    assert daemon.used() == 0


@pytest.fixture
def newer(dockerd_containerd: RunningDaemon) -> Iterator[Daemon]:
    """Give the empty dockerd with the containerd store as the bot sees it."""
    with closing(Daemon("web-3", endpoint(dockerd_containerd.url))) as daemon:
        yield daemon


def test_bytes_on_the_containerd_store(
    dockerd_containerd: RunningDaemon, newer: Daemon, images: Callable[[APIClient], None]
) -> None:
    """It keeps what was loaded as it came, and unpacked as well. Loaded layers are not compressed, so both can be told.

    It is said to be about so much: of what was pulled, a shared layer may have been compressed better than the others.
    """
    images(dockerd_containerd.client)
    for word, millions in {"one:1": 9, "two:1": 6 + 12, "three:1": 7, "four:1": 8 + 10 + 11}.items():
        given = given_back(newer, dockerd_containerd.client, word)
        assert given.predicted.certainty is Certainty.ABOUT
        assert given.predicted.bytes == pytest.approx(given.counted, rel=0.01)
        assert given.counted == pytest.approx(2 * millions * MILLION, rel=0.01)
        assert given.on_disk == pytest.approx(given.counted, rel=0.01)
