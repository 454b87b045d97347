"""Events and notes as JSON, and back. Their time and the request that they are about are columns of their own.

A format is never changed once it was released (``plan_codec``).
"""

from datetime import datetime

from bot.approval.events import (
    Approved,
    Asked,
    CalledFor,
    Claimed,
    Drifted,
    Event,
    Expired,
    Finished,
    Interrupted,
    Joined,
    LookEnded,
    Looking,
    Measured,
    Narrowed,
    Rejected,
    Released,
    Reviewed,
    StepBegun,
    StepDone,
    StepNotDone,
    StepSkipped,
    StepUnclear,
    Withdrawn,
)
from bot.approval.notes import Note
from bot.approval.request import Approval, Call, PlanDigest, RequestId, Token
from bot.approval.undo_events import Guarded, Guarding, GuardRemoved, ReclaimBegun, UndoBegun, Undone
from bot.db import fleet_codec, note_codec, undo_codec
from bot.db.columns import micros
from bot.db.fields import Fields, Newer, Unreadable, dumps
from bot.db.needs_codec import needs_from_json, needs_to_json
from bot.db.plan_codec import Object, outcome_from_json, outcome_to_json, plan_from_json, plan_to_json
from bot.db.request_codec import maybe_person_from_json, maybe_person_to_json
from bot.db.waiting_codec import person_from_json, person_to_json

FORMAT = 2
"""1 knew no more of an approval than its basis, and of a request nothing but its rule."""

KINDS: dict[type[Event | Note], str] = {
    Asked: "asked",
    Approved: "approved",
    Rejected: "rejected",
    Withdrawn: "withdrawn",
    Expired: "expired",
    Drifted: "drifted",
    Claimed: "claimed",
    StepBegun: "step-begun",
    StepDone: "step-done",
    StepSkipped: "step-skipped",
    StepNotDone: "step-not-done",
    StepUnclear: "step-unclear",
    Interrupted: "interrupted",
    Finished: "finished",
    Measured: "measured",
    Narrowed: "narrowed",
    Joined: "joined",
    Looking: "looking",
    LookEnded: "look-ended",
    CalledFor: "called",
    Reviewed: "reviewed",
    Released: "released",
    **undo_codec.KINDS,
    **note_codec.KINDS,
}
"""What each event is called in the record."""

WITH_PLAN: tuple[type[Event], ...] = (Asked, Narrowed)
"""The events that give a request its plan, each as ``plan`` in its JSON."""


def dump_event(event: Event | Note) -> str:
    """Return *event*, but for its time, as the text that is stored and hashed."""
    return dumps(_to_json(event))


def _to_json(event: Event | Note) -> Object:
    match event:
        case Asked():
            return _asked_to_json(event)
        case Approved():
            return _approved_to_json(event)
        case Narrowed():
            return _narrowed_to_json(event)
        case Joined(by=by, channel=channel):
            return {"by": person_to_json(by), "channel": channel}
        case Looking(by=by, until=until):
            return {"by": person_to_json(by), "until": micros(until)}
        case LookEnded() | Expired():
            return {}
        case CalledFor(call=call, to=to):
            return {"call": call.value, "to": list(to)}
        case Reviewed(by=by, basis=basis, note=note):
            return {"by": person_to_json(by), "basis": basis, "note": note}
        case Released(by=by, basis=basis):
            return {"by": maybe_person_to_json(by), "basis": basis}
        case Rejected(by=by, basis=basis, why=why):
            return {"by": person_to_json(by), "basis": basis, "why": why}
        case Withdrawn(by=by):
            return {"by": person_to_json(by)}
        case Drifted(difference=difference):
            return {"difference": list(difference)}
        case Claimed(owner=owner, until=until, by=by):
            return {"owner": owner, "until": micros(until), "by": maybe_person_to_json(by)}
        case StepBegun(step=step):
            return {"step": step}
        case StepDone(step=step, outcome=outcome, found=found, answer=answer):
            done: Object = {"step": step, "outcome": outcome_to_json(outcome), "found": found}
            return done | {"answer": answer} if answer else done  # once there was none
        case StepSkipped(step=step, why=why) | StepUnclear(step=step, why=why):
            return {"step": step, "why": why}
        case StepNotDone(step=step, found=found):
            return {"step": step, "found": found}
        case Interrupted(why=why):
            return {"why": why}
        case Finished(by=by):
            return {"by": maybe_person_to_json(by)}
        case Measured(freed=freed, predicted=predicted):
            measured: Object = {"freed": freed}
            return measured if predicted is None else measured | {"predicted": predicted}  # once it was not said
        case Guarding() | Guarded() | UndoBegun() | Undone() | ReclaimBegun() | GuardRemoved():
            return undo_codec.to_json(event)
        case _:
            return note_codec.to_json(event)


def _approved_to_json(event: Approved) -> Object:
    approval = event.approval
    return {
        "by": person_to_json(approval.by),
        "approved_at": micros(approval.at),
        "basis": approval.basis,
        "seen_at": None if approval.seen_at is None else micros(approval.seen_at),
        "digest": event.digest,
    }


def _asked_to_json(event: Asked) -> Object:
    return fleet_codec.member_to_json(event.member) | {
        "by": person_to_json(event.by),
        "channel": event.channel,
        "reason": event.reason,
        "plan": plan_to_json(event.plan),
        "digest": event.digest,
        "token": event.token,
        "needs": needs_to_json(event.needs),
        "expires_at": micros(event.expires_at),
        "again_of": event.again_of,
        "break_glass": event.break_glass,
    }


def _narrowed_to_json(event: Narrowed) -> Object:
    return fleet_codec.member_to_json(event.member) | {
        "by": person_to_json(event.by),
        "basis": event.basis,
        "plan": plan_to_json(event.plan),
        "digest": event.digest,
        "token": event.token,
        "needs": needs_to_json(event.needs),
        "left_out": list(event.left_out),
    }


def load_event(kind: str, format_: int, body: str, *, at: datetime, request_id: RequestId | None) -> Event | Note:
    """Return the event that was stored. Unreadable where it is none that this version knows."""
    return event_of(kind, fields_of(kind, format_, body), at=at, request_id=request_id)


def fields_of(kind: str, format_: int, body: str) -> Fields:
    """Return what an event says, which is read once where more is asked of it than which event it is."""
    if not 1 <= format_ <= FORMAT:
        raise (Newer if format_ > FORMAT else Unreadable)(
            f"An event is in format {format_}, and this version of imgbot reads up to {FORMAT}."
            " Use the version that wrote it, or a newer one."
        )
    return Fields.loads(body, f'event "{kind}"')


def event_of(kind: str, fields: Fields, *, at: datetime, request_id: RequestId | None) -> Event | Note:
    """Return the event that says this."""
    if kind.startswith("step-"):
        return _step_from_json(kind, fields, at)
    match kind:
        case "asked":
            return _asked_from_json(fields, at)
        case "approved":
            return _approved_from_json(fields, at)
        case "rejected":
            by = person_from_json(fields.object("by"))
            return Rejected(at=at, by=by, basis=fields.text("basis"), why=fields.text("why"))
        case "released":
            released_by = maybe_person_from_json(fields.maybe_object("by"))
            return Released(at=at, by=released_by, basis=fields.text("basis"))
        case "withdrawn":
            return Withdrawn(at=at, by=person_from_json(fields.object("by")))
        case "expired":
            return Expired(at=at)
        case "drifted":
            return Drifted(at=at, difference=fields.texts("difference"))
        case "claimed":
            again = maybe_person_from_json(fields.maybe_object("by"))
            return Claimed(at=at, owner=fields.text("owner"), until=fields.moment("until"), by=again)
        case "interrupted":
            return Interrupted(at=at, why=fields.text("why"))
        case "finished":
            return Finished(at=at, by=maybe_person_from_json(fields.maybe_object("by")))
        case "measured":
            return Measured(at=at, freed=fields.number("freed"), predicted=fields.maybe_number("predicted"))
        case "narrowed" | "joined" | "looking" | "look-ended" | "called" | "reviewed":
            return _waiting_from_json(kind, fields, at)
        case _:
            note = undo_codec.from_json(kind, fields, at) or note_codec.from_json(kind, fields, at, request_id)
            if note is None:
                raise _unknown(kind)
            return note


def _waiting_from_json(kind: str, fields: Fields, at: datetime) -> Event:
    """Return an event that decides nothing."""
    match kind:
        case "narrowed":
            return _narrowed_from_json(fields, at)
        case "joined":
            return Joined(at=at, by=person_from_json(fields.object("by")), channel=fields.text("channel"))
        case "looking":
            return Looking(at=at, by=person_from_json(fields.object("by")), until=fields.moment("until"))
        case "look-ended":
            return LookEnded(at=at)
        case "called":
            return CalledFor(at=at, call=fields.one_of("call", Call), to=fields.texts("to"))
        case "reviewed":
            by = person_from_json(fields.object("by"))
            return Reviewed(at=at, by=by, basis=fields.text("basis"), note=fields.text("note"))
        case _:
            raise _unknown(kind)


def _narrowed_from_json(fields: Fields, at: datetime) -> Narrowed:
    return Narrowed(
        at=at,
        by=person_from_json(fields.object("by")),
        basis=fields.text("basis"),
        plan=plan_from_json(fields.object("plan")),
        digest=PlanDigest(fields.text("digest")),
        token=Token(fields.text("token")),
        needs=needs_from_json(fields.object("needs")),
        left_out=fields.numbers("left_out"),
        member=fleet_codec.member_from_json(fields.maybe_object("member")),
    )


def _asked_from_json(fields: Fields, at: datetime) -> Asked:
    again_of = fields.maybe_number("again_of")
    return Asked(
        at=at,
        by=person_from_json(fields.object("by")),
        channel=fields.text("channel"),
        reason=fields.text("reason"),
        plan=plan_from_json(fields.object("plan")),
        digest=PlanDigest(fields.text("digest")),
        token=Token(fields.text("token")),
        needs=needs_from_json(fields.object("needs")),
        expires_at=fields.moment("expires_at"),
        again_of=None if again_of is None else RequestId(again_of),
        break_glass=fields.maybe_flag("break_glass"),
        member=fleet_codec.member_from_json(fields.maybe_object("member")),
    )


def _approved_from_json(fields: Fields, at: datetime) -> Approved:
    approval = Approval(
        by=person_from_json(fields.object("by")),
        at=fields.moment("approved_at"),
        basis=fields.text("basis"),
        seen_at=fields.maybe_moment("seen_at"),
    )
    return Approved(at=at, approval=approval, digest=PlanDigest(fields.text("digest")))


def _step_from_json(kind: str, fields: Fields, at: datetime) -> Event:
    step = fields.number("step")
    match kind:
        case "step-begun":
            return StepBegun(at=at, step=step)
        case "step-done":
            outcome = outcome_from_json(fields.object("outcome"))
            answer = fields.text("answer") if fields.has("answer") else ""
            return StepDone(at=at, step=step, outcome=outcome, found=fields.text("found"), answer=answer)
        case "step-skipped":
            return StepSkipped(at=at, step=step, why=fields.text("why"))
        case "step-not-done":
            return StepNotDone(at=at, step=step, found=fields.text("found"))
        case "step-unclear":
            return StepUnclear(at=at, step=step, why=fields.text("why"))
        case _:
            raise _unknown(kind)


def _unknown(kind: str) -> Unreadable:
    return Unreadable(f'An event is of the kind "{kind}", which this version of imgbot does not know.')
