"""Requests in the store: asked, changed by events, read."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.approval.events import Drifted, Event, Expired, Finished, Rejected, Withdrawn
from bot.approval.lifecycle import Illegal, after
from bot.approval.notes import Refusal, Started
from bot.approval.request import RequestId, State, Token
from bot.audit.chain import START, Head, Verified, verify
from bot.db.store import StaleRequest, Store
from bot.images.removal import Removed
from tests.approval import examples
from tests.db import examples as rich
from tests.db.asking import ask, claimed, current, done, happen, removed


def test_what_is_asked_is_read_back(store: Store) -> None:
    """A request comes back equal to what ask() returned, by number and by token."""
    with store.transaction() as tx:
        request = tx.ask(rich.ASKED)
    with store.reading() as reading:
        assert reading.request(request.id) == request
        assert reading.request_by_token(rich.ASKED.token) == request


def test_requests_are_numbered_from_one_without_a_gap(store: Store) -> None:
    """A transaction that fails takes no number with it."""

    def ask_and_fail() -> None:
        with store.transaction() as tx:
            tx.ask(replace(rich.ASKED, token=Token("b")))
            raise ZeroDivisionError

    ask(store, "a")
    with pytest.raises(ZeroDivisionError):
        ask_and_fail()
    assert ask(store, "c").id == 2


@pytest.mark.parametrize("number", [0, -1, 2, 2**63, 10**30])
def test_an_unknown_number_is_no_request(store: Store, number: int) -> None:
    """A number that no request has, however large, finds none."""
    ask(store)
    with store.reading() as reading:
        assert reading.request(RequestId(number)) is None


@pytest.mark.parametrize("token", ["other", "", "to\0ken", "a\ud83d"])
def test_an_unknown_token_is_no_request(store: Store, token: str) -> None:
    """A token that no request has, whatever is in it, finds none."""
    ask(store)
    with store.reading() as reading:
        assert reading.request_by_token(Token(token)) is None


@pytest.mark.parametrize(
    "events",
    [
        (examples.approved(examples.OLGA), examples.approved(examples.OMAR)),
        (examples.approved(), Drifted(at=examples.NOW, difference=("a", "b"))),
        (examples.approved(examples.OLGA), examples.approved(examples.OMAR), claimed(), *examples.BOTH_DONE),
        (Rejected(at=examples.NOW, by=examples.OLGA, basis="user U0LEAD", why="no"),),
        (Withdrawn(at=examples.NOW, by=examples.DANA),),
        (Expired(at=examples.LATER),),
    ],
)
def test_what_is_stored_is_what_the_lifecycle_says(store: Store, events: tuple[Event, ...]) -> None:
    """After each event the stored request equals the one that the pure lifecycle makes."""
    expected = ask(store, approvals=2)
    for event in events:
        changed = after(expected, event)
        assert not isinstance(changed, Illegal)
        expected = changed
        assert happen(store, expected.id, event) == expected


def test_an_illegal_event_changes_nothing(store: Store) -> None:
    """What the lifecycle refuses is answered with its reason, and neither state nor trail changes."""
    request = ask(store)
    with store.transaction() as tx:
        before = tx.head()
        assert isinstance(tx.record(request, Finished(at=examples.NOW)), Illegal)
    with store.reading() as reading:
        assert reading.request(request.id) == request
        assert reading.head() == before


def test_a_lost_update_is_refused(store: Store) -> None:
    """Who changes a request that changed since it was read is told so, and nothing of theirs is written."""
    stale = ask(store)
    now = happen(store, stale.id, examples.approved())
    with pytest.raises(StaleRequest), store.transaction() as tx:
        tx.record(stale, Rejected(at=examples.NOW, by=examples.OLGA, basis="user U0LEAD"))
    with store.reading() as reading:
        assert reading.request(stale.id) == now
        assert len(reading.timeline(stale.id)) == 2


def test_requests_are_found_by_state_oldest_first(store: Store) -> None:
    """Only the requests in the named states are returned, oldest first, as many as asked for."""
    first, second, third = (ask(store, word) for word in "abc")
    happen(store, second.id, examples.approved())
    with store.reading() as reading:
        assert [r.id for r in reading.requests(State.PENDING)] == [first.id, third.id]
        assert [r.id for r in reading.requests(State.PENDING, State.APPROVED)] == [first.id, second.id, third.id]
        assert [r.id for r in reading.requests(State.PENDING, limit=1)] == [first.id]
        assert reading.requests() == ()


def test_requests_are_found_by_host_and_expiry(store: Store) -> None:
    """A host that is down and requests that are not due hide nobody else's from the limit."""
    other = replace(examples.PLAN, host="web-4")
    ask(store, "a")
    second = ask(store, "b", plan=other)
    with store.reading() as reading:
        assert [r.id for r in reading.requests(State.PENDING, host="web-4", limit=1)] == [second.id]
        assert reading.requests(State.PENDING, expired_at=second.expires_at - timedelta(microseconds=1)) == ()
        assert len(reading.requests(State.PENDING, expired_at=second.expires_at)) == 2


def test_timeline_has_every_event_in_order(store: Store) -> None:
    """The timeline gives back each event as it was written, and the clicks that did nothing."""
    request = ask(store)
    refusal = Refusal(
        at=examples.NOW, by=examples.DANA, action="approve", answer="Someone else.", request_id=request.id
    )
    with store.transaction() as tx:
        tx.note(refusal)
        tx.note(Started(at=examples.NOW, owner="bot:1", version="1"))
    happen(store, request.id, examples.approved())
    with store.reading() as reading:
        timeline = reading.timeline(request.id)
    assert [(each.sequence, each.kind, each.version) for each in timeline] == [
        (1, "asked", 1),
        (2, "refusal", None),
        (4, "approved", 2),
    ]
    assert [each.event for each in timeline][1:] == [refusal, examples.approved()]
    assert all(each.at == each.event.at for each in timeline)


def test_a_claim_is_extended_by_its_owner_only(store: Store) -> None:
    """The claim runs on for the owner and number that hold it, without an event; for nobody else."""
    until = examples.NOW + timedelta(minutes=9)
    request = happen(store, ask(store).id, examples.approved(), claimed())
    with store.transaction() as tx:
        assert not tx.claim_extended(request.id, "bot:2", 1, until)
        assert not tx.claim_extended(request.id, "bot:1", 2, until)
        assert tx.claim_extended(request.id, "bot:1", 1, until)
    now = current(store, request.id)
    assert now.claim is not None
    assert now.claim.until == until
    assert now.version == request.version


def test_an_event_leaves_an_extended_claim_as_it_is(store: Store) -> None:
    """A step that is recorded with a request read earlier does not shorten the claim."""
    until = examples.NOW + timedelta(minutes=9)
    request = happen(store, ask(store).id, examples.approved(), claimed())
    with store.transaction() as tx:
        tx.claim_extended(request.id, "bot:1", 1, until)
        tx.record(request, done(0, Removed(records=()))[0])
    claim = current(store, request.id).claim
    assert claim is not None
    assert claim.until == until


def test_the_whole_trail_verifies(store: Store) -> None:
    """Everything that a request's life writes forms one chain, whose head is the store's."""
    with store.reading() as reading:
        assert reading.head() == (START.sequence, START.hash)
    removed(store)
    with store.reading() as reading:
        verified = verify(reading.chain())
        third = list(reading.chain())[2]
        rest = verify(reading.chain(after=3), start=Head(sequence=3, hash=third.hash))
        sequence, sealed = reading.head()
    assert isinstance(verified, Verified)
    assert (verified.count, verified.head.sequence, verified.head.hash) == (7, sequence, sealed)
    assert rest == Verified(count=4, head=verified.head)


def test_any_text_can_be_asked_and_noted(store: Store) -> None:
    """Text with NULs and half surrogate pairs neither fails nor breaks the chain."""
    odd = "a\0b\ud83d"
    with store.transaction() as tx:
        request = tx.ask(replace(rich.ASKED, reason=odd, channel=odd))
        tx.note(Refusal(at=rich.AT, by=rich.DANA, action=odd, answer=odd, request_id=request.id))
    with store.reading() as reading:
        assert isinstance(verify(reading.chain()), Verified)
    assert current(store, request.id).reason == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"
