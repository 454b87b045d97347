"""What was planned of a step in lines, for people and for programs alike."""

from bot.approval.request import Request, StepState
from bot.images.guards import is_guard_name
from bot.images.removal import Refused, Removed, Step, Untagged, line
from bot.images.restoral import AnyStep, NotPutBack
from bot.slack.against import planned_lines


def planned(step: AnyStep) -> list[str]:
    """Return what was planned of a step, and as such where it is a refusal."""
    match step.outcome:
        case Refused(message=message):
            return [f"refused: {message}"]
        case NotPutBack(message=message):
            return [f"not put back: {message}"]
        case _:
            return planned_lines(step)


def goes_later(step: Step) -> list[str]:
    """Return what goes with a guard, without the guard's own name: that is nobody's."""
    records = step.outcome.records if isinstance(step.outcome, Removed) else ()
    return [line(each) for each in records if not (isinstance(each, Untagged) and is_guard_name(each.reference))]


def reclaims(shown: Request) -> list[tuple[Step, StepState]]:
    """Return the steps that take what a request keeps in the end, each with how it stands; none once that is over."""
    return list(zip(shown.plan.reclaims, shown.undo.reclaims, strict=True)) if shown.undo else []
