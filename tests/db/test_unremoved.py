"""Asking for requests that removed nothing, and for refusals, on each database."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.approval.events import Expired, Rejected, Withdrawn
from bot.approval.notes import Refusal
from bot.approval.request import RequestId
from bot.audit.qualifiers import query_of
from bot.audit.query import Query, Subject, subject
from bot.db.reading import number_of
from bot.db.store import RecordedEvent, Store
from tests.approval import examples
from tests.databases import KINDS, Databases, opened
from tests.db.asking import ask, happen, removed


@pytest.fixture(scope="module", params=KINDS)
def store(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Store]:
    """Give a store with a request that removed something, four that did not, one that waits, and three refusals."""
    with databases(request.param) as url, opened(url) as engine:
        store = Store(engine)
        removed(store, "done")
        rejected = Rejected(at=examples.NOW, by=examples.OLGA, basis="group S0OPSLEADS", why="We need it.")
        happen(store, ask(store, "a", reason="Disk full").id, rejected)
        elsewhere = replace(examples.PLAN, host="db-1", command="rm cache:2", steps=(examples.step("cache:2", "5"),))
        happen(store, ask(store, "b", plan=elsewhere).id, rejected)
        happen(store, ask(store, "c").id, Withdrawn(at=examples.NOW, by=examples.DANA))
        happen(store, ask(store, "d").id, Expired(at=examples.LATER))
        ask(store, "e")
        _refuse(store)
        yield store


def _refuse(store: Store) -> None:
    at = examples.NOW
    for refusal in (
        Refusal(at=at, by=examples.DANA, action="approve", answer="Your own request.", request_id=RequestId(3)),
        Refusal(at=at - timedelta(days=1), by=examples.OMAR, action="rm", answer="Nothing is given to a shell."),
        Refusal(at=at, by=examples.OMAR, action="approve", answer="Too late.", request_id=RequestId(2)),
    ):
        with store.transaction() as tx:
            tx.note(refusal)


def asked(store: Store, *words: str, before: int | None = None, after: int | None = None, limit: int = 20) -> list[int]:
    """Return the numbers of what words find."""
    query = query_of(words, examples.NOW)
    assert isinstance(query, Query), query
    with store.reading() as reading:
        return [number_of(each) for each in reading.asked(query, limit=limit, before=before, after=after)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("status:rejected",), [3, 2]),
        (("status:withdrawn",), [4]),
        (("status:expired",), [5]),
        (("status:pending",), [6]),
        (("status:drifted",), []),
        (("status:rejected", "host:db-1"), [3]),
        (("status:rejected", "-host:db-1"), [2]),
        (("status:rejected", "who:U0DEV"), [3, 2]),
        (("status:rejected", "who:U0LEAD"), []),
        (("status:rejected", "image:redis"), [2]),
        (("status:rejected", "image:cache:2"), [3]),
        (("status:rejected", "image:cache:3"), []),
        (("status:rejected", "tag:2"), [3]),
        (("status:rejected", "id:5555"), [3]),
        (("status:rejected", "layer:" + "c" * 63 + "5"), [3]),
        (("status:rejected", "digest:ab"), []),
        (("status:rejected", "reason:DISK"), [2]),
        (("status:rejected", "approver:U0LEAD"), []),
        (("status:rejected", "freed:<1GB"), []),
        (("status:rejected", "via:bot"), [3, 2]),
        (("status:rejected", "via:external"), []),
        (("status:rejected", "via:break-glass"), []),
        (("status:rejected", "since:1d"), [3, 2]),
        (("status:rejected", "until:1d"), []),
        (("status:rejected", "CACHE"), [3]),
        (("status:rejected", "full"), [2]),
        (("status:rejected", "#3"), [3]),
        (("status:rejected", "99999999999999999999"), []),
        (("status:rejected", "status:expired"), []),
    ],
)
def test_requests_that_removed_nothing_are_found(store: Store, words: tuple[str, ...], expected: list[int]) -> None:
    """Each qualifier says of a request what it says of a record, as far as that can be; the newest is first."""
    assert asked(store, *words) == expected


@pytest.mark.parametrize(
    ("words", "answers"),
    [
        (("status:refused",), ["Too late.", "Your own request.", "Nothing is given to a shell."]),
        (("status:refused", "who:U0LEAD2"), ["Too late.", "Nothing is given to a shell."]),
        (("status:refused", "since:12h"), ["Too late.", "Your own request."]),
        (("status:refused", "until:12h"), ["Nothing is given to a shell."]),
        (("status:refused", "SHELL"), ["Nothing is given to a shell."]),
        (("status:refused", "approve"), ["Too late.", "Your own request."]),
        (("status:refused", "u0dev"), ["Too late.", "Your own request."]),
        (("status:refused", "host:db-1"), ["Your own request."]),
        (("status:refused", "status:rejected", "full"), ["Too late."]),
        (("status:refused", "-host:db-1"), ["Too late.", "Nothing is given to a shell."]),
        (("status:refused", "freed:>1"), []),
    ],
)
def test_refusals_are_found(store: Store, words: tuple[str, ...], answers: list[str]) -> None:
    """By who was refused, when, what they were told, and by the request that it was about."""
    query = query_of(words, examples.NOW)
    assert isinstance(query, Query)
    assert subject(query) is Subject.REFUSALS
    with store.reading() as reading:
        found = reading.asked(query)
    assert [
        each.event.answer for each in found if isinstance(each, RecordedEvent) and isinstance(each.event, Refusal)
    ] == answers


@pytest.mark.parametrize("word", ["status:rejected", "status:refused"])
def test_pages_lead_through_all_of_it_and_back(store: Store, word: str) -> None:
    """A page begins after the last one, and the pages back have the same."""
    whole = asked(store, word)
    pages: list[int] = []
    while page := asked(store, word, before=pages[-1] if pages else None, limit=1):
        pages += page
    assert pages == whole
    assert asked(store, word, after=whole[-1], limit=1) == [whole[-2]]
    assert asked(store, word, before=2**70) == whole
    assert asked(store, word, after=0) == whole


def test_what_removed_is_answered_with_records(store: Store) -> None:
    """A status that removes something is answered as before."""
    assert len(asked(store, "status:removing")) == 6
    assert len(asked(store, "-status:rejected")) == 6
