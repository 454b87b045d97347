"""A period of the record in numbers."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from bot.approval.request import State
from bot.audit import stats
from bot.audit.course import MONDAY, Freed
from bot.audit.stats import Accuracy, Stats, Went
from bot.db.columns import micros, moment
from bot.db.hours import COUNTED, HOUR, hour_of
from bot.db.tables import event, prediction_hour, removal_hour, request

_ONE = timedelta(microseconds=HOUR)


def since(connection: sa.Connection, at: datetime) -> Stats:
    """Return what was removed, asked and refused since the beginning of the hour of *at*."""
    hour = hour_of(at)
    begin = moment(hour * HOUR)
    went = _went(connection, hour)
    return Stats(
        since=begin,
        hosts=stats.most_first(went["host"]),
        people=stats.most_first(went["person"]),
        repositories=stats.most_first(went["repository"]),
        requests=_requests(connection, begin),
        refused=_refused(connection, begin),
        accuracy=_accuracy(connection, hour),
    )


def _sum(column: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.cast(sa.func.coalesce(sa.func.sum(column), 0), sa.BigInteger)


def _went(connection: sa.Connection, hour: int) -> Mapping[str, list[Went]]:
    """Return what went since an hour, by the parts that it is told by."""
    found: dict[str, list[Went]] = {"host": [], "person": [], "repository": []}
    sums = [_sum(removal_hour.c[column]) for column in COUNTED]
    query = sa.select(removal_hour.c.name, *sums).where(removal_hour.c.hour >= hour).group_by(removal_hour.c.name)
    for part, went in found.items():
        for name, images, names, layers, freed in connection.execute(query.where(removal_hour.c.part == part)):
            went.append(Went(name=name, images=images, names=names, layers=layers, bytes=freed))
    return found


def freed(connection: sa.Connection, at: datetime, span: timedelta) -> tuple[Freed, ...]:
    """Return what each host freed since *at*, in each span of that length in which it freed anything."""
    number = ((removal_hour.c.hour - hour_of(MONDAY)) // (span // _ONE)).label("span")
    query = sa.select(removal_hour.c.name, number, _sum(removal_hour.c.bytes))
    query = query.where(removal_hour.c.part == "host", removal_hour.c.hour >= hour_of(at), removal_hour.c.bytes > 0)
    rows = connection.execute(query.group_by(removal_hour.c.name, number))
    return tuple(Freed(host=host, span=span, bytes=size) for host, span, size in rows)


def _accuracy(connection: sa.Connection, hour: int) -> Accuracy:
    sums = [_sum(prediction_hour.c[name]) for name in Accuracy.__slots__]
    row = connection.execute(sa.select(*sums).where(prediction_hour.c.hour >= hour)).one()
    return Accuracy(**dict(zip(Accuracy.__slots__, row, strict=True)))


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
