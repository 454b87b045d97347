"""A replica that stood still in the middle and wakes up: another took over meanwhile, so it does nothing more."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.approval.policy import Policy, Rule
from bot.approval.request import Progress, Request, State, Window
from bot.audit.chain import Verified
from bot.flows.beat import LEASE
from bot.flows.ports import Button, Unreachable
from bot.flows.verify import verified
from bot.images.ids import ImageId
from bot.images.removal import Outcome, Refused, Removal, Unknown
from tests.approval.examples import OLGA
from tests.flows.conftest import Desk

KEEPS = Policy(rules=(Rule(name="only copies", approvers=("S0OPSLEADS",), undo=timedelta(hours=24)),))
TWO = "rm redis:alpine centos"

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


@pytest.fixture
def keeping(desk: Desk) -> Desk:
    """Give a desk whose rule wants that everything can be undone for a day."""
    desk.policy = KEEPS
    return desk


class Sleep:
    """Has the process stand still once, after the next call of the daemon; *meanwhile* another is at work.

    What is called after that is kept: by the other meanwhile, and by the sleeper ``afterwards``.
    """

    def __init__(self, desk: Desk, meanwhile: Callable[[Desk], None]) -> None:
        self._desk = desk
        self._meanwhile = meanwhile
        self._tag, self._remove, self._pull = desk.daemon.tag, desk.daemon.remove, desk.daemon.pull
        self.slept = False
        self.afterwards: list[str] = []
        desk.daemon.tag = self.tag  # type: ignore[method-assign,assignment]
        desk.daemon.pull = self.pull  # type: ignore[method-assign]
        desk.daemon.remove = self.remove  # type: ignore[method-assign]

    def tag(self, image_id: ImageId, name: str) -> Unreachable | None:
        """Tag, and fall asleep."""
        self._called(name)
        self._tag(image_id, name)
        self._falls_asleep()
        return None

    def pull(self, source: str, alive: Callable[[], None]) -> ImageId | Refused | Unknown:
        """Pull, and fall asleep."""
        self._called(source)
        pulled = self._pull(source, alive)
        self._falls_asleep()
        return pulled

    def remove(self, removal: Removal) -> Outcome:
        """Remove, and fall asleep."""
        self._called(removal.word)
        outcome = self._remove(removal)
        self._falls_asleep()
        return outcome

    def _called(self, what: str) -> None:
        if self.slept and self._desk.owner == "bot:1":
            self.afterwards.append(what)

    def _falls_asleep(self) -> None:
        if self.slept:
            return
        self.slept = True
        self._desk.clock.goes_on(2 * LEASE)
        self._desk.owner = "bot:2"
        self._meanwhile(self._desk)
        self._desk.owner = "bot:1"


def _takes_over(desk: Desk) -> None:
    desk.flows().recover.orphans()


def gone(desk: Desk) -> Request:
    """Have two images removed."""
    desk.press(Button.APPROVE, desk.asked(TWO), OLGA)
    desk.remove()
    return desk.request()


@pytest.mark.parametrize("button", [Button.UNDO, Button.RECLAIM])
def test_an_undo_and_a_reclaim(keeping: Desk, button: Button) -> None:
    """The other ends it; the sleeper gives no name back that went again, and removes nothing."""
    keeping.press(button, gone(keeping), OLGA)
    sleep = Sleep(keeping, Desk.see_to_undos)
    keeping.see_to_undos()
    assert sleep.slept
    assert sleep.afterwards == []
    undo = keeping.request().undo
    assert undo
    assert undo.window is (Window.UNDONE if button is Button.UNDO else Window.RECLAIMED)
    with keeping.store.reading() as reading:
        assert isinstance(verified(reading), Verified)


def test_an_undo_that_takes_longer_than_its_lease(keeping: Desk) -> None:
    """Whoever is at it and says that it is alive has it, however long the daemon takes."""
    keeping.press(Button.UNDO, gone(keeping), OLGA)
    beat, kinds = keeping.flows().beat, keeping.kinds()
    tag = keeping.daemon.tag

    def slow(image_id: ImageId, name: str) -> Unreachable | None:
        for _ in range(8):
            keeping.clock.goes_on(LEASE / 4)
            beat.due()
        keeping.owner = "bot:2"
        keeping.see_to_undos()
        keeping.owner = "bot:1"
        tag(image_id, name)
        return None

    keeping.daemon.tag = slow  # type: ignore[method-assign,assignment]
    keeping.see_to_undos()
    assert keeping.kinds() == [*kinds, "undone"]


def test_guards_that_are_set(keeping: Desk) -> None:
    """It sets no guard that nobody would take away, and sends nothing."""
    keeping.press(Button.APPROVE, keeping.asked(TWO), OLGA)
    sleep = Sleep(keeping, _takes_over)
    keeping.remove()
    assert sleep.slept
    assert sleep.afterwards == []
    assert keeping.request().state is State.INTERRUPTED
    assert keeping.daemon.sent == []


def test_a_restoral(desk: Desk) -> None:
    """What is left of it waits for a person: the sleeper gives no name."""
    desk.press(Button.APPROVE, desk.asked("rm centos"), OLGA)
    desk.remove()
    desk.type("restore 1")
    desk.press(Button.APPROVE, desk.request(2), OLGA)
    sleep = Sleep(desk, _takes_over)
    desk.remove()
    assert sleep.slept
    assert sleep.afterwards == []
    assert desk.request(2).state is State.INTERRUPTED
    assert [step.progress for step in desk.request(2).steps] == [Progress.UNCLEAR]
    assert "centos:latest" not in desk.daemon.names()


def test_a_restoral_that_another_has_looked_at(desk: Desk) -> None:
    """What the other found stays found: the sleeper has no answer of the daemon's that would say otherwise."""
    desk.press(Button.APPROVE, desk.asked("rm centos"), OLGA)
    desk.remove()
    desk.type("restore 1")
    desk.press(Button.APPROVE, desk.request(2), OLGA)

    def looks(other: Desk) -> None:
        _takes_over(other)
        other.clock.goes_on(timedelta(minutes=10))
        other.flows().recover.unclear()

    sleep = Sleep(desk, looks)
    desk.remove()
    assert sleep.slept
    assert sleep.afterwards == []
    assert [step.progress for step in desk.request(2).steps] == [Progress.WAITING]
    assert desk.kinds(2)[-1] == "step-not-done"
