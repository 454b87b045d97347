"""Removal records: one row for each reference that was untagged and each image and layer that was deleted."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from bot.approval.events import StepDone
from bot.approval.request import Request
from bot.db.tables import record as table
from bot.db.trail import Counters
from bot.images.removal import DeletedLayer, Record, Removed, Untagged, line


def append(
    connection: sa.Connection, counters: Counters, request: Request, done: Sequence[tuple[int, StepDone]]
) -> Counters:
    """Write the records of the steps that were done, each in the daemon's order. Returns the counters after them.

    Each step comes with the number of its event, which must have been written before.
    """
    rows = [
        {**_common(request, event, sequence), **_row(record, predicted, event.outcome)}
        for sequence, event in done
        if isinstance(event.outcome, Removed)
        for predicted in (_predicted(request, event.step),)
        for record in event.outcome.records
    ]
    if not rows:
        return counters
    numbered = [{"number": number, **row} for number, row in enumerate(rows, start=counters.last_record + 1)]
    connection.execute(table.insert(), numbered)
    return replace(counters, last_record=counters.last_record + len(rows))


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
