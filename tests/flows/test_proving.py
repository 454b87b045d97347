"""Where the record does not verify, nothing is removed until somebody who may decide has acknowledged it."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.approval.notice import plain
from bot.approval.proof import Disproved, Occasion, Proved
from bot.approval.request import Person, Progress, State
from bot.audit.chain import Broken, Head, Verified
from bot.db import triggers
from bot.db.tables import event
from bot.flows import proving, receive
from bot.flows.answers import STOPPED, AskedFor, Listed, Sentence, Verification
from bot.flows.ports import Button
from bot.flows.proving import put_on_record
from tests.approval.examples import DANA, OLGA
from tests.flows.conftest import Desk
from tests.flows.test_verifying import running, tampered

DAY = timedelta(days=1)
LIE = running(event.update().where(event.c.sequence == 1).values(hash="f" * 64))
WRONG = Broken(sequence=1, why="It is not as it was written.")


def verified(desk: Desk, by: Person = DANA) -> Verification:
    """Let somebody type ``verify``."""
    answer = desk.type("verify", by)
    assert isinstance(answer, Verification)
    return answer


def acknowledge(desk: Desk, by: Person, failure: int) -> Sentence:
    """Press the button that lets removals go on."""
    answer = desk.press(Button.ACKNOWLEDGE, desk.request(), by, value=str(failure))
    assert isinstance(answer, Sentence)
    return answer


def stopped_by(desk: Desk) -> int:
    """Return the number of the failure that stops removals; 0 where none does."""
    with desk.store.reading() as reading:
        stopped = reading.unacknowledged()
    return stopped.sequence if stopped else 0


def announced(desk: Desk) -> list[str]:
    """Return what the audit channel is told, beside of groups."""
    while desk.flows().announce.next():
        pass
    return [plain(notice.parts) for notice in desk.conversation.announced if notice.kind != "group-members"]


@pytest.fixture
def approved(desk: Desk) -> Desk:
    """Give a desk with an approved request."""
    assert desk.press(Button.APPROVE, desk.asked(), OLGA) is None
    return desk


def test_a_whole_record_is_said_to_be(approved: Desk) -> None:
    """The answer has the number of events and the newest, it is on record who asked, and removals go on."""
    with approved.store.reading() as reading:
        head = Head(sequence=reading.head()[0], hash=reading.head()[1])
    answer = verified(approved)
    assert answer == Verification(
        found=Verified(count=head.sequence, head=head), since=0, stopped=None, may_go_on=False
    )
    with approved.store.reading() as reading:
        proved = reading.last(Proved)
    assert proved is not None
    assert isinstance(proved.event, Proved)
    assert (proved.event.by, proved.event.hash, proved.event.is_whole) == (DANA, head.hash, True)
    approved.remove()
    assert approved.request().state is State.FINISHED


def test_a_failure_stops_removals_until_a_lead_acknowledges(engine: sa.Engine, approved: Desk) -> None:
    """Nothing is sent after it; the lead's click is on record and announced, and then it is carried out."""
    tampered(engine, LIE)
    answer = verified(approved)
    assert answer.found == WRONG
    assert not answer.may_go_on, "Dana may not decide"
    approved.remove()
    assert (approved.request().state, approved.daemon.sent) == (State.APPROVED, [])
    told = "The record is not as it was written. Event 1: It is not as it was written."
    ends = " Nothing is removed until somebody who may decide has acknowledged it: /img verify."
    assert announced(approved) == [f"{told}{ends}"]
    failure = stopped_by(approved)
    assert "not one of the people who may decide" in acknowledge(approved, DANA, failure).text
    assert "not what stops removals any more" in acknowledge(approved, OLGA, failure - 1).text
    assert stopped_by(approved) == failure
    known = acknowledge(approved, OLGA, failure)
    assert known.text == "It is on record that you know. Removals go on."
    assert "where it is found again, in a day at the latest, they stop again" in known.hint
    assert stopped_by(approved) == 0
    assert announced(approved)[1:] == ["U0LEAD acknowledged that the record did not verify. Removals go on."]
    approved.remove()
    assert approved.request().state is State.FINISHED
    approved.clock.goes_on(DAY)
    approved.flows().prove.nightly()
    assert stopped_by(approved) > failure, "it is still there"


def test_a_failure_between_the_look_and_the_claim_stops_the_removal(approved: Desk) -> None:
    """Whatever the remover knew before, the claim is not written after a failure is on record."""
    made = approved.flows()
    daemon_used = approved.daemon.used

    def used() -> int | None:
        put_on_record(approved.store, WRONG, approved.clock, Occasion.NIGHTLY)
        return daemon_used()

    approved.daemon.used = used  # type: ignore[method-assign]  # what happens just before the claim
    assert not made.removes[0].next()
    assert approved.request().state is State.APPROVED
    assert approved.daemon.sent == []


def test_asking_approving_and_listing_go_on_and_say_so(engine: sa.Engine, desk: Desk) -> None:
    """Each is answered as ever, and beside it stands that nothing is removed at present."""
    request = desk.asked()
    tampered(engine, LIE)
    verified(desk)
    desk.conversation.answers.clear()
    desk.type("rm nginx")
    desk.type("ls redis")
    desk.press(Button.APPROVE, request, OLGA)
    told = [answer for _, answer in desk.conversation.answers]
    assert [type(answer) for answer in told] == [AskedFor, Sentence, Listed, Sentence, Sentence]
    assert all(isinstance(told[n], Sentence) and told[n].text == STOPPED for n in (1, 3, 4))  # type: ignore[union-attr]  # as said
    assert desk.request().state is State.APPROVED


def test_a_removal_under_way_ends_at_a_failure(desk: Desk) -> None:
    """What was sent is waited for and on record, the rest waits; *Resume* is refused until somebody acknowledged."""
    desk.press(Button.APPROVE, desk.asked("rm redis:alpine centos"), OLGA)
    desk.daemon.before = lambda: put_on_record(desk.store, WRONG, desk.clock, Occasion.COMMAND_LINE)
    desk.remove()
    assert [step.progress for step in desk.request().steps] == [Progress.DONE, Progress.WAITING]
    closing = desk.request().closing
    assert closing is not None
    assert (desk.request().state, closing.why) == (State.INTERRUPTED, STOPPED)
    answer = desk.press(Button.RESUME, desk.request(), OLGA)
    assert isinstance(answer, Sentence)
    assert answer.text == STOPPED
    assert desk.request().state is State.INTERRUPTED
    desk.daemon.before = lambda: None
    acknowledge(desk, OLGA, stopped_by(desk))
    assert desk.press(Button.RESUME, desk.request(), OLGA) is None
    desk.remove()
    assert desk.request().state is State.FINISHED


def test_the_button_is_for_those_who_may_decide(desk: Desk) -> None:
    """A lead who types ``verify`` gets it; an earlier failure stays until then, even if the record is whole again."""
    desk.asked()
    put_on_record(desk.store, WRONG, desk.clock, Occasion.COMMAND_LINE)
    answer = verified(desk, OLGA)
    assert isinstance(answer.found, Verified)
    assert answer.may_go_on
    assert answer.stopped is not None
    assert isinstance(answer.stopped.event, Disproved)
    assert answer.stopped.event.occasion is Occasion.COMMAND_LINE


def test_the_record_is_verified_every_day(engine: sa.Engine, desk: Desk) -> None:
    """The running bot reads everything once a day by itself, and stops by what it finds."""
    desk.asked()
    desk.flows().prove.nightly()
    with desk.store.reading() as reading:
        assert reading.last(Proved) is None, "the first day is not over"
    desk.clock.goes_on(DAY)
    made = desk.flows()
    made.prove.nightly()
    made.prove.nightly()
    with desk.store.reading() as reading:
        proved = reading.last(Proved)
        assert proved is not None
        assert reading.head()[0] == proved.sequence, "once"
    tampered(engine, LIE)
    desk.clock.goes_on(DAY)
    made.prove.nightly()
    assert stopped_by(desk)


def test_the_running_bot_remembers_what_it_saw(approved: Desk) -> None:
    """A record that is whole in itself but shorter than the one that this process posted does not verify."""
    prove = approved.flows().prove
    with approved.store.reading() as reading:
        prove.witness.saw(Head(sequence=reading.head()[0] + 20, hash="a" * 64))
    approved.clock.goes_on(DAY)
    prove.nightly()
    assert stopped_by(approved)


def test_of_a_long_record_the_newer_part_is_read_while_somebody_waits(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a proof, only what came since; the answer says from where on."""
    monkeypatch.setattr(proving, "AT_ONCE", 1)
    desk.asked()
    first, second = verified(desk), verified(desk)
    assert (first.since, isinstance(first.found, Verified)) == (0, True)
    assert isinstance(first.found, Verified)
    assert second.since == first.found.head.sequence
    assert isinstance(second.found, Verified)
    assert second.found.count < first.found.count + second.found.count


def test_who_waits_for_a_long_record_is_told_so_first(approved: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many events are read, before they are; of a short record only what came of it."""
    verified(approved)
    assert [type(answer) for _, answer in approved.conversation.answers[-1:]] == [Verification]
    monkeypatch.setattr(receive, "LONG", 3)
    with approved.store.reading() as reading:
        events = reading.head()[0]
    before = len(approved.conversation.answers)
    verified(approved)
    first, second = [answer for _, answer in approved.conversation.answers[before:]]
    assert first == Sentence(text=f"I am reading {events} events of the record.", hint="I answer when that is done.")
    assert isinstance(second, Verification)


def test_a_failure_that_cannot_be_written_stops_all_the_same(engine: sa.Engine, approved: Desk) -> None:
    """Where the head no longer fits the newest event nothing can be written, so nothing is removed either."""
    with approved.store.reading() as reading:
        newest = reading.head()[0]
    tampered(engine, running(event.delete().where(event.c.sequence == newest)))
    with engine.begin() as connection:
        triggers.create(connection)
    approved.clock.goes_on(DAY)
    approved.flows().prove.nightly()
    assert stopped_by(approved) == 0, "it could not be written"
    with pytest.raises(sa.exc.DBAPIError, match="only the next event"):
        approved.flows().removes[0].next()
    assert approved.daemon.sent == []
