"""A whole record, copied row by row into an empty database of either kind, as one transaction.

So the copy is whole or it is not there. Every column is written as it was read: what was hashed keeps its bytes.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import sqlalchemy as sa

from bot.db import database, rows, triggers
from bot.db.database import Unavailable
from bot.db.rows import Layout, Row, Tallying, Told
from bot.db.store import Transaction
from bot.db.tables import head, metadata


@contextmanager
def filled(source: sa.Engine, target: sa.Engine, told: Told) -> Iterator[tuple[Transaction, Mapping[str, int]]]:
    """Give a transaction on *target* in which everything of *source* is there, and how many rows each table has.

    Both are up to date. It is committed at the end. Each row is told twice: when it is copied, and when it is read
    again. Raises Unavailable where *target* is not empty, or is not what *source* is.
    """
    try:
        with database.reading(source) as reading, target.begin() as writing:
            database.take_time(reading)
            database.take_time(writing)
            if not rows.is_empty(writing):
                raise Unavailable(f"{database.name_of(target)} is not empty. Give a new database.")
            copied = copy(reading, writing, told)
            yield Transaction(writing), copied
    except sa.exc.DBAPIError as error:
        reason = database.reason_of(error)
        raise Unavailable(f"{database.name_of(target)} is as empty as before: {reason}.") from error


def copy(source: sa.Connection, target: sa.Connection, told: Told) -> Mapping[str, int]:
    """Write every row of *source* to *target*, which is empty, with its guards off meanwhile. Then read it again.

    Returns how many rows each table has.
    """
    triggers.drop(target)
    copied = {}
    target.execute(head.delete())
    for layout in rows.layouts():
        tallying = Tallying()
        for some in rows.batches(source, layout):
            _put(target, layout, some)
            tallying.add(some)
            told(len(some))
        tally = tallying.tally()
        copied[layout.name] = tally.rows
        if rows.tallies(target, [layout], told)[layout.name] != tally:
            raise Unavailable(f"The copy of the table {layout.name} is not what was read.")
    _count_on(target)
    triggers.create(target)
    return copied


def _put(target: sa.Connection, layout: Layout, some: Sequence[Row]) -> None:
    columns = ", ".join(layout.columns)
    if target.dialect.name == "sqlite":
        places = ", ".join("?" * len(layout.columns))
        target.exec_driver_sql(f"INSERT INTO {layout.name} ({columns}) VALUES ({places})", list(some))  # noqa: S608 -- our own names
        return
    driver = target.connection.driver_connection
    assert driver is not None  # noqa: S101 -- for the type: the transaction is open
    with driver.cursor() as cursor, cursor.copy(f"COPY {layout.name} ({columns}) FROM STDIN") as stream:
        for row in some:
            stream.write_row(row)


def _count_on(target: sa.Connection) -> None:
    """Let what PostgreSQL numbers by itself go on after what is there. SQLite takes the number after the greatest."""
    if target.dialect.name == "sqlite":
        return
    for table in metadata.sorted_tables:
        column = table.autoincrement_column
        if column is not None:
            sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
            newest = sa.select(sa.func.max(column)).scalar_subquery()
            target.execute(sa.select(sa.func.setval(sequence, sa.func.coalesce(newest, 1), newest.is_not(None))))
