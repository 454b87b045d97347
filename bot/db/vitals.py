"""How the bot does, as far as its database tells: what waits, since when, and how the record stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.approval.request import State
from bot.db.deliveries import LATE
from bot.db.tables import duty, inbox, kept_host, message, notice, request

OPEN = (State.PENDING, State.APPROVED, State.REMOVING, State.INTERRUPTED)
"""The states that a request does not stay in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """How much waits, and since when the oldest of it; None where nothing does."""

    waiting: int
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """Queues by name, open requests by state, when each host was looked at last, and whose each duty is until when."""

    queues: Mapping[str, Queue]
    requests: Mapping[State, int]
    looked_at: Mapping[str, datetime]
    duties: Mapping[str, tuple[str, datetime]]


def vitals(connection: sa.Connection) -> Vitals:
    """Read them; each from a small index or a small table."""
    by_state = sa.select(request.c.state, sa.func.count()).where(request.c.state.in_(OPEN)).group_by(request.c.state)
    found = {State(state): count for state, count in connection.execute(by_state)}
    return Vitals(
        queues={
            "deliveries": _queue(connection, inbox.c.received_at, inbox.c.done_at.is_(None) & (inbox.c.kind != LATE)),
            "answers": _queue(connection, inbox.c.received_at, inbox.c.done_at.is_(None) & (inbox.c.kind == LATE)),
            "messages": _queue(connection, message.c.next_at, message.c.shown_version < message.c.wanted_version),
            "notices": _queue(connection, notice.c.created_at, notice.c.posted_at.is_(None)),
        },
        requests={state: found.get(state, 0) for state in OPEN},
        looked_at={row.host: row.at for row in connection.execute(sa.select(kept_host.c.host, kept_host.c.at))},
        duties={
            name: (owner, until)
            for name, owner, until in connection.execute(sa.select(duty.c.name, duty.c.owner, duty.c.until))
        },
    )


def _queue(connection: sa.Connection, since: sa.ColumnElement[datetime], waits: sa.ColumnElement[bool]) -> Queue:
    waiting, oldest = connection.execute(sa.select(sa.func.count(), sa.func.min(since)).where(waits)).one()
    return Queue(waiting=waiting, since=oldest)


def commanded_at(connection: sa.Connection) -> datetime | None:
    """Return when somebody last typed a command, as far as deliveries are remembered."""
    typed = sa.select(sa.func.max(inbox.c.received_at)).where(inbox.c.kind == "command")
    return connection.execute(typed).scalar_one_or_none()
