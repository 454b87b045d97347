"""Two replicas on one PostgreSQL: any of them answers, one carries out, and one of them is killed, or paused."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.approval.request import Progress, State
from bot.audit.chain import Verified
from bot.db import database
from bot.db.store import Store
from bot.flows.verify import verified
from bot.playground.demo import RunningWorkspace
from bot.settings import Environment, File, Settings
from tests.daemons import RunningDaemon
from tests.databases import Databases
from tests.endtoend.tap import Tap
from tests.endtoend.team import APPROVALS, DANA, OLGA, People, Team, until
from tests.worlds import Build, load

LEASE = 4.0
"""Seconds; a minute where it is not a test."""


@dataclass(kw_only=True)
class Replicas:
    """Processes of ``imgbot serve`` with one configuration, by number; of another ``checkout``, where one is given."""

    environment: dict[str, str]
    log: Path
    processes: list[subprocess.Popen[bytes]]
    checkout: Path | None = None

    def start(self) -> subprocess.Popen[bytes]:
        """Start one more."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "bot", "serve"], env=self.environment, stdout=log, stderr=log, cwd=self.checkout
            )
        self.processes.append(process)
        return process

    def end(self) -> None:
        """End all that still run, as an operator does."""
        running = [process for process in self.processes if process.poll() is None]
        for process in running:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        codes = [process.wait(timeout=20) for process in running]
        assert set(codes) <= {0}, self.log.read_text()


@pytest.fixture
def url(databases: Databases) -> Iterator[str]:
    """Give the URL of a PostgreSQL database."""
    with databases("postgresql") as made:
        yield made


@pytest.fixture
def replicas(place: RunningWorkspace, tapped: Tap, url: str, tmp_path: Path) -> Iterator[Replicas]:
    """Give two replicas at work."""
    assert tapped.calls == []
    with two_replicas(place, url, tmp_path) as made:
        yield made


@contextmanager
def two_replicas(place: RunningWorkspace, url: str, folder: Path, rule: str = "") -> Iterator[Replicas]:
    """Have two replicas at work within the block; *rule* is more of the rule that they go by."""
    config = folder / "imgbot.toml"
    config.write_text(
        f"""
        lease = "{LEASE:.0f}s"
        [slack]
        approvals_channel = "{APPROVALS}"
        audit_channel = "{APPROVALS}"
        message_pause = "0s"
        [hosts.web-3]
        url = "unix://{folder}/docker.sock"
        timeout = "3s"
        [[rules]]
        name = "leads"
        approvers = ["{OLGA}"]
        {rule}
        """
    )
    environment = os.environ | {
        "SLACK_BOT_TOKEN": place.bot_token,
        "SLACK_APP_TOKEN": place.app_token,
        "SLACK_API_URL": place.api_url,
        "IMGBOT_CONFIG": str(config),
        "IMGBOT_DATABASE_URL": url,
    }
    made = Replicas(environment=environment, log=folder / "imgbot.log", processes=[])
    made.start()
    made.start()
    try:
        yield made
    finally:
        made.end()


@pytest.fixture
def working(place: RunningWorkspace, tapped: Tap, replicas: Replicas, url: str) -> Iterator[Team]:
    """Give people, and a look into the database, once both replicas are at work."""
    with working_on(place, tapped, replicas, url) as team:
        yield team


@contextmanager
def working_on(place: RunningWorkspace, tapped: Tap, replicas: Replicas, url: str) -> Iterator[Team]:
    """Give people, and a look into the database, once all replicas are at work."""
    store = Store(database.engine(url))
    try:
        until(lambda: _started(store) == len(replicas.processes), within=60)  # a busy machine starts them slowly
        people = People(place.url)
        until(lambda: people.type(DANA, "/img help", "D0DEV") == "acknowledged")
        settings = Settings(environment=Environment(), file=File(), path=None)
        yield Team(people=people, store=store, tap=tapped, settings=settings)
    finally:
        store.close()


def _started(store: Store) -> int:
    with store.reading() as reading:
        return [event.fields.kind for event in reading.chain()].count("started")


def _ask(working: Team, dockerd: RunningDaemon, count: int, layers: tuple[str, ...] = ()) -> None:
    """Have *count* requests asked and approved, one image each."""
    load(dockerd.client, *(Build(tags=[f"app:{n}"], layers=[*layers, f"layer-{n}"]) for n in range(count)))
    for number in range(count):
        assert working.people.type(DANA, f"/img rm app:{number}") == "acknowledged"
    until(lambda: len(_requests(working)) == count)
    for message in until(lambda: said if len(said := _messages(working)) == count else None):
        assert working.people.press(OLGA, message, "img_approve") == "acknowledged"
    until(lambda: not _in_states(working)[State.PENDING])  # a click that dies with its worker is taken up much later


def _requests(working: Team) -> list[int]:
    with working.store.reading() as reading:
        return [request.id for request in reading.requests(*State, limit=1000)]


def _messages(working: Team) -> list[dict[str, object]]:
    """Return the messages of requests in the approvals channel."""
    return [said for said in working.people.messages(OLGA, APPROVALS) if "img_request" in str(said.get("metadata"))]


def _in_states(working: Team) -> Counter[State]:
    with working.store.reading() as reading:
        return Counter(request.state for request in reading.requests(*State, limit=1000))


def _carrying_out(working: Team) -> set[int]:
    """Return the processes that carry requests out."""
    with working.store.reading() as reading:
        claims = [request.claim for request in reading.requests(State.REMOVING)]
    return {int(claim.owner.split(":")[1]) for claim in claims if claim}


def _each_once(working: Team, dockerd: RunningDaemon, count: int) -> None:
    """See that every request was carried out once, is on record once, and has one message, which says so."""
    assert dockerd.client.images() == []
    for number in range(1, count + 1):
        kinds = [event.kind for event in working.timeline(number)]
        assert kinds.count("finished") == 1, kinds
        names = [record.reference for record in working.records(number) if record.reference]
        assert len(names) == len(set(names)) == 1
    until(lambda: all("Finished" in str(said) for said in _messages(working)))
    about = Counter(str(said["metadata"]) for said in _messages(working))
    assert len(about) == count
    assert set(about.values()) == {1}
    with working.store.reading() as reading:
        assert isinstance(verified(reading), Verified)


def test_twenty_requests_are_carried_out_once_each_while_one_is_killed(
    working: Team, replicas: Replicas, dockerd: RunningDaemon
) -> None:
    """One of two replicas is killed in the middle: the other takes over, and asks where something was under way."""
    count = 20
    _ask(working, dockerd, count)
    until(lambda: _in_states(working)[State.FINISHED] >= 3)
    replicas.processes[0].kill()
    killed, dead = time.monotonic(), replicas.processes[0].pid
    until(lambda: dead not in _carrying_out(working))
    assert time.monotonic() - killed < 2 * LEASE

    def ended() -> bool:
        for said in _messages(working):
            if "img_resume" in str(said):
                working.people.press(OLGA, said, "img_resume")
        return _in_states(working)[State.FINISHED] == count

    until(ended)
    _each_once(working, dockerd, count)
    assert replicas.processes[0].wait() == -signal.SIGKILL


def test_one_that_was_paused_in_a_removal_wakes_up_too_late(working: Team, dockerd: RunningDaemon) -> None:
    """It stands still while the daemon removes for it; another takes over within the lease, and it writes nothing."""
    load(dockerd.client, Build(tags=["redis:7"], layers=["base", "redis"]), Build(tags=["nginx:1"], layers=["base"]))
    _, message = working.people.ask(DANA, "/img rm redis:7 nginx:1")
    paused: list[int] = []

    def pause() -> None:
        working.tap.after_removal = lambda: None
        (number,) = _carrying_out(working)
        paused.append(number)
        os.kill(number, signal.SIGSTOP)

    working.tap.after_removal = pause
    working.people.press(OLGA, message, "img_approve")
    until(lambda: paused)
    stopped = time.monotonic()
    working.reaches(1, State.INTERRUPTED)
    assert time.monotonic() - stopped < 2 * LEASE
    until(lambda: [step.progress for step in working.request(1).steps] == [Progress.DONE, Progress.WAITING])
    taken = working.request(1)
    os.kill(paused[0], signal.SIGCONT)
    time.sleep(1)  # it wakes, and tries to write
    assert working.request(1) == taken
    assert working.request(1).claim == taken.claim
    working.people.press(OLGA, working.shows("1 of 2 done, 1 not started"), "img_resume")
    working.reaches(1, State.FINISHED)
    assert dockerd.client.images() == []
    assert len([record for record in working.records(1) if record.reference]) == 2
    assert len(_messages(working)) == 1


def test_sigterm_gives_back_what_is_under_way(working: Team, replicas: Replicas, dockerd: RunningDaemon) -> None:
    """Told to stop in the middle of twenty requests, one ends in time with everything given back; the other goes on."""
    count = 12
    _ask(working, dockerd, count)
    until(lambda: _in_states(working)[State.FINISHED] >= 2)
    told = time.monotonic()
    replicas.processes[1].terminate()
    assert replicas.processes[1].wait(timeout=15) == 0
    assert time.monotonic() - told < 10.5
    until(lambda: _in_states(working)[State.FINISHED] == count)
    _each_once(working, dockerd, count)
