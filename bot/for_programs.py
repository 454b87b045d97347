"""What the command line prints for programs: requests and plans as JSON objects. Keys are only ever added."""

from collections.abc import Mapping, Sequence

from bot.approval.digest import code, digest
from bot.approval.fleet import Fleet
from bot.approval.request import Request
from bot.audit.export import JsonValue, record_json
from bot.audit.query import HistoryRecord
from bot.db.store import RecordedEvent
from bot.images.grading import deleted_by
from bot.images.removal import Plan, Step
from bot.images.restoral import AnyPlan, AnyStep, RestorePlan, steps_of
from bot.in_lines import goes_later, planned, reclaims
from bot.slack.against import came_lines
from bot.slack.mrkdwn import unmarked
from bot.slack.timeline import what

Nested = JsonValue | Sequence["Nested"] | Mapping[str, "Nested"]


def fleet_json(shown: Fleet) -> dict[str, object]:
    """Return a request for several hosts for programs."""
    asked = shown.asked
    return {
        "request": asked.number,
        "state": shown.state.value,
        "command": asked.command,
        "plan": code(asked.digest),
        "hosts": [
            {"host": each.plan.host, "request": each.id, "state": each.state.value, "plan": code(each.digest)}
            for each in shown.members
        ],
        "unplanned": [{"host": each.host, "why": each.why} for each in asked.unplanned],
        "uses": list(asked.uses),
    }


def plan_json(plan: Plan) -> dict[str, Nested]:
    """Return a plan as a JSON object; keys are only ever added."""
    return {
        "host": plan.host,
        "store": plan.store.value,
        "plan": digest(plan),
        "steps": [
            {
                "word": step.removal.word,
                "target": step.removal.target,
                "image_id": step.removal.image_id,
                "planned": planned(step),
                "frees": step.freed.bytes,
                "doubts": [doubt.why for doubt in step.doubts],
                "grade": _grade_json(plan, step),
            }
            for step in plan.steps
        ],
    }


def _grade_json(plan: AnyPlan, step: AnyStep) -> dict[str, Nested] | None:
    """Return how the image that a step deletes can be had back; None where it deletes none, or nobody looked."""
    image_id = deleted_by(step) if isinstance(step, Step) else None
    found = next((each for each in plan.graded if each.image_id == image_id), None)
    if found is None:
        return None
    return {
        "grade": found.grade.value,
        "reference": found.reference,
        "asked_at": found.asked_at.isoformat() if found.asked_at else None,
        "why": found.why,
    }


def request_json(
    shown: Request,
    timeline: Sequence[RecordedEvent],
    records: Sequence[HistoryRecord],
    restorals: Sequence[Request] = (),
) -> dict[str, Nested]:
    """Return one request as a JSON object; keys are only ever added."""
    return {
        "request": shown.id,
        "state": shown.state.value,
        "host": shown.plan.host,
        "command": shown.plan.command,
        "plan": shown.digest,
        "restores": shown.plan.of if isinstance(shown.plan, RestorePlan) else None,
        "requester": shown.requester.user_id,
        "reason": shown.reason,
        "asked_at": shown.asked_at.isoformat(),
        "approvals": [
            {
                "by": approval.by.user_id,
                "at": approval.at.isoformat(),
                "basis": approval.basis,
                "seen_at": approval.seen_at.isoformat() if approval.seen_at else None,
            }
            for approval in shown.approvals
        ],
        "steps": _steps_json(shown),
        "timeline": [
            {
                "event": event.sequence,
                "at": event.at.isoformat(),
                "kind": event.kind,
                "hash": event.hash,
                "told": unmarked(what(event.event)),
            }
            for event in timeline
        ],
        "records": [dict(record_json(record)) for record in records],
        "restored_by": [
            {"request": each.id, "state": each.state.value, "changed_at": each.changed_at.isoformat()}
            for each in restorals
        ],
        "reclaimed": _reclaimed_json(shown),
    }


def _steps_json(shown: Request) -> list[Nested]:
    return [
        {
            "word": step.word,
            "target": step.removal.target if isinstance(step, Step) else step.restoral.source,
            "image_id": step.removal.image_id if isinstance(step, Step) else step.restoral.image_id,
            "progress": state.progress.value,
            "note": state.note,
            "planned": planned(step),
            "came": came_lines(state),
            "grade": _grade_json(shown.plan, step),
        }
        for step, state in zip(steps_of(shown.plan), shown.steps, strict=True)
    ]


def _reclaimed_json(shown: Request) -> list[Nested]:
    return [
        {
            "image_id": step.removal.image_id,
            "progress": state.progress.value,
            "note": state.note,
            "planned": goes_later(step),
            "came": came_lines(state),
        }
        for step, state in reclaims(shown)
    ]
