"""What Slack waits for is one way to PostgreSQL and back, and survives a connection that was cut off."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.db.at_hand import AtHand
from bot.db.store import Arrived, Store
from tests.approval.examples import NOW

SOON = timedelta(seconds=10)
postgresql = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


@pytest.fixture
def store(engine: sa.Engine) -> Iterator[Store]:
    """Give the store of a database."""
    made = Store(engine)
    yield made
    made.close()


def keep(store: Store, key: str) -> int:
    """Keep one delivery, and return how many were new."""
    arrived = (Arrived(key=key, kind="command", body="{}", at=NOW),)
    return store.patiently(lambda tx: tx.receive_all(arrived), SOON, urgent=True)


def call(hand: AtHand) -> Any:  # noqa: ANN401 -- psycopg's connection in the pool's clothes
    """Do one statement, and return the driver's connection that it went by."""
    with hand.each_commits() as connection:
        connection.execute(sa.select(sa.func.pg_notify("imgbot", "hello")))
        return connection.connection.dbapi_connection


@postgresql
def test_one_question_and_one_answer(engine: sa.Engine, tmp_path: Path) -> None:
    """Nothing is said but the statement: no question whether the server is there, no BEGIN, no COMMIT."""
    said, hand = tmp_path / "said", AtHand(engine)
    driver = [call(hand) for _ in range(8)][-1]  # the server has prepared it by then
    with said.open("wb") as file:
        driver.pgconn.trace(file.fileno())
        call(hand)
        driver.pgconn.untrace()
    hand.close()
    lines = [line.split("\t") for line in said.read_text().splitlines()]
    assert [line[3] for line in lines if line[1] == "F"] == ["Bind", "Describe", "Execute", "Sync"]


@postgresql
def test_a_connection_that_was_cut_off_loses_nothing(store: Store, engine: sa.Engine) -> None:
    """It is tried again over another one; and what was kept is not kept twice."""
    assert keep(store, "one") == 1
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert keep(store, "two") == 1
    assert keep(store, "one") == 0


def test_it_is_committed_at_once(store: Store, engine: sa.Engine) -> None:
    """Others see it as soon as it is said to be kept."""
    assert keep(store, "one") == 1
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM inbox").scalar_one() == 1
