"""Two replicas, one of which stands still (SIGSTOP) in the middle of an undo, a reclaim or a restoral.

The other takes over within the lease, and the first, which goes on later (SIGCONT), writes and sends nothing any more.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.approval.request import Progress, Request, State, Window
from bot.audit.chain import Verified
from bot.flows.verify import verified
from bot.images.guards import DOMAIN
from bot.playground.demo import RunningWorkspace
from tests.daemons import RunningDaemon
from tests.endtoend.tap import Call, Tap
from tests.endtoend.team import DANA, OLGA, Team, until
from tests.endtoend.test_replicas import LEASE, Replicas, two_replicas, url, working_on
from tests.endtoend.test_restoring import shop
from tests.worlds import Build, load

__all__ = ["url"]

NAMES = ["nginx:1", "redis:7"]
CHANGES = ("POST", "DELETE")


@pytest.fixture
def replicas(place: RunningWorkspace, url: str, tmp_path: Path) -> Iterator[Replicas]:
    """Give two replicas with a rule that keeps content for a day."""
    with two_replicas(place, url, tmp_path, 'undo = "24h"') as made:
        yield made


@pytest.fixture
def working(place: RunningWorkspace, tapped: Tap, replicas: Replicas, url: str) -> Iterator[Team]:
    """Give people, and a look into the database."""
    with working_on(place, tapped, replicas, url) as team:
        yield team


class Asleep:
    """Has a replica stand still once the daemon has done what it sent by *method*, with *part* in the path."""

    def __init__(self, tapped: Tap, method: str, part: str) -> None:
        self._tap = tapped
        self._method = method
        self._part = part
        self.process = 0
        tapped.after = self._seen

    def _seen(self, call: Call) -> None:
        if not self.process and call.method == self._method and self._part in call.path:
            self.process = call.by
            os.kill(self.process, signal.SIGSTOP)

    def within_the_lease(self, taken: Callable[[], object]) -> None:
        """Wait until another has taken over; fail where that takes more than twice the lease."""
        until(lambda: self.process)
        until(taken, within=2 * LEASE + 2)

    def wakes(self, request: Callable[[], Request]) -> None:
        """Let it go on; fail where it sends anything that changes something, or anything is another than before."""
        known, changes = request(), len(self._changes())
        os.kill(self.process, signal.SIGCONT)
        time.sleep(1.5)  # it wakes, and would go on
        assert self._changes()[changes:] == []
        assert request() == known

    def _changes(self) -> list[Call]:
        return [call for call in self._tap.calls if call.method in CHANGES]


def _tags(dockerd: RunningDaemon) -> list[str]:
    return sorted(tag for image in dockerd.client.images() for tag in image["RepoTags"] or ())


def _window(working: Team) -> Window | None:
    undo = working.request(1).undo
    return None if undo is None else undo.window


def _whole(working: Team) -> None:
    with working.store.reading() as reading:
        assert isinstance(verified(reading), Verified)


@pytest.mark.parametrize(
    ("button", "method", "part", "end"),
    [
        ("img_undo", "POST", "/tag", Window.UNDONE),
        ("img_reclaim", "DELETE", DOMAIN, Window.RECLAIMED),
    ],
)
def test_in_an_undo_and_in_a_reclaim(
    working: Team, dockerd: RunningDaemon, button: str, method: str, part: str, end: Window
) -> None:
    """After the first of two names, or of two guards: the other does the rest."""
    load(dockerd.client, *(Build(tags=[name], layers=["base", name]) for name in NAMES))
    _, message = working.people.ask(DANA, f"/img rm {' '.join(NAMES)}")
    working.people.press(OLGA, message, "img_approve")
    until(lambda: _window(working) is Window.OPEN)
    message = working.shows("kept the content for an undo")
    asleep = Asleep(working.tap, method, part)
    working.people.press(OLGA, message, button)
    asleep.within_the_lease(lambda: _window(working) is end)
    asleep.wakes(lambda: working.request(1))
    assert _tags(dockerd) == (NAMES if end is Window.UNDONE else [])
    records = [record.reference for record in working.records(1) if record.reference]
    assert sorted(name for name in records if not name.startswith(DOMAIN)) == NAMES
    kinds = [event.kind for event in working.timeline(1)]
    each_once = {"undone": 1} if end is Window.UNDONE else {"guard-removed": len(NAMES)}
    assert {kind: kinds.count(kind) for kind in each_once} == each_once, kinds
    _whole(working)


def test_in_a_restoral(working: Team, dockerd: RunningDaemon, registry: str) -> None:
    """After the pull: nothing is named until a person says so, and then the other ends it."""
    image_id, names = shop(dockerd, registry)
    _, message = working.people.ask(DANA, f"/img rm -f {image_id}")
    working.people.press(OLGA, message, "img_approve")
    until(lambda: _window(working) is Window.OPEN)
    working.people.press(OLGA, working.shows("kept the content for an undo"), "img_reclaim")
    until(lambda: _window(working) is Window.RECLAIMED)
    _, message = working.people.ask(DANA, "/img restore 1")
    asleep = Asleep(working.tap, "POST", "/images/create")
    working.people.press(OLGA, message, "img_approve")
    asleep.within_the_lease(lambda: working.request(2).state is State.INTERRUPTED)
    until(lambda: working.request(2).steps[0].progress is Progress.WAITING)  # it was looked for
    asleep.wakes(lambda: working.request(2))
    assert _tags(dockerd) == []
    working.people.press(OLGA, working.shows("img_resume"), "img_resume")
    working.reaches(2, State.FINISHED)
    assert _tags(dockerd) == sorted(names)
    _whole(working)
