"""Requests as rows, and back."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from bot.approval.due import due_at
from bot.approval.request import (
    Approval,
    Claim,
    Closing,
    Person,
    PlanDigest,
    Request,
    RequestId,
    State,
    Token,
)
from bot.db import fleet_codec, undo_codec, waiting_codec
from bot.db.fields import Fields, Json, Unreadable, dumps
from bot.db.needs_codec import needs_from_json, needs_to_json
from bot.db.plan_codec import Object, dump_plan, load_plan
from bot.db.waiting_codec import person_from_json, person_to_json, step_state_from_json, step_state_to_json
from bot.images.restoral import RestorePlan

FORMAT = 3
"""1 did not say what was measured; 2 knew no followers, looks, calls and reviews."""

SLOT = 1
"""The place on its host that a claim takes. There is one; the column is there for hosts that may have more."""

Row = sa.RowMapping
"""Columns by name, with the values that their types give."""


def maybe_person_to_json(person: Person | None) -> Json:
    """Return *person* as JSON, and None as null."""
    return None if person is None else person_to_json(person)


def maybe_person_from_json(fields: Fields | None) -> Person | None:
    """Return the person, or None where there is none."""
    return None if fields is None else person_from_json(fields)


def first_row(request: Request) -> dict[str, Any]:
    """Return the columns of a request that never change, and those that do."""
    return {
        "id": request.id,
        "host": request.plan.host,
        "requester_team": request.requester.team_id,
        "requester_user": request.requester.user_id,
        "channel": request.channel,
        "reason": request.reason,
        "asked_at": request.asked_at,
        "expires_at": request.expires_at,
        "break_glass": request.break_glass,
        "restores": request.plan.of if isinstance(request.plan, RestorePlan) else None,
        "fleet": request.member.fleet if request.member else None,
        **plan_row(request),
        **claim_row(request.claim),
        **changing_row(request),
    }


def plan_row(request: Request) -> dict[str, Any]:
    """Return the columns that change only where steps are left out of the plan."""
    return {"token": request.token, "digest": request.digest, "plan": dump_plan(request.plan)}


def changing_row(request: Request) -> dict[str, Any]:
    """Return the columns that an event changes, but for the claim."""
    return {
        "version": request.version,
        "state": request.state.value,
        "changed_at": request.changed_at,
        "due_at": due_at(request),
        "undo_at": request.undo_at,
        "progress": dump_progress(request),
    }


def claim_row(claim: Claim | None) -> dict[str, Any]:
    """Return the columns of a claim, or of none."""
    return {
        "claim_owner": claim.owner if claim else None,
        "claim_number": claim.number if claim else None,
        "claim_until": claim.until if claim else None,
        "claim_slot": SLOT if claim else None,
    }


def approval_row(request_id: RequestId, position: int, approval: Approval) -> dict[str, Any]:
    """Return the row of an approval, the *position*-th of its request."""
    return {
        "request_id": request_id,
        "team_id": approval.by.team_id,
        "user_id": approval.by.user_id,
        "position": position,
        "at": approval.at,
        "basis": approval.basis,
        "seen_at": approval.seen_at,
    }


def approval_of(row: Row) -> Approval:
    """Return the approval of a row."""
    by = Person(team_id=row["team_id"], user_id=row["user_id"])
    return Approval(by=by, at=row["at"], basis=row["basis"], seen_at=row["seen_at"])


def request_of(row: Row, approvals: Sequence[Approval]) -> Request:
    """Return the request of a row, with the approvals that count."""
    progress = Fields.loads(row["progress"], f"progress of request {row['id']}")
    progress.format(FORMAT)
    return Request(
        id=RequestId(row["id"]),
        version=row["version"],
        state=_state(row["state"]),
        requester=Person(team_id=row["requester_team"], user_id=row["requester_user"]),
        channel=row["channel"],
        reason=row["reason"],
        plan=load_plan(row["plan"]),
        digest=PlanDigest(row["digest"]),
        token=Token(row["token"]),
        needs=needs_from_json(progress.object("needs")),
        asked_at=row["asked_at"],
        expires_at=row["expires_at"],
        approvals=tuple(approvals),
        steps=tuple(step_state_from_json(step) for step in progress.objects("steps")),
        claim=_claim_of(row),
        closing=_closing_from_json(progress.maybe_object("closing")),
        measured=progress.maybe_number("measured"),
        followers=tuple(map(person_from_json, progress.maybe_objects("followers"))),
        left_out=tuple(map(waiting_codec.left_out_from_json, progress.maybe_objects("left_out"))),
        look=waiting_codec.look_from_json(progress.maybe_object("look")),
        calls=tuple(map(waiting_codec.called_from_json, progress.maybe_objects("calls"))),
        break_glass=progress.maybe_flag("break_glass"),
        review=waiting_codec.review_from_json(progress.maybe_object("review")),
        undo=undo_codec.undo_from_json(progress.maybe_object("undo")),
        member=fleet_codec.member_from_json(progress.maybe_object("member")),
        held=progress.maybe_flag("held"),
        changed_at=row["changed_at"],
    )


def _state(word: str) -> State:
    try:
        return State(word)
    except ValueError as error:
        raise Unreadable(f"No version of a request is {word!r} that this version of imgbot knows.") from error


def _claim_of(row: Row) -> Claim | None:
    if row["claim_owner"] is None:
        return None
    return Claim(owner=row["claim_owner"], number=row["claim_number"], until=row["claim_until"])


def dump_progress(request: Request) -> str:
    """Return what the request needs, how far its steps have come and what closed it, as the text that is stored."""
    undo: Object = {"undo": undo_codec.undo_to_json(request.undo)} if request.undo else {}  # once there was none
    held: Object = {"held": True} if request.held else {}  # likewise
    return dumps(
        undo
        | fleet_codec.member_to_json(request.member)
        | held
        | {
            "format": FORMAT,
            "needs": needs_to_json(request.needs),
            "steps": [step_state_to_json(step) for step in request.steps],
            "closing": _closing_to_json(request.closing),
            "measured": request.measured,
            "followers": [person_to_json(person) for person in request.followers],
            "left_out": [waiting_codec.left_out_to_json(left_out) for left_out in request.left_out],
            "look": waiting_codec.look_to_json(request.look),
            "calls": [waiting_codec.called_to_json(called) for called in request.calls],
            "break_glass": request.break_glass,
            "review": waiting_codec.review_to_json(request.review),
        }
    )


def _closing_to_json(closing: Closing | None) -> Json:
    return None if closing is None else {"by": maybe_person_to_json(closing.by), "why": closing.why}


def _closing_from_json(fields: Fields | None) -> Closing | None:
    if fields is None:
        return None
    return Closing(by=maybe_person_from_json(fields.maybe_object("by")), why=fields.text("why"))
