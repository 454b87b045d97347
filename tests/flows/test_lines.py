"""Docker's own lines in the thread: once as planned and once as they came, where a message does not hold them."""

from datetime import timedelta

from bot.approval.events import Asked, Measured
from bot.approval.request import Request, State
from bot.flows.ports import Undelivered
from tests.approval.examples import NOW, asked_event
from tests.flows.conftest import Desk
from tests.slack.lives import APPROVED, CLAIMED, END, PLAN, all_done, asking


def _ask(desk: Desk, event: Asked) -> Request:
    with desk.store.transaction() as tx:
        request = tx.ask(event)
    desk.publish()
    return request


def _finish(desk: Desk, request: Request) -> Request:
    with desk.store.transaction() as tx:
        done = tx.record_all(request, (APPROVED, CLAIMED, *all_done(request.plan), END))
    assert isinstance(done, Request)
    desk.publish()
    return done


def test_many_lines_are_written_as_planned_and_as_they_came(desk: Desk) -> None:
    """Below the message, which is there first; what happens afterwards brings no third."""
    request = _ask(desk, asking(PLAN))
    assert [each.state for each in desk.conversation.printed] == [State.PENDING]
    done = _finish(desk, request)
    with desk.store.transaction() as tx:
        tx.record(done, Measured(at=NOW, freed=312_000_000))
    desk.publish()
    assert [each.state for each in desk.conversation.printed] == [State.PENDING, State.FINISHED]


def test_few_lines_are_in_the_message_alone(desk: Desk) -> None:
    """A thread is for what the message does not say."""
    _ask(desk, asked_event())
    assert desk.conversation.shown
    assert desk.conversation.printed == []


def test_lines_that_slack_does_not_take_are_written_later(desk: Desk) -> None:
    """As every message is."""
    request = _ask(desk, asking(PLAN))
    desk.conversation.refuses = Undelivered(why="internal_error", again_in=timedelta(seconds=1))
    _finish(desk, request)
    assert len(desk.conversation.printed) == 1
    desk.conversation.refuses = None
    desk.clock.goes_on(timedelta(minutes=1))
    desk.publish()
    assert len(desk.conversation.printed) == 2
