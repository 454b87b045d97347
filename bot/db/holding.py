"""Removal records held against the events that they were written with.

The chain seals events, not records. A record says nothing that its event does not say as well, together with the plan
of the request: so each event tells which records there must be, and a record that is another, is missing or is one too
many is found at the event that it belongs to.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.approval.events import Measured, StepDone
from bot.approval.notes import LayersGone, LeftOutside
from bot.approval.request import RequestId
from bot.approval.undo_events import GuardRemoved
from bot.audit.chain import Broken
from bot.audit.chain import Fields as Sealed
from bot.audit.stats import of_measurement, of_step
from bot.db import event_codec
from bot.db.columns import moment, storable
from bot.db.fields import Fields, Newer, Unreadable
from bot.db.findable import Findable
from bot.db.hours import hour_of
from bot.db.plan_codec import outcome_from_json
from bot.db.records import Done, Planned, place, rows_of_look, rows_of_step
from bot.db.summed import Summed
from bot.db.tables import event as event_table
from bot.db.tables import record as table
from bot.images.removal import Refused, Removed

BATCH = 2000
PLANS = 1000
"""Plans that are kept at hand, those of the newest requests; older ones are read again."""

_COLUMNS = [column.name for column in table.c if column.name != "number"]
_EVENT = _COLUMNS.index("event") + 1
_WITH_PLAN = [event_codec.KINDS[kind] for kind in event_codec.WITH_PLAN]
_WITH_RECORDS = [event_codec.KINDS[kind] for kind in (StepDone, GuardRemoved, LeftOutside, LayersGone)]
_MEASURED = event_codec.KINDS[Measured]
_PLAN = (
    sa.select(event_table.c.body)
    .where(
        event_table.c.request_id == sa.bindparam("request"),
        event_table.c.kind.in_([sa.literal_column(f"'{kind}'") for kind in _WITH_PLAN]),
        event_table.c.sequence < sa.bindparam("before"),
    )
    .order_by(event_table.c.version.desc())
    .limit(1)
)


_Row = tuple[Any, ...]


class Holding:
    """Holds the records against the events after number *after*, which are given to it one by one, in order."""

    def __init__(self, connection: sa.Connection, after: int) -> None:
        self._connection = connection
        self._plans: dict[RequestId, Fields | str] = {}
        self._grades: dict[RequestId, dict[str, str]] = {}
        self._number = _last_before(connection, after)
        self._summed = None if after else Summed(connection)
        self._findable = Findable(connection, self._number, self._summed)
        self._sequence = after
        self._rows = _stored(connection, self._number)
        self._spoilt = ""
        self._next = self._fetched()

    def _fetched(self) -> _Row | None:
        """Return the next record. Where it cannot even be read, that is what is wrong with the event it stands at."""
        try:
            return next(self._rows, None)
        except (ValueError, TypeError, OverflowError, sa.exc.DataError, sa.exc.OperationalError) as error:
            if isinstance(error, sa.exc.OperationalError) and "decode" not in str(error).lower():
                raise  # a lost connection says nothing about the record
            self._spoilt = f"The removal record after record {self._number} cannot be read: {error}"
            return None

    def fault_of(self, event: Sealed) -> str:
        """Return what is wrong with the records of an event that is as it was written; nothing where they are right."""
        self._sequence = event.sequence
        if event.kind in _WITH_PLAN and event.request is not None:
            self._keep(RequestId(event.request), event.body)
        try:
            expected = self._expected(event) if event.kind in _WITH_RECORDS else []
            if event.kind == _MEASURED:
                self._measured(event)
        except Newer:
            raise
        except (Unreadable, LookupError, ValueError, TypeError, OverflowError) as error:
            return f"Its removal records cannot be told: {error}"
        for row in expected:
            found = self._taken(event.sequence)
            if self._spoilt:
                return self._spoilt
            self._number += 1
            if why := _difference(self._number, row, found):
                return why
            row["number"] = self._number
        if self._spoilt:
            return self._spoilt
        if self._next is not None and self._next[_EVENT] <= event.sequence:
            return f"Removal record {self._next[0]} says that it belongs to it, and does not."
        return self._findable.fault_of(expected)

    def left(self) -> Broken | None:
        """Return the first record that belongs to no event, or that nobody would find; to be asked at the end."""
        if self._spoilt:
            return Broken(sequence=self._sequence + 1, why=self._spoilt)
        if self._next is None:
            return self._findable.left()
        why = f"Removal record {self._next[0]} says that it belongs to it, and there is no such event."
        return Broken(sequence=self._next[_EVENT], why=why)

    def _taken(self, sequence: int) -> _Row | None:
        """Return the next record if it says that it belongs to this event or to an earlier one."""
        row = self._next
        if row is None or row[_EVENT] > sequence:
            return None
        self._next = self._fetched()
        return row

    def _expected(self, event: Sealed) -> list[dict[str, Any]]:
        at, request_id = moment(event.at), RequestId(event.request or 0)
        said = event_codec.fields_of(event.kind, event.format, event.body)
        done = event_codec.event_of(event.kind, said, at=at, request_id=request_id)
        if isinstance(done, LeftOutside | LayersGone):
            return rows_of_look(event.sequence, done)
        if not isinstance(done, StepDone | GuardRemoved):
            raise Unreadable("It is not what its kind says.")
        if not isinstance(done.outcome, Removed | Refused):
            return []
        planned = self._planned(event.sequence, request_id, done, said.object("outcome"))
        if self._summed is not None and isinstance(done, StepDone):
            self._summed.foretell(hour_of(at), of_step(planned.outcome, done.outcome))
        return rows_of_step(event.sequence, request_id, done, planned)

    def _measured(self, event: Sealed) -> None:
        """Count how near the prediction of a request was."""
        if self._summed is not None:
            said = Fields.loads(event.body, "measurement")
            more = of_measurement(said.maybe_number("predicted"), said.number("freed"))
            self._summed.foretell(hour_of(moment(event.at)), more)

    def _planned(self, sequence: int, request_id: RequestId, done: Done, came: Fields) -> Planned:
        """Return what the plan of a request says of a step; only that is read, for a plan may have thousands.

        Where what *came* is what was planned, as it mostly is, that is not made of it a second time.
        """
        plan = self._plans.get(request_id) or self._read(sequence, request_id)
        if isinstance(plan, str):
            plan = Fields.loads(plan, "event with a plan").object("plan")
            self._keep(request_id, plan)
        part, position = place(done)
        outcome = plan.object_of(part, position).object("outcome")
        return Planned(
            steps=len(plan.objects("steps")) if part != "steps" else 0,
            host=plan.text("host"),
            daemon_id=plan.text("daemon_id"),
            store=plan.text("store"),
            outcome=done.outcome if outcome.says_the_same(came) else outcome_from_json(outcome),
            grades=self._graded(request_id, plan),
        )

    def _graded(self, request_id: RequestId, plan: Fields) -> dict[str, str]:
        """Return the grades of a plan, which are read once for all of its steps."""
        if not plan.has("graded"):
            return {}
        if request_id not in self._grades:
            self._grades = {
                request_id: {each.text("image_id"): each.text("grade") for each in plan.maybe_objects("graded")}
            }
        return self._grades[request_id]

    def _keep(self, request_id: RequestId, plan: Fields | str) -> None:
        if len(self._plans) >= PLANS and request_id not in self._plans:
            del self._plans[next(iter(self._plans))]
        self._plans[request_id] = plan
        self._grades.pop(request_id, None)

    def _read(self, sequence: int, request_id: RequestId) -> str:
        """Return the event that gave a request the plan it has before event *sequence*."""
        asked = {"request": request_id, "before": sequence}
        body: str | None = self._connection.execute(_PLAN, asked).scalar_one_or_none()
        if body is None:
            raise Unreadable(f"No plan of request {request_id} is on record before it.")
        return body


def _last_before(connection: sa.Connection, after: int) -> int:
    """Return the number of the last record of the events up to *after*. Records have the order of their events."""
    query = sa.select(table.c.number).where(table.c.event <= after).order_by(table.c.number.desc()).limit(1)
    return connection.execute(query).scalar_one_or_none() or 0 if after else 0


def _stored(connection: sa.Connection, after: int) -> Iterator[_Row]:
    """Yield every record after number *after*: its number, and what is in the other columns, in their order."""
    columns = [table.c.number, *(table.c[name] for name in _COLUMNS)]
    while True:
        query = sa.select(*columns).where(table.c.number > after).order_by(table.c.number).limit(BATCH)
        rows = connection.execute(query).all()
        yield from map(tuple, rows)
        if len(rows) < BATCH:
            return
        after = rows[-1].number


def _difference(number: int, expected: dict[str, Any], found: _Row | None) -> str:
    """Return how a record is not the one that was written as *number*; nothing where it is."""
    if found is None:
        return f"Removal record {number}, which belongs to it, is missing."
    if found[0] != number:
        return f"Removal record {number}, which belongs to it, is missing: {found[0]} stands there."
    if found[1:] == tuple([expected.get(name) for name in _COLUMNS]):
        return ""
    for name, value in zip(_COLUMNS, found[1:], strict=True):
        should = expected.get(name)  # what a row does not say is NULL
        if value != (storable(should) if isinstance(should, str) else should):
            return f"Removal record {number} is not as it was written: {name} is {_shown(value)}."
    return ""


def _shown(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else repr(value)
