"""What the record is searched by, held against the removal records that it follows from.

Whoever may write to the database could hide a record from questions and leave the record itself as it is. So verifying
makes every row of ``removal_search``, every name and every sum anew and compares. The names are in another order than
the records: they are compared by keyed hashes that are summed up, some thousand records at a time, and looked at one by
one only where a sum differs. The key is new each time, so nobody can choose names whose sums agree.
"""

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.audit.chain import Broken
from bot.db import text_index
from bot.db.columns import micros, storable
from bot.db.finding import GRADE, Said, names_of, requesters_of, rows_of, said_by
from bot.db.summed import Summed
from bot.db.tables import freed, record, request, search, search_name

BATCH = 2000
TOGETHER = 4096
"""Numbers of records whose names have one sum."""
_MODULUS = 2**128
_SHORT = [column.name for column in search.c if column is not search.c.text]

_Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A row as it stands, its text last, with what its request says, and who asked of all that were read with it."""

    columns: tuple[Any, ...]
    said: Mapping[int, Said]
    requesters: Mapping[int, str]
    number: int
    event: int


class Findable:
    """Holds what is searched against the records after number *after*, which are given to it event by event.

    What is *summed* up by the hour is, where it is given, told of them.
    """

    def __init__(self, connection: sa.Connection, after: int, summed: Summed | None) -> None:
        self._connection = connection
        self._after = after
        self._summed = summed
        self._rows = _stored(connection, after)
        self._next = next(self._rows, None)
        self._key = secrets.token_bytes(16)
        self._sums: defaultdict[int, int] = defaultdict(int)

    def fault_of(self, records: Sequence[_Row]) -> str:
        """Return how the *records* of one event, as they were written, are not found as they should be."""
        if not records:
            return ""
        said, requesters = ({}, {}) if self._next is None else (self._next.said, self._next.requesters)
        rows = rows_of(records, said)
        for row in rows:
            if self._next is None or self._next.columns != (*map(row.get, _SHORT), storable(row["text"])):
                return self._hidden(row["number"])
            self._next = next(self._rows, None)
        for each in names_of(records, rows):
            self._sums[each["number"] // TOGETHER] += self._hash(each["name"], micros(each["at"]), each["number"])
        if self._summed is not None:
            self._summed.add(records, requesters)
        return ""

    def _hidden(self, number: int) -> str:
        if self._next is not None and self._next.number < number:
            return f"What the record is searched by has a row {self._next.number} too many."
        return f"Removal record {number} is missing from what the record is searched by, or is another one there."

    def left(self) -> Broken | None:
        """Return what is searched and belongs to no record, or is missing; to be asked when all records were given."""
        if self._next is not None:
            why = f"What is searched as removal record {self._next.number} is none."
            return Broken(sequence=self._next.event, why=why)
        summed = self._summed.left() if self._summed else None
        return self._name_left() or self._unread() or self._freed() or summed

    def _hash(self, name: str, at: int, number: int) -> int:
        text = f"{number} {at} {storable(name)}".encode()
        return int.from_bytes(hashlib.blake2b(text, digest_size=16, key=self._key).digest())

    def _name_left(self) -> Broken | None:
        """Return the first name that is missing, or one too many."""
        for name, at, number in _names(self._connection, self._after):
            self._sums[number // TOGETHER] -= self._hash(name, at, number)
        wrong = [place for place, total in self._sums.items() if total % _MODULUS]
        return _first_name(self._connection, self._after, min(wrong)) if wrong else None

    def _unread(self) -> Broken | None:
        """Return the first row that the index of text leaves out."""
        number = text_index.left_out(self._connection, self._after)
        if number is None:
            return None
        event = self._connection.scalar(sa.select(search.c.event).where(search.c.number == number))
        return Broken(sequence=event or 0, why=f"Removal record {number} is missing from the index of words.")

    def _freed(self) -> Broken | None:
        """Return the first request whose sum of what it freed is not that of its records."""
        newest = self._connection.scalar(sa.select(sa.func.max(request.c.id))) or 0
        for begin in range(1, newest + 1, BATCH):
            wrong = self._connection.scalar(_WRONG_SUM, {"begin": begin, "end": begin + BATCH})
            if wrong is not None:
                last = sa.select(sa.func.max(record.c.event)).where(record.c.request_id == wrong)
                why = f"What request {wrong} freed is another sum than that of its removal records."
                return Broken(sequence=self._connection.scalar(last) or 0, why=why)
        return None


def _counted(table: sa.Table, size: sa.ColumnElement[int], sums: int) -> sa.Select[Any]:
    here = (table.c.request_id >= sa.bindparam("begin")) & (table.c.request_id < sa.bindparam("end"))
    counted: sa.ColumnElement[int] = sa.literal_column(str(sums))
    return sa.select(table.c.request_id.label("id"), size.label("size"), counted.label("sums")).where(here)


_PARTS = sa.union_all(
    _counted(record, sa.func.coalesce(record.c.bytes, 0), 0), _counted(freed, -freed.c.bytes, 1)
).subquery()
_WRONG_SUM = (
    sa.select(_PARTS.c.id)
    .group_by(_PARTS.c.id)
    .having((sa.func.sum(_PARTS.c.size) != 0) | (sa.func.sum(_PARTS.c.sums) != 1))
    .order_by(_PARTS.c.id)
    .limit(1)
)
"""A request whose records come to another sum than is kept of it, or of which none is kept."""


def _stored(connection: sa.Connection, after: int) -> Iterator[_Kept]:
    """Yield every row after number *after*."""
    columns = [*(search.c[name] for name in _SHORT), search.c.text]
    while True:
        query = sa.select(*columns).where(search.c.number > after).order_by(search.c.number).limit(BATCH)
        rows = connection.execute(query).all()
        said = said_by(connection, {row.request_id for row in rows} - {None})
        asked = requesters_of(said)
        for row in rows:
            yield _Kept(columns=tuple(row), said=said, requesters=asked, number=row.number, event=row.event)
        if len(rows) < BATCH:
            return
        after = rows[-1].number


def _names(connection: sa.Connection, after: int) -> Iterator[sa.Row[str, int, int]]:
    """Yield every name of a row after number *after*, with its time in microseconds and its number."""
    at = sa.type_coerce(search_name.c.at, sa.BigInteger)
    place = sa.tuple_(search_name.c.name, at, search_name.c.number)
    last: tuple[str, int, int] = ("", 0, 0)
    while True:
        query = sa.select(search_name.c.name, at, search_name.c.number).where(place > sa.tuple_(*map(sa.literal, last)))
        rows = connection.execute(query.order_by(*place.clauses).limit(BATCH)).all()
        yield from (row for row in rows if row[2] > after)
        if len(rows) < BATCH:
            return
        last = (rows[-1][0], rows[-1][1], rows[-1][2])


def _first_name(connection: sa.Connection, after: int, place: int) -> Broken:
    """Return which name is wrong of the records whose numbers have one sum."""
    begin, end = max(after + 1, place * TOGETHER), (place + 1) * TOGETHER
    rows = _rows(connection, sa.select(search).where(search.c.number >= begin, search.c.number < end))
    joined = record.join(search, (search.c.event == record.c.event) & (search.c.at == record.c.at))
    of = sa.select(record).select_from(joined).where(search.c.number >= begin, search.c.number < end)
    expected = {_name(each) for each in names_of(_rows(connection, of), rows)}
    kept = sa.select(search_name).where(search_name.c.number >= begin, search_name.c.number < end)
    found = {_name(each) for each in _rows(connection, kept) if not each["name"].startswith(GRADE)}
    wrong = min(expected ^ found, key=lambda each: each[:2], default=None)
    if wrong is None:  # grades are in plans, which were held against events and are not read again here
        event = sa.select(sa.func.min(search.c.event)).where(search.c.number >= begin, search.c.number < end)
        why = f"Of the removal records {begin} to {end - 1}, one is not asked for by its grade."
        return Broken(sequence=connection.scalar(event) or 0, why=why)
    number, name, _ = wrong
    events = {row["number"]: row["event"] for row in rows}
    what = "is not asked for as" if (number, name) in {each[:2] for each in expected} else "is asked for, wrongly, as"
    return Broken(sequence=events.get(number, 0), why=f"Removal record {number} {what} {name}.")


def _rows(connection: sa.Connection, query: sa.Select[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(query).mappings()]


def _name(row: _Row) -> tuple[int, str, datetime]:
    return row["number"], storable(row["name"]), row["at"]
