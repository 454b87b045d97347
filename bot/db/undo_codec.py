"""The events of an undo, and how it stands, as JSON, and back."""

from datetime import datetime
from typing import assert_never

from bot.approval.events import Event
from bot.approval.notes import Note
from bot.approval.request import Undo, Window
from bot.approval.undo_events import Guarded, Guarding, GuardRemoved, ReclaimBegun, UndoBegun, UndoEvent, Undone
from bot.db.columns import micros
from bot.db.fields import Fields, Json
from bot.db.plan_codec import Object, outcome_to_json, removal_outcome_from_json
from bot.db.waiting_codec import person_from_json, person_to_json, step_state_from_json, step_state_to_json

KINDS: dict[type[Event | Note], str] = {
    Guarding: "guarding",
    Guarded: "guarded",
    UndoBegun: "undo-begun",
    Undone: "undone",
    ReclaimBegun: "reclaim-begun",
    GuardRemoved: "guard-removed",
}
"""What each event is called in the record."""


def to_json(event: UndoEvent) -> Object:
    """Return *event*, but for its time."""
    match event:
        case Guarding(guards=guards):
            return {"guards": list(guards)}
        case Guarded():
            return {}
        case UndoBegun(owner=owner, by=by, basis=basis) | ReclaimBegun(owner=owner, by=by, basis=basis):
            return {"owner": owner, "by": None if by is None else person_to_json(by), "basis": basis}
        case Undone(back=back, left=left):
            return {"back": list(back), "left": list(left)}
        case GuardRemoved():
            return {
                "number": event.number,
                "outcome": outcome_to_json(event.outcome),
                "names": list(event.names),
                "found": event.found,
                "answer": event.answer,
            }
        case _:
            assert_never(event)


def from_json(kind: str, fields: Fields, at: datetime) -> UndoEvent | None:
    """Return the event that was stored; None for a kind that is none of these."""
    match kind:
        case "guarding":
            return Guarding(at=at, guards=fields.texts("guards"))
        case "guarded":
            return Guarded(at=at)
        case "undo-begun" | "reclaim-begun":
            made = UndoBegun if kind == "undo-begun" else ReclaimBegun
            by = fields.maybe_object("by")
            person = None if by is None else person_from_json(by)
            return made(at=at, owner=fields.text("owner"), by=person, basis=fields.text("basis"))
        case "undone":
            return Undone(at=at, back=fields.texts("back"), left=fields.texts("left"))
        case "guard-removed":
            return GuardRemoved(
                at=at,
                number=fields.number("number"),
                outcome=removal_outcome_from_json(fields.object("outcome")),
                names=fields.texts("names"),
                found=fields.text("found"),
                answer=fields.text("answer"),
            )
    return None


def undo_to_json(undo: Undo) -> Json:
    """Return how an undo stands, as JSON."""
    guards: Json = [*undo.guards]
    reclaims: Json = [step_state_to_json(state) for state in undo.reclaims]
    back: Json = [*undo.back]
    left: Json = [*undo.left]
    ended: dict[str, Json] = {"ended": undo.ended} if undo.ended else {}
    return ended | {
        "window": undo.window.value,
        "guards": guards,
        "reclaims": reclaims,
        "until": None if undo.until is None else micros(undo.until),
        "owner": undo.owner,
        "by": None if undo.by is None else person_to_json(undo.by),
        "back": back,
        "left": left,
    }


def undo_from_json(fields: Fields | None) -> Undo | None:
    """Return how an undo stands."""
    if fields is None:
        return None
    by = fields.maybe_object("by")
    return Undo(
        window=fields.one_of("window", Window),
        guards=fields.texts("guards"),
        reclaims=tuple(map(step_state_from_json, fields.objects("reclaims"))),
        until=fields.maybe_moment("until"),
        owner=fields.text("owner"),
        by=None if by is None else person_from_json(by),
        back=fields.texts("back"),
        left=fields.texts("left"),
        ended=fields.maybe_number("ended") or 0,
    )
