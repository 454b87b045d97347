"""Searching the record: the same is found as by reading all of it, by indexes, in the order in which it is told."""

import string
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.approval.notes import LeftOutside
from bot.audit.qualifiers import query_of
from bot.audit.query import HistoryRecord, Query
from bot.db import conditions, history, leading, text_index
from bot.db.finding import asked_for_as
from bot.db.history import all_of
from bot.db.store import Store
from bot.images.ids import ChainId
from bot.images.inventory import Store as ImageStore
from bot.images.leaving import Left
from bot.images.removal import DeletedLayer
from tests.approval import examples
from tests.databases import KINDS, Databases, opened
from tests.db.asking import removed

REASONS = ("Disk FULL on web-3", 'say "when" 100%_', "größer als 日本語テキスト", "OPS-1042 OPS-1043", "", "a\tb\\c")
NAMES = ("redis:7", "registry.example:5000/team/API:build-12", "nginx@sha256:" + "ab" * 32, "x:1", "redis-ha:7")


def left(name: str, digit: str, minutes: int) -> Left:
    """Return an image that left outside the bot."""
    at = examples.NOW - timedelta(minutes=minutes)
    layer = DeletedLayer(chain_id=ChainId("sha256:" + "e" * 63 + digit), image_id=examples.image_id(digit), bytes=3)
    image = Left(
        image_id=examples.image_id(digit),
        names=(name,),
        untagged=(name,),
        deleted=True,
        layers=(layer,),
        earliest=at,
        latest=at,
    )
    return replace(image, earliest=at - timedelta(minutes=1)) if minutes % 2 else image


@pytest.fixture(scope="module", params=KINDS)
def engine(request: pytest.FixtureRequest, databases: Databases) -> Iterator[sa.Engine]:
    """Open a database that the tests here share: they only read."""
    with databases(request.param) as url, opened(url) as engine:
        yield engine


@pytest.fixture(scope="module")
def filled(engine: sa.Engine) -> Store:
    """Give a store with a request for each name and reason, and a burst outside the bot of three moments."""
    store = Store(engine)
    for number, reason in enumerate(REASONS):
        name, host = NAMES[number % len(NAMES)], ("web-3", "db-1", "Web-30")[number % 3]
        plan = replace(examples.PLAN, host=host, steps=(examples.step(name, f"{number + 1}"),))
        removed(store, f"t{number}", plan=plan, reason=reason)
    burst = tuple(left(f"outside/{n}:x", f"{n}", n % 3) for n in range(7, 10))
    with store.transaction() as tx:
        tx.left_outside(LeftOutside(at=examples.NOW, host="db-1", daemon_id="D", store=ImageStore.CLASSIC, left=burst))
    return store


def everything(store: Store) -> tuple[HistoryRecord, ...]:
    """Return all that is on record, the newest first."""
    with store.reading() as reading:
        return reading.history(Query(), limit=1000)


def plainly(records: tuple[HistoryRecord, ...], word: str) -> list[int]:
    """Return the records that have *word* as ``Word`` says, read one after the other; ASCII is folded."""
    lower = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
    wanted = word.translate(lower)

    def has(each: HistoryRecord) -> bool:
        people = (each.requester.user_id if each.requester else "", *(person.user_id for person in each.approvers))
        texts = (" ".join(each.names), each.host, each.reason, *people)
        ids = (each.image_id, each.chain_id or "")
        number = word.removeprefix("#")
        digits = wanted.removeprefix("sha256:")
        is_id = 0 < len(digits) <= 64 and not digits.strip(string.hexdigits)
        return (
            any(wanted in text.translate(lower) for text in texts)
            or (is_id and any(each_id.removeprefix("sha256:").startswith(digits) for each_id in ids if each_id))
            or (number.isascii() and number.isdecimal() and int(number) == each.request)
        )

    return [each.number for each in records if has(each)]


@st.composite
def pieces(draw: st.DrawFn) -> str:
    """Draw a part of something that is on record, its letters large or small."""
    text = draw(
        st.sampled_from((*REASONS, *NAMES, "Web-30", "U0LEAD", "U0DEV", "outside/8:x", "1" * 64, "sha256:" + "e" * 9))
    )
    start = draw(st.integers(0, max(0, len(text) - 1)))
    part = text[start : start + draw(st.integers(1, 40))]
    return part.upper() if part.isascii() and draw(st.booleans()) and ":" not in part else part


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(word=pieces() | st.text(max_size=6, alphabet="abz0129 %_\\\"'-:/*ß日"))
@pytest.mark.parametrize(
    ("few", "frequent", "most"), [(-1, 0, 1002), (2, 2, 2), (10_000, 10_000, 1002), (-1, 10_000, 1)]
)
def test_words_find_what_reading_everything_would(
    filled: Store, monkeypatch: pytest.MonkeyPatch, few: int, frequent: int, most: int, word: str
) -> None:
    """However rare a word is taken to be, and however short or strange it is, the answer is that of a plain look."""
    monkeypatch.setattr(conditions, "FEW", few)
    monkeypatch.setattr(conditions, "FEW_TEXTS", few)
    monkeypatch.setattr(conditions, "FREQUENT", frequent)
    monkeypatch.setattr(leading, "MOST", most)
    with filled.reading() as reading:
        found = [each.number for each in reading.history(Query(words=(word,)), limit=1000)]
    assert found == plainly(everything(filled), word)


@pytest.mark.parametrize("word", ["7", "x", "db", "WE", "日", "語", "_", "%", "zz", "#1", "1"])
@pytest.mark.parametrize("few", [-1, 10_000])
def test_a_word_of_one_or_two_letters_is_found(
    filled: Store, monkeypatch: pytest.MonkeyPatch, few: int, word: str
) -> None:
    """An index of three letters in a row has none of them: they are read from the newest on, page by page."""
    monkeypatch.setattr(conditions, "FEW", few)
    monkeypatch.setattr(conditions, "FEW_TEXTS", few)
    records = everything(filled)
    with_it = plainly(records, word)
    assert (with_it == []) is (word == "zz")
    query, without = query_of((word,), examples.NOW), query_of((f"-{word}",), examples.NOW)
    assert isinstance(query, Query)
    assert isinstance(without, Query)
    found: list[int] = []
    with filled.reading() as reading:
        while page := reading.history(query, limit=4, before=found[-1] if found else None):
            found += [each.number for each in page]
        others = [each.number for each in reading.history(without, limit=1000)]
    assert found == with_it
    assert others == [each.number for each in records if each.number not in with_it]


@pytest.mark.parametrize(
    "words", [("freed:>1",), ("status:removing",), ("approver:U0LEAD",), ("reason:OPS",), ("web",), ("db",)]
)
@pytest.mark.parametrize(("most", "first"), [(1, 1), (3, 2), (1002, 1), (1002, 200)])
def test_the_newest_of_what_leads_there_are_all_that_is_told(
    filled: Store, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], most: int, first: int
) -> None:
    """However few are looked up at once: page by page it is what reading everything finds, and so is the summary."""
    query = query_of(words, examples.NOW)
    assert isinstance(query, Query)
    with filled.reading() as reading:
        whole, counted = reading.history(replace(query, words=(*query.words, "")), limit=1000), reading.summary(query)
    monkeypatch.setattr(leading, "COMMON", 10**6)
    monkeypatch.setattr(leading, "MOST", most)
    monkeypatch.setattr(history, "FIRST", first)
    found: list[HistoryRecord] = []
    with filled.reading() as reading:
        while page := reading.history(query, limit=2, before=found[-1].number if found else None):
            found += page
        back = reading.history(query, limit=2, after=whole[2].number)
        again = reading.summary(query)
    assert tuple(found) == whole
    assert (back, again) == (whole[:2], counted)
    assert again.records == len(whole)


def test_what_leads_there_is_looked_up_by_its_index(filled: Store, engine: sa.Engine) -> None:
    """A size leads to requests, and these to the newest rows: nothing is read from either end."""
    query = query_of(("freed:>1",), examples.NOW)
    assert isinstance(query, Query)
    with engine.connect() as connection:
        led = leading.lead(connection, query, None)
        assert led is not None
        assert led.numbers is not None
        assert len(led.numbers) == len({r.request for r in everything(filled) if r.request})
    if engine.dialect.name == "sqlite":
        details = plan_of(filled, engine, ("freed:>1",), None, "request_freed.bytes")
        assert "USING COVERING INDEX ix_removal_search_request_id_at_number" in " ".join(details)
        assert not [each for each in details if each.startswith("SCAN")], details


@pytest.mark.parametrize(
    ("part", "telling"),
    [
        ("OPS-110481", "110481"),
        ("web-25", "web-25"),
        ("registry.example/team/proxy-9:build-5232", "5232"),
        ("日本語", "日本語"),
        ("registry.example/team/proxy", "e//team//proxy"),
    ],
)
def test_what_tells_most_in_a_part(part: str, telling: str) -> None:
    """Its digits, or else its end; and the whole is looked at beside it."""
    clause = text_index.has(sa.column("text", sa.Text()), part).compile(compile_kwargs={"literal_binds": True})
    assert f"'{telling}'" in str(clause)
    assert f"'{part}'".replace("/", "//") in str(clause)


def test_what_left_at_several_moments_is_told_in_order(filled: Store) -> None:
    """One event has three moments; by time, then by number, and pages of one lead through all of it, both ways."""
    records = everything(filled)
    assert [(each.at, each.number) for each in records] == sorted(((r.at, r.number) for r in records), reverse=True)
    for words in (
        (),
        ("image:outside/8",),
        ("host:db-1",),
        ("via:external",),
        ("who:U0DEV",),
        ("db",),
        ("-host:web-3",),
    ):
        query = query_of(words, examples.NOW)
        assert isinstance(query, Query)
        with filled.reading() as reading:
            whole = reading.history(query, limit=1000)
            pages, before = [], None
            while page := reading.history(query, limit=1, before=before):
                pages.append(page[0])
                before = page[0].number
            back = reading.history(query, limit=1, after=whole[1].number)
        assert tuple(pages) == whole
        assert back == whole[:1]


def test_a_reference_is_asked_for_by_its_parts() -> None:
    """By its whole, without its digest, without its tag; a port is no tag."""
    assert list(asked_for_as("redis:7")) == ["redis:7", "redis"]
    assert list(asked_for_as("localhost:5000/x")) == ["localhost:5000/x"]
    assert list(asked_for_as("r.example:5000/x:1@sha256:ab")) == [
        "r.example:5000/x:1@sha256:ab",
        "r.example:5000/x:1",
        "r.example:5000/x",
    ]


PLANS = [
    ((), "ix_removal_search_at_number"),
    (("host:web-3", "since:7d"), "ix_removal_search_host_at_number"),
    (("who:U0DEV",), "ix_removal_search_requester_user_at_number"),
    (("via:external",), "ix_removal_search_external"),
    (("image:redis",), "PRIMARY KEY"),
    (("-via:external", "-host:db-1"), "ix_removal_search_at_number"),
    (("status:finished",), "ix_removal_search_at_number"),
    (("freed:>1",), "ix_removal_search_at_number"),
    (("red",), "ix_removal_search_at_number"),
    (("db",), "ix_removal_search_at_number"),
    (("x",), "ix_removal_search_at_number"),
]


@pytest.mark.parametrize(("words", "index"), PLANS)
@pytest.mark.parametrize("before", [None, 5])
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_sqlite_reads_in_order(
    filled: Store,
    engine: sa.Engine,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    index: str,
    before: int | None,
) -> None:
    """Where there is much, a page is read along an index from the newest on: nothing is sorted, nothing scanned."""
    monkeypatch.setattr(conditions, "FEW", -1)
    monkeypatch.setattr(conditions, "FEW_REQUESTS", -1)
    monkeypatch.setattr(conditions, "RARE", 10**9)
    monkeypatch.setattr(conditions, "COMMON", 0)
    monkeypatch.setattr(leading, "COMMON", 0)
    monkeypatch.setattr(conditions, "FEW_TEXTS", 1)
    monkeypatch.setattr(conditions, "NEW", 1)
    details = plan_of(filled, engine, words, before)
    assert index in details[0]
    assert not [each for each in details if "TEMP B-TREE FOR ORDER BY" in each], details
    assert not [each for each in details[1:] if each.startswith("SCAN")], details


@pytest.mark.parametrize(
    "words", [("layer:cccc",), ("id:1111",), ("reason:1043",), ("tag:build-12",), ("1043",), ("freed:>9",)]
)
@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_sqlite_looks_little_up(filled: Store, engine: sa.Engine, words: tuple[str, ...]) -> None:
    """Where there is little, it comes by its numbers: no table is read from its beginning."""
    details = plan_of(filled, engine, words, None)
    assert not [each for each in details if each.startswith("SCAN")], details


@pytest.mark.parametrize(
    "words",
    [(), ("image:redis",), ("host:web-3", "since:7d"), ("reason:1043",), ("7",), ("freed:>9",), ("-host:db-1",)],
)
def test_statements_are_compiled_once(filled: Store, engine: sa.Engine, words: tuple[str, ...]) -> None:
    """What was asked once is not made into SQL again: that would take longer than most answers."""
    query = query_of(words, examples.NOW)
    assert isinstance(query, Query)
    hits: list[str] = []

    def note(*arguments: object) -> None:
        context = arguments[4]
        if isinstance(context, sa.ExecutionContext) and context.compiled is not None:
            hits.append(context.cache_hit.name)  # type: ignore[attr-defined]

    for number in (5, 4):
        hits.clear()
        sa.event.listen(engine, "before_cursor_execute", note)
        with filled.reading() as reading:
            assert reading.history(query, limit=21, before=number) is not None
            assert reading.history(query, limit=21, after=number) is not None
            reading.summary(query)
        sa.event.remove(engine, "before_cursor_execute", note)
    assert hits
    assert set(hits) == {"CACHE_HIT"}


@pytest.mark.parametrize(
    ("few", "common", "way"),
    [
        (50, 170, "removal_record.request_id IN"),
        (0, 170, "removal_search.request_id IN (SELECT request_freed"),
        (0, 0, "EXISTS"),
    ],
)
def test_requests_are_looked_for_in_the_way_that_suits_their_number(
    filled: Store, engine: sa.Engine, monkeypatch: pytest.MonkeyPatch, few: int, common: int, way: str
) -> None:
    """By their numbers, in a list, or one by one; the answer is the same."""
    monkeypatch.setattr(conditions, "FEW_REQUESTS", few)
    monkeypatch.setattr(conditions, "RARE", 10**9)
    monkeypatch.setattr(conditions, "COMMON", common)
    query = query_of(("freed:>1",), examples.NOW)
    assert isinstance(query, Query)
    with engine.connect() as connection:
        clause = str(all_of(connection, query).clauses[0])
    assert way in clause
    with filled.reading() as reading:
        assert len(reading.history(query, limit=1000)) == len([r for r in everything(filled) if r.request])


def plan_of(
    store: Store,
    engine: sa.Engine,
    words: tuple[str, ...],
    before: int | None,
    part: str = "removal_record.number DESC",
) -> list[str]:
    """Return how SQLite goes about the statement that finds a page, or the one that has this *part*."""
    query = query_of(words, examples.NOW)
    assert isinstance(query, Query)
    statements: list[tuple[str, tuple[object, ...]]] = []

    def note(*arguments: object) -> None:
        statements.append((str(arguments[2]), arguments[3]))  # type: ignore[arg-type]  # SQLAlchemy's

    sa.event.listen(engine, "before_cursor_execute", note)
    with store.reading() as reading:
        reading.history(query, limit=21, before=before)
    sa.event.remove(engine, "before_cursor_execute", note)
    statement, values = next(each for each in statements if "ORDER BY" in each[0] and part in each[0])
    with engine.connect() as connection:
        return [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]


@pytest.mark.usefixtures("filled")
def test_text_is_found_without_an_index_too(engine: sa.Engine) -> None:
    """A database that has no index of text answers the same."""
    with engine.connect() as connection:
        transaction = connection.begin()
        found = []
        for _ in range(2):
            of = all_of(connection, Query(words=("ops-1042",)))
            found.append(connection.scalar(sa.select(sa.func.count()).select_from(of.source).where(*of.clauses)))
            text_index.drop(connection)
        transaction.rollback()
    assert found == [3, 3]
