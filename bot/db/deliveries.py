"""The inbox: what Slack delivered, kept once under its key before it is acknowledged, and done by whoever takes it."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.db import calls
from bot.db.columns import micros, storable
from bot.db.support import may_take
from bot.db.tables import inbox as table

LATE = "answer"
"""The kind of what is kept here and is no delivery: an answer that Slack did not take yet."""

_ON_SQLITE = sa.text("""
    INSERT INTO inbox (key, kind, body, received_at, attempts)
    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
        json_extract(value, '$[3]'), 0
    FROM json_each(:arrived) WHERE true ON CONFLICT DO NOTHING
""")
_ON_POSTGRESQL = sa.text("""
    WITH kept AS (
        INSERT INTO inbox (key, kind, body, received_at, attempts)
        SELECT value->>0, value->>1, value->>2, CAST(value->>3 AS bigint), 0
        FROM json_array_elements(CAST(:arrived AS json)) ON CONFLICT DO NOTHING RETURNING 1
    ) SELECT (SELECT count(*) FROM kept), pg_notify(:channel, :caller)
""")
"""One statement for all: while others compute, each answer of the database has to wait until Python may take it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What Slack delivered, under the key that it repeats, and when it came."""

    key: str
    kind: str
    body: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A slash command, a click or a form as delivered. ``attempts`` counts how often it was taken, this time too."""

    key: str
    kind: str
    body: str
    received_at: datetime
    attempts: int


def receive(connection: sa.Connection, arrived: Sequence[Arrived]) -> int:
    """Keep deliveries, each but those whose key is known already, and call the other processes.

    Returns how many were new.
    """
    told = json.dumps([[storable(each.key), each.kind, storable(each.body), micros(each.at)] for each in arrived])
    if connection.dialect.name == "postgresql":
        call = {"channel": calls.CHANNEL, "caller": calls.caller(connection.engine)}
        return int(connection.execute(_ON_POSTGRESQL, {"arrived": told} | call).scalar_one())
    return connection.execute(_ON_SQLITE, {"arrived": told}).rowcount


def is_waiting(connection: sa.Connection, now: datetime, by: str, *, alone: bool, besides: Collection[str]) -> bool:
    """Whether there is a delivery to take, without taking it: that would hold up who writes."""
    query = sa.select(table.c.key).where(_free(now, by, alone=alone, besides=besides)).limit(1)
    return connection.execute(query).one_or_none() is not None


def _free(now: datetime, by: str, *, alone: bool, besides: Collection[str]) -> sa.ColumnElement[bool]:
    gone = table.c.taken_by != by if alone else sa.false()
    free = sa.or_(table.c.taken_until.is_(None), table.c.taken_until <= now, gone)
    elsewhere = sa.or_(table.c.host.is_(None), table.c.host.not_in(besides)) if besides else sa.true()
    return sa.and_(table.c.done_at.is_(None), free, elsewhere, may_take())


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
    hosts *besides* is left where it is. An imgbot that is too old for the database takes none. PostgreSQL passes over
    the rows that others are taking at this moment; SQLite has one writer.
    """
    oldest = (
        sa.select(table)
        .where(_free(now, by, alone=alone, besides=besides))
        .order_by(table.c.received_at, table.c.key)
        .limit(1)
        .with_for_update(skip_locked=True, of=table)
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
