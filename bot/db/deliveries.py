"""The inbox: what Slack delivered, kept once under its key before it is acknowledged, and done by whoever takes it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.db.tables import inbox as table


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A slash command, a click or a form as delivered. ``attempts`` counts how often it was taken, this time too."""

    key: str
    kind: str
    body: str
    received_at: datetime
    attempts: int


def receive(connection: sa.Connection, key: str, kind: str, body: str, at: datetime) -> bool:
    """Keep a delivery. Returns False where its key is known already."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    values = {"key": key, "kind": kind, "body": body, "received_at": at, "attempts": 0}
    new = insert(table).values(values).on_conflict_do_nothing().returning(table.c.key)
    return connection.execute(new).one_or_none() is not None


def is_waiting(connection: sa.Connection, now: datetime, by: str, *, alone: bool, besides: Collection[str]) -> bool:
    """Whether there is a delivery to take, without taking it: that would hold up who writes."""
    query = sa.select(table.c.key).where(_free(now, by, alone=alone, besides=besides)).limit(1)
    return connection.execute(query).one_or_none() is not None


def _free(now: datetime, by: str, *, alone: bool, besides: Collection[str]) -> sa.ColumnElement[bool]:
    gone = table.c.taken_by != by if alone else sa.false()
    free = sa.or_(table.c.taken_until.is_(None), table.c.taken_until <= now, gone)
    elsewhere = sa.or_(table.c.host.is_(None), table.c.host.not_in(besides)) if besides else sa.true()
    return sa.and_(table.c.done_at.is_(None), free, elsewhere)


def take(
    connection: sa.Connection,
    now: datetime,
    until: datetime,
    by: str,
    *,
    alone: bool = False,
    besides: Collection[str] = (),
) -> Delivery | None:
    """Take the oldest delivery that is neither done nor with somebody until later than *now*; it is *by*'s to *until*.

    What others took is theirs, unless whoever asks is *alone*: then they are gone. What is known to be about one of the
    hosts *besides* is left where it is. PostgreSQL passes over the rows that others are taking at this moment; SQLite
    has one writer.
    """
    oldest = (
        sa.select(table)
        .where(_free(now, by, alone=alone, besides=besides))
        .order_by(table.c.received_at, table.c.key)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = connection.execute(oldest).one_or_none()
    if row is None:
        return None
    attempts = row.attempts + 1
    taken = {"taken_until": until, "taken_by": by, "attempts": attempts}
    connection.execute(table.update().where(table.c.key == row.key).values(taken))
    return Delivery(key=row.key, kind=row.kind, body=row.body, received_at=row.received_at, attempts=attempts)


def newest(connection: sa.Connection, kind: str, since: datetime, limit: int) -> tuple[Delivery, ...]:
    """Return the newest deliveries of a kind since a moment, done or not, the newest first."""
    query = (
        sa.select(table)
        .where(table.c.kind == kind, table.c.received_at >= since)
        .order_by(table.c.received_at.desc(), table.c.key)
        .limit(limit)
    )
    return tuple(
        Delivery(key=row.key, kind=row.kind, body=row.body, received_at=row.received_at, attempts=row.attempts)
        for row in connection.execute(query)
    )


def again(connection: sa.Connection, key: str, at: datetime) -> None:
    """Write that a delivery that was taken may be taken again from *at* on."""
    left = table.update().where(table.c.key == key, table.c.done_at.is_(None))
    connection.execute(left.values(taken_until=at, taken_by=None))


def waits(connection: sa.Connection, key: str, host: str) -> None:
    """Give a delivery back that was taken, since enough is being done about its *host*: that was no attempt."""
    left = table.update().where(table.c.key == key, table.c.done_at.is_(None))
    connection.execute(left.values(taken_until=None, taken_by=None, host=host, attempts=table.c.attempts - 1))


def extend(connection: sa.Connection, by: str, until: datetime) -> None:
    """Write until when what *by* took is its: it is alive, or about to end."""
    connection.execute(
        table.update().where(table.c.taken_by == by, table.c.done_at.is_(None)).values(taken_until=until)
    )


def let_go(connection: sa.Connection, at: datetime) -> None:
    """Let none that waits be worked on any more."""
    connection.execute(table.update().where(table.c.done_at.is_(None)).values(done_at=at))


def forget(connection: sa.Connection, before: datetime) -> None:
    """Forget the deliveries that were done before a moment: they hold addresses that anybody could answer at."""
    connection.execute(table.delete().where(table.c.done_at < before))


def done(connection: sa.Connection, key: str, at: datetime) -> bool:
    """Write that a delivery is done. Returns whether this was the first time, which is the one that counts."""
    first = table.update().where(table.c.key == key, table.c.done_at.is_(None)).values(done_at=at)
    return connection.execute(first.returning(table.c.key)).one_or_none() is not None
