"""What the benchmark of asking is made on is a record as the bot writes it."""

import sqlalchemy as sa

from benchmarks.filling import fill
from bot.audit.chain import Verified
from bot.db import database
from bot.db.finding import GRADE, names_of, rows_of, said_by
from bot.db.store import Store
from bot.db.tables import freed, record, search, search_name
from bot.flows.verify import verified
from tests.databases import opened


def test_a_filled_database_verifies_and_is_found(empty_database_url: str) -> None:
    """Every event and every record; what is searched is just what would have been written; the guards are on again."""
    with opened(empty_database_url) as engine:
        fill(engine, 1500)
        assert database.check(engine) == ()
        with Store(engine).reading() as reading:
            assert isinstance(verified(reading), Verified)
        with engine.connect() as connection:
            rows = [dict(row) for row in connection.execute(sa.select(record).order_by(record.c.number)).mappings()]
            assert len(rows) >= 1500
            found = rows_of(rows, said_by(connection, {row["request_id"] for row in rows} - {None}))
            names = {tuple(row.values()) for row in names_of(rows, found)}
            graded = search_name.c.name.startswith(GRADE)
            assert [
                dict(row) for row in connection.execute(sa.select(search).order_by(search.c.number)).mappings()
            ] == found
            assert {tuple(row) for row in connection.execute(sa.select(search_name).where(~graded))} == names
            total = connection.scalar(sa.select(sa.func.sum(freed.c.bytes)))
            assert total == sum(row["bytes"] or 0 for row in rows if row["request_id"])
