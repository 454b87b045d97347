"""A list of images may stand in for another, where the daemon tells that nothing happened to any image since."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.dockerd import taking
from bot.dockerd.daemon import Daemon
from bot.images.inventory import Inventory
from tests.dockerd.lying import answer
from tests.dockerd.recorded import INFO_CONTAINERD, RUNNING_20
from tests.dockerd.remembering import Remembering
from tests.dockerd.test_one_moment import asked, times

LISTS = 2
"""Lists of images that the containerd store is asked for at once."""


def containerd(version: str = "28.5.2") -> Remembering:
    """Return a daemon with the containerd store that remembers something from long ago."""
    state = Remembering(about={**INFO_CONTAINERD, "ServerVersion": version, "Images": 1})
    state.happen("pull")
    time.sleep(0.3)
    return state


def kept(daemon: Daemon) -> Inventory:
    """Return what the daemon holds, where a list that is kept will do."""
    inventory = daemon.inventory(kept=True)
    assert isinstance(inventory, Inventory), inventory.why
    return inventory


def test_images_are_not_listed_again(tmp_path: Path) -> None:
    """Containers are, and what happened is asked for; what is known is the same, and of now."""
    state = containerd()
    with asked(tmp_path, state) as (daemon, server):
        first, second, third = kept(daemon), kept(daemon), kept(daemon)
        assert times(server, "/images/json") == LISTS
        assert times(server, "/containers/json") == 3
        assert (second.images, second.containers, second.changed) == (first.images, first.containers, False)
        assert first.seen <= second.seen <= third.seen


def test_who_decides_looks_anew(tmp_path: Path) -> None:
    """A list that is kept is for showing."""
    with asked(tmp_path, containerd()) as (daemon, server):
        kept(daemon)
        assert isinstance(daemon.inventory(), Inventory)
        assert times(server, "/images/json") == 2 * LISTS


@pytest.mark.parametrize("happens", ["tag", "untag", "delete", "load", "pull", "import", "push", "create", "prune"])
def test_something_that_happened_to_an_image(tmp_path: Path, happens: str) -> None:
    """Then everything is listed."""
    state = containerd()
    with asked(tmp_path, state) as (daemon, server):
        kept(daemon)
        state.happen(happens)
        kept(daemon)
        assert times(server, "/images/json") == 2 * LISTS


def _restarted(state: Remembering) -> None:
    state.restart()


def _another_daemon(state: Remembering) -> None:
    state.about["ID"] = "another"


def _one_image_more(state: Remembering) -> None:
    state.about["Images"] = 2


def _upgraded(state: Remembering) -> None:
    state.about["ServerVersion"] = "29.0.0"


def _forgetful(state: Remembering) -> None:
    for _ in range(300):
        state.happen("exec_start", kind="container")


@pytest.mark.parametrize("change", [_restarted, _another_daemon, _one_image_more, _upgraded, _forgetful])
def test_what_the_daemon_cannot_vouch_for(tmp_path: Path, change: Callable[[Remembering], None]) -> None:
    """It forgot, is another one, or counts other images than it tells events of."""
    state = containerd()
    with asked(tmp_path, state) as (daemon, server):
        kept(daemon)
        change(state)
        kept(daemon)
        assert times(server, "/images/json") == 2 * LISTS


def test_a_container_that_came(tmp_path: Path) -> None:
    """The list of containers is of now."""
    state = containerd()
    running: list[object] = []
    with asked(tmp_path, state, containers_json=lambda _: answer(running)) as (daemon, server):
        assert kept(daemon).containers == ()
        running.append(RUNNING_20)
        state.happen("start", kind="container")
        assert len(kept(daemon).containers) == 1
        assert times(server, "/images/json") <= 2 * LISTS


@pytest.mark.parametrize("state", [containerd("26.1.5"), Remembering()], ids=["before Docker 27", "classic"])
def test_who_is_listed_each_time(tmp_path: Path, state: Remembering) -> None:
    """A daemon that does not tell of every build, and a store whose list is quick."""
    state.happen("pull")
    time.sleep(0.3)
    with asked(tmp_path, state) as (daemon, server):
        kept(daemon)
        once = times(server, "/images/json")
        kept(daemon)
        assert times(server, "/images/json") == 2 * once


def test_no_list_is_kept_for_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After five minutes it is made anew, whatever the daemon tells."""
    with asked(tmp_path, containerd()) as (daemon, server):
        kept(daemon)
        monkeypatch.setattr(taking, "KEPT_FOR", 0.0)
        kept(daemon)
        assert times(server, "/images/json") == 2 * LISTS
