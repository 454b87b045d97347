"""Plans that put images back, and what came of their steps, as JSON, and back."""

from typing import assert_never

from bot.db.fields import Fields, Json
from bot.images.ids import ImageId
from bot.images.inventory import Store
from bot.images.restoral import (
    Gain,
    NotPutBack,
    Obstacle,
    Pulled,
    PutBack,
    Restoral,
    RestorePlan,
    RestoreStep,
    Tagged,
)

OF = "restores"
"""The field that a plan has where it puts images back: the number of the request that removed them."""


def steps_to_json(plan: RestorePlan) -> dict[str, Json]:
    """Return what only a plan that puts images back has."""
    return {OF: plan.of, "steps": [_step_to_json(step) for step in plan.steps]}


def restore_plan_from_json(fields: Fields) -> RestorePlan:
    """Return the plan. Unreadable where it is none that this version knows."""
    return RestorePlan(
        host=fields.text("host"),
        daemon_id=fields.text("daemon_id"),
        store=fields.one_of("store", Store),
        command=fields.text("command"),
        of=fields.number(OF),
        steps=tuple(_step_from_json(step) for step in fields.objects("steps")),
        notes=fields.texts("notes"),
    )


def _step_to_json(step: RestoreStep) -> Json:
    restoral = step.restoral
    return {
        "image_id": restoral.image_id,
        "source": restoral.source,
        "names": list(restoral.names),
        "outcome": _planned_to_json(step.outcome),
    }


def _step_from_json(fields: Fields) -> RestoreStep:
    restoral = Restoral(
        image_id=ImageId(fields.text("image_id")), source=fields.maybe_text("source"), names=fields.texts("names")
    )
    return RestoreStep(restoral=restoral, outcome=_planned_from_json(fields.object("outcome")))


def _planned_to_json(outcome: PutBack | NotPutBack) -> Json:
    match outcome:
        case PutBack():
            return restored_to_json(outcome)
        case NotPutBack(obstacle=obstacle, message=message):
            return {"outcome": "not-restored", "obstacle": obstacle.value, "message": message}
        case _:
            assert_never(outcome)


def _planned_from_json(fields: Fields) -> PutBack | NotPutBack:
    match fields.text("outcome"):
        case "restored":
            return restored_from_json(fields)
        case "not-restored":
            return NotPutBack(obstacle=fields.one_of("obstacle", Obstacle), message=fields.text("message"))
        case _:
            raise fields.unreadable("outcome")


def restored_to_json(outcome: PutBack) -> dict[str, Json]:
    """Return what was put back, as JSON."""
    gains: list[Json] = [_gain_to_json(gain) for gain in outcome.gains]
    return {"outcome": "restored", "gains": gains, "left": list(outcome.left)}


def restored_from_json(fields: Fields) -> PutBack:
    """Return what was put back."""
    return PutBack(gains=tuple(_gain_from_json(gain) for gain in fields.objects("gains")), left=fields.texts("left"))


def _gain_to_json(gain: Gain) -> dict[str, Json]:
    match gain:
        case Pulled(reference=reference, image_id=image_id):
            return {"gain": "pulled", "reference": reference, "image_id": image_id}
        case Tagged(reference=reference, image_id=image_id):
            return {"gain": "tagged", "reference": reference, "image_id": image_id}
        case _:
            assert_never(gain)


def _gain_from_json(fields: Fields) -> Gain:
    reference, image_id = fields.text("reference"), ImageId(fields.text("image_id"))
    match fields.text("gain"):
        case "pulled":
            return Pulled(reference=reference, image_id=image_id)
        case "tagged":
            return Tagged(reference=reference, image_id=image_id)
        case _:
            raise fields.unreadable("gain")
