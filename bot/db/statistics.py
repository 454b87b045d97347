"""A period of the record in numbers."""

from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.approval.request import State
from bot.audit import stats
from bot.audit.course import MONDAY, Freed
from bot.audit.stats import Part, Stats
from bot.db import requests
from bot.db.columns import micros
from bot.db.tables import event, record, request, search

_TOGETHER = search.join(record, (record.c.event == search.c.event) & (record.c.at == search.c.at))
"""Records have no index by time; the rows that they are searched by have one."""

WEIGHED = 100
"""Requests whose predictions are compared: each is read with its whole plan."""


def since(connection: sa.Connection, at: datetime) -> Stats:
    """Return what was removed, asked and refused since *at*."""
    parts = _parts(connection, at)
    weighed = requests.ended_since(connection, at, WEIGHED + 1)
    return Stats(
        since=at,
        hosts=stats.by(parts, lambda part: part.host),
        people=stats.by(parts, lambda part: part.user),
        repositories=stats.by(parts, stats.repository),
        requests=_requests(connection, at),
        refused=_refused(connection, at),
        accuracy=stats.accuracy(weighed[:WEIGHED]),
        complete=len(weighed) <= WEIGHED,
    )


def _parts(connection: sa.Connection, at: datetime) -> list[Part]:
    host = search.c.host.concat("")  # hidden likewise: SQLite would read all there is by its index of hosts
    key = (host, search.c.requester_user, record.c.names)
    image = record.c.reference.is_(None) & record.c.chain_id.is_(None)
    query = (
        sa.select(
            *key,
            sa.func.count(sa.case((image, 1))),
            sa.func.count(record.c.reference),
            sa.func.count(record.c.chain_id),
            sa.cast(sa.func.coalesce(sa.func.sum(record.c.bytes), 0), sa.BigInteger),
        )
        .select_from(_TOGETHER)
        .where(search.c.at >= at)
        .group_by(*key)
    )
    return [
        Part(
            host=host,
            user=user or stats.OUTSIDE,
            lost=tuple(lost.split()),
            images=images,
            names=names,
            layers=layers,
            bytes=freed,
        )
        for host, user, lost, images, names, layers, freed in connection.execute(query)
    ]


def freed(connection: sa.Connection, at: datetime, span: timedelta) -> tuple[Freed, ...]:
    """Return what each host freed since *at*, in each span of that length in which it freed anything."""
    since_monday = sa.type_coerce(search.c.at, sa.BigInteger) - micros(MONDAY)
    number = (since_monday // (span // timedelta(microseconds=1))).label("span")
    host = search.c.host.concat("").label("host")
    sums = sa.cast(sa.func.sum(record.c.bytes), sa.BigInteger)
    query = sa.select(host, number, sums).select_from(_TOGETHER).where(search.c.at >= at, record.c.bytes > 0)
    query = query.group_by(host, number)
    return tuple(Freed(host=host, span=span, bytes=size) for host, span, size in connection.execute(query))


def _requests(connection: sa.Connection, at: datetime) -> tuple[tuple[State, int], ...]:
    """Return how many requests stand how, in the order of a request's life.

    The state is hidden in an expression: SQLite would read every request there is, by its index, to have it in order.
    """
    state = request.c.state.concat("").label("state")
    query = sa.select(state, sa.func.count().label("number")).where(request.c.asked_at >= at).group_by(state)
    found: dict[str, int] = {row.state: row.number for row in connection.execute(query)}
    return tuple((state, found[state.value]) for state in State if state.value in found)


def _refused(connection: sa.Connection, at: datetime) -> int:
    """Count refusals. Their kind is spelled out, as in their index."""
    refusals = (event.c.kind == sa.literal_column("'refusal'")) & (event.c.at >= micros(at))
    return connection.scalar(sa.select(sa.func.count()).select_from(event).where(refusals)) or 0
