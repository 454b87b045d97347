"""Rows as they stand, whatever they mean: what backups and copies are made of, and what they are held against."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from bot.db.tables import head, metadata, schema_support

OF_THE_SCHEMA = frozenset({"alembic_version", schema_support.name})
"""Tables that say how far the migrations are: a database that they made has them."""
BATCH = 2000
"""Rows that are in memory at a time."""

Row = tuple[object, ...]
Told = Callable[[int], None]
"""Told how many rows were read since it was told last."""
Begin = Callable[[str, int], Told]
"""Told what begins and about how much of it there is; returns what is told how much was done since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A table: its columns, and the ones by which its rows are in order.

    Of the columns, ``words`` are text, and ``flags`` are yes or no, which SQLite keeps as 1 and 0.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    words: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What a table holds: the number of rows, and the SHA-256 of them all as lines of JSON, in the order of the key."""

    rows: int
    sha256: str


def _layout(table: sa.Table) -> Layout:
    return Layout(
        name=table.name,
        columns=tuple(column.name for column in table.c),
        key=tuple(column.name for column in table.primary_key),
        words=frozenset(column.name for column in table.c if column.type.python_type is str),
        flags=frozenset(column.name for column in table.c if column.type.python_type is bool),
    )


def layouts() -> tuple[Layout, ...]:
    """Return every table, each after those that it refers to; but for what the migrations wrote of themselves."""
    return tuple(_layout(table) for table in metadata.sorted_tables if table.name not in OF_THE_SCHEMA)


def batches(connection: sa.Connection, layout: Layout) -> Iterator[list[Row]]:
    """Yield every row of a table in the order of its key, some at a time."""
    shared = connection.dialect.name == "postgresql"
    columns = [_integer(name) if shared and name in layout.flags else sa.column(name) for name in layout.columns]
    order = [_bytewise(name) if shared and name in layout.words else sa.column(name) for name in layout.key]
    query = sa.select(*columns).select_from(sa.table(layout.name)).order_by(*order)
    result = connection.execute(query, execution_options={"yield_per": BATCH})
    for rows in result.partitions():
        yield [tuple(row) for row in rows]


def _integer(name: str) -> sa.ColumnElement[int]:
    return sa.cast(sa.column(name), sa.Integer).label(name)


def _bytewise(name: str) -> sa.ColumnElement[str]:
    """Return the column in SQLite's order, whatever the database's locale is."""
    return sa.collate(sa.column(name, sa.Text), "C")


class Tallying:
    """Makes the tally of rows that are given to it in order."""

    _encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=repr).encode

    def __init__(self) -> None:
        self._rows = 0
        self._hash = hashlib.sha256()

    def add(self, rows: Sequence[Row]) -> None:
        """Go on with these rows."""
        self._rows += len(rows)
        self._hash.update("".join(f"{self._encode(row)}\n" for row in rows).encode("utf-8", "surrogatepass"))

    def tally(self) -> Tally:
        """Return the tally of all rows so far."""
        return Tally(rows=self._rows, sha256=self._hash.hexdigest())


def tallies(connection: sa.Connection, tables: Iterable[Layout], told: Told) -> Mapping[str, Tally]:
    """Return what each table holds, by its name."""
    found = {}
    for layout in tables:
        tallying = Tallying()
        for rows in batches(connection, layout):
            tallying.add(rows)
            told(len(rows))
        found[layout.name] = tallying.tally()
    return found


def is_empty(connection: sa.Connection) -> bool:
    """Whether nothing was ever written to the database, but by the migrations."""
    if not sa.inspect(connection).has_table(head.name):
        return not sa.inspect(connection).get_table_names()
    for layout in layouts():
        query = sa.select(sa.literal(1)).select_from(sa.table(layout.name)).limit(1)
        if layout.name != head.name and connection.execute(query).first():
            return False
    return connection.execute(sa.select(head.c.sequence)).scalar_one_or_none() == 0


def about(connection: sa.Connection) -> int:
    """Return how many rows there are, as far as that is known without counting: enough for a bar that fills."""
    row = connection.execute(sa.select(head)).one()
    return int(row.sequence + row.last_request + row.last_record)
