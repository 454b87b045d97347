"""Removal records: one row for each reference that was untagged and each image and layer that was deleted."""

from typing import Any, assert_never

import sqlalchemy as sa

from bot.approval.events import StepDone
from bot.approval.request import Request
from bot.db import trail
from bot.db.tables import record as table
from bot.images.removal import DeletedImage, DeletedLayer, Record, Removed, Untagged


def write(connection: sa.Connection, request: Request, event: StepDone, sequence: int) -> None:
    """Write the records of a step that was done, in the daemon's order; *sequence* is the event's number."""
    if not isinstance(event.outcome, Removed) or not event.outcome.records:
        return
    first = trail.locked_counters(connection).last_record + 1
    rows = [
        {"number": number, **_common(request, event, sequence), **_row(record, request, event)}
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


def _row(record: Record, request: Request, event: StepDone) -> dict[str, Any]:
    predicted = _predicted(request, event.step)
    same = predicted.get(_essence(record))
    return {
        "kind": "untagged" if isinstance(record, Untagged) else "deleted",
        "reference": record.reference if isinstance(record, Untagged) else None,
        "image_id": record.image_id,
        "chain_id": record.chain_id if isinstance(record, DeletedLayer) else None,
        "bytes": _bytes(record, same),
        "predicted": same is not None,
    }


def _predicted(request: Request, step: int) -> dict[tuple[str, str], Record]:
    outcome = request.plan.steps[step].outcome
    return {_essence(record): record for record in outcome.records} if isinstance(outcome, Removed) else {}


def _bytes(record: Record, predicted: Record | None) -> int | None:
    """Return a layer's size: the plan has measured it, the daemon does not tell it."""
    if not isinstance(record, DeletedLayer):
        return None
    if record.bytes is None and isinstance(predicted, DeletedLayer):
        return predicted.bytes
    return record.bytes


def _essence(record: Record) -> tuple[str, str]:
    """Return what makes two records the same."""
    match record:
        case Untagged(reference=reference):
            return "untagged", reference
        case DeletedImage(image_id=image_id):
            return "image", image_id
        case DeletedLayer(chain_id=chain_id):
            return "layer", chain_id
        case _:
            assert_never(record)
