"""Asking the record: removal records with what their requests say of them."""

import re
from typing import Any

import sqlalchemy as sa

from bot.approval.request import Person, RequestId
from bot.audit.query import HistoryRecord, Query
from bot.db.request_codec import Row
from bot.db.tables import approval, record, request
from bot.images.ids import PREFIX

LARGEST = 2**63 - 1
"""The largest number that a column holds."""

_ID = re.compile(r"(?:sha256:)?([0-9a-f]{1,64})", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"#?([0-9]{1,18})", re.ASCII)

_JOINED = record.outerjoin(request, record.c.request_id == request.c.id)
_COLUMNS = (*record.c, request.c.requester_team, request.c.requester_user, request.c.reason)


def newest(connection: sa.Connection, query: Query, *, limit: int, before: int | None) -> tuple[HistoryRecord, ...]:
    """Return the records that *query* finds, newest first; those older than record number *before* where it is given.

    Two statements, however many records.
    """
    conditions = [_has(word) for word in query.words]
    if before is not None:
        conditions.append(record.c.number < min(before, LARGEST))
    rows = sa.select(*_COLUMNS).select_from(_JOINED).where(*conditions).order_by(record.c.number.desc()).limit(limit)
    return _told(connection, rows)


def of_request(connection: sa.Connection, request_id: RequestId) -> tuple[HistoryRecord, ...]:
    """Return the records of a request by the steps of its plan, each in the daemon's order: steps run side by side."""
    rows = sa.select(*_COLUMNS).select_from(_JOINED).where(record.c.request_id == request_id)
    return _told(connection, rows.order_by(record.c.step, record.c.number))


def _told(connection: sa.Connection, query: sa.Select[Any]) -> tuple[HistoryRecord, ...]:
    rows = connection.execute(query).mappings().all()
    approvers = _approvers(connection, {row["request_id"] for row in rows} - {None})
    return tuple(_record_of(row, approvers.get(row["request_id"], ())) for row in rows)


def _approvers(connection: sa.Connection, request_ids: set[int]) -> dict[int, tuple[Person, ...]]:
    query = (
        sa.select(approval.c.request_id, approval.c.team_id, approval.c.user_id)
        .where(approval.c.request_id.in_(sorted(request_ids)))
        .order_by(approval.c.request_id, approval.c.position)
    )
    people: dict[int, tuple[Person, ...]] = {}
    for request_id, team_id, user_id in connection.execute(query):
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
    )


def _has(word: str) -> sa.ColumnElement[bool]:
    """Return whether a record has *word*, as ``Query`` says."""
    parts = (record.c.names, record.c.host, request.c.reason, request.c.requester_user)
    found = [column.icontains(word, autoescape=True) for column in parts]
    approved = sa.select(approval.c.user_id).where(
        approval.c.request_id == record.c.request_id, approval.c.user_id.icontains(word, autoescape=True)
    )
    found.append(approved.exists())
    if match := _ID.fullmatch(word):
        found += [_begins(column, match[1].lower()) for column in (record.c.image_id, record.c.chain_id)]
    if match := _NUMBER.fullmatch(word):
        found.append(record.c.request_id == int(match[1]))
    return sa.or_(*found)


def _begins(column: sa.Column[str], digits: str) -> sa.ColumnElement[bool]:
    """Return whether an ID begins with these digits, as a range that an index can find."""
    return (column >= PREFIX + digits.ljust(64, "0")) & (column <= PREFIX + digits.ljust(64, "f"))
