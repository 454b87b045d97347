"""What is summed up by the hour follows from the record, and nobody changes it unnoticed."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from alembic import command

from bot.approval.events import Finished, Measured
from bot.approval.notes import LeftOutside
from bot.audit.chain import Broken, Head, Verified
from bot.audit.qualifiers import query_of
from bot.audit.query import Query
from bot.audit.stats import Went
from bot.db import database
from bot.db.hours import hour_of
from bot.db.store import Store
from bot.db.tables import prediction_hour, removal_hour, search_name
from bot.flows.verify import verified
from bot.images.grades import Grade, Graded
from bot.images.ids import ChainId
from bot.images.inventory import Store as ImageStore
from bot.images.leaving import Left
from bot.images.removal import DeletedLayer
from tests.approval import examples
from tests.db.asking import happen, removed
from tests.db.test_hiding import found_out
from tests.db.test_migrations import alembic
from tests.db.test_triggers import refused

HOUR = f"In the hour from {examples.NOW.replace(minute=0, second=0):%Y-%m-%d %H:%M} UTC"
GRADED = replace(
    examples.PLAN,
    graded=(
        Graded(image_id=examples.image_id("1"), grade=Grade.ONLY_COPY),
        Graded(image_id=examples.image_id("2"), grade=Grade.REPULLABLE),
    ),
)


def filled(store: Store) -> None:
    """Have a request with two images, graded and measured, and one image that left by none, a month before."""
    request = removed(store, plan=GRADED)
    happen(store, request.id, Finished(at=examples.NOW), Measured(at=examples.NOW, freed=21, predicted=20))
    at = examples.NOW - timedelta(days=30)
    layers = (DeletedLayer(chain_id=ChainId("sha256:" + "9" * 64), image_id=examples.image_id("9"), bytes=7),)
    left = Left(
        image_id=examples.image_id("9"),
        names=("old:1",),
        untagged=("old:1",),
        deleted=True,
        layers=layers,
        earliest=at,
        latest=at,
    )
    with store.transaction() as tx:
        tx.left_outside(
            LeftOutside(at=examples.NOW, host="web-3", daemon_id="D", store=ImageStore.CLASSIC, left=(left,))
        )


def rows(engine: sa.Engine) -> list[list[tuple[object, ...]]]:
    """Return all that is summed up, and what is asked for as a grade."""
    graded = sa.select(search_name).where(search_name.c.name.startswith("="))
    with engine.connect() as connection:
        queries = (sa.select(removal_hour), sa.select(prediction_hour), graded)
        return [sorted(map(tuple, connection.execute(query))) for query in queries]


def test_it_is_by_when_it_went(store: Store) -> None:
    """What left outside the bot counts when it left, not when it was found out."""
    filled(store)
    with store.reading() as reading:
        now = reading.stats(examples.NOW - timedelta(days=7))
        all_of_it = reading.stats(examples.NOW - timedelta(days=60))
        assert isinstance(verified(reading), Verified)
    assert [went.bytes for went in now.hosts] == [20]
    assert all_of_it.hosts == (Went(name="web-3", images=3, names=3, layers=3, bytes=27),)
    assert [(went.name, went.bytes) for went in all_of_it.people] == [("U0DEV", 20), ("", 7)]
    assert ("old", 7) in [(went.name, went.bytes) for went in all_of_it.repositories]


def test_the_migration_makes_what_the_bot_would_have_written(store: Store, engine: sa.Engine) -> None:
    """Down and up again leaves every sum and every grade, but for measurements of before, which are not weighed."""
    filled(store)
    before = rows(engine)
    assert [len(each) for each in before] == [7, 1, 2]
    with engine.begin() as connection:
        command.downgrade(alembic(connection), "0014")
    database.upgrade(engine)
    (hour, *counted) = before[1][0]
    assert counted == [2, 2, 1, 0, 20, 21]
    assert rows(engine) == [before[0], [(hour, 2, 2, 0, 0, 0, 0)], before[2]]


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        (("grade:only-copy",), {1, 2, 3}),
        (("grade:re-pullable",), {4, 5, 6}),
        (("grade:only-copy", "action:untagged"), {1}),
        (("grade:unknown",), set()),
        (("image:nginx", "grade:only-copy"), set()),
        (("-grade:only-copy", "via:bot"), {4, 5, 6}),
    ],
)
def test_the_record_is_asked_by_grade(store: Store, words: tuple[str, ...], numbers: set[int]) -> None:
    """A grade finds what went in a step with an image of that grade."""
    filled(store)
    query = query_of(words, examples.NOW)
    assert isinstance(query, Query)
    with store.reading() as reading:
        assert {each.number for each in reading.history(query)} == numbers


NOW = hour_of(examples.NOW)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (removal_hour.update().where(removal_hour.c.part == "host").values(bytes=3), "of the host web-3, another sum"),
        (removal_hour.delete().where(removal_hour.c.name == "redis"), "of the repository redis, another sum"),
        (removal_hour.update().where(removal_hour.c.name == "U0DEV").values(name="U0"), "of the person U0, another"),
        (
            removal_hour.insert().values(part="host", hour=NOW, name="x", images=0, names=0, layers=0, bytes=0),
            "of the host x, nothing went",
        ),
        (prediction_hour.update().values(as_planned=1), "how good predictions were"),
        (prediction_hour.delete(), "how good predictions were"),
    ],
    ids=["sum", "row gone", "name", "row more", "prediction", "prediction gone"],
)
def test_another_sum_is_found_out(store: Store, change: sa.Executable, why: str) -> None:
    """By verifying all of the record, with the hour and what is wrong in it; a part of it does not tell."""
    removed(store, plan=GRADED)
    found = found_out(store, change)
    assert isinstance(found, Broken)
    assert found.why.startswith(f"{HOUR} {why}")
    assert found.sequence == 5
    with store.reading() as reading:
        hash_ = reading.hash_of(1)
        assert isinstance(verified(reading, since=Head(sequence=1, hash=hash_ or "")), Verified)


def test_sums_that_are_swapped_are_found_out(store: Store) -> None:
    """All of an hour comes to the same, by the wrong names."""
    removed(store, plan=replace(GRADED, host="db-1", steps=GRADED.steps[:1]), word="b")
    removed(store, plan=GRADED)
    swapped = sa.case((removal_hour.c.name == "web-3", 10), else_=20)
    assert isinstance(
        found_out(store, removal_hour.update().where(removal_hour.c.part == "host").values(bytes=swapped)), Broken
    )


def test_a_grade_that_is_hidden_is_found_out(store: Store) -> None:
    """What is asked for by its grade is held against the plan."""
    removed(store, plan=GRADED)
    found = found_out(store, search_name.delete().where(search_name.c.name == "=only-copy"))
    assert found == Broken(sequence=5, why="Of the removal records 1 to 4095, one is not asked for by its grade.")


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("DELETE FROM {table}", "no delete of {table}"),
        ("UPDATE {table} SET hour = hour + 1", "a sum of {table} only grows"),
        ("UPDATE {table} SET {sum} = {sum} - 1", "a sum of {table} only grows"),
    ],
)
@pytest.mark.parametrize(("table", "sum_"), [("removal_hour", "bytes"), ("prediction_hour", "steps")])
def test_sums_only_grow(store: Store, engine: sa.Engine, statement: str, why: str, table: str, sum_: str) -> None:
    """Both databases refuse everything else, whoever asks."""
    removed(store)
    assert why.format(table=table) in refused(engine, sa.text(statement.format(table=table, sum=sum_)))
    if engine.dialect.name == "postgresql":
        assert f"no truncate of {table}" in refused(engine, sa.text(f"TRUNCATE {table}"))
        return
    columns = ", ".join(column.name for column in (removal_hour if table == "removal_hour" else prediction_hour).c)
    replaced = f"REPLACE INTO {table} ({columns}) SELECT {columns} FROM {table}"  # noqa: S608 -- our names
    assert "only a new row" in refused(engine, sa.text(replaced))
