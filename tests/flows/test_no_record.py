"""No record, no action: from whichever event on nothing can be written, nothing is removed that is not on record."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from bot.flows.ports import Button
from tests.approval.examples import OLGA
from tests.flows.conftest import Desk


@contextmanager
def full_after(engine: sa.Engine, writes: int) -> Iterator[None]:
    """Let the disk be full after so many statements that write events: none is written from then on."""
    left = [writes]

    def fail(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "INSERT INTO audit_event" in statement:
            left[0] -= 1
            if left[0] < 0:
                raise OSError("the disk is full")

    sa.event.listen(engine, "before_cursor_execute", fail)
    yield
    sa.event.remove(engine, "before_cursor_execute", fail)


@pytest.mark.parametrize("writes", range(5))
def test_nothing_is_removed_that_is_not_on_record(desk: Desk, engine: sa.Engine, writes: int) -> None:
    """The claim, the intent of each step and its outcome: a step whose intent is not on record is never sent."""
    desk.press(Button.APPROVE, desk.asked("rm redis:alpine centos"), OLGA)
    before = desk.daemon.names()
    with full_after(engine, writes), pytest.raises(OSError, match="disk is full"):
        desk.remove()
    intents = desk.kinds().count("step-begun")
    assert len(desk.daemon.sent) == intents
    assert (desk.daemon.names() == before) == (intents == 0)


def test_neither_is_a_request_made_nor_approved(desk: Desk, engine: sa.Engine) -> None:
    """What is asked and what is decided without a record does not count."""
    request = desk.asked()
    with full_after(engine, 0):
        with pytest.raises(OSError, match="disk is full"):
            desk.press(Button.APPROVE, request, OLGA)
        desk.remove()
    assert desk.request() == request
    assert desk.daemon.sent == []
