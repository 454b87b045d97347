"""An answer for one person alone that Slack does not take: it is kept, said later, and let go in the end."""

from datetime import timedelta

import pytest

from bot.approval.request import Person, State
from bot.db.store import LATE
from bot.flows.late import KEPT
from bot.flows.ports import Button, Undelivered
from tests.approval.examples import DANA, OLGA
from tests.flows.conftest import Desk

BUSY = Undelivered(why="ratelimited", again_in=timedelta(seconds=30), busy=True)
LOST = Undelivered(why="TimeoutError", again_in=timedelta(seconds=1))


def _goes_on(desk: Desk, by: timedelta) -> None:
    """Let time pass, and whatever was delivered be done; by another process, as after a restart."""
    desk.clock.goes_on(by)
    desk.owner = f"{desk.owner}'"
    made = desk.flows()
    while made.receive.next():
        pass


def _waiting(desk: Desk) -> int:
    with desk.store.reading() as reading:
        return reading.vitals().queues["answers"].waiting


def test_it_is_said_when_slack_wants_it_again(desk: Desk) -> None:
    """Not before that, by whoever is at work then, and once; what was asked for is not asked for again."""
    desk.conversation.takes_no_answers = BUSY
    desk.type("rm redis:alpine")
    assert _waiting(desk) == 1
    desk.conversation.takes_no_answers = None
    _goes_on(desk, BUSY.again_in - timedelta(seconds=1))
    assert desk.conversation.late == []
    _goes_on(desk, timedelta(seconds=1))
    ((to, drawn),) = desk.conversation.late
    assert (to.person, to.channel) == (DANA, "C0DEV")
    assert drawn.startswith("AskedFor(")
    _goes_on(desk, KEPT)
    assert len(desk.conversation.late) == 1
    assert _waiting(desk) == 0
    assert desk.kinds().count("asked") == 1


def test_a_refused_click_is_answered_late_too(desk: Desk) -> None:
    """With the same words."""
    request = desk.asked()
    desk.conversation.takes_no_answers = LOST
    desk.press(Button.APPROVE, request, DANA)
    desk.conversation.takes_no_answers = None
    _goes_on(desk, LOST.again_in)
    ((to, drawn),) = desk.conversation.late
    assert to.person == DANA
    assert "someone else has to decide" in drawn
    assert desk.request().state is State.PENDING


def test_it_is_let_go_when_nobody_waits_any_more(desk: Desk) -> None:
    """The pauses grow meanwhile: a dozen tries at most."""
    desk.conversation.takes_no_answers = LOST
    desk.type("help")
    tries = 0
    answer = desk.conversation.answer

    def counted(to: object, said: object) -> object:
        nonlocal tries
        tries += 1
        return answer(to, said)  # type: ignore[arg-type]

    desk.conversation.answer = counted  # type: ignore[method-assign,assignment]
    for _ in range(2 * int(KEPT.total_seconds())):
        _goes_on(desk, timedelta(seconds=1))
    assert 5 < tries < 12
    assert _waiting(desk) == 0


@pytest.mark.parametrize(
    "failed",
    [
        Undelivered(why="user_not_found", again_in=timedelta(seconds=1), never=True),
        Undelivered(why="account_inactive", again_in=KEPT),
    ],
)
def test_what_slack_will_never_take_is_not_kept(desk: Desk, failed: Undelivered) -> None:
    """The log has it."""
    desk.conversation.takes_no_answers = failed
    desk.type("help", Person(team_id=OLGA.team_id, user_id=OLGA.user_id))
    assert _waiting(desk) == 0


def test_it_is_let_go_where_it_cannot_be_said_at_all(desk: Desk) -> None:
    """One that makes the bot fail each time is no reason to do so for ever."""
    body = {"team": "T0", "user": "U0", "channel": "", "url": "", "replaces": False}  # and nothing is drawn
    desk.clock.goes_on(timedelta(0))
    with desk.store.transaction() as tx:
        tx.receive("answer:1", LATE, str(body).replace("'", '"').replace("False", "false"), desk.clock())
    with pytest.raises(KeyError):
        desk.flows().receive.next()
    _goes_on(desk, KEPT)
    assert _waiting(desk) == 0
