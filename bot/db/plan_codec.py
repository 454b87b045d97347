"""Plans and outcomes as JSON, and back.

A format is never changed once it was released: a change is a new number, and the old ones stay readable
(``tests/db/golden``).
"""

from typing import assert_never

from bot.db import restore_codec
from bot.db.columns import micros
from bot.db.fields import Fields, Json, Unreadable, dumps
from bot.images.grades import Grade, Graded
from bot.images.ids import ChainId, ImageId
from bot.images.inventory import Store
from bot.images.layers import freed
from bot.images.removal import (
    Certainty,
    DeletedImage,
    DeletedLayer,
    Doubt,
    Freed,
    Holder,
    Outcome,
    Part,
    Plan,
    Record,
    Refusal,
    Refused,
    Removal,
    Removed,
    Stays,
    Step,
    Unknown,
    Untagged,
)
from bot.images.restoral import AnyPlan, PutBack, RestorePlan, StepOutcome

FORMAT = 2
"""1 had one doubt a step, about its layers, and no bytes but those of the records."""

Object = dict[str, Json]


def plan_to_json(plan: AnyPlan) -> Object:
    """Return *plan* as JSON, whole: sizes, hints and notes too; grades and reclaims where there are any."""
    common: Object = {
        "format": FORMAT,
        "host": plan.host,
        "daemon_id": plan.daemon_id,
        "store": plan.store.value,
        "command": plan.command,
        "notes": list(plan.notes),
    }
    match plan:
        case Plan(steps=steps, graded=graded, reclaims=reclaims):
            made = common | {"steps": [_step_to_json(step) for step in steps]}
            if graded:
                made["graded"] = [_graded_to_json(each) for each in graded]
            if reclaims:
                made["reclaims"] = [_step_to_json(step) for step in reclaims]
            return made
        case RestorePlan():
            return common | restore_codec.steps_to_json(plan)
        case _:
            assert_never(plan)


def plan_from_json(fields: Fields) -> AnyPlan:
    """Return the plan. Unreadable where it is none that this version knows."""
    number = fields.format(FORMAT)
    if fields.has(restore_codec.OF):
        return restore_codec.restore_plan_from_json(fields)
    return Plan(
        host=fields.text("host"),
        daemon_id=fields.text("daemon_id"),
        store=fields.one_of("store", Store),
        command=fields.text("command"),
        steps=tuple(_step_from_json(step, number) for step in fields.objects("steps")),
        notes=fields.texts("notes"),
        reclaims=tuple(_step_from_json(step, number) for step in fields.maybe_objects("reclaims")),
        graded=tuple(_graded_from_json(each) for each in fields.maybe_objects("graded")),
    )


def _graded_to_json(graded: Graded) -> Object:
    return {
        "image_id": graded.image_id,
        "grade": graded.grade.value,
        "reference": graded.reference,
        "asked_at": None if graded.asked_at is None else micros(graded.asked_at),
        "why": graded.why,
    }


def _graded_from_json(fields: Fields) -> Graded:
    return Graded(
        image_id=ImageId(fields.text("image_id")),
        grade=fields.one_of("grade", Grade),
        reference=fields.text("reference"),
        asked_at=fields.maybe_moment("asked_at"),
        why=fields.text("why"),
    )


def dump_plan(plan: AnyPlan) -> str:
    """Return *plan* as the text that is stored."""
    return dumps(plan_to_json(plan))


def load_plan(text: str) -> AnyPlan:
    """Return the plan that was stored. Unreadable where it is none that this version knows."""
    return plan_from_json(Fields.loads(text, "plan"))


def _step_to_json(step: Step) -> Object:
    removal = step.removal
    return {
        "word": removal.word,
        "target": removal.target,
        "image_id": removal.image_id,
        "force": removal.force,
        "prune": removal.prune,
        "outcome": outcome_to_json(step.outcome),
        "stays": [_stays_to_json(stays) for stays in step.stays],
        "doubts": [{"part": doubt.part.value, "why": doubt.why} for doubt in step.doubts],
        "freed": {"bytes": step.freed.bytes, "certainty": step.freed.certainty.value, "why": step.freed.why},
        "hint": step.hint,
    }


def _step_from_json(fields: Fields, number: int) -> Step:
    outcome = outcome_from_json(fields.object("outcome"))
    if not isinstance(outcome, Removed | Refused):
        raise fields.unreadable("outcome")
    return Step(
        removal=Removal(
            word=fields.text("word"),
            target=fields.maybe_text("target"),
            image_id=_maybe_image_id(fields),
            force=fields.flag("force"),
            prune=fields.flag("prune"),
        ),
        outcome=outcome,
        stays=tuple(_stays_from_json(stays, number) for stays in fields.objects("stays")),
        doubts=_doubts_from_json(fields, number),
        freed=_freed_from_json(fields.object("freed")) if number > 1 else _freed_before(outcome, fields),
        hint=fields.text("hint"),
    )


def _doubts_from_json(fields: Fields, number: int) -> tuple[Doubt, ...]:
    if number == 1:
        exact = fields.one_of("certainty", Certainty) is Certainty.EXACT
        return () if exact else (Doubt(part=Part.LAYERS, why=fields.text("doubt")),)
    return tuple(Doubt(part=d.one_of("part", Part), why=d.text("why")) for d in fields.objects("doubts"))


def _freed_from_json(fields: Fields) -> Freed:
    return Freed(
        bytes=fields.maybe_number("bytes"), certainty=fields.one_of("certainty", Certainty), why=fields.text("why")
    )


def _freed_before(outcome: Removed | Refused, fields: Fields) -> Freed:
    """Return the bytes that a plan in format 1 speaks of: those of its records."""
    records = outcome.records if isinstance(outcome, Removed) else ()
    return Freed(bytes=freed(records), certainty=fields.one_of("certainty", Certainty), why=fields.text("doubt"))


def _maybe_image_id(fields: Fields) -> ImageId | None:
    image_id = fields.maybe_text("image_id")
    return None if image_id is None else ImageId(image_id)


def _stays_to_json(stays: Stays) -> Object:
    return {
        "image_id": stays.image_id,
        "layers": stays.layers,
        "bytes": stays.bytes,
        "holders": [{"kind": h.kind, "name": h.name, "detail": h.detail} for h in stays.holders],
        "more": stays.more,
        "of_layers": stays.of_layers,
        "of_bytes": stays.of_bytes,
    }


def _stays_from_json(fields: Fields, number: int) -> Stays:
    return Stays(
        image_id=ImageId(fields.text("image_id")),
        layers=fields.number("layers"),
        bytes=fields.maybe_number("bytes"),
        holders=tuple(
            Holder(kind=holder.text("kind"), name=holder.text("name"), detail=holder.text("detail"))
            for holder in fields.objects("holders")
        ),
        more=fields.number("more"),
        of_layers=fields.number("of_layers") if number > 1 else 0,
        of_bytes=fields.maybe_number("of_bytes") if number > 1 else None,
    )


def outcome_to_json(outcome: StepOutcome) -> Object:
    """Return *outcome* as JSON."""
    match outcome:
        case Removed(records=records):
            return {"outcome": "removed", "records": [_record_to_json(record) for record in records]}
        case Refused(refusal=refusal, message=message):
            return {"outcome": "refused", "refusal": refusal.value, "message": message}
        case Unknown(message=message):
            return {"outcome": "unknown", "message": message}
        case PutBack():
            return restore_codec.restored_to_json(outcome)
        case _:
            assert_never(outcome)


def removal_outcome_from_json(fields: Fields) -> Outcome:
    """Return the outcome of a removal. Unreadable where it is none."""
    outcome = outcome_from_json(fields)
    if isinstance(outcome, PutBack):
        raise Unreadable("nothing is put back here")
    return outcome


def outcome_from_json(fields: Fields) -> StepOutcome:
    """Return the outcome. Unreadable where it is none that this version knows."""
    match fields.text("outcome"):
        case "removed":
            return Removed(records=tuple(_record_from_json(record) for record in fields.objects("records")))
        case "refused":
            return Refused(refusal=fields.one_of("refusal", Refusal), message=fields.text("message"))
        case "unknown":
            return Unknown(message=fields.text("message"))
        case "restored":
            return restore_codec.restored_from_json(fields)
        case _:
            raise fields.unreadable("outcome")


def _record_to_json(record: Record) -> Object:
    match record:
        case Untagged(reference=reference, image_id=image_id):
            return {"record": "untagged", "reference": reference, "image_id": image_id}
        case DeletedImage(image_id=image_id):
            return {"record": "image", "image_id": image_id}
        case DeletedLayer(chain_id=chain_id, image_id=image_id, bytes=size):
            return {"record": "layer", "chain_id": chain_id, "image_id": image_id, "bytes": size}
        case _:
            assert_never(record)


def _record_from_json(fields: Fields) -> Record:
    image_id = ImageId(fields.text("image_id"))
    match fields.text("record"):
        case "untagged":
            return Untagged(reference=fields.text("reference"), image_id=image_id)
        case "image":
            return DeletedImage(image_id=image_id)
        case "layer":
            chain_id = ChainId(fields.text("chain_id"))
            return DeletedLayer(chain_id=chain_id, image_id=image_id, bytes=fields.maybe_number("bytes"))
        case _:
            raise fields.unreadable("record")
