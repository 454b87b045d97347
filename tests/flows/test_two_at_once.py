"""Two processes at once: each message and notice is posted by one, and what was said twice is taken back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.approval.events import Claimed
from bot.approval.notes import DatabaseAway
from bot.approval.notice import Notice
from bot.approval.request import Request, RequestId, State
from bot.db.store import Store
from bot.flows.answers import Sentence, TooLate
from bot.flows.ports import Button, Purpose, Shown, Undelivered, Unreachable
from bot.flows.publish import HELD
from bot.flows.remove import Remove
from bot.images.inventory import Inventory
from bot.images.inventory import Store as ImageStore
from bot.images.removal import Outcome, Removal
from tests.approval.examples import NOW, OLGA, OMAR
from tests.flows.conftest import ONE_BY_ONE, Desk
from tests.flows.fakes import FakeConversation, FakeDaemon


class Interrupting(FakeConversation):
    """Slack, where something happens while a call is under way."""

    meanwhile: Callable[[], None] | None = None

    def _happen(self) -> None:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()

    def show(self, request: Request, at: Shown | None, *, tried: bool = False) -> Shown | Undelivered:
        """Post under another name each time that it is posted anew."""
        shown = super().show(request, at, tried=tried)
        if isinstance(shown, Undelivered):
            return shown
        posted = at or Shown(channel="C0APPROVALS", ts=f"{len(self.shown)}.9")
        self._happen()
        return posted

    def announce(self, notice: Notice, number: int, *, tried: bool = False) -> Shown | Undelivered:
        """Announce, and let something happen."""
        said = super().announce(notice, number, tried=tried)
        self._happen()
        return said


@pytest.fixture
def other(desk: Desk) -> Desk:
    """Give another process on the same database, speaking in the same workspace."""
    desk.conversation = Interrupting()
    return replace(desk, owner="bot:2")


def _ask(desk: Desk) -> None:
    """Ask, and let nothing be posted yet."""
    desk.conversation.refuses = Undelivered(why="away", again_in=timedelta(seconds=1))
    desk.type("rm redis:alpine")
    desk.conversation.refuses = None
    desk.clock.goes_on(timedelta(minutes=1))


def _interrupting(desk: Desk) -> Interrupting:
    assert isinstance(desk.conversation, Interrupting)
    return desk.conversation


shared = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


def test_what_a_process_took_that_is_gone_is_drawn_at_once(desk: Desk) -> None:
    """Where one process has the database to itself, what another took when it was killed waits for nobody."""
    _ask(desk)
    with desk.store.transaction() as tx:
        assert tx.take_message(desk.clock(), desk.clock() + HELD, "bot:0")
    desk.publish()
    assert len(desk.conversation.shown) == (1 if desk.store.alone else 0)
    desk.clock.goes_on(HELD)
    desk.publish()
    assert len(desk.conversation.shown) == 1


@shared
def test_a_message_that_is_being_posted_is_left_alone(desk: Desk, other: Desk) -> None:
    """While one process posts, the other finds nothing to do, and afterwards neither does."""
    _ask(desk)
    _interrupting(desk).meanwhile = other.publish
    desk.publish()
    other.publish()
    desk.publish()
    assert [at for _, at in desk.conversation.shown] == [None]
    assert desk.conversation.unsaid == []


@shared
def test_who_was_paused_while_posting_takes_its_message_back(desk: Desk, other: Desk) -> None:
    """The other posted it when the first was silent for too long: the one that comes late is deleted."""
    _ask(desk)

    def late() -> None:
        desk.clock.goes_on(HELD)
        other.publish()

    _interrupting(desk).meanwhile = late
    desk.publish()
    assert [at for _, at in desk.conversation.shown] == [None, None]
    first, second = (Shown(channel="C0APPROVALS", ts=f"{number}.9") for number in (1, 2))
    assert desk.conversation.unsaid == [first]
    assert desk.shown_at(desk.request()) == (second.channel, second.ts)


@shared
def test_a_late_edit_is_drawn_over(desk: Desk, other: Desk) -> None:
    """A process that edits a message after another showed something newer has undone that: it is drawn again."""
    request = desk.asked("rm redis:alpine")
    with desk.store.transaction() as tx:
        tx.message_later(request.id, Purpose.APPROVALS, desk.clock())
    desk.press(Button.LOOK, desk.request(), OLGA, ts=desk.shown_at(request)[1] or "")
    before = len(desk.conversation.shown)

    def newer() -> None:
        desk.clock.goes_on(HELD)
        other.press(Button.APPROVE, desk.request(), OLGA, ts=desk.shown_at(request)[1] or "")

    _interrupting(desk).meanwhile = newer
    desk.clock.goes_on(timedelta(hours=1))
    desk.flows().remind.due()  # nobody looks any more, so the message is behind
    desk.publish()
    desk.publish()
    shown = [shown.version for shown, _ in desk.conversation.shown[before:]]
    assert shown[-1] == max(shown) == desk.request().version
    assert desk.conversation.unsaid == []


def test_a_notice_that_was_posted_late_is_taken_back(desk: Desk, other: Desk) -> None:
    """A notice that two posted stays once."""
    with desk.store.transaction() as tx:
        tx.announce(Notice(kind="test", parts=("Something happened.",)), desk.clock())

    def late() -> None:
        desk.clock.goes_on(timedelta(minutes=1))
        assert other.flows().announce.next()

    _interrupting(desk).meanwhile = late
    assert desk.flows().announce.next()
    assert not other.flows().announce.next()
    assert len(desk.conversation.announced) == 2
    assert len(desk.conversation.unsaid) == 1


def test_an_outage_is_told_once(desk: Desk, other: Desk) -> None:
    """Both processes were cut off; who writes first tells from when to when, and the other has nothing to add."""
    other = replace(other, store=desk.store)
    error = _cut_off(desk.store)
    desk.store.outages.failed(error, desk.clock())
    desk.clock.goes_on(timedelta(seconds=90))
    desk.flows().outages.due()
    assert desk.store.outages.untold is None
    desk.store.outages.failed(error, NOW)
    other.flows().outages.due()
    desk.flows().outages.due()
    while desk.flows().announce.next():
        pass
    (notice,) = desk.conversation.announced
    assert notice.kind == "database-away"
    assert notice.parts[1:4] == (NOW, " to ", NOW + timedelta(seconds=90))
    with desk.store.reading() as reading:
        last = reading.last(DatabaseAway)
    assert last is not None
    assert last.event == DatabaseAway(at=NOW + timedelta(seconds=90), since=NOW, why="cut off", owner="bot:1")


def _cut_off(store: Store) -> Exception:
    """Return what is raised where the server is not there any more."""
    assert store.outages.untold is None
    return sa.exc.OperationalError("SELECT 1", {}, Exception("cut off"), connection_invalidated=True)


class Stopping(FakeDaemon):
    """A daemon during whose first removal the bot is told to stop."""

    told = False

    def remove(self, removal: Removal) -> Outcome:
        """Remove, and tell."""
        self.told = True
        return super().remove(removal)


def test_told_to_stop_it_ends_after_the_call_under_way(desk: Desk) -> None:
    """What was sent has its outcome on record, nothing more is sent, and Resume goes on: nothing is unclear."""
    desk.daemon = daemon = Stopping()
    desk.press(Button.APPROVE, desk.asked("rm redis:alpine centos"), OLGA)
    paces = dict.fromkeys(ImageStore, ONE_BY_ONE)
    remove = replace(desk.flows().removes[0], ending=lambda: daemon.told, paces=paces)
    assert isinstance(remove, Remove)
    assert remove.next()
    request = desk.request()
    assert request.state is State.INTERRUPTED
    assert [step.progress.value for step in request.steps].count("unclear") == 0
    assert len(daemon.sent) == len([step for step in request.steps if step.outcome is not None])
    assert desk.press(Button.RESUME, request, OLGA) is None
    desk.remove()
    assert desk.request().state is State.FINISHED


def test_told_to_stop_it_claims_nothing(desk: Desk) -> None:
    """An approved request waits for the next process, with its approval."""
    desk.press(Button.APPROVE, desk.asked(), OLGA)
    assert not replace(desk.flows().removes[0], ending=lambda: True).next()
    assert desk.request().state is State.APPROVED
    assert desk.daemon.sent == []


class Changing(FakeDaemon):
    """A daemon that is changed while it is looked at."""

    meanwhile: Callable[[], None] | None = None

    def inventory(self, *, kept: bool = False) -> Inventory | Unreachable:
        """Return what it holds after that."""
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return super().inventory(kept=kept)


def _carried_out_by_another(desk: Desk, number: int = 1) -> None:
    """Claim the request for another process, and give one of its images another name, as a guard is."""
    with desk.store.transaction() as tx:
        request = tx.request(RequestId(number))
        assert request is not None
        tx.record(request, Claimed(at=desk.clock(), owner="bot:2", until=desk.clock() + HELD))
    image_id = desk.daemon.named("redis:alpine")
    assert isinstance(image_id, str)
    desk.daemon.tag(image_id, "another:name")


def test_who_plans_what_another_carries_out_does_not_void_it(desk: Desk) -> None:
    """The host has changed by what the other does: that is no reason to take the approval back."""
    desk.daemon = daemon = Changing()
    desk.press(Button.APPROVE, desk.asked("rm redis:alpine"), OLGA)
    daemon.meanwhile = lambda: _carried_out_by_another(desk)
    assert not desk.flows().removes[0].next()
    assert desk.request().state is State.REMOVING


def test_a_late_approval_does_not_void_what_is_carried_out(desk: Desk) -> None:
    """The second lead's click planned while the first's was carried out already: it came too late, and that is all."""
    desk.daemon = daemon = Changing()
    request = desk.asked("rm redis:alpine")

    def first() -> None:
        desk.press(Button.APPROVE, request, OLGA)
        _carried_out_by_another(desk)

    daemon.meanwhile = first
    assert isinstance(desk.press(Button.APPROVE, request, OMAR), TooLate)
    assert desk.request().state is State.REMOVING


def test_a_late_approval_does_not_void_a_host_that_is_carried_out(desk: Desk) -> None:
    """Likewise of a request for several hosts."""
    desk.daemon = daemon = Changing()
    desk.type("rm -H @prod redis:alpine")
    lead = desk.request(2)
    with desk.store.reading() as reading:
        fleet = reading.fleet(RequestId(1))
    assert fleet is not None

    def first() -> None:
        desk.press(Button.APPROVE, lead, OLGA, value=fleet.asked.token)
        _carried_out_by_another(desk, lead.id)

    daemon.meanwhile = first
    assert isinstance(desk.press(Button.APPROVE, lead, OMAR, value=fleet.asked.token), Sentence)
    assert desk.request(2).state is State.REMOVING
