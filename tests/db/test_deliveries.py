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
        return tx.take_delivery(NOW + now, NOW + now + MINUTE, "bot:1")


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


def test_who_is_alone_takes_at_once_what_a_killed_process_had(store: Store) -> None:
    """Its own it leaves to the thread that has it, and so does everybody who is not alone."""
    received(store, "a")
    assert take(store) is not None
    for by, alone, found in (("bot:2", False, None), ("bot:1", True, None), ("bot:2", True, "a")):
        with store.reading() as reading:
            assert reading.delivery_is_waiting(NOW + MINUTE, by, alone=alone, besides=()) is bool(found)
        with store.transaction() as tx:
            taken = tx.take_delivery(NOW + MINUTE, NOW + 2 * MINUTE, by, alone=alone)
        assert (taken and taken.key) == found


def test_who_is_alive_keeps_what_it_took(store: Store) -> None:
    """However long it takes; and what it gives back is another's at once."""
    received(store, "a", "b")
    with store.transaction() as tx:
        tx.delivery_done("b", NOW)
    assert take(store) is not None
    with store.transaction() as tx:
        tx.extend_claims("bot:2", NOW)
        tx.extend_claims("bot:1", NOW + 5 * MINUTE)
    assert take(store, MINUTE * 4) is None
    with store.transaction() as tx:
        tx.extend_claims("bot:1", NOW)
    again = take(store, MINUTE * 4)
    assert again is not None
    assert again.key == "a"


def test_what_is_about_a_host_with_enough_to_do_waits(store: Store) -> None:
    """It is passed over, which is no attempt, and is the first again once there is room."""
    received(store, "a", "b")
    first = take(store)
    assert first is not None
    with store.transaction() as tx:
        tx.delivery_waits("a", "web-3")
    with store.transaction() as tx:
        other = tx.take_delivery(NOW + MINUTE, NOW + 2 * MINUTE, "bot:1", besides={"web-3"})
        none = tx.take_delivery(NOW + MINUTE, NOW + 2 * MINUTE, "bot:1", besides={"web-3"})
    assert other is not None
    assert (other.key, none) == ("b", None)
    assert take(store) == first
