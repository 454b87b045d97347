"""The inbox: kept once, taken by one, done once."""

from datetime import timedelta

import pytest

from bot.db.store import Delivery, Store
from tests.approval.examples import NOW

MINUTE = timedelta(minutes=1)


def received(store: Store, *keys: str) -> list[bool]:
    """Deliver under each key, a second apart."""
    news = []
    for number, key in enumerate(keys):
        with store.transaction() as tx:
            news.append(tx.receive(key, "command", f"body of {key}", NOW + timedelta(seconds=number)))
    return news


def take(store: Store, now: timedelta = MINUTE) -> Delivery | None:
    """Take a delivery *now* after the first arrived, for a minute."""
    with store.transaction() as tx:
        return tx.take_delivery(NOW + now, NOW + now + MINUTE)


def test_a_delivery_is_kept_once(store: Store) -> None:
    """The same key again is known, whatever comes with it, and the first body stays."""
    assert received(store, "a", "b", "a") == [True, True, False]
    with store.transaction() as tx:
        assert not tx.receive("a", "command", "another body", NOW)
    first = take(store)
    assert first == Delivery(key="a", kind="command", body="body of a", received_at=NOW, attempts=1)


def test_a_delivery_that_is_done_stays_known(store: Store) -> None:
    """What was done is not done again when Slack delivers it again."""
    received(store, "a")
    with store.transaction() as tx:
        tx.delivery_done("a", NOW)
    assert received(store, "a") == [False]
    assert take(store) is None


def test_the_oldest_is_taken_first_and_by_one(store: Store) -> None:
    """Deliveries are taken in the order in which they came; what is taken is nobody else's."""
    received(store, "b", "a")
    taken = [take(store), take(store), take(store)]
    assert [delivery and delivery.key for delivery in taken] == ["b", "a", None]


def test_what_its_taker_left_is_taken_again(store: Store) -> None:
    """When whoever took it is thought lost, a delivery is taken again, and its attempts are counted."""
    received(store, "a")
    first, too_early, again = take(store), take(store, MINUTE * 1.9), take(store, MINUTE * 2)
    assert first is not None
    assert too_early is None
    assert again is not None
    assert (first.attempts, again.attempts) == (1, 2)


def test_a_delivery_and_what_it_led_to_are_one_write(store: Store) -> None:
    """Where the transaction that does a delivery fails, the delivery is not done either."""

    def do_and_fail() -> None:
        with store.transaction() as tx:
            tx.delivery_done("a", NOW)
            raise ZeroDivisionError

    received(store, "a")
    with pytest.raises(ZeroDivisionError):
        do_and_fail()
    assert take(store) is not None


def test_any_body_can_be_kept(store: Store) -> None:
    """A body with NULs and half surrogate pairs is kept, with replacement characters."""
    with store.transaction() as tx:
        assert tx.receive("a\0", "command", "x\0\ud83dy", NOW)
    taken = take(store)
    assert taken is not None
    assert taken.body == "x\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}y"
