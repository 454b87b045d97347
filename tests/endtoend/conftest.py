"""The team that the tests are about."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.playground.demo import RunningWorkspace, real, workspace
from tests.daemons import RunningDaemon
from tests.endtoend.tap import Tap, tap
from tests.endtoend.team import Team, team


@pytest.fixture
def place() -> Iterator[RunningWorkspace]:
    """Give a workspace."""
    with workspace(banner=real("a daemon for tests")) as running:
        yield running


@pytest.fixture
def tapped(dockerd: RunningDaemon, tmp_path: Path) -> Iterator[Tap]:
    """Give a tap on an empty daemon; the bot reaches it at ``docker.sock`` in the test's folder."""
    with tap(dockerd.socket, tmp_path / "docker.sock") as opened:
        yield opened


@pytest.fixture
def at_work(place: RunningWorkspace, tapped: Tap, tmp_path: Path) -> Iterator[Team]:
    """Give a team with the bot at work."""
    with team(place, tapped, tmp_path / "docker.sock", tmp_path) as working:
        yield working
