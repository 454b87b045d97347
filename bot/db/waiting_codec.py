"""People, and what happens to a request while it waits, as JSON, and back."""

from bot.approval.request import Call, Called, LeftOut, Look, Person, Progress, Review, StepState
from bot.db.columns import micros
from bot.db.fields import Fields, Json
from bot.db.plan_codec import Object, outcome_from_json, outcome_to_json


def person_to_json(person: Person) -> Object:
    """Return *person* as JSON."""
    return {"team": person.team_id, "user": person.user_id}


def person_from_json(fields: Fields) -> Person:
    """Return the person."""
    return Person(team_id=fields.text("team"), user_id=fields.text("user"))


def left_out_to_json(left_out: LeftOut) -> Object:
    """Return what somebody left out, as JSON."""
    words: Json = [*left_out.words]
    return {
        "by": person_to_json(left_out.by),
        "at": micros(left_out.at),
        "words": words,
        "version": left_out.version,
    }


def left_out_from_json(fields: Fields) -> LeftOut:
    """Return what somebody left out."""
    by, words = person_from_json(fields.object("by")), fields.texts("words")
    return LeftOut(by=by, at=fields.moment("at"), words=words, version=fields.number("version"))


def look_to_json(look: Look | None) -> Json:
    """Return who is looking, as JSON; null where nobody is."""
    return None if look is None else {"by": person_to_json(look.by), "until": micros(look.until)}


def look_from_json(fields: Fields | None) -> Look | None:
    """Return who is looking."""
    if fields is None:
        return None
    return Look(by=person_from_json(fields.object("by")), until=fields.moment("until"))


def called_to_json(called: Called) -> Object:
    """Return a call, as JSON."""
    return {"call": called.call.value, "at": micros(called.at), "version": called.version}


def called_from_json(fields: Fields) -> Called:
    """Return a call."""
    return Called(call=fields.one_of("call", Call), at=fields.moment("at"), version=fields.number("version"))


def review_to_json(review: Review | None) -> Json:
    """Return a review, as JSON; null where there is none."""
    if review is None:
        return None
    return {"by": person_to_json(review.by), "at": micros(review.at), "basis": review.basis, "note": review.note}


def review_from_json(fields: Fields | None) -> Review | None:
    """Return a review."""
    if fields is None:
        return None
    by = person_from_json(fields.object("by"))
    return Review(by=by, at=fields.moment("at"), basis=fields.text("basis"), note=fields.text("note"))


def step_state_to_json(step: StepState) -> Object:
    """Return how far a step has come, as JSON."""
    return {
        "progress": step.progress.value,
        "outcome": None if step.outcome is None else outcome_to_json(step.outcome),
        "note": step.note,
    }


def step_state_from_json(fields: Fields) -> StepState:
    """Return how far a step has come."""
    outcome = fields.maybe_object("outcome")
    return StepState(
        progress=fields.one_of("progress", Progress),
        outcome=None if outcome is None else outcome_from_json(outcome),
        note=fields.text("note"),
    )
