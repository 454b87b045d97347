"""Announcing: what is written for the audit channel arrives there, also after failures, and once."""

from datetime import timedelta

from bot.approval.notice import Notice
from bot.flows.ports import Undelivered
from tests.flows.conftest import Desk

NOTICE = Notice(kind="test", parts=("Something happened.",))


def _announced(desk: Desk) -> None:
    with desk.store.transaction() as tx:
        tx.announce(NOTICE, desk.clock())


def _post(desk: Desk) -> int:
    """Let the loop run until nothing is due; return how often it tried."""
    tried = 0
    while desk.flows().announce.next():
        tried += 1
    return tried


def test_a_notice_is_posted_once(desk: Desk) -> None:
    """It is there after one round, and a later round does nothing."""
    _announced(desk)
    assert _post(desk) == 1
    desk.clock.goes_on(timedelta(days=1))
    assert _post(desk) == 0
    assert desk.conversation.announced == [NOTICE]


def test_slack_fails_twice(desk: Desk) -> None:
    """It is tried again after a pause of one second, then after the ten that Slack asks for, and arrives once."""
    _announced(desk)
    desk.conversation.refuses = Undelivered(why="internal_error", again_in=timedelta(seconds=1))
    assert _post(desk) == 1
    desk.clock.goes_on(timedelta(seconds=0.9))
    assert _post(desk) == 0
    desk.clock.goes_on(timedelta(seconds=0.1))
    desk.conversation.refuses = Undelivered(why="ratelimited", again_in=timedelta(seconds=10))
    assert _post(desk) == 1
    desk.conversation.refuses = None
    desk.clock.goes_on(timedelta(seconds=9))
    assert _post(desk) == 0
    desk.clock.goes_on(timedelta(seconds=1))
    assert _post(desk) == 1
    assert desk.conversation.announced == [NOTICE]


def test_a_process_that_ends_while_posting_loses_nothing(desk: Desk) -> None:
    """What somebody took and never posted is posted by whoever comes after a minute."""
    _announced(desk)
    with desk.store.transaction() as tx:
        tx.take_notice(desk.clock(), desk.clock() + timedelta(minutes=1))
    assert _post(desk) == 0
    desk.clock.goes_on(timedelta(minutes=1))
    assert _post(desk) == 1
