"""The bot is killed between approval and the end: after a restart the record and the message tell the truth."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.approval.events import StepDone
from bot.approval.request import Progress, Request, State
from bot.db import database
from bot.db.store import Store
from bot.images.removal import Step
from bot.playground.demo import RunningWorkspace
from bot.settings import Environment, File, Settings
from tests.daemons import RunningDaemon
from tests.endtoend.tap import Lost, Tap
from tests.endtoend.team import APPROVALS, DANA, OLGA, People, Team, planned_lines, recorded_lines, until
from tests.plans import removal_plan
from tests.worlds import Build, load


class Bot:
    """``imgbot serve`` as a process of its own, that can be killed and started again."""

    def __init__(self, place: RunningWorkspace, folder: Path, rule: str = "") -> None:
        self._log = folder / "imgbot.log"
        config = folder / "imgbot.toml"
        config.write_text(
            f"""
            [slack]
            approvals_channel = "{APPROVALS}"
            [hosts.web-3]
            url = "unix://{folder}/docker.sock"
            timeout = "3s"
            [[rules]]
            name = "leads"
            approvers = ["{OLGA}"]
            {rule}
            """
        )
        self._environment = os.environ | {
            "SLACK_BOT_TOKEN": place.bot_token,
            "SLACK_APP_TOKEN": place.app_token,
            "SLACK_API_URL": place.api_url,
            "IMGBOT_CONFIG": str(config),
            "IMGBOT_DATABASE_URL": f"sqlite:///{folder / 'imgbot.db'}",
        }
        self.start()

    def start(self) -> None:
        """Start the process."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "bot", "serve"], env=self._environment, stdout=log, stderr=log
            )

    def kill(self) -> None:
        """Kill the process in the middle of whatever it does."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> int:
        """Stop the process as an operator does, and return its exit code."""
        self._process.terminate()
        return self._process.wait(timeout=20)

    @property
    def runs(self) -> bool:
        """Whether the process is there."""
        return self._process.poll() is None

    def log(self) -> str:
        """Return what it logged."""
        return self._log.read_text()


@pytest.fixture
def bot(place: RunningWorkspace, tapped: Tap, tmp_path: Path) -> Iterator[Bot]:
    """Give a bot as a process."""
    assert tapped.calls == []
    made = Bot(place, tmp_path)
    yield made
    if made.runs:
        assert made.stop() == 0, made.log()


@pytest.fixture
def watched(place: RunningWorkspace, tapped: Tap, bot: Bot, tmp_path: Path) -> Team:
    """Give people, and a look into the bot's database."""
    people = People(place.url)
    until(lambda: people.type(DANA, "/img help", "D0DEV") == "acknowledged")
    assert bot.runs
    store = Store(database.engine(f"sqlite:///{tmp_path / 'imgbot.db'}"))
    return Team(
        people=people, store=store, tap=tapped, settings=Settings(environment=Environment(), file=File(), path=None)
    )


@contextmanager
def killed(bot: Bot, arm: Callable[[Callable[[], None]], None]) -> Iterator[None]:
    """Kill the bot when the armed hook fires, wait for that, and start it again."""
    fired: list[bool] = []

    def kill() -> None:
        if not fired:
            fired.append(True)
            bot.kill()

    arm(kill)
    yield
    until(lambda: fired and not bot.runs)
    bot.start()


def _approve_two(watched: Team, dockerd: RunningDaemon, *shared: str) -> None:
    """Have the removal of two images approved; where they share layers, the second waits for the first."""
    load(
        dockerd.client,
        Build(tags=["redis:7"], layers=[*shared, "redis"]),
        Build(tags=["nginx:1"], layers=[*shared, "nginx"]),
    )
    _, message = watched.people.ask(DANA, "/img rm redis:7 nginx:1")
    watched.people.press(OLGA, message, "img_approve")


def test_killed_after_the_daemon_did_it(watched: Team, bot: Bot, dockerd: RunningDaemon) -> None:
    """The answer was lost: the step is found done on the host, the second was not begun, and Resume finishes it."""
    with killed(bot, lambda kill: setattr(watched.tap, "after_removal", kill)):
        _approve_two(watched, dockerd, "base")
    watched.reaches(1, State.INTERRUPTED)
    until(lambda: [step.progress for step in watched.request(1).steps] == [Progress.DONE, Progress.WAITING])
    assert {record.source for record in watched.records(1)} == {"derived"}
    shown = watched.shows("1 of 2 done, 1 not started")
    assert [image["RepoTags"] for image in dockerd.client.images()] == [["nginx:1"]]
    watched.people.press(OLGA, shown, "img_resume")
    _is_finished(watched)
    assert dockerd.client.images() == []


def test_killed_before_the_daemon_heard_of_it(watched: Team, bot: Bot, dockerd: RunningDaemon) -> None:
    """The intent was written and nothing came of it: not done, nothing on record, and Resume does both steps."""

    def arm(kill: Callable[[], None]) -> None:
        def kill_and_lose() -> None:
            watched.tap.before_removal = lambda: None
            kill()
            raise Lost

        watched.tap.before_removal = kill_and_lose

    with killed(bot, arm):
        _approve_two(watched, dockerd, "base")
    watched.reaches(1, State.INTERRUPTED)
    until(lambda: [step.progress for step in watched.request(1).steps] == [Progress.WAITING, Progress.WAITING])
    assert watched.records(1) == ()
    assert len(dockerd.client.images()) == 2
    watched.people.press(OLGA, watched.shows("0 of 2 done, 2 not started"), "img_resume")
    _is_finished(watched)


def test_killed_with_two_under_way(watched: Team, bot: Bot, dockerd: RunningDaemon) -> None:
    """Of two that were sent at once one is done and one was never heard of: each is told apart, and Resume ends it."""
    both, killed_by_now = threading.Barrier(2), threading.Event()

    def arm(kill: Callable[[], None]) -> None:
        def lose_one() -> None:
            if both.wait(30) == 0:
                assert killed_by_now.wait(30)
                raise Lost

        def kill_after_the_other() -> None:
            kill()
            watched.tap.before_removal = watched.tap.after_removal = lambda: None
            killed_by_now.set()

        watched.tap.before_removal, watched.tap.after_removal = lose_one, kill_after_the_other

    with killed(bot, arm):
        _approve_two(watched, dockerd)
    watched.reaches(1, State.INTERRUPTED)
    until(lambda: {step.progress for step in watched.request(1).steps} == {Progress.DONE, Progress.WAITING})
    assert {record.source for record in watched.records(1)} == {"derived"}
    left = [step.removal.word for step in _undone(watched.request(1))]
    assert [image["RepoTags"] for image in dockerd.client.images()] == [left]
    watched.people.press(OLGA, watched.shows("1 of 2 done, 1 not started"), "img_resume")
    _is_finished(watched)
    assert dockerd.client.images() == []


def _undone(request: Request) -> list[Step]:
    return [
        step
        for step, state in zip(removal_plan(request).steps, request.steps, strict=True)
        if state.progress is Progress.WAITING
    ]


def test_killed_while_the_daemon_is_still_at_it(watched: Team, bot: Bot, dockerd: RunningDaemon) -> None:
    """The daemon goes on after the bot is gone: unclear at first, and on record once the image is gone."""
    load(dockerd.client, Build(tags=["redis:7"], layers=["redis"]))
    _, message = watched.people.ask(DANA, "/img rm redis:7")
    let_go = threading.Event()

    def arm(kill: Callable[[], None]) -> None:
        def kill_and_take_time() -> None:
            watched.tap.before_removal = lambda: None
            kill()
            assert let_go.wait(30)

        watched.tap.before_removal = kill_and_take_time

    with killed(bot, arm):
        watched.people.press(OLGA, message, "img_approve")
    until(lambda: watched.request(1).steps[0].progress is Progress.UNCLEAR)
    watched.shows("1 unclear")
    let_go.set()
    _is_finished(watched)
    assert {record.source for record in watched.records(1)} == {"derived"}


def test_killed_in_the_last_step(watched: Team, bot: Bot, dockerd: RunningDaemon) -> None:
    """Where everything is found done, the request is finished without anybody having to say so."""
    load(dockerd.client, Build(tags=["redis:7"], layers=["redis"]))
    _, message = watched.people.ask(DANA, "/img rm redis:7")
    with killed(bot, lambda kill: setattr(watched.tap, "after_removal", kill)):
        watched.people.press(OLGA, message, "img_approve")
    finished = _is_finished(watched)
    done = [event.event for event in watched.timeline(1) if isinstance(event.event, StepDone)]
    assert [event.found for event in done] == ["Found done on the host, after the daemon's answer was lost."]
    assert finished.steps[0].progress is Progress.DONE


def test_a_lead_stops_an_interrupted_request(watched: Team, bot: Bot, dockerd: RunningDaemon) -> None:
    """Stop ends it: the rest stays, and message and record say so."""
    with killed(bot, lambda kill: setattr(watched.tap, "after_removal", kill)):
        _approve_two(watched, dockerd, "base")
    watched.people.press(OLGA, watched.shows("1 of 2 done, 1 not started"), "img_stop")
    watched.reaches(1, State.FINISHED)
    watched.shows("(1 of 2)")
    assert [image["RepoTags"] for image in dockerd.client.images()] == [["nginx:1"]]


def test_sigterm_ends_it_within_seconds(watched: Team, bot: Bot) -> None:
    """Told to stop, it stops with exit code 0, and the record says so."""
    assert bot.stop() == 0, bot.log()
    with watched.store.reading() as reading:
        kinds = [event.fields.kind for event in reading.chain()]
    assert kinds[-2:] == ["stopped", "checkpoint"]


def _is_finished(watched: Team) -> Request:
    """Wait for the end; plan, record and message agree, whatever was done first."""
    finished = watched.reaches(1, State.FINISHED)
    assert sorted(planned_lines(finished)) == sorted(recorded_lines(watched.records(1)))
    watched.shows("Finished")
    return finished
