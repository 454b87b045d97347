"""Asking the record: removal records with what their requests say of them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import operators

from bot.approval.request import Person, RequestId
from bot.audit.query import HistoryRecord, Query, Since, Summary, Until
from bot.db.conditions import LARGEST, Clause, clauses, image_of, one_of
from bot.db.leading import lead, time_of
from bot.db.request_codec import Row
from bot.db.tables import approval, record, request, search, search_name
from bot.images.ids import ImageId

COUNTED = 1000
"""Records that a summary counts: more would take longer than people wait."""
FIRST = 200
"""Rows of what is searched in which a summary finds as much, mostly."""
FEW = 20


class _SameMoment(sa.BinaryExpression[bool]):
    """Whether a record is of the moment of its row in ``removal_search``; of the event it is anyway.

    PostgreSQL takes the two for independent and so expects no record at all where both are equal. Then it sees no use
    in an order that soon fills a page, and joins everything. Of a difference it takes a third to be small, whatever
    it is of: that is near enough.
    """

    inherit_cache = True  # otherwise every statement that has it is made into SQL each time

    def __init__(self) -> None:
        super().__init__(record.c.at, search.c.at, operators.eq, type_=sa.Boolean())


@compiles(_SameMoment)
def _equal(element: _SameMoment, compiler: Any, **_: object) -> str:  # noqa: ANN401, ARG001 -- SQLAlchemy's
    return "removal_record.at = removal_search.at"


@compiles(_SameMoment, "postgresql")
def _no_difference(element: _SameMoment, compiler: Any, **_: object) -> str:  # noqa: ANN401, ARG001 -- likewise
    return "abs(removal_record.at - removal_search.at) < 1"


_SAME = (record.c.event == search.c.event) & _SameMoment()
_JOINED = search.join(record, _SAME).outerjoin(request, search.c.request_id == request.c.id)
_BY_NAME = (
    search_name.join(search, search.c.number == search_name.c.number)
    .join(record, _SAME)
    .outerjoin(request, search.c.request_id == request.c.id)
)
_ROWS = sa.select(
    *record.c, request.c.requester_team, request.c.requester_user, request.c.reason, request.c.break_glass
)


_SUMMED = sa.select(
    record.c.reference,
    record.c.chain_id,
    record.c.bytes,
    record.c.event,
    record.c.image_id,
    search.c.request_id,
    search.c.requester_user,
)


def _counts() -> sa.Select[int, int, int, int, int, int, int]:
    """Return what is counted of rows with the columns of ``_SUMMED``: it is made once, as it takes long."""
    reference, chain_id, size, event, image_id, request_id, user = (
        sa.column(column.name, column.type) for column in _SUMMED.selected_columns
    )
    return sa.select(
        sa.func.count(),
        sa.func.count(sa.case((reference.is_(None) & chain_id.is_(None), image_id))),
        sa.func.count(reference),
        sa.func.count(chain_id),
        sa.cast(sa.func.coalesce(sa.func.sum(size), 0), sa.BigInteger),
        sa.func.count(user.distinct()),
        sa.func.count(sa.case((request_id.is_(None), event)).distinct()),
    )


_COUNTS = _counts()
_APPROVERS = (
    sa.select(approval.c.request_id, approval.c.team_id, approval.c.user_id)
    .where(approval.c.request_id.in_(sa.bindparam("requests", expanding=True)))
    .order_by(approval.c.request_id, approval.c.position)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Where the records are read that a query finds, and what they have to fulfil.

    ``at`` and ``number`` have the order in which they are told, and an index that reads them so. ``numbers`` are
    the rows that lead to what was asked for, newest first, where they were looked up: all of them, or else the first
    that the query ``newest_of`` finds.
    """

    source: sa.FromClause
    clauses: tuple[Clause, ...]
    at: sa.ColumnElement[datetime]
    number: sa.ColumnElement[int]
    numbers: tuple[int, ...] | None = None
    newest_of: Query | None = None

    @property
    def newest_first(self) -> tuple[sa.ColumnElement[Any], ...]:
        """The order: by time, those of one moment by their numbers."""
        return (self.at.desc(), self.number.desc(), record.c.number.desc())

    @property
    def oldest_first(self) -> tuple[sa.ColumnElement[Any], ...]:
        """The same, turned round."""
        return (self.at, self.number, record.c.number)


def asked(connection: sa.Connection, query: Query, before: int | None = None) -> Asked:
    """Return how *query* is answered, with records older than number *before*. May ask how much there is."""
    led = lead(connection, query, before)
    if led is None:
        return all_of(connection, query)
    return Asked(
        source=_JOINED,
        clauses=led.clauses,
        at=search.c.at,
        number=search.c.number,
        numbers=led.numbers,
        newest_of=None if led.complete else query,
    )


def all_of(connection: sa.Connection, query: Query) -> Asked:
    """Do so for all that *query* finds."""
    found = clauses(connection, query)
    name = image_of(query)
    if name is None:
        return Asked(source=_JOINED, clauses=tuple(found), at=search.c.at, number=search.c.number)
    at = search_name.c.at
    times = [at >= each.at for each in query.conditions if isinstance(each, Since)]
    times += [at < each.at for each in query.conditions if isinstance(each, Until)]
    led = (search_name.c.name == name, *times, *found)
    return Asked(source=_BY_NAME, clauses=led, at=at, number=search_name.c.number)


def newest(
    connection: sa.Connection, found: Asked, *, limit: int, before: int | None = None, after: int | None = None
) -> tuple[HistoryRecord, ...]:
    """Return the records that were asked for, newest first: those of one moment by their numbers.

    Where it is given, only those older than record number *before*; or those next newer than record number *after*.
    Two statements, however many records, and one for each number.
    """
    told: tuple[HistoryRecord, ...] = ()
    for part in _parts(connection, found, limit + 1):
        told = _page(connection, part, limit, before, after)
        if len(told) == limit:
            break
    return told


def summary(connection: sa.Connection, of: Asked) -> Summary:
    """Return in numbers what was asked for; of very much only the newest."""
    counts: tuple[int, ...] = (0,) * len(_COUNTS.selected_columns)
    for part in _parts(connection, of, FIRST):
        rows = _SUMMED.select_from(part.source).where(*part.clauses).order_by(*part.newest_first).limit(COUNTED + 1)
        counts = tuple(connection.execute(_COUNTS.select_from(rows.subquery())).one())
        if counts[0] > COUNTED:
            break
    number, images, names, layers, freed, people, outside = counts
    return Summary(
        records=min(number, COUNTED),
        images=images,
        names=names,
        layers=layers,
        bytes=freed,
        people=people,
        outside=outside,
        complete=number <= COUNTED,
    )


def _parts(connection: sa.Connection, found: Asked, first: int) -> Iterator[Asked]:
    """Yield what was asked for in parts from the newest on, each longer than the one before: few mostly do."""
    if found.numbers is None:
        yield found
        return
    for numbers in (found.numbers[:first], found.numbers) if len(found.numbers) > first else (found.numbers,):
        yield replace(found, clauses=(one_of(search.c.number, list(numbers)), *found.clauses))
    if found.newest_of is not None:
        yield all_of(connection, found.newest_of)


def _page(
    connection: sa.Connection, found: Asked, limit: int, before: int | None, after: int | None
) -> tuple[HistoryRecord, ...]:
    rows = _ROWS.select_from(found.source).where(*found.clauses)
    if after is not None:
        newer = rows.where(*_beside(connection, found, after, newer=True)).order_by(*found.oldest_first)
        return _told(connection, newer.limit(limit))[::-1]
    if before is not None:
        rows = rows.where(*_beside(connection, found, before, newer=False))
    return _told(connection, rows.order_by(*found.newest_first).limit(limit))


def of_request(connection: sa.Connection, request_id: RequestId) -> tuple[HistoryRecord, ...]:
    """Return the records of a request by the steps of its plan, each in the daemon's order: steps run side by side."""
    rows = _ROWS.select_from(_JOINED).where(record.c.request_id == request_id)
    return _told(connection, rows.order_by(record.c.step, record.c.number))


def digests_of(connection: sa.Connection, image_id: ImageId) -> tuple[str, ...]:
    """Return the names with a digest that an image ever lost, newest first, whoever took them."""
    lost = (record.c.image_id == image_id) & record.c.reference.contains("@sha256:", autoescape=True)
    query = sa.select(record.c.reference).where(lost).order_by(record.c.number.desc()).limit(FEW)
    return tuple(connection.execute(query).scalars())


def _beside(connection: sa.Connection, found: Asked, number: int, *, newer: bool) -> tuple[Clause, ...]:
    """Return whether a record is older, or newer, than the one of this number: by time, then by number.

    The time is said twice: once as the index has it.
    """
    number = max(-LARGEST, min(number, LARGEST))
    at = time_of(connection, number)
    if at is None:  # before the first, or after the newest
        return (record.c.number > number if newer else record.c.number < number,)
    place = sa.tuple_(record.c.at, record.c.number)
    here = sa.tuple_(sa.literal(at, record.c.at.type), sa.literal(number))
    return (found.at >= at, place > here) if newer else (found.at <= at, place < here)


def _told(connection: sa.Connection, query: sa.Select[Any]) -> tuple[HistoryRecord, ...]:
    rows = connection.execute(query).mappings().all()
    approvers = _approvers(connection, {row["request_id"] for row in rows} - {None})
    return tuple(_record_of(row, approvers.get(row["request_id"], ())) for row in rows)


def _approvers(connection: sa.Connection, request_ids: set[int]) -> dict[int, tuple[Person, ...]]:
    people: dict[int, tuple[Person, ...]] = {}
    for request_id, team_id, user_id in connection.execute(_APPROVERS, {"requests": sorted(request_ids)}):
        people[request_id] = (*people.get(request_id, ()), Person(team_id=team_id, user_id=user_id))
    return people


def _record_of(row: Row, approvers: tuple[Person, ...]) -> HistoryRecord:
    of_us = row["request_id"] is not None
    return HistoryRecord(
        number=row["number"],
        request=RequestId(row["request_id"]) if of_us else None,
        host=row["host"],
        kind=row["kind"],
        reference=row["reference"],
        names=tuple(row["names"].split()),
        image_id=row["image_id"],
        chain_id=row["chain_id"],
        bytes=row["bytes"],
        at=row["at"],
        requester=Person(team_id=row["requester_team"], user_id=row["requester_user"]) if of_us else None,
        approvers=approvers,
        reason=row["reason"] or "",
        via=row["via"],
        source=row["source"],
        predicted=row["predicted"],
        break_glass=bool(row["break_glass"]),
        earliest=row["earliest"],
        event=row["event"],
        step=None if row["step"] is None else row["step"] + 1,
        daemon_id=row["daemon_id"],
        store=row["store"],
    )
