"""Several events of one request in one transaction: the same on record as one after the other, in one write."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa

from bot.approval.events import Event, Finished, StepBegun
from bot.approval.lifecycle import Illegal
from bot.approval.notes import Started
from bot.approval.request import Request, State
from bot.audit.chain import Verified, verify
from bot.db.store import StaleRequest, Store
from bot.images.removal import Removed
from tests.approval import examples
from tests.db.asking import ask, claimed, current, done, happen

WHOLE: tuple[Event, ...] = (examples.approved(), claimed(), *examples.BOTH_DONE, Finished(at=examples.NOW))


def _claimed(store: Store, host: str) -> Request:
    """Return a request that is being carried out on a host; there is one at a time on each."""
    request = ask(store, host, plan=replace(examples.PLAN, host=host))
    return happen(store, request.id, examples.approved(), claimed())


def together(store: Store, request: Request, *events: Event) -> Request:
    """Record *events* in one transaction."""
    with store.transaction() as tx:
        changed = tx.record_all(request, events)
    assert not isinstance(changed, Illegal), changed.why
    return changed


SUMS = re.compile("removal_hour|prediction_hour")
"""Statements that add to sums: one for each hour, part and name of what went."""


@contextmanager
def statements(engine: sa.Engine) -> Iterator[list[str]]:
    """Give the statements that are sent to the database within the block."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    yield sent
    sa.event.remove(engine, "before_cursor_execute", note)


def test_together_is_what_one_after_the_other_is(store: Store) -> None:
    """State, timeline, records and what Slack is to show are the same, and everything forms one chain."""
    first, second = ask(store, "first"), ask(store, "second")
    one_by_one = happen(store, first.id, *WHOLE)
    at_once = together(store, second, *WHOLE)
    assert at_once == current(store, second.id)
    assert (at_once.state, at_once.version, at_once.steps) == (State.FINISHED, one_by_one.version, one_by_one.steps)
    with store.reading() as reading:
        assert isinstance(verify(reading.chain()), Verified)
        timelines = [reading.timeline(each.id) for each in (first, second)]
        records = [reading.records_of(each.id) for each in (first, second)]
        message = reading.message(second.id, "approvals")
    told = [[(event.kind, event.version, event.event) for event in timeline[1:]] for timeline in timelines]
    assert told[0] == told[1]
    assert [record.number for record in (*records[0], *records[1])] == list(range(1, 13))
    gone = [[(record.kind, record.reference, record.chain_id) for record in each] for each in records]
    assert gone[0] == gone[1]
    assert message is not None
    assert message.wanted_version == at_once.version


def test_records_belong_to_the_event_that_they_came_with(store: Store, engine: sa.Engine) -> None:
    """Of several steps that are done at once, each record names the event of its own step."""
    request = together(store, ask(store), *WHOLE)
    with engine.connect() as connection:
        pairs = connection.execute(sa.text("SELECT DISTINCT step, event FROM removal_record ORDER BY step")).all()
    with store.reading() as reading:
        ends = [event.sequence for event in reading.timeline(request.id) if event.kind == "step-done"]
    assert [tuple(pair) for pair in pairs] == [(0, ends[0]), (1, ends[1])]


def test_all_or_none(store: Store) -> None:
    """Where one of them cannot happen, nothing of all is written, and the reason is returned."""
    request = happen(store, ask(store).id, examples.approved(), claimed())
    with store.transaction() as tx:
        before = tx.head()
        again = tx.record_all(request, (*done(0, Removed(records=())), StepBegun(at=examples.NOW, step=0)))
    assert isinstance(again, Illegal)
    assert "done" in again.why
    with store.reading() as reading:
        assert (reading.head(), reading.request(request.id)) == (before, request)


def test_no_events_are_no_change(store: Store) -> None:
    """Nothing is written and the request is returned as it is."""
    request = ask(store)
    assert together(store, request) == request == current(store, request.id)


def test_of_a_request_that_changed_since_nothing_is_written(store: Store) -> None:
    """However many events there are, the request must still be at the version that was read."""
    request = happen(store, ask(store).id, examples.approved(), claimed())
    happen(store, request.id, StepBegun(at=examples.NOW, step=0))
    with pytest.raises(StaleRequest):
        together(store, request, *examples.BOTH_DONE)
    with store.reading() as reading:
        assert [event.kind for event in reading.timeline(request.id)][-1] == "step-begun"


def test_many_events_are_as_few_statements_as_one(store: Store, engine: sa.Engine) -> None:
    """The request, the head and the messages are written once, events and records each by one statement."""
    before, one, other = (_claimed(store, host) for host in ("web-0", "web-1", "web-2"))
    together(store, before, *examples.BOTH_DONE)  # so that there are sums of that hour to be added to
    with statements(engine) as few:
        together(store, one, *examples.BOTH_DONE[:2])
    with statements(engine) as many:
        together(store, other, *examples.BOTH_DONE)
    assert [each for each in few if not SUMS.search(each)] == [each for each in many if not SUMS.search(each)]
    assert len([each for each in many if SUMS.search(each)]) <= 7
    assert sum("INSERT INTO audit_event" in statement for statement in many) == 1


def test_others_write_between_not_within(store: Store) -> None:
    """Two requests written to at once, several events at a time: neither chain nor numbers have a gap."""
    requests = [_claimed(store, host) for host in ("web-1", "web-2")]
    barrier = Barrier(3)

    def carry_out(request: Request) -> None:
        barrier.wait(timeout=30)
        for number in (0, 2):
            request = together(store, request, *examples.BOTH_DONE[number : number + 2])

    threads = [Thread(target=carry_out, args=(request,)) for request in requests]
    for thread in threads:
        thread.start()
    barrier.wait(timeout=30)
    for _ in range(4):
        with store.transaction() as tx:
            tx.note(Started(at=examples.NOW, owner="bot:2", version="1"))
    for thread in threads:
        thread.join(timeout=30)
    with store.reading() as reading:
        verified = verify(reading.chain())
        numbers = [record.number for request in requests for record in reading.records_of(request.id)]
    assert isinstance(verified, Verified)
    assert verified.count == 6 + 8 + 4
    assert sorted(numbers) == list(range(1, 13))
