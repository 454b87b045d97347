"""Removal records: one row for each reference that was untagged and each image and layer that was deleted."""

from typing import Any

import sqlalchemy as sa

from bot.approval.events import StepDone
from bot.approval.request import Request
from bot.db import trail
from bot.db.tables import record as table
from bot.images.removal import DeletedLayer, Record, Removed, Untagged, line


def write(connection: sa.Connection, request: Request, event: StepDone, sequence: int) -> None:
    """Write the records of a step that was done, in the daemon's order; *sequence* is the event's number."""
    if not isinstance(event.outcome, Removed) or not event.outcome.records:
        return
    predicted = _predicted(request, event.step)
    first = trail.locked_counters(connection).last_record + 1
    rows = [
        {"number": number, **_common(request, event, sequence), **_row(record, predicted, event.outcome)}
        for number, record in enumerate(event.outcome.records, start=first)
    ]
    connection.execute(table.insert(), rows)
    trail.count_up(connection, last_record=rows[-1]["number"])


def _common(request: Request, event: StepDone, sequence: int) -> dict[str, Any]:
    return {
        "event": sequence,
        "request_id": request.id,
        "step": event.step,
        "host": request.plan.host,
        "daemon_id": request.plan.daemon_id,
        "store": request.plan.store.value,
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


def _predicted(request: Request, step: int) -> frozenset[str]:
    """Return what was predicted of a step, as Docker's lines: sizes make no difference."""
    outcome = request.plan.steps[step].outcome
    return frozenset(map(line, outcome.records)) if isinstance(outcome, Removed) else frozenset()
