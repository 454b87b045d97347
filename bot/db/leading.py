"""The newest of what one condition leads to, found before the records are read: then no page needs a way back to it.

Only for a query that asks one thing: what else it asked might hold for none of the newest, and all would be in vain.
Where these give less than a page although there are more, the record is read as ``conditions.py`` says.
"""

from dataclasses import dataclass
from datetime import datetime
from math import isqrt
from typing import Any

import sqlalchemy as sa

from bot.audit.query import Freed, Is, Key, Query
from bot.db import conditions, text_index
from bot.db.conditions import LARGEST, Clause
from bot.db.tables import record, search

MOST = 1002
"""Rows of ``removal_search`` that are looked for: each has a record at least, and a summary counts 1,000 of these."""
COMMON = 60
"""Of requests there are many where the square of their number is more than this many times the number of all. Then the
newest are found sooner on the way back than by looking for each."""
_ORDER = sa.type_coerce(search.c.at, sa.BigInteger) + 0
"""By time, and not by an index: it would lead back through all that there is."""


_TIME_OF = sa.select(record.c.at).where(record.c.number == sa.bindparam("number"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """Which rows lead to what a query finds, the newest first, or None where all may; and what the records fulfil then.

    ``complete`` where no other row leads to any.
    """

    numbers: tuple[int, ...] | None
    clauses: tuple[Clause, ...] = ()
    complete: bool = True


def lead(connection: sa.Connection, query: Query, before: int | None) -> Lead | None:
    """Return what leads to the newest that *query* finds; None where nothing quick does.

    Where it is given, to the newest that are not newer than record number *before*.
    """
    match (*query.conditions, *query.words):
        case [Freed() as condition]:
            return _by_requests(connection, conditions.freed_by(condition), before)
        case [Is(key=Key.STATUS | Key.APPROVER) as condition]:
            return _by_requests(connection, conditions.requests_with(condition), before)
        case [Is(key=Key.REASON, text=part) as condition]:
            return _by_text(connection, part, conditions.holds(condition), before)
        case [str() as word] if not conditions.has_numbers(word):
            return _by_text(connection, word, conditions.holds_word(word), before)
        case _:
            return None


def _by_requests(connection: sa.Connection, query: sa.Select[Any], before: int | None) -> Lead | None:
    many = isqrt(conditions.newest_request(connection) * COMMON)
    if conditions.counted(connection, query, many) > many:
        return None
    mine = search.c.request_id.is_not(None) & search.c.request_id.in_(query)
    return _newest(connection, mine, (), before)


def _by_text(connection: sa.Connection, part: str, holds: Clause, before: int | None) -> Lead | None:
    """Do so on PostgreSQL. SQLite's index has words by number, and ``conditions.py`` asks it so."""
    if connection.dialect.name == "sqlite" or text_index.rows_with(connection, part) is None:
        return None
    if conditions.frequent(connection, part):
        text = search.c.text.icontains(part, autoescape=True)
        return Lead(numbers=None, clauses=(text_index.looked_at(text), text_index.looked_at(holds)))
    return _newest(connection, text_index.has(search.c.text, part), (holds,), before)


def _newest(connection: sa.Connection, condition: Clause, holds: tuple[Clause, ...], before: int | None) -> Lead:
    rows = sa.select(search.c.number).where(condition).order_by(_ORDER.desc(), search.c.number.desc())
    if before is not None and (at := time_of(connection, before)) is not None:
        rows = rows.where(search.c.at <= at)
    numbers = tuple(connection.execute(rows.limit(MOST)).scalars())
    return Lead(numbers=numbers, clauses=holds, complete=len(numbers) < MOST)


def time_of(connection: sa.Connection, number: int) -> datetime | None:
    """Return when it was that the record of this number tells of; None where there is none."""
    return connection.scalar(_TIME_OF, {"number": max(-LARGEST, min(number, LARGEST))})
