"""A period in numbers, on each database."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.approval.events import Finished, Measured
from bot.approval.notes import Refusal
from bot.approval.request import State
from bot.audit.stats import Accuracy, Went
from bot.db.store import Store
from bot.flows.measure import predicted
from bot.images.removal import Removed
from tests.approval import examples
from tests.db.asking import ask, claimed, done, happen, removed

SINCE = examples.NOW - timedelta(days=1)


def test_what_went_is_summed_up(store: Store) -> None:
    """By host, by person, by repository, the most bytes first; requests by how they stand; refusals."""
    removed(store, "a")
    removed(store, "b", plan=replace(examples.PLAN, host="db-1", steps=(examples.step("redis:8", "3"),)))
    ask(store, "c")
    with store.transaction() as tx:
        tx.note(Refusal(at=examples.NOW, by=examples.DANA, action="approve", answer="No."))
        tx.note(Refusal(at=SINCE - timedelta(days=1), by=examples.DANA, action="approve", answer="No."))
    with store.reading() as reading:
        stats = reading.stats(SINCE)
        later = reading.stats(examples.NOW + timedelta(days=1))
    assert stats.hosts == (
        Went(name="web-3", images=2, names=2, layers=2, bytes=20),
        Went(name="db-1", images=1, names=1, layers=1, bytes=10),
    )
    assert stats.people == (Went(name="U0DEV", images=3, names=3, layers=3, bytes=30),)
    assert [(went.name, went.bytes) for went in stats.repositories] == [("redis", 20), ("nginx", 10)]
    assert stats.requests == ((State.PENDING, 1), (State.REMOVING, 2))
    assert stats.refused == 1
    assert (later.hosts, later.people, later.repositories, later.requests, later.refused) == ((), (), (), (), 0)


def test_what_was_freed_is_spread_over_the_period(store: Store) -> None:
    """By host, in the span in which it went; records without bytes count for nothing."""
    removed(store, "a")
    removed(store, "b", plan=replace(examples.PLAN, host="db-1", steps=(examples.step("redis:8", "3"),)))
    with store.reading() as reading:
        week = reading.course(examples.NOW - timedelta(days=7), examples.NOW)
        later = reading.course(examples.NOW + timedelta(days=1), examples.NOW + timedelta(days=8))
        year = reading.course(examples.NOW - timedelta(days=365), examples.NOW)
    assert week.starts[-1] <= examples.NOW < week.starts[-1] + week.span
    assert week.hosts == (("web-3", (0,) * 7 + (20,)), ("db-1", (0,) * 7 + (10,)))
    assert later.hosts == ()
    assert (year.sums[-1], sum(year.sums)) == (30, 30)


def test_predictions_are_held_against_what_came(store: Store) -> None:
    """One step went otherwise than planned; of two requests that were measured one was off by more than 1 %."""
    first, second = examples.PLAN.steps
    assert isinstance(second.outcome, Removed)
    fewer = replace(second.outcome, records=second.outcome.records[:-1])
    for word, last, freed in (("a", second.outcome, 20), ("b", fewer, 30)):
        assert isinstance(first.outcome, Removed)
        events = (*done(0, first.outcome), *done(1, last), Finished(at=examples.NOW))
        request = happen(store, ask(store, word).id, examples.approved(), claimed(), *events)
        happen(store, request.id, Measured(at=examples.NOW, freed=freed, predicted=predicted(request)))
    with store.reading() as reading:
        found = reading.stats(SINCE).accuracy
    assert found == Accuracy(steps=4, as_planned=3, measured=2, near=1, predicted=40, freed=50)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_sqlite_reads_no_more_than_the_period(store: Store, engine: sa.Engine) -> None:
    """Each statement begins with an index of times."""
    removed(store)
    statements: list[tuple[str, Any]] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *about: statements.append((about[2], about[3])))
    with store.reading() as reading:
        reading.stats(SINCE)
    asked = [each for each in statements if each[0].startswith("SELECT")]
    with engine.connect() as connection:
        plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {each[0]}", each[1]).all() for each in asked]
    details = [row.detail for plan in plans for row in plan]
    places = ("(at>?)", "(asked_at>?)", "(part=? AND hour>?)", "PRIMARY KEY (rowid>?)")
    assert [sum(place in each for each in details) for place in places] == [1, 1, 3, 1]
    assert not [each for each in details if each.startswith("SCAN")], details
