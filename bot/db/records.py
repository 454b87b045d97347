"""Removal records: one row for each reference that was untagged and each image and layer that was deleted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, assert_never

import sqlalchemy as sa

from bot.approval.events import StepDone
from bot.approval.notes import LayersGone, LeftOutside
from bot.approval.request import Request, RequestId
from bot.approval.undo_events import GuardRemoved
from bot.db import finding
from bot.db.tables import record as table
from bot.db.trail import Counters
from bot.images.leaving import Left
from bot.images.removal import DeletedImage, DeletedLayer, Record, Removed, Untagged, line
from bot.images.restoral import AnyPlan, NotPutBack, StepOutcome, steps_of

Done = StepDone | GuardRemoved
"""The events of a request that records follow from."""


def append(
    connection: sa.Connection, counters: Counters, request: Request, done: Sequence[tuple[int, Done]]
) -> Counters:
    """Write the records of the steps that were done, each in the daemon's order. Returns the counters after them.

    Each step comes with the number of its event, which must have been written before.
    """
    rows = [
        row
        for sequence, event in done
        for row in rows_of_step(sequence, request.id, event, planned(request.plan, event))
    ]
    return _written(connection, counters, rows)


def _written(connection: sa.Connection, counters: Counters, rows: Sequence[dict[str, Any]]) -> Counters:
    if not rows:
        return counters
    numbered = [{"number": number, **row} for number, row in enumerate(rows, start=counters.last_record + 1)]
    connection.execute(table.insert(), [{name: row[name] for name in row if name != "grade"} for row in numbered])
    finding.write(connection, numbered)
    return replace(counters, last_record=counters.last_record + len(rows))


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What a plan says of a step that counts for its records: where it is done, and what was predicted of it.

    ``steps`` is how many there are: a guard that is removed counts as a step behind them. ``grades`` are those of the
    images that go, by their IDs.
    """

    host: str
    daemon_id: str
    store: str
    outcome: StepOutcome | NotPutBack
    steps: int
    grades: Mapping[str, str] = field(default_factory=dict)


def place(event: Done) -> tuple[str, int]:
    """Return where in a plan is what *event* is about: in which of its lists, and at which place."""
    return ("steps", event.step) if isinstance(event, StepDone) else ("reclaims", event.number)


def planned(plan: AnyPlan, event: Done) -> Planned:
    """Return what *plan* says of the step that was done, or of the guard that was removed."""
    part, position = place(event)
    outcome = (steps_of(plan) if part == "steps" else plan.reclaims)[position].outcome
    return Planned(
        host=plan.host,
        daemon_id=plan.daemon_id,
        store=plan.store.value,
        outcome=outcome,
        steps=len(plan.steps),
        grades=_grades(plan, event),
    )


def _grades(plan: AnyPlan, event: Done) -> dict[str, str]:
    """Return the grades of what went in a step, of all that the plan has."""
    if not plan.graded or not isinstance(event.outcome, Removed):
        return {}
    gone = {record.image_id for record in event.outcome.records if isinstance(record, DeletedImage)}
    return {each.image_id: each.grade.value for each in plan.graded if each.image_id in gone}


def rows_of_step(sequence: int, request_id: RequestId, event: Done, planned: Planned) -> list[dict[str, Any]]:
    """Return the rows that follow from a step that was done, or a guard that was removed, all but their numbers.

    It is event number *sequence*. What is written and what is verified are both this. A guard's own name is no row. An
    image that was graded has a ``grade`` besides, which is no column: it is only searched by.
    """
    if not isinstance(event.outcome, Removed):
        return []
    common = _common(sequence, request_id, event, planned)
    predicted = _predicted(planned.outcome)
    rows = [
        {**common, **_row(record, predicted, event.outcome), **_grade(record, planned)}
        for record in event.outcome.records
    ]
    if isinstance(event, StepDone):
        return rows
    return [{**row, "names": " ".join(event.names)} for row in rows]


def _grade(record: Record, planned: Planned) -> dict[str, str]:
    grade = planned.grades.get(record.image_id) if isinstance(record, DeletedImage) else None
    return {"grade": grade} if grade else {}


def _common(sequence: int, request_id: RequestId, event: Done, planned: Planned) -> dict[str, Any]:
    part, position = place(event)
    return {
        "event": sequence,
        "request_id": request_id,
        "step": position if part == "steps" else planned.steps + position,
        "host": planned.host,
        "daemon_id": planned.daemon_id,
        "store": planned.store,
        "at": event.at,
        "source": "derived" if event.found else "reported",
        "via": "bot",
    }


def _row(record: Record, predicted: frozenset[str], outcome: Removed) -> dict[str, Any]:
    layer = record if isinstance(record, DeletedLayer) else None
    return {
        "kind": "untagged" if isinstance(record, Untagged) else "deleted",
        "reference": record.reference if isinstance(record, Untagged) else None,
        "names": " ".join(_names(record, outcome)),
        "image_id": record.image_id,
        "chain_id": layer.chain_id if layer else None,
        "bytes": layer.bytes if layer else None,
        "predicted": line(record) in predicted,
    }


def _names(record: Record, outcome: Removed) -> list[str]:
    """Return the references that the record's image lost in the same removal: a layer is asked for by them too."""
    return [r.reference for r in outcome.records if isinstance(r, Untagged) and r.image_id == record.image_id]


def _predicted(outcome: StepOutcome | NotPutBack) -> frozenset[str]:
    """Return what was predicted of a step, as Docker's lines: sizes make no difference."""
    return frozenset(map(line, outcome.records)) if isinstance(outcome, Removed) else frozenset()


def append_derived(connection: sa.Connection, counters: Counters, event: LeftOutside | LayersGone) -> Counters:
    """Write what looks at a host showed, by the event that was written last. Returns the counters after it."""
    return _written(connection, counters, rows_of_look(counters.head.sequence, event))


def rows_of_look(sequence: int, event: LeftOutside | LayersGone) -> list[dict[str, Any]]:
    """Return the rows that follow from event number *sequence*, likewise."""
    place = {"event": sequence, "host": event.host, "daemon_id": event.daemon_id, "store": event.store.value}
    match event:
        case LeftOutside(left=left):
            common = {**place, "source": "derived", "request_id": None, "step": None, "via": "external"}
            return [{**common, **row} for each in left for row in _rows_of_left(each)]
        case LayersGone(request_id=request_id, step=step, layers=layers, names=names, at=at):
            common = {**place, "source": "derived", "request_id": request_id, "step": step, "via": "bot", "at": at}
            rows = [_row(layer, frozenset(), Removed(records=())) for layer in layers]
            return [{**common, **row, "names": " ".join(names)} for row in rows]
        case _:
            assert_never(event)


def _rows_of_left(left: Left) -> Iterator[dict[str, Any]]:
    earliest = None if left.earliest == left.latest else left.earliest
    for record in _records(left):
        row = _row(record, frozenset(), Removed(records=()))
        yield {**row, "names": " ".join(left.names), "at": left.latest, "earliest": earliest}


def _records(left: Left) -> Iterator[Record]:
    """Yield what left as a daemon would have told it: names, the image, its layers."""
    for name in left.untagged:
        yield Untagged(reference=name, image_id=left.image_id)
    if left.deleted:
        yield DeletedImage(image_id=left.image_id)
    yield from left.layers
