"""Several at once: one wins, nothing is lost, nothing is done twice."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import TypeVar

from bot.approval.events import Approved, Rejected
from bot.approval.lifecycle import Illegal
from bot.approval.request import Person, RequestId, State
from bot.audit.chain import Verified, verify
from bot.db.store import StaleRequest, Store
from tests.approval import examples
from tests.db.asking import ask, current

T = TypeVar("T")
THREADS = 4


def at_once(work: Callable[[int], T], threads: int = THREADS) -> list[T]:
    """Do *work* in so many threads that begin at the same moment."""
    barrier = Barrier(threads)

    def begin(number: int) -> T:
        barrier.wait(timeout=30)
        return work(number)

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(begin, range(threads)))


def decide(store: Store, request_id: RequestId, event: Approved | Rejected) -> bool:
    """Record a decision as the flows do. Returns whether it counted."""
    with store.transaction() as tx:
        request = tx.request(request_id)
        assert request is not None
        return not isinstance(tx.record(request, event), Illegal)


def test_of_approvals_at_once_one_counts(store: Store) -> None:
    """When four people approve a request that needs one, one approval is on record."""
    request = ask(store)
    leads = [Person(team_id="T0", user_id=f"U{number}") for number in range(THREADS)]
    counted = at_once(lambda number: decide(store, request.id, examples.approved(leads[number])))
    assert counted.count(True) == 1
    after = current(store, request.id)
    assert (after.state, len(after.approvals), after.version) == (State.APPROVED, 1, 2)


def test_the_same_persons_clicks_at_once_count_once(store: Store) -> None:
    """A person who clicks four times at once on a request that needs two has approved once."""
    request = ask(store, approvals=2)
    counted = at_once(lambda _: decide(store, request.id, examples.approved()))
    assert counted.count(True) == 1
    assert len(current(store, request.id).approvals) == 1


def test_an_approval_and_a_rejection_at_once_are_one_decision(store: Store) -> None:
    """Whoever is first decides; the other is refused, and state and trail agree."""
    request = ask(store)
    rejected = Rejected(at=examples.NOW, by=examples.OMAR, basis="user U0LEAD2")
    events = (examples.approved(), rejected)
    counted = at_once(lambda number: decide(store, request.id, events[number]), threads=2)
    assert sorted(counted) == [False, True]
    with store.reading() as reading:
        kinds = [event.kind for event in reading.timeline(request.id)]
    assert current(store, request.id).state.value == kinds[1]
    assert len(kinds) == 2


def test_a_request_that_was_read_before_is_written_by_one(store: Store) -> None:
    """Of four who write what they read earlier, one wins and the others are told that theirs is stale."""
    request = ask(store, approvals=9)

    def approve(number: int) -> bool:
        by = Person(team_id="T0", user_id=f"U{number}")
        try:
            with store.transaction() as tx:
                tx.record(request, examples.approved(by))
        except StaleRequest:
            return False
        return True

    assert sorted(at_once(approve)) == [False, False, False, True]
    assert len(current(store, request.id).approvals) == 1


def test_no_update_is_lost(store: Store) -> None:
    """Forty approvals by four threads are forty approvals, forty events and forty versions."""
    request = ask(store, approvals=99)

    def approve(thread: int) -> None:
        for number in range(10):
            assert decide(store, request.id, examples.approved(Person(team_id="T0", user_id=f"U{thread}-{number}")))

    at_once(approve)
    after = current(store, request.id)
    assert (len(after.approvals), after.version) == (40, 41)
    with store.reading() as reading:
        verified = verify(reading.chain())
    assert isinstance(verified, Verified)
    assert verified.count == 41


def test_requests_at_once_are_numbered_without_a_gap(store: Store) -> None:
    """Twenty requests by four threads have the numbers from 1 to 20."""
    numbers = at_once(lambda thread: [ask(store, f"{thread}-{number}").id for number in range(5)])
    assert sorted(number for each in numbers for number in each) == list(range(1, 21))


def test_a_delivery_at_once_is_kept_once(store: Store) -> None:
    """Of four copies of a delivery that come at once, one is new."""

    def receive(_: int) -> bool:
        with store.transaction() as tx:
            return tx.receive("key", "command", "body", examples.NOW)

    assert sorted(at_once(receive)) == [False, False, False, True]


def test_no_delivery_is_taken_twice(store: Store) -> None:
    """Four threads that take forty deliveries take each one once."""
    with store.transaction() as tx:
        for number in range(40):
            tx.receive(f"key-{number}", "command", "body", examples.NOW + timedelta(seconds=number))
    now = examples.NOW + timedelta(hours=1)

    def take_all(_: int) -> list[str]:
        keys: list[str] = []
        while True:
            with store.transaction() as tx:
                delivery = tx.take_delivery(now, now + timedelta(minutes=1), "bot:1")
            if delivery is None:
                return keys
            keys.append(delivery.key)

    taken = [key for keys in at_once(take_all) for key in keys]
    assert sorted(taken) == sorted(f"key-{number}" for number in range(40))


def test_a_reader_sees_one_moment_and_waits_for_nobody(store: Store) -> None:
    """While a write is under way a reader sees what was there before, all of it, and goes on seeing it."""
    request = ask(store)
    with store.reading() as reading:
        before = reading.request(request.id)
        with store.transaction() as tx:
            tx.record(request, examples.approved())
            with store.reading() as another:
                assert another.request(request.id) == before
        assert reading.request(request.id) == before
    assert current(store, request.id).state is State.APPROVED
