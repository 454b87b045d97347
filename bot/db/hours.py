"""What went and how good predictions were, summed up by the hour, in the same transaction as what it follows from.

A period is summed up from these rows: reading every record of a week takes too long where there are many.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from bot.approval.events import Event, Measured, StepDone
from bot.approval.request import Request
from bot.audit import stats
from bot.audit.stats import Accuracy
from bot.db.columns import micros
from bot.db.tables import prediction_hour, removal_hour
from bot.images.restoral import steps_of

HOUR = 3_600_000_000
"""Microseconds."""
COUNTED = ("images", "names", "layers", "bytes")

Key = tuple[str, int, str]
"""Which row: "host", "person" or "repository", the hour, and what it is called."""
Counts = list[int]
"""Images, names, layers and bytes."""

_PLACE = (
    (removal_hour.c.part == sa.bindparam("of_part"))
    & (removal_hour.c.hour == sa.bindparam("of_hour"))
    & (removal_hour.c.name == sa.bindparam("of_name"))
)
_GROW = removal_hour.update().where(_PLACE).values({c: removal_hour.c[c] + sa.bindparam(f"more_{c}") for c in COUNTED})
_FORETOLD = tuple(column.name for column in prediction_hour.c if column is not prediction_hour.c.hour)
_IMPROVE = (
    prediction_hour.update()
    .where(prediction_hour.c.hour == sa.bindparam("of_hour"))
    .values({name: prediction_hour.c[name] + sa.bindparam(f"more_{name}") for name in _FORETOLD})
)


def hour_of(at: Any) -> int:  # noqa: ANN401 -- a time, as rows have it
    """Return the number of the hour that a moment is in, counted from 1970, UTC."""
    return micros(at) // HOUR


def sums_of(rows: Iterable[Mapping[str, Any]], requesters: Mapping[int, str]) -> dict[Key, Counts]:
    """Return what records, as rows, come to. *requesters* are the people who asked, by the numbers of requests."""
    together: dict[tuple[Any, ...], Counts] = {}
    for row in rows:
        place = row["host"], row["request_id"], row["at"], row["names"]
        counts = together.setdefault(place, [0, 0, 0, 0])
        if row["reference"] is not None:
            counts[1] += 1
        elif row["chain_id"] is not None:
            counts[2] += 1
            counts[3] += row["bytes"] or 0
        else:
            counts[0] += 1
    sums: dict[Key, Counts] = {}
    for (host, request_id, at, names), counts in together.items():
        hour, person = hour_of(at), requesters.get(request_id, stats.OUTSIDE)
        for key in ("host", hour, host), ("person", hour, person), ("repository", hour, stats.repository(names)):
            sums[key] = [a + b for a, b in zip(sums.get(key, (0, 0, 0, 0)), counts, strict=True)]
    return sums


def count(connection: sa.Connection, sums: Mapping[Key, Counts]) -> None:
    """Add to what is there. Whoever writes has the lock on ``audit_head``."""
    for (part, hour, name), counts in sums.items():
        more = {f"more_{column}": number for column, number in zip(COUNTED, counts, strict=True)}
        if connection.execute(_GROW, {"of_part": part, "of_hour": hour, "of_name": name, **more}).rowcount == 0:
            first = dict(zip(COUNTED, counts, strict=True))
            connection.execute(removal_hour.insert(), {"part": part, "hour": hour, "name": name, **first})


def foretold(connection: sa.Connection, hour: int, more: Accuracy) -> None:
    """Add how good predictions were to what is there of an hour, likewise."""
    if more == Accuracy():
        return
    values = {name: getattr(more, name) for name in _FORETOLD}
    grown = {"of_hour": hour, **{f"more_{name}": value for name, value in values.items()}}
    if connection.execute(_IMPROVE, grown).rowcount == 0:
        connection.execute(prediction_hour.insert(), {"hour": hour, **values})


def accuracy_of(event: Event, request: Request) -> Accuracy:
    """Return how what was predicted compares with what came by an event, after which *request* is as given."""
    match event:
        case StepDone(step=step, outcome=outcome):
            return stats.of_step(steps_of(request.plan)[step].outcome, outcome)
        case Measured(freed=freed, predicted=predicted):
            return stats.of_measurement(predicted, freed)
        case _:
            return Accuracy()
