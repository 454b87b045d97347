"""Fifty leads approve the same request at once: it is carried out once, and forty-nine are told that it was decided.

In one process with several threads on SQLite, which takes no second one; in two processes on PostgreSQL.
"""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.approval.events import Approved, Claimed, StepBegun
from bot.approval.notes import Refusal
from bot.approval.request import Request, RequestId, State
from bot.audit.chain import Verified, verify
from bot.db.store import Store
from bot.playground.demo import simulated_daemon
from bot.slack.payloads import CLICK, COMMAND
from tests.approval.examples import NOW
from tests.databases import Databases, opened
from tests.endtoend.approving import LEADS, WITHIN, made
from tests.endtoend.tap import Tap, tap
from tests.flows.fakes import FakeConversation

TOGETHER = [sys.executable, "-m", "tests.endtoend.approving"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A request that waits, fifty clicks that are delivered and not answered yet, and the tap on the daemon."""

    url: str
    socket: Path
    tap: Tap
    store: Store

    def process(self, owner: str) -> "subprocess.Popen[str]":
        """Start a process of the bot, which waits to begin."""
        command = [*TOGETHER, self.url, str(self.socket), owner]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)

    def answers(self, processes: int) -> list[tuple[str, str]]:
        """Let so many processes begin at the same moment, and return whom they answered what."""
        running = [self.process(f"bot:{number}") for number in range(processes)]
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", process.communicate()[1]
        told: list[tuple[str, str]] = []
        for process in running:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        for process in running:
            out, errors = process.communicate(timeout=2 * WITHIN)
            assert process.returncode == 0, errors
            told += [(user, text) for user, text in json.loads(out)]
        return told

    def request(self) -> Request:
        """Return the request as it is."""
        with self.store.reading() as reading:
            request = reading.request(RequestId(1))
        assert request is not None
        return request

    def is_carried_out_once(self, told: list[tuple[str, str]]) -> None:
        """See that one approval counted, one call was sent, and everybody else was told and is on record."""
        request = self.request()
        assert request.state is State.FINISHED
        (approval,) = request.approvals
        others = set(LEADS) - {approval.by.user_id}
        assert sorted(user for user, _ in told) == sorted(others)
        assert {text.partition(":")[0] for _, text in told} == {"too late"}, told
        assert len(self.tap.removals()) == 1
        with self.store.reading() as reading:
            happened = Counter(type(each.event) for each in reading.timeline(request.id))
            refused = [e.event.by.user_id for e in reading.timeline(request.id) if isinstance(e.event, Refusal)]
            assert isinstance(verify(reading.chain()), Verified)
        assert (happened[Approved], happened[Claimed], happened[StepBegun]) == (1, 1, 1)
        assert sorted(refused) == sorted(others)


def _scene(url: str, socket: Path, tapped: Tap, store: Store) -> Scene:
    """Have Dana ask, and deliver a click of each lead."""
    bot, daemon = made(store, str(socket), "bot:asking", FakeConversation())
    with store.transaction() as tx:
        body = {"team": "T0", "user": "U0DEV", "channel": "C0DEV", "text": "rm redis:alpine", "url": ""}
        tx.receive("command:1", COMMAND, json.dumps(body), NOW)
    assert bot.receive.next()
    bot.publish.behind()
    daemon.close()
    scene = Scene(url=url, socket=socket, tap=tapped, store=store)
    token = scene.request().token
    with store.transaction() as tx:
        for lead in LEADS:
            click = {"team": "T0", "user": lead, "channel": "C0APPROVALS", "ts": "1.0", "button": "img_approve"}
            tx.receive(f"click:{lead}", CLICK, json.dumps(click | {"value": token, "url": ""}), NOW)
    return scene


@pytest.fixture
def tapped(tmp_path: Path) -> Iterator[tuple[Path, Tap]]:
    """Give a simulated daemon behind a tap, and the tap's socket."""
    with simulated_daemon(tmp_path / "daemon.sock"), tap(tmp_path / "daemon.sock", tmp_path / "tap.sock") as opened_tap:
        yield tmp_path / "tap.sock", opened_tap


@pytest.fixture
def on_sqlite(databases: Databases, tapped: tuple[Path, Tap]) -> Iterator[Scene]:
    """Give the scene on SQLite. The test only looks: one process is to have the file."""
    with databases("sqlite") as url:
        with opened(url) as engine:
            asking = Store(engine)
            scene = _scene(url, *tapped, asking)
            asking.close()
        with opened(url) as engine:
            store = Store(engine)
            yield Scene(url=url, socket=scene.socket, tap=scene.tap, store=store)
            store.close()


@pytest.fixture
def on_postgresql(databases: Databases, tapped: tuple[Path, Tap]) -> Iterator[Scene]:
    """Give the scene on PostgreSQL."""
    with databases("postgresql") as url, opened(url) as engine:
        store = Store(engine)
        yield _scene(url, *tapped, store)
        store.close()


def test_threads_of_one_process_on_sqlite(on_sqlite: Scene) -> None:
    """Eight threads answer fifty clicks."""
    on_sqlite.is_carried_out_once(on_sqlite.answers(processes=1))


def test_sqlite_takes_no_second_process(on_sqlite: Scene) -> None:
    """While one has the file another ends with a sentence that says what to do, and the first goes on."""
    first = on_sqlite.process("bot:1")
    assert first.stdout is not None
    assert first.stdout.readline() == "ready\n"
    second = on_sqlite.process("bot:2")
    _, errors = second.communicate(input="go\n", timeout=WITHIN)
    assert second.returncode != 0
    assert "a SQLite file takes one" in errors
    out, errors = first.communicate(input="go\n", timeout=2 * WITHIN)
    assert first.returncode == 0, errors
    on_sqlite.is_carried_out_once([(user, text) for user, text in json.loads(out)])


def test_two_processes_on_postgresql(on_postgresql: Scene) -> None:
    """Two processes of eight threads each answer fifty clicks."""
    on_postgresql.is_carried_out_once(on_postgresql.answers(processes=2))
