"""Leases: one process carries a request out, another takes over when it falls silent, who was paused is too late."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.app import flows
from bot.approval.events import Claimed, Interrupted, StepBegun, StepDone
from bot.approval.request import Progress, Request, RequestId, State
from bot.db.clock import DatabaseClock
from bot.db.store import Store
from bot.flows.beat import LEASE
from bot.flows.duty import Duty
from bot.flows.ledger import Ledger, must
from bot.flows.ports import Button, Unreachable
from bot.flows.recover import Rests
from bot.images.inventory import Inventory
from bot.images.removal import Removed
from tests.approval.examples import NOW, OLGA, OMAR
from tests.databases import opened
from tests.db.asking import claimed, happen
from tests.flows.conftest import Desk
from tests.flows.fakes import Clock, FakeDaemon

SECOND = timedelta(seconds=1)


@dataclass(kw_only=True)
class Two:
    """Two replicas on one database, each with a store of its own."""

    desk: Desk
    other: Desk

    def claimed(self) -> Request:
        """Let the first replica claim a request of two steps and begin the first of them."""
        self.desk.press(Button.APPROVE, self.desk.asked("rm redis:alpine centos"), OLGA)
        with self.desk.store.transaction() as tx:
            request = tx.request(self.desk.request().id)
            assert request is not None
            claimed = must(tx.record(request, Claimed(at=NOW, owner="bot:1", until=self.desk.clock() + LEASE)))
            return must(tx.record(claimed, StepBegun(at=NOW, step=0)))

    def ledger(self, request: Request) -> Ledger:
        """Return what the first replica writes by."""
        return Ledger(self.desk.store, request, now=self.desk.clock, lease=LEASE)


@pytest.fixture
def two(database_url: str) -> Iterator[Two]:
    """Give two replicas, on PostgreSQL as they are meant to be; SQLite takes one process, so there the lease is off."""
    with opened(database_url) as first, opened(database_url) as second:
        desk = Desk(store=Store(first))
        yield Two(desk=desk, other=replace(desk, store=Store(second), owner="bot:2"))


postgresql = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


@postgresql
def test_another_takes_over_when_the_lease_is_over(two: Two) -> None:
    """Not a second before; then it is interrupted, what had begun is cleared up, and a person says how it goes on."""
    two.claimed()
    two.desk.clock.goes_on(LEASE - SECOND)
    two.other.flows().recover.orphans()
    assert two.desk.request().state is State.REMOVING
    two.desk.clock.goes_on(SECOND)
    two.other.flows().recover.orphans()
    request = two.desk.request()
    assert request.state is State.INTERRUPTED
    two.desk.goes_on(timedelta(minutes=2))
    two.other.flows().recover.unclear()
    assert [step.progress for step in two.desk.request().steps] == [Progress.WAITING, Progress.WAITING]
    assert two.other.press(Button.RESUME, request, OLGA) is None
    two.other.remove()
    assert two.desk.request().state is State.FINISHED


@postgresql
def test_who_beats_keeps_its_claims_however_long_a_call_takes(two: Two) -> None:
    """A claim is extended by the process's beat while nothing is written to the request."""
    request = two.claimed()
    beat = two.desk.flows().beat
    for _ in range(20):
        two.desk.clock.goes_on(LEASE / 4)
        beat.due()
        two.other.flows().recover.orphans()
    after = two.desk.request()
    assert after.version == request.version
    assert after.claim is not None
    assert after.claim.until == two.desk.clock() + LEASE


@postgresql
def test_who_was_paused_cannot_write(two: Two) -> None:
    """The paused process wakes after another took over: only what the daemon said is kept, the rest is not written."""
    ledger = two.ledger(two.claimed())
    two.desk.clock.goes_on(LEASE)
    two.other.flows().recover.orphans()
    taken = two.desk.request()
    (outcome,) = {step.outcome for step in taken.plan.steps[:1]}
    assert isinstance(outcome, Removed)
    ledger.happened(StepDone(at=two.desk.clock(), step=0, outcome=outcome))
    ledger.happened(StepBegun(at=two.desk.clock(), step=1))
    assert not ledger.write(goes_on=True)
    assert ledger.lost
    after = two.desk.request()
    assert after.state is State.INTERRUPTED
    assert [step.progress for step in after.steps] == [Progress.DONE, Progress.WAITING]
    assert after.claim == taken.claim


@postgresql
def test_who_was_paused_cannot_extend_what_another_claimed(two: Two) -> None:
    """A beat extends no claim of another, and a claim of one's own that is over is another number."""
    request = two.claimed()
    two.desk.clock.goes_on(LEASE)
    recover = two.other.flows().recover
    recover.orphans()
    two.desk.clock.goes_on(timedelta(minutes=2))
    recover.unclear()
    assert two.other.press(Button.RESUME, two.desk.request(), OLGA) is None
    until = two.desk.clock() + LEASE
    claim = two.desk.request().claim
    assert claim is not None
    assert (claim.owner, claim.number, claim.until) == ("bot:2", 2, until)
    two.desk.clock.goes_on(SECOND)
    two.desk.flows().beat.due()
    assert two.desk.request().claim == claim
    ledger = two.ledger(request)
    ledger.happened(Interrupted(at=NOW, why="too late"))
    assert not ledger.write(goes_on=False)
    assert two.desk.request().state is State.REMOVING


def test_a_host_has_one_request_at_a_time(desk: Desk) -> None:
    """Two approved requests of a host: the database itself refuses the second claim, and it waits its turn."""
    desk.press(Button.APPROVE, desk.asked("rm redis:alpine"), OLGA)
    desk.type("rm centos")
    desk.press(Button.APPROVE, desk.request(2), OLGA)
    with desk.store.transaction() as tx:
        request = tx.request(desk.request().id)
        assert request is not None
        must(tx.record(request, Claimed(at=NOW, owner="bot:2", until=NOW + LEASE)))
    desk.remove()
    assert desk.request(2).state is State.APPROVED
    second = desk.request(2)
    with desk.store.transaction() as tx, pytest.raises(sa.exc.IntegrityError):
        tx.record(second, Claimed(at=NOW, owner="bot:1", until=NOW + LEASE))
    assert desk.request(2).state is State.APPROVED


def test_resume_waits_for_its_turn(desk: Desk) -> None:
    """While another request of the host is carried out, Resume says which, and that it can be pressed again."""
    desk.daemon.loses_answers = True
    desk.press(Button.APPROVE, desk.asked("rm redis:alpine centos"), OLGA)
    desk.remove()
    assert desk.request().state is State.INTERRUPTED
    desk.daemon.loses_answers = False
    desk.type("rm nginx")
    desk.press(Button.APPROVE, desk.request(2), OMAR)
    with desk.store.transaction() as tx:
        request = tx.request(desk.request(2).id)
        assert request is not None
        must(tx.record(request, Claimed(at=NOW, owner="bot:1", until=NOW + LEASE)))
    answer = desk.press(Button.RESUME, desk.request(), OLGA)
    assert "Request 2 is being carried out on web-3." in str(answer)
    assert desk.request().state is State.INTERRUPTED
    desk.remove()
    assert desk.request(2).state is State.FINISHED


@postgresql
def test_a_clock_that_is_an_hour_off_takes_nothing_over(two: Two, database_url: str) -> None:
    """The server's clock counts: a replica whose own clock is an hour ahead leaves alone what is alive."""
    with opened(database_url) as engine:
        store = Store(engine)
        store.clock.set()
        fast = DatabaseClock(engine, wall=lambda: store.clock() + timedelta(hours=1))
        assert abs(fast() - store.clock() - timedelta(hours=1)) < SECOND
        fast.set()
        assert abs(fast() - store.clock()) < SECOND
        two.desk.clock.time = store.clock()
        two.claimed()
        hasty = flows(
            store=Store(engine),
            hosts={two.desk.daemon.host: two.desk.daemon},
            policy=lambda: two.desk.policy,
            conversation=two.desk.conversation,
            directory=two.desk.directory,
            owner="bot:3",
            now=fast,
        )
        hasty.recover.orphans()
    assert two.desk.request().state is State.REMOVING


def test_the_clock_counts_the_seconds_since_it_was_set(engine: sa.Engine) -> None:
    """On PostgreSQL the machine's clock is not read once it is set; on SQLite it is the one that counts."""
    ticks = [1000.0]
    clock = DatabaseClock(engine, wall=lambda: NOW, elapsed=lambda: ticks[0])
    clock.set()
    first = clock()
    ticks[0] += 5
    shared = engine.dialect.name == "postgresql"
    assert clock() - first == timedelta(seconds=5 if shared else 0)
    assert (first == NOW) is not shared


def test_a_server_that_answers_late_does_not_set_the_clock_anew(engine: sa.Engine) -> None:
    """What took seconds to come says nothing exact."""
    ticks = iter([0.0, 0.0, 0.0, 0.0, 100.0, 0.0])
    clock = DatabaseClock(engine, wall=lambda: NOW, elapsed=lambda: next(ticks))
    clock.set()
    first = clock()
    clock.set()
    assert clock() == first


@postgresql
def test_a_duty_is_one_replicas(two: Two) -> None:
    """Whoever asked first has it while it asks again in time; after that another gets it, and the first has not."""
    clock: Clock = two.desk.clock
    one, other = (
        Duty(desk.store, "watch web-3", owner=desk.owner, now=clock, lease=LEASE) for desk in (two.desk, two.other)
    )
    assert (one.mine(), other.mine()) == (True, False)
    for _ in range(10):
        clock.goes_on(LEASE / 4)
        assert (one.mine(), other.mine()) == (True, False)
    clock.goes_on(LEASE)
    assert (other.mine(), one.mine()) == (True, False)


@postgresql
def test_what_is_given_back_is_taken_over_at_once(two: Two) -> None:
    """A process that ends gives its claims and its duties back: nobody waits for the lease."""
    two.claimed()
    duty = Duty(two.desk.store, "verify", owner="bot:1", now=two.desk.clock, lease=LEASE)
    assert duty.mine()
    two.desk.flows().beat.give_back()
    assert Duty(two.other.store, "verify", owner="bot:2", now=two.desk.clock, lease=LEASE).mine()
    two.other.flows().recover.orphans()
    assert two.desk.request().state is State.INTERRUPTED


class Counting(FakeDaemon):
    """A daemon that counts how often it is looked at."""

    looks = 0

    def inventory(self, *, kept: bool = False) -> Inventory | Unreachable:
        """Count, and answer as ever."""
        self.looks += 1
        return super().inventory(kept=kept)


def test_a_host_is_looked_at_once_for_all_that_is_unclear_and_ever_less(desk: Desk) -> None:
    """Two interrupted requests of a host are one look at it; after a while of nothing new a look is rare."""
    desk.daemon = daemon = Counting()
    recover = desk.flows().recover
    for number, word in enumerate(("redis:alpine", "centos"), start=1):
        daemon.reachable = True
        desk.type(f"rm {word}")
        desk.press(Button.APPROVE, desk.request(number), OLGA)
        daemon.reachable = False
        approved = happen(desk.store, RequestId(number), claimed(), StepBegun(at=NOW, step=0))
        recover.interrupted(approved, why="It fell silent.")
        assert desk.request(number).steps[0].progress is Progress.UNCLEAR
    before = daemon.looks
    recover.unclear()
    assert daemon.looks == before + 1
    for _ in range(300):
        desk.clock.goes_on(2 * SECOND)
        recover.unclear()
    assert 10 < daemon.looks - before < 20


def test_something_new_is_looked_at_soon() -> None:
    """What becomes unclear while a host rests is not kept waiting; what is cleared up does not hasten anything."""
    rests = Rests()
    one, more = frozenset({RequestId(1)}), frozenset({RequestId(1), RequestId(2)})
    assert rests.is_due("web-3", one, NOW)
    assert not rests.is_due("web-3", one, NOW + SECOND)
    assert rests.is_due("web-3", more, NOW + SECOND)
    assert not rests.is_due("web-3", one, NOW + 2 * SECOND)
