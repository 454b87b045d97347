"""Asking the record: words, pages, order."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.approval.request import RequestId
from bot.audit.qualifiers import query_of
from bot.audit.query import HistoryRecord, Query, Summary
from bot.db import conditions
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


def asked(store: Store, *words: str) -> tuple[HistoryRecord, ...]:
    """Return what words with qualifiers find."""
    query = query_of(words, examples.NOW)
    assert isinstance(query, Query), query
    with store.reading() as reading:
        return reading.history(query, limit=100)


QUALIFIED = [
    (("who:U0DEV",), {1, 2, 3}),
    (("who:U0LEAD",), set()),
    (("approver:U0LEAD",), {1, 2, 3}),
    (("approver:U0DEV",), set()),
    (("host:db-1",), {2, 3}),
    (("host:DB-1",), set()),
    (("image:redis",), {1}),
    (("image:redi",), set()),
    (("image:redis:7",), {1}),
    (("image:redis:latest",), set()),
    (("image:registry.example/api",), set()),
    (("tag:1",), {1, 2}),
    (("tag:2",), {3}),
    (("id:3333",), {2}),
    (("id:" + "4" * 64,), {3}),
    (("id:333" + "4" * 61,), set()),
    (("layer:cccc",), {1, 2, 3}),
    (("layer:" + "c" * 63 + "3",), {2}),
    (("digest:abc",), set()),
    (("status:removing",), {1, 2, 3}),
    (("status:expired",), set()),
    (("reason:full",), {1}),
    (("via:bot",), {1, 2, 3}),
    (("via:external",), set()),
    (("freed:>10",), {1}),
    (("freed:<=10B",), {2, 3}),
    (("since:1d",), {1, 2, 3}),
    (("until:1d",), set()),
    (("-host:db-1",), {1}),
    (("-image:redis",), {1, 2, 3}),
    (("-who:U0DEV",), set()),
    (("-old",), {1, 3}),
    (("-via:external", "-status:expired", "-freed:>1TB", "-reason:old"), {1, 3}),
    (("host:db-1", "-tag:2", "old"), {2}),
]


@pytest.mark.parametrize(("words", "expected"), QUALIFIED)
@pytest.mark.parametrize(("few", "common"), [(-1, 0), (0, 10**9), (500, 170)])
def test_qualifiers_find(
    filled: Store, monkeypatch: pytest.MonkeyPatch, few: int, common: int, words: tuple[str, ...], expected: set[int]
) -> None:
    """Each qualifier finds what it says, whichever way is taken to it: by an index or one record after the other."""
    monkeypatch.setattr(conditions, "FEW", few)
    monkeypatch.setattr(conditions, "FEW_REQUESTS", few)
    monkeypatch.setattr(conditions, "COMMON", common)
    assert {record.request for record in asked(filled, *words)} == expected


def test_an_image_is_found_with_its_layers(filled: Store) -> None:
    """By its name come the name, the image and what it was made of; not what went with it in the same request."""
    records = asked(filled, "image:redis")
    assert {record.names for record in records} == {("redis:7",)}
    assert [record.kind for record in records] == ["deleted", "deleted", "untagged"]


def test_a_summary_counts_what_is_found(filled: Store) -> None:
    """Names, images, layers and bytes; nothing where nothing is found."""
    with filled.reading() as reading:
        everything = reading.summary(Query())
        nothing = reading.summary(Query(words=("nothing",)))
    records = found(filled)
    freed = sum(record.bytes or 0 for record in records)
    assert everything == Summary(records=12, images=4, names=4, layers=4, bytes=freed, people=1, outside=0)
    assert nothing == Summary(records=0, images=0, names=0, layers=0, bytes=0, people=0, outside=0)


def test_newer_pages_lead_back(filled: Store) -> None:
    """From the oldest record on the pages lead to the newest; together they are everything, once."""
    pages, after = [], 0
    with filled.reading() as reading:
        while page := reading.history(Query(), limit=5, after=after):
            pages.append(page)
            after = page[0].number
    assert [[record.number for record in page] for page in pages] == [[5, 4, 3, 2, 1], [10, 9, 8, 7, 6], [12, 11]]


def test_every_record_is_read_in_parts(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """However small the parts are, all of it comes, newest first."""
    monkeypatch.setattr("bot.db.reading.BATCH", 5)
    with filled.reading() as reading:
        assert tuple(reading.every_entry(Query())) == found(filled)
