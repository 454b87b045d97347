"""The inbox: what Slack delivered, kept once under its key before it is acknowledged, and done by whoever takes it."""

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


def take(connection: sa.Connection, now: datetime, until: datetime) -> Delivery | None:
    """Take the oldest delivery that is neither done nor with somebody until later than *now*; it is ours to *until*.

    PostgreSQL passes over the rows that others are taking at this moment; SQLite has one writer.
    """
    free = sa.or_(table.c.taken_until.is_(None), table.c.taken_until <= now)
    oldest = (
        sa.select(table)
        .where(table.c.done_at.is_(None), free)
        .order_by(table.c.received_at, table.c.key)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = connection.execute(oldest).one_or_none()
    if row is None:
        return None
    attempts = row.attempts + 1
    connection.execute(table.update().where(table.c.key == row.key).values(taken_until=until, attempts=attempts))
    return Delivery(key=row.key, kind=row.kind, body=row.body, received_at=row.received_at, attempts=attempts)


def again(connection: sa.Connection, key: str, at: datetime) -> None:
    """Write that a delivery that was taken may be taken again from *at* on."""
    connection.execute(table.update().where(table.c.key == key, table.c.done_at.is_(None)).values(taken_until=at))


def forget(connection: sa.Connection, before: datetime) -> None:
    """Forget the deliveries that were done before a moment: they hold addresses that anybody could answer at."""
    connection.execute(table.delete().where(table.c.done_at < before))


def done(connection: sa.Connection, key: str, at: datetime) -> bool:
    """Write that a delivery is done. Returns whether this was the first time, which is the one that counts."""
    first = table.update().where(table.c.key == key, table.c.done_at.is_(None)).values(done_at=at)
    return connection.execute(first.returning(table.c.key)).one_or_none() is not None
