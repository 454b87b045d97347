"""What a real daemon's socket lets through, and what a filtering proxy keeps off."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.dockerd.daemon import Daemon
from bot.dockerd.hosts import endpoint
from bot.images.inventory import Store
from tests.daemons import RunningDaemon
from tests.endtoend.tap import KeptOff, Tap, tap


@pytest.fixture
def tapped(dockerd: RunningDaemon, tmp_path: Path) -> Iterator[Tap]:
    """Give a tap on an empty daemon."""
    with tap(dockerd.socket, tmp_path / "docker.sock") as opened:
        yield opened


def test_a_bare_socket_lets_everything_through_and_nothing_was_done(tapped: Tap, tmp_path: Path) -> None:
    """Each answer is the daemon's own no: there is no such image, and no container is made of nothing."""
    daemon = Daemon("web-3", endpoint(f"unix://{tmp_path}/docker.sock"))
    before = daemon.inventory()
    seen = daemon.examined()
    daemon.close()
    assert seen.why == ""
    assert (seen.store, bool(seen.version), bool(seen.api)) == (Store.CLASSIC, True, True)
    assert seen.skew is not None
    assert abs(seen.skew.total_seconds()) < 5
    assert [trial.call for trial in seen.trials if trial.refused] == []
    assert [trial.call for trial in seen.trials if not trial.needed] == ["POST /containers/create"]
    tried = [(call.method, call.status) for call in tapped.calls if call.method != "GET"]
    assert [status for method, status in tried if method == "DELETE"] == [404]
    assert all(status in {400, 404, 500} for _, status in tried), tried
    daemon = Daemon("web-3", endpoint(f"unix://{tmp_path}/docker.sock"))
    after = daemon.inventory()
    daemon.close()
    assert before == after or (before.images, before.containers) == (after.images, after.containers)  # type: ignore[union-attr]  # it was reached


def test_what_a_proxy_keeps_off_is_said(tapped: Tap, tmp_path: Path) -> None:
    """By the status it gives."""

    def gate(method: str, path: str) -> None:
        if method == "DELETE" or "/containers/create" in path:
            raise KeptOff

    tapped.before = gate
    daemon = Daemon("web-3", endpoint(f"unix://{tmp_path}/docker.sock"))
    seen = daemon.examined()
    daemon.close()
    refused = {trial.call: trial.refused for trial in seen.trials if trial.refused}
    assert refused == {"DELETE /images/NAME": "status 403", "POST /containers/create": "status 403"}


def test_what_is_not_needed_is_not_tried(tapped: Tap, tmp_path: Path) -> None:
    """A bot that only observes needs no removal, and one that asks no registry no distribution."""
    daemon = Daemon("web-3", endpoint(f"unix://{tmp_path}/docker.sock"), may_remove=False, asks_registries=False)
    seen = daemon.examined()
    daemon.close()
    assert {call.method for call in tapped.calls if "containers/create" not in call.path} == {"GET"}
    assert not [trial for trial in seen.trials if "distribution" in trial.call]


def test_a_daemon_that_is_away_is_said_to_be(tmp_path: Path) -> None:
    """In the words of every other answer."""
    daemon = Daemon("web-3", endpoint(f"unix://{tmp_path}/nothing.sock"))
    assert "web-3 cannot be reached" in daemon.examined().why
    daemon.close()
