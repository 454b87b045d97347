"""What Slack shows of a request, and what it should."""

from datetime import timedelta

from bot.approval.request import RequestId, State
from bot.db.store import Store
from tests.approval import examples
from tests.db.asking import ask, happen

NOW = examples.NOW


def behind(store: Store, now: object = NOW) -> list[tuple[int, str]]:
    """Return the request and purpose of every message that is behind."""
    assert isinstance(now, type(NOW))
    with store.reading() as reading:
        return [(message.request_id, message.purpose) for message in reading.messages_behind(now)]


def shown(store: Store, request_id: RequestId, version: int, purpose: str = "approvals", ts: str = "1.1") -> None:
    """Say that Slack shows this version, pending."""
    with store.transaction() as tx:
        tx.message_shown(request_id, purpose, channel="C0OPS", ts=ts, version=version, state=State.PENDING)


def test_a_new_request_has_two_messages_to_show(store: Store) -> None:
    """Asking makes one message for the approvers and one for the requester, both behind at once."""
    request = ask(store)
    assert behind(store) == [(request.id, "approvals"), (request.id, "requester")]
    with store.reading() as reading:
        message = reading.message(request.id, "approvals")
    assert message is not None
    assert (message.channel, message.ts, message.shown_version, message.shown_state) == (None, None, 0, None)
    assert (message.wanted_version, message.attempts, message.next_at, message.failure) == (1, 0, NOW, None)


def test_a_message_that_was_shown_is_not_behind(store: Store) -> None:
    """What shows the newest version is left alone; the message says where it is."""
    request = ask(store)
    shown(store, request.id, 1)
    assert behind(store) == [(request.id, "requester")]
    with store.reading() as reading:
        message = reading.message(request.id, "approvals")
    assert message is not None
    assert (message.channel, message.ts, message.shown_version) == ("C0OPS", "1.1", 1)
    assert message.shown_state is State.PENDING


def test_every_event_puts_messages_behind(store: Store) -> None:
    """An event wants both messages drawn again, in the same write."""
    request = ask(store)
    shown(store, request.id, 1)
    shown(store, request.id, 1, "requester")
    assert behind(store) == []
    happen(store, request.id, examples.approved())
    assert behind(store) == [(request.id, "approvals"), (request.id, "requester")]


def test_an_older_version_never_takes_the_place_of_a_newer(store: Store) -> None:
    """Two who draw at once, out of order, leave the newer version on record."""
    request = ask(store)
    happen(store, request.id, examples.approved())
    shown(store, request.id, 2, ts="2.2")
    shown(store, request.id, 1, ts="1.1")
    with store.reading() as reading:
        message = reading.message(request.id, "approvals")
    assert message is not None
    assert (message.ts, message.shown_version) == ("2.2", 2)


def test_a_failed_message_waits(store: Store) -> None:
    """A failure is counted and named, and the message is tried again when it is due, not before."""
    request = ask(store)
    later = NOW + timedelta(seconds=30)
    with store.transaction() as tx:
        tx.message_failed(request.id, "approvals", failure="ratelimited", next_at=later)
    assert behind(store) == [(request.id, "requester")]
    assert behind(store, later) == [(request.id, "requester"), (request.id, "approvals")]
    with store.reading() as reading:
        message = reading.message(request.id, "approvals")
    assert message is not None
    assert (message.attempts, message.failure) == (1, "ratelimited")


def test_a_shown_message_forgets_its_failures(store: Store) -> None:
    """Success sets the count of failures back."""
    request = ask(store)
    with store.transaction() as tx:
        tx.message_failed(request.id, "approvals", failure="ratelimited", next_at=NOW)
    shown(store, request.id, 1)
    with store.reading() as reading:
        message = reading.message(request.id, "approvals")
    assert message is not None
    assert (message.attempts, message.failure) == (0, None)


def test_a_found_message_is_where_it_was_found_and_still_behind(store: Store) -> None:
    """A message whose posting went unanswered is adopted once, and drawn again all the same."""
    request = ask(store)
    for ts in ("1.1", "2.2"):
        with store.transaction() as tx:
            tx.message_found(request.id, "approvals", channel="C0OPS", ts=ts)
    with store.reading() as reading:
        message = reading.message(request.id, "approvals")
    assert message is not None
    assert (message.channel, message.ts) == ("C0OPS", "1.1")
    assert (request.id, "approvals") in behind(store)


def test_no_message_is_none(store: Store) -> None:
    """A request that is not there, or a purpose that is none, has no message."""
    request = ask(store)
    with store.reading() as reading:
        assert reading.message(RequestId(99), "approvals") is None
        assert reading.message(request.id, "weather") is None
