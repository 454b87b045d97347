"""What is on record of the record itself, as JSON, and back."""

from datetime import datetime
from typing import assert_never

from bot.approval.events import Event
from bot.approval.notes import Note
from bot.approval.proof import Acknowledged, Checkpoint, Disproved, Occasion, Proof, Proved, Restored
from bot.db.columns import micros
from bot.db.fields import Fields
from bot.db.plan_codec import Object
from bot.db.request_codec import maybe_person_from_json, maybe_person_to_json
from bot.db.waiting_codec import person_from_json, person_to_json

KINDS: dict[type[Event | Note], str] = {
    Checkpoint: "checkpoint",
    Proved: "proved",
    Disproved: "disproved",
    Acknowledged: "acknowledged",
    Restored: "restored",
}
"""What each is called in the record."""


def to_json(proof: Proof) -> Object:
    """Return *proof*, but for its time."""
    match proof:
        case Checkpoint(sequence=sequence, hash=sealed, why=why):
            return {"sequence": sequence, "hash": sealed, "why": why}
        case Proved():
            return {"count": proof.count, "sequence": proof.sequence, "hash": proof.hash, **_whose(proof)}
        case Disproved():
            return {"sequence": proof.sequence, "why": proof.why, **_whose(proof)}
        case Acknowledged(by=by, basis=basis, failure=failure):
            return {"by": person_to_json(by), "basis": basis, "failure": failure}
        case Restored():
            return {
                "sequence": proof.sequence,
                "hash": proof.hash,
                "made_at": micros(proof.made_at),
                "user": proof.user,
                "known_sequence": proof.known_sequence,
                "known_hash": proof.known_hash,
            }
        case _:
            assert_never(proof)


def _whose(proof: Proved | Disproved) -> Object:
    whose: Object = {"occasion": proof.occasion.value, "by": maybe_person_to_json(proof.by)}
    return whose | {"user": proof.user} if proof.user else whose  # once it was not told


def from_json(kind: str, fields: Fields, at: datetime) -> Proof | None:
    """Return what was stored; None for a kind that is none of these."""
    match kind:
        case "checkpoint":
            sealed, why = fields.text("hash"), fields.text("why")
            return Checkpoint(at=at, sequence=fields.number("sequence"), hash=sealed, why=why)
        case "proved":
            return Proved(
                at=at,
                occasion=fields.one_of("occasion", Occasion),
                count=fields.number("count"),
                sequence=fields.number("sequence"),
                hash=fields.text("hash"),
                by=maybe_person_from_json(fields.maybe_object("by")),
                user=fields.text("user") if fields.has("user") else "",
            )
        case "disproved":
            return Disproved(
                at=at,
                occasion=fields.one_of("occasion", Occasion),
                sequence=fields.number("sequence"),
                why=fields.text("why"),
                by=maybe_person_from_json(fields.maybe_object("by")),
                user=fields.text("user") if fields.has("user") else "",
            )
        case "acknowledged":
            by, basis = person_from_json(fields.object("by")), fields.text("basis")
            return Acknowledged(at=at, by=by, basis=basis, failure=fields.number("failure"))
        case "restored":
            return Restored(
                at=at,
                sequence=fields.number("sequence"),
                hash=fields.text("hash"),
                made_at=fields.moment("made_at"),
                user=fields.text("user"),
                known_sequence=fields.maybe_number("known_sequence"),
                known_hash=fields.text("known_hash"),
            )
    return None
