"""The trail: every event, in one gapless sequence, sealed by the one after it (``bot.audit.chain``)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.approval.events import Event
from bot.approval.notes import LayersGone, Note, Refusal
from bot.approval.request import Request, RequestId
from bot.audit.chain import ChainedEvent, Fields, Head, seal
from bot.db import event_codec
from bot.db.columns import micros, moment
from bot.db.support import OLDEST, refuse_if_outgrown
from bot.db.tables import event as table
from bot.db.tables import head as head_table

BATCH = 2000
"""Events that are read at a time: the chain of years does not fit in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEvent:
    """An event as it is on record: its number among all events, and its hash.

    ``version`` is the request's after it; None for what changed no request.
    """

    sequence: int
    at: datetime
    kind: str
    version: int | None
    event: Event | Note
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """The newest event, and the last numbers that were given to requests and to removal records."""

    head: Head
    last_request: int
    last_record: int


def locked_counters(connection: sa.Connection) -> Counters:
    """Return the counters, held until the commit: one writer at a time goes beyond here.

    Raises Outgrown where a newer imgbot has the record to itself.
    """
    row = connection.execute(sa.select(head_table, OLDEST.label("oldest")).with_for_update(of=head_table)).one()
    refuse_if_outgrown(row.oldest)
    return Counters(
        head=Head(sequence=row.sequence, hash=row.hash), last_request=row.last_request, last_record=row.last_record
    )


def save(connection: sa.Connection, counters: Counters) -> None:
    """Write the counters as they are after everything that this transaction wrote."""
    head = counters.head
    connection.execute(
        head_table.update().values(
            sequence=head.sequence,
            hash=head.hash,
            last_request=counters.last_request,
            last_record=counters.last_record,
        )
    )


def append(
    connection: sa.Connection, counters: Counters, entries: Sequence[tuple[Event | Note, Request | None]]
) -> Counters:
    """Write the next events, each with its request as it is after it, or with none. Returns the counters after them.

    The first of them has the number after ``counters.head``.
    """
    head, rows = counters.head, []
    for event, request in entries:
        fields = _fields(head.sequence + 1, event, request)
        sealed = seal(head.hash, fields)
        rows.append(_row(fields, head.hash, sealed))
        head = Head(sequence=fields.sequence, hash=sealed)
    connection.execute(table.insert(), rows)
    return replace(counters, head=head)


def _fields(sequence: int, event: Event | Note, request: Request | None) -> Fields:
    return Fields(
        sequence=sequence,
        request=request.id if request else _about(event),
        version=request.version if request else None,
        kind=event_codec.KINDS[type(event)],
        at=micros(event.at),
        format=event_codec.FORMAT,
        body=event_codec.dump_event(event),
    )


def _about(event: Event | Note) -> RequestId | None:
    return event.request_id if isinstance(event, Refusal | LayersGone) else None


def _row(fields: Fields, previous_hash: str, sealed: str) -> dict[str, object]:
    return {
        "sequence": fields.sequence,
        "request_id": fields.request,
        "version": fields.version,
        "kind": fields.kind,
        "at": fields.at,
        "format": fields.format,
        "body": fields.body,
        "previous_hash": previous_hash,
        "hash": sealed,
    }


def last_of(connection: sa.Connection, kind: type[Note]) -> RecordedEvent | None:
    """Return the newest note of a kind; None where there is none."""
    query = (
        sa.select(table)
        .where(table.c.kind == event_codec.KINDS[kind], table.c.request_id.is_(None))  # as its index says
        .order_by(table.c.sequence.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _recorded(row)


def all_of(connection: sa.Connection, kind: type[Note]) -> tuple[RecordedEvent, ...]:
    """Return every note of a kind of which there are few, oldest first."""
    query = (
        sa.select(table)
        .where(table.c.kind == event_codec.KINDS[kind], table.c.request_id.is_(None))  # as its index says
        .order_by(table.c.sequence)
    )
    return tuple(_recorded(row) for row in connection.execute(query))


def hash_of(connection: sa.Connection, sequence: int) -> str | None:
    """Return the hash of one event; None where there is none of that number."""
    return connection.execute(sa.select(table.c.hash).where(table.c.sequence == sequence)).scalar_one_or_none()


def first_after(connection: sa.Connection, kind: type[Note], sequence: int) -> RecordedEvent | None:
    """Return the first note of a kind after event number *sequence*; None where there is none."""
    query = (
        sa.select(table)
        .where(table.c.kind == event_codec.KINDS[kind], table.c.request_id.is_(None), table.c.sequence > sequence)
        .order_by(table.c.sequence)
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _recorded(row)


def first_at(connection: sa.Connection) -> datetime | None:
    """Return when the first event of all was written; None where there is none."""
    found = connection.execute(sa.select(table.c.at).where(table.c.sequence == 1)).scalar_one_or_none()
    return None if found is None else moment(found)


def timeline(connection: sa.Connection, request_id: RequestId) -> tuple[RecordedEvent, ...]:
    """Return what happened to a request, oldest first, clicks that did nothing too."""
    return selected(connection, sa.select(table).where(table.c.request_id == request_id).order_by(table.c.sequence))


def selected(connection: sa.Connection, query: sa.Select[Any]) -> tuple[RecordedEvent, ...]:
    """Return the events that *query* selects, which takes whole rows of their table."""
    return tuple(_recorded(row) for row in connection.execute(query))


def _recorded(row: sa.Row[tuple[object, ...]]) -> RecordedEvent:
    at = moment(row.at)
    request_id = None if row.request_id is None else RequestId(row.request_id)
    event = event_codec.load_event(row.kind, row.format, row.body, at=at, request_id=request_id)
    return RecordedEvent(sequence=row.sequence, at=at, kind=row.kind, version=row.version, event=event, hash=row.hash)


def chain(connection: sa.Connection, after: int) -> Iterator[ChainedEvent]:
    """Yield every event after number *after*, oldest first, as it is sealed."""
    while True:
        query = sa.select(table).where(table.c.sequence > after).order_by(table.c.sequence).limit(BATCH)
        rows = connection.execute(query).all()
        for row in rows:
            yield _chained(row)
        if len(rows) < BATCH:
            return
        after = rows[-1].sequence


def _chained(row: Any) -> ChainedEvent:  # noqa: ANN401 -- a whole row of the table, whose columns have no types
    sequence, request_id, version, kind, at, form, body, previous_hash, hash_ = row  # by name takes five times as long
    fields = Fields(sequence=sequence, request=request_id, version=version, kind=kind, at=at, format=form, body=body)
    return ChainedEvent(fields=fields, previous_hash=previous_hash, hash=hash_)
