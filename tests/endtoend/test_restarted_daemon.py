"""A dockerd that ends in the middle of a removal and starts again: it remembers no events, and a person goes on."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from bot.approval.request import Progress, State
from bot.demo import settings
from bot.playground.demo import RunningWorkspace
from bot.service import Service
from bot.settings import HostTable
from tests.daemons import NEWER, OWN, Kind, RunningDaemon, dockerd_in, folder_of_dockerd, root_for
from tests.endtoend.tap import Lost, Tap, tap
from tests.endtoend.team import DANA, HOST, OLGA, People, Team, opened, until
from tests.newer import Missing
from tests.worlds import Build, load

TIMEOUT = "2s"
"""How long the daemon is waited for: only after that is it said that something was not done."""
NAMES = ("redis:7", "nginx:1", "node:20")


class Dockerd:
    """A dockerd that can be stopped and started again."""

    def __init__(self, kind: Kind, root: Path | None, folder: Path) -> None:
        self._kind = kind
        self._root = root
        self._folder = folder
        self._stack = ExitStack()
        self.was_restarted = False
        self.running = self._entered()

    def start(self) -> None:
        """Start it again, on what it held."""
        self.running = self._entered()
        self.was_restarted = True

    def stop(self) -> None:
        """Have it end."""
        self._stack.close()

    def _entered(self) -> RunningDaemon:
        return self._stack.enter_context(dockerd_in(self._folder, self._kind, self._root, "127.0.0.1:1"))

    def images(self) -> int:
        """Return how many images it holds."""
        return len(self.running.client.images())


@pytest.fixture(params=[OWN, NEWER], ids=lambda kind: kind.name)
def dockerd(request: pytest.FixtureRequest) -> Iterator[Dockerd]:
    """Give one of each store."""
    root = root_for(request.param)
    if isinstance(root, Missing):
        pytest.skip(f"{root.why}: there is no {request.param.name}")
    with folder_of_dockerd() as folder:
        made = Dockerd(request.param, root, folder)
        try:
            yield made
        finally:
            made.stop()


@contextmanager
def team(place: RunningWorkspace, tapped: Tap, folder: Path) -> Iterator[Team]:
    """Run the bot on a daemon that is not waited for long."""
    made = settings(
        place, {HOST: HostTable.model_validate({"url": f"unix://{folder}/docker.sock", "timeout": TIMEOUT})}, folder
    )
    service = Service(made)
    service.start()
    try:
        assert service.wait_connected(20)
        yield Team(people=People(place.url), store=opened(made), tap=tapped, settings=made)
    finally:
        service.stop()


@pytest.mark.parametrize("done", [True, False], ids=["it was done", "it was not done"])
def test_restarted_in_the_middle(place: RunningWorkspace, dockerd: Dockerd, tmp_path: Path, *, done: bool) -> None:
    """What was under way is held against the host, and *Resume* ends what is left, each name once on record."""
    load(
        dockerd.running.client,
        *(Build(tags=[name], layers=["base", name]) for name in NAMES),
        containerd=dockerd.running.containerd,
    )
    with tap(dockerd.running.socket, tmp_path / "docker.sock") as tapped, team(place, tapped, tmp_path) as working:
        _stop_at_a_removal(tapped, dockerd, done=done)
        _, message = working.people.ask(DANA, f"/img rm {' '.join(NAMES)}")
        working.people.press(OLGA, message, "img_approve")
        working.reaches(1, State.INTERRUPTED)
        dockerd.start()
        _until_known(working)
        working.people.press(OLGA, working.shows("not started"), "img_resume")
        finished = working.reaches(1, State.FINISHED)
        assert [step.progress for step in finished.steps] == [Progress.DONE] * len(NAMES)
        assert sorted(r.reference for r in working.records(1) if r.reference) == sorted(NAMES)
        assert dockerd.images() == 0


def _stop_at_a_removal(tapped: Tap, dockerd: Dockerd, *, done: bool) -> None:
    """Have the daemon end when the first removal comes, before or after it is carried out; no answer goes out."""
    first = threading.Lock()

    def before(method: str, _path: str) -> None:
        if method != "DELETE" or dockerd.was_restarted:
            return
        is_first = first.acquire(blocking=False)
        if is_first and not done:
            dockerd.stop()
        if not is_first or not done:
            raise Lost

    def afterwards() -> None:
        if not dockerd.was_restarted:
            dockerd.stop()
            raise Lost

    tapped.before, tapped.after_removal = before, afterwards


def _until_known(working: Team) -> None:
    until(lambda: all(step.progress is not Progress.UNCLEAR for step in working.request(1).steps))
