"""The outbox of the audit channel: written with what it tells, taken by one, posted once."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given

from bot.approval.notes import Stopped
from bot.approval.notice import Notice, Parts, UserGroup, Verbatim
from bot.approval.request import Person
from bot.db.notices import dump, load
from bot.db.store import Store
from tests.approval.examples import NOW, OLGA
from tests.db.values import any_of

MINUTE = timedelta(minutes=1)
JOINED = Notice(kind="group-members", parts=(OLGA, " was added to ", UserGroup(id="S0OPSLEADS"), " at ", NOW, "."))
LATER = Notice(kind="break-glass", parts=("Nobody approved it.",))


def announce(store: Store, *notices: Notice) -> None:
    """Write notices, each in a transaction of its own."""
    for notice in notices:
        with store.transaction() as tx:
            tx.announce(notice, NOW)


def take(store: Store, now: datetime = NOW) -> tuple[Notice, int] | None:
    """Take a notice for a minute; return it, and how often it was taken."""
    with store.transaction() as tx:
        waiting = tx.take_notice(now, now + MINUTE)
    return (waiting.notice, waiting.attempts) if waiting else None


def test_notices_are_taken_in_order_and_by_one(store: Store) -> None:
    """The oldest comes first, with everything in it; what is taken is nobody else's for a while."""
    announce(store, JOINED, LATER)
    assert [take(store), take(store), take(store)] == [(JOINED, 1), (LATER, 1), None]
    assert take(store, NOW + MINUTE) == (JOINED, 2)


def test_what_is_posted_is_not_taken_again(store: Store) -> None:
    """However long ago it was taken."""
    announce(store, JOINED)
    with store.transaction() as tx:
        waiting = tx.take_notice(NOW, NOW + MINUTE)
        assert waiting is not None
        tx.notice_posted(waiting.number, NOW)
    assert take(store, NOW + timedelta(days=9)) is None


def test_a_failed_notice_waits(store: Store) -> None:
    """It is tried again when it is due, not before, and does not hold up the next."""
    announce(store, JOINED, LATER)
    with store.transaction() as tx:
        waiting = tx.take_notice(NOW, NOW + MINUTE)
        assert waiting is not None
        tx.notice_failed(waiting.number, failure="ratelimited", next_at=NOW + 2 * MINUTE)
    assert take(store) == (LATER, 1)
    assert take(store) is None
    assert take(store, NOW + 2 * MINUTE) == (JOINED, 2)


def test_a_notice_is_one_write_with_what_it_tells(store: Store) -> None:
    """Where the transaction fails, neither the event nor the notice is there."""
    with pytest.raises(RuntimeError):
        _interrupted(store)
    assert take(store) is None
    with store.reading() as reading:
        assert reading.head()[0] == 0


def _interrupted(store: Store) -> None:
    with store.transaction() as tx:
        tx.note(Stopped(at=NOW, owner="bot:1"))
        tx.announce(JOINED, NOW)
        raise RuntimeError


@given(any_of(str), any_of(Person), any_of(UserGroup), any_of(datetime), any_of(Verbatim))
def test_any_sentence_comes_back(text: str, person: Person, group: UserGroup, at: datetime, lines: Verbatim) -> None:
    """Text, people, groups and times are read back as they were written, in any order."""
    parts: Parts = (text, person, group, at, text, lines)
    assert load(dump(parts)) == parts


def test_the_stored_form() -> None:
    """What is stored stays readable for later versions."""
    parts: Parts = (Person(team_id="T0", user_id="U1"), " at ", datetime(2026, 3, 1, tzinfo=UTC), UserGroup(id="S1"))
    assert dump((Verbatim(text="a\nb"),)) == '{"parts":[{"verbatim":"a\\nb"}]}'
    stored = '{"parts":[{"person":{"team":"T0","user":"U1"}},{"text":" at "},{"at":1772323200000000},{"group":"S1"}]}'
    assert dump(parts) == stored
    assert load(stored) == parts
