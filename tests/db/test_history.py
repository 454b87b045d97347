"""Asking the record: words, pages, order."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.approval.request import RequestId
from bot.audit.query import HistoryRecord, Query
from bot.db.store import Store
from bot.images.removal import Plan, Step
from tests.approval import examples
from tests.databases import KINDS, Databases, opened
from tests.db.asking import removed


def plan(host: str, *steps: Step) -> Plan:
    """Return a plan of *steps* on *host*."""
    return replace(examples.PLAN, host=host, steps=steps)


@pytest.fixture(scope="module", params=KINDS)
def engine(request: pytest.FixtureRequest, databases: Databases) -> Iterator[sa.Engine]:
    """Open a database that the tests here share: they only read."""
    with databases(request.param) as url, opened(url) as engine:
        yield engine


@pytest.fixture(scope="module")
def filled(engine: sa.Engine) -> Store:
    """Give a store with three requests: redis and nginx on web-3, 100%_app on db-1 and registry.example/API on db-1."""
    store = Store(engine)
    removed(store, "a", reason="disk FULL")
    removed(store, "b", plan=plan("db-1", examples.step("100%_app:1", "3")), reason="old")
    removed(store, "c", plan=plan("db-1", examples.step("registry.example/API:2", "4")), reason="see #1 of 1042")
    return store


def found(store: Store, *words: str, limit: int = 100, before: int | None = None) -> tuple[HistoryRecord, ...]:
    """Return what *words* find."""
    with store.reading() as reading:
        return reading.history(Query(words=words), limit=limit, before=before)


def requests(store: Store, *words: str) -> set[int | None]:
    """Return the numbers of the requests whose records *words* find."""
    return {record.request for record in found(store, *words)}


def test_no_words_find_everything_newest_first(filled: Store) -> None:
    """Without words every record is there, the newest first."""
    assert [record.number for record in found(filled)] == list(range(12, 0, -1))


def test_pages_follow_each_other(filled: Store) -> None:
    """Each page begins where the one before ended; together they are everything, once."""
    pages, before = [], None
    while page := found(filled, limit=5, before=before):
        pages.append(page)
        before = page[-1].number
    assert [len(page) for page in pages] == [5, 5, 2]
    assert [record for page in pages for record in page] == list(found(filled))


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("redis",), {1}),
        (("REDIS",), {1}),
        (("db-1",), {2, 3}),
        (("full",), {1}),
        (("u0dev",), {1, 2, 3}),
        (("U0LEAD",), {1, 2, 3}),
        (("api",), {3}),
        (("db-1", "old"), {2}),
        (("redis", "old"), set()),
        (("#2",), {2}),
        (("2",), {1, 2, 3}),  # the beginning of an ID, a request's number, and a part of a tag
        (("1042",), {3}),  # a word of its reason; no such request
        (("99999999999999999999",), set()),
        (("sha256:3333",), {2}),
        (("333333333333",), {2}),
        (("sha256:" + "4" * 64,), {3}),
        (("cccc",), {1, 2, 3}),
        (("sha256:" + "c" * 63 + "3",), {2}),
        (("0%_a",), {2}),
        (("%",), {2}),
        (("_",), {2}),
        (("/",), {3}),
        (("T0",), set()),
        (("nothing",), set()),
        (("\0",), set()),
        (("",), {1, 2, 3}),
    ],
)
def test_words_find(filled: Store, words: tuple[str, ...], expected: set[int]) -> None:
    """A word finds parts of names, hosts, reasons and people, beginnings of IDs and whole request numbers."""
    assert requests(filled, *words) == expected


def test_an_ids_middle_finds_nothing(filled: Store) -> None:
    """An ID is found by its beginning only."""
    assert requests(filled, "c3") == set()


def test_an_id_finds_the_image_with_all_its_records(filled: Store) -> None:
    """The beginning of an image ID finds what was untagged and deleted of it, and no other layer."""
    assert [record.kind for record in found(filled, "3333")] == ["deleted", "deleted", "untagged"]


def test_history_takes_two_statements_however_long(filled: Store, engine: sa.Engine) -> None:
    """What is read does not grow in statements with the number of requests on the page."""
    statements: list[str] = []

    def count(*arguments: object) -> None:
        statements.append(str(arguments[2]))

    sa.event.listen(engine, "before_cursor_execute", count)
    found(filled)
    sa.event.remove(engine, "before_cursor_execute", count)
    assert len([statement for statement in statements if statement.startswith("SELECT")]) == 2


def test_records_of_other_requests_stay_out(filled: Store) -> None:
    """The records of one request are its own only."""
    with filled.reading() as reading:
        records = [reading.records_of(request) for request in map(RequestId, range(1, 5))]
    assert [len(each) for each in records] == [6, 3, 3, 0]
