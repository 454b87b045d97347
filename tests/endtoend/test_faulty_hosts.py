"""Two hosts, one of them bad: it hangs or loses its answers, and the process is told to end, or killed, meanwhile."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import docker
import pytest
import requests

from bot.approval.request import Progress, State
from bot.db import database
from bot.db.store import Store
from bot.playground.demo import RunningWorkspace, simulated_daemon, workspace
from bot.settings import Environment, File, Settings
from tests.databases import opened
from tests.endtoend.tap import Lost, tap
from tests.endtoend.team import APPROVALS, DANA, OLGA, People, Team, until

SOON = 4.0
"""Seconds in which a good host's command is answered."""
GRACE = 10.0
TIMEOUT = 60
"""Seconds for which the daemons are waited for: a call that hangs is under way until long after each test."""


@dataclass(kw_only=True)
class Place:
    """A process of ``imgbot serve``, people, and a tap on the bad host's daemon."""

    environment: dict[str, str]
    log: Path
    team: Team
    go_on: threading.Event = field(default_factory=threading.Event)
    hung: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def start(self) -> subprocess.Popen[bytes]:
        """Start the bot, and wait until it answers."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "bot", "serve"], env=self.environment, stdout=log, stderr=log
            )
        try:
            until(lambda: process.poll() is None and self._answers(), within=60)
        except BaseException:
            process.kill()
            process.wait()
            raise
        return process

    def _answers(self) -> bool:
        return self.team.people.type(DANA, "/img help", "D0DEV") == "acknowledged"

    def hang(self, method: str = "", *, wholly: bool = False) -> None:
        """Have the bad host answer nothing, or no call by *method*, until it is let go on; *wholly*: no events, too."""

        def wait(called: str, path: str) -> None:
            if method in ("", called) and (wholly or "/events" not in path):
                self.hung.release()
                self.go_on.wait(TIMEOUT)

        self.team.tap.before = wait

    def kinds(self) -> list[str]:
        """Return all that is on record, in words."""
        with self.team.store.reading() as reading:
            return [event.fields.kind for event in reading.chain()]


CONFIG = """
lease = "{lease}s"
[slack]
approvals_channel = "{channel}"
message_pause = "0s"
[hosts.good]
url = "unix://{folder}/daemon.sock"
timeout = "{timeout}s"
[hosts.bad]
url = "unix://{folder}/bad.sock"
timeout = "{timeout}s"
[[rules]]
name = "leads"
approvers = ["{lead}"]
"""


@pytest.fixture
def slack() -> Iterator[RunningWorkspace]:
    """Give a workspace."""
    with workspace() as running:
        yield running


@pytest.fixture
def place(slack: RunningWorkspace, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Place]:
    """Give the place, where nothing runs yet."""
    with placed(slack, tmp_path, f"sqlite:///{tmp_path}/imgbot.db", getattr(request, "param", TIMEOUT)) as made:
        yield made


@contextmanager
def placed(
    slack: RunningWorkspace, folder: Path, url: str, timeout: float = TIMEOUT, lease: int = 60
) -> Iterator[Place]:
    """Give the place on a database, with daemons that are waited for that long; timeout and *lease* in seconds."""
    config = folder / "imgbot.toml"
    config.write_text(CONFIG.format(channel=APPROVALS, folder=folder, lead=OLGA, timeout=timeout, lease=lease))
    environment = os.environ | {
        "SLACK_BOT_TOKEN": slack.bot_token,
        "SLACK_APP_TOKEN": slack.app_token,
        "SLACK_API_URL": slack.api_url,
        "IMGBOT_CONFIG": str(config),
        "IMGBOT_DATABASE_URL": url,
    }
    with ExitStack() as stack:
        stack.enter_context(simulated_daemon(folder / "daemon.sock"))
        tapped = stack.enter_context(tap(folder / "daemon.sock", folder / "bad.sock"))
        store = Store(database.engine(url))
        stack.callback(store.close)
        database.upgrade(stack.enter_context(opened(url)))
        settings = Settings(environment=Environment(), file=File(), path=None)
        team = Team(people=People(slack.url), store=store, tap=tapped, settings=settings)
        made = Place(environment=environment, log=folder / "imgbot.log", team=team)
        stack.callback(made.go_on.set)
        yield made


@pytest.fixture
def process(place: Place) -> Iterator[subprocess.Popen[bytes]]:
    """Give the bot at work."""
    process = place.start()
    try:
        yield process
    finally:
        place.go_on.set()
        process.kill()
        process.wait()


@pytest.mark.usefixtures("process")
def test_a_host_that_hangs_delays_no_other(place: Place) -> None:
    """Six commands for it wait; those for the other host, and what asks the record, are answered at once."""
    place.hang()
    people = place.team.people
    for _ in range(6):
        assert people.type(DANA, "/img ls -H bad") == "acknowledged"
    assert place.hung.acquire(timeout=SOON)
    for text in ("/img ls -H good", "/img history"):
        began, known = time.monotonic(), _answers(people)
        assert people.type(DANA, text) == "acknowledged"
        until(lambda known=known: _answers(people) > known)  # type: ignore[misc]
        assert time.monotonic() - began < SOON
    known = _answers(people)
    place.go_on.set()
    until(lambda: _answers(people) == known + 6)


def test_all_else_goes_on_before_a_host_has_answered_at_all(place: Place) -> None:
    """It answers nothing until the end: starting, planning, removing, listening, listing and ending do not wait."""
    place.hang(wholly=True)
    process = place.start()
    people = place.team.people
    try:
        assert place.hung.acquire(timeout=20)
        people.type(DANA, "/img rm -H bad redis:alpine")
        _, message = people.ask(DANA, "/img rm -H good redis:alpine")
        people.press(OLGA, message, "img_approve")
        place.team.reaches(1, State.FINISHED)
        with closing(docker.APIClient(base_url=f"unix://{place.team.tap.daemon}", version="1.41")) as by_hand:
            by_hand.remove_image("node:slim")
        until(lambda: "left-outside" in place.kinds())
        known = _answers(people)
        people.type(DANA, "/img ls -H good")
        until(lambda: _answers(people) > known)
        process.terminate()
        assert process.wait(timeout=GRACE * 2) == 0, place.log.read_text()
        assert place.kinds()[-2:] == ["stopped", "checkpoint"]
        assert not place.go_on.is_set()
    finally:
        process.kill()
        process.wait()


def test_sigterm_while_a_daemon_hangs(place: Place, process: subprocess.Popen[bytes]) -> None:
    """It ends in time, with what was under way given back, and with a checkpoint."""
    place.hang("DELETE")
    _, message = place.team.people.ask(DANA, "/img rm -H bad redis:alpine")
    place.team.people.press(OLGA, message, "img_approve")
    assert place.hung.acquire(timeout=20)
    told = time.monotonic()
    process.terminate()
    assert process.wait(timeout=GRACE * 2) == 0, place.log.read_text()
    assert time.monotonic() - told < GRACE + 0.5
    assert place.kinds()[-2:] == ["stopped", "checkpoint"]
    with place.team.store.reading() as reading:
        waiting = reading.requests(State.REMOVING)
    assert [request.id for request in waiting] == [1]
    again = place.start()
    try:
        place.team.reaches(1, State.INTERRUPTED)  # what came of the call is looked for on the host
        place.team.shows("img_resume")
    finally:
        place.go_on.set()
        again.kill()
        again.wait()


def test_sigterm_while_a_daemon_and_slack_hang(
    place: Place, slack: RunningWorkspace, process: subprocess.Popen[bytes]
) -> None:
    """It ends in time all the same, with its checkpoint on record."""
    place.hang("DELETE")
    _, message = place.team.people.ask(DANA, "/img rm -H bad redis:alpine")
    place.team.people.press(OLGA, message, "img_approve")
    assert place.hung.acquire(timeout=20)
    assert requests.post(f"{slack.url}/play/trouble", json={"slow": 10_000}, timeout=10).ok
    told = time.monotonic()
    process.terminate()
    assert process.wait(timeout=GRACE * 2) == 0, place.log.read_text()
    assert time.monotonic() - told < GRACE + 0.5
    assert place.kinds()[-2:] == ["stopped", "checkpoint"]


def test_a_second_sigterm_ends_it_at_once(place: Place, process: subprocess.Popen[bytes]) -> None:
    """Whoever says so twice means it."""
    place.hang()
    place.team.people.type(DANA, "/img ls -H bad")
    assert place.hung.acquire(timeout=20)
    process.terminate()
    time.sleep(1)
    assert process.poll() is None
    told = time.monotonic()
    process.terminate()
    assert process.wait(timeout=GRACE) == 128 + signal.SIGTERM
    assert time.monotonic() - told < 1


def test_a_delivery_of_a_killed_process_is_done_by_the_next(place: Place, process: subprocess.Popen[bytes]) -> None:
    """Within seconds, and once."""
    place.hang()
    place.team.people.type(DANA, "/img rm -H bad redis:alpine")
    assert place.hung.acquire(timeout=20)
    process.kill()
    process.wait()
    place.team.tap.before = lambda _method, _path: None
    place.go_on.set()
    again = place.start()
    began = time.monotonic()
    try:
        place.team.reaches(1, State.PENDING)
        assert time.monotonic() - began < SOON
        until(lambda: place.team.people.messages(OLGA, APPROVALS))
        place.team.shows("img_approve")
        assert place.kinds().count("asked") == 1
    finally:
        again.kill()
        again.wait()


def test_an_answer_that_slack_did_not_take_comes_after_a_restart(
    place: Place, slack: RunningWorkspace, process: subprocess.Popen[bytes]
) -> None:
    """Slack fails by every way, the bot is killed, and whoever asked is answered all the same, once."""
    people = place.team.people
    until(lambda: _waiting(place, "deliveries") == 0)  # what was typed to see that it is there is answered
    assert requests.post(f"{slack.url}/play/trouble", json={"failing": 1.0}, timeout=10).ok
    assert people.type(DANA, "/img history") == "acknowledged"
    until(lambda: _late(place) == 1)
    assert _answers(people) == 0
    process.kill()
    process.wait()
    assert requests.post(f"{slack.url}/play/trouble", json={}, timeout=10).ok
    again = place.start()
    try:
        until(lambda: _answers(people), within=60)  # a start, and the pause that the failures before it made
        until(lambda: _late(place) == 0)
        assert _answers(people) == 1
    finally:
        again.kill()
        again.wait()


@pytest.mark.usefixtures("process")
@pytest.mark.parametrize("place", [1], indirect=True)
@pytest.mark.parametrize("done", [True, False])
def test_an_answer_that_does_not_come_is_cleared_up(place: Place, *, done: bool) -> None:
    """In the middle of a removal the host is cut off, before or after it was done. Which, is seen on the host."""
    tapped = place.team.tap

    def lose() -> None:
        tapped.before_removal = tapped.after_removal = lambda: None
        if not done:
            raise Lost
        time.sleep(3)

    if done:
        tapped.after_removal = lose
    else:
        tapped.before_removal = lose
    _, message = place.team.people.ask(DANA, "/img rm -H bad redis:alpine")
    place.team.people.press(OLGA, message, "img_approve")
    if done:
        place.team.reaches(1, State.FINISHED)
        assert place.team.records(1)
        place.team.shows("Finished")
    else:
        place.team.reaches(1, State.INTERRUPTED)
        with place.team.store.reading() as reading:
            told = [event.fields.body for event in reading.chain() if "What came of" in event.fields.body]
        assert any("bad cannot be reached at unix://" in each for each in told), told
        until(lambda: place.team.request(1).steps[0].progress is Progress.WAITING)  # it was found not done
        place.team.shows("img_resume")


def _answers(people: People) -> int:
    return len([said for said in people.messages(DANA, "C0DEV") if said.get("only_for") == DANA])


def _late(place: Place) -> int:
    return _waiting(place, "answers")


def _waiting(place: Place, queue: str) -> int:
    with place.team.store.reading() as reading:
        return reading.vitals().queues[queue].waiting
