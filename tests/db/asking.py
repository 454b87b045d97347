"""Short ways to bring a request somewhere."""

from dataclasses import replace
from datetime import timedelta

from bot.approval.events import Claimed, Event, StepBegun, StepDone
from bot.approval.lifecycle import Illegal
from bot.approval.request import Request, RequestId, Token
from bot.db import tables
from bot.db.store import Store
from bot.images.removal import Plan, Removed
from tests.approval import examples


def ask(
    store: Store, word: str = "token", *, approvals: int = 1, plan: Plan = examples.PLAN, reason: str = ""
) -> Request:
    """Ask for *plan*, with *word* as what the buttons carry."""
    event = examples.asked_event(approvals=approvals, plan=plan)
    with store.transaction() as tx:
        return tx.ask(replace(event, token=Token(word), reason=reason))


def happen(store: Store, request_id: RequestId, *events: Event) -> Request:
    """Record *events*, each in a transaction of its own."""
    for event in events:
        with store.transaction() as tx:
            request = tx.request(request_id)
            assert request is not None
            changed = tx.record(request, event)
        assert not isinstance(changed, Illegal), changed.why
    return current(store, request_id)


def current(store: Store, request_id: RequestId) -> Request:
    """Return a request as it is on record."""
    with store.reading() as reading:
        request = reading.request(request_id)
    assert request is not None
    return request


def claimed() -> Claimed:
    """Return a claim by one process."""
    return Claimed(at=examples.NOW, owner="bot:1", until=examples.NOW + timedelta(minutes=1))


def done(step: int, outcome: Removed, found: str = "") -> tuple[Event, Event]:
    """Return a step's beginning and its end."""
    return StepBegun(at=examples.NOW, step=step), StepDone(at=examples.NOW, step=step, outcome=outcome, found=found)


def removed(store: Store, word: str = "token", *, plan: Plan = examples.PLAN, reason: str = "") -> Request:
    """Carry out a request for *plan* as planned."""
    events: list[Event] = [examples.approved(), claimed()]
    for number, step in enumerate(plan.steps):
        assert isinstance(step.outcome, Removed)
        events += done(number, step.outcome)
    request = happen(store, ask(store, word, plan=plan, reason=reason).id, *events)
    _give_way(store)
    return request


def _give_way(store: Store) -> None:
    """Let other requests be carried out on the host too, as before it had one place: they are not what is tested."""
    with store.transaction() as tx:
        tx._connection.execute(tables.request.update().values(claim_slot=None))  # noqa: SLF001 -- nothing else frees it
