"""The approvals that a request needs, as JSON, and back."""

from datetime import timedelta

from bot.approval.request import Needs
from bot.db.fields import Fields
from bot.db.plan_codec import Object


def needs_to_json(needs: Needs) -> Object:
    """Return *needs* as JSON."""
    undo: Object = {"undo": _seconds(needs.undo)} if needs.undo is not None else {}  # once there was none
    return undo | {
        "count": needs.count,
        "approvers": list(needs.approvers),
        "rule": needs.rule,
        "remind_after": _seconds(needs.remind_after),
        "escalate_after": _seconds(needs.escalate_after),
        "escalate_to": list(needs.escalate_to),
    }


def _seconds(duration: timedelta | None) -> int | None:
    return None if duration is None else int(duration.total_seconds())


def _duration(seconds: int | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def needs_from_json(fields: Fields) -> Needs:
    """Return what a request needs."""
    return Needs(
        count=fields.number("count"),
        approvers=fields.texts("approvers"),
        rule=fields.text("rule"),
        remind_after=_duration(fields.maybe_number("remind_after")),
        escalate_after=_duration(fields.maybe_number("escalate_after")),
        escalate_to=fields.maybe_texts("escalate_to"),
        undo=_duration(fields.maybe_number("undo")),
    )
