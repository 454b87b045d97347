"""Docker's own lines about a request: those that its plan predicts, and those that came."""

from bot.approval.request import Request, State
from bot.images.removal import Removed, line
from bot.images.restoral import AnyPlan, PutBack, gain_line, steps_of

DERIVED = "  # derived"
"""What stands behind a line that the daemon did not say; all others are as it answered."""
FEW = 6
"""So many lines a message about a request may have itself; more are below it, in its thread."""


def predicted(plan: AnyPlan) -> tuple[str, ...]:
    """Return what ``docker image rm`` would print; and in that manner, what would be pulled and tagged."""
    return tuple(each for step in steps_of(plan) for each in _lines(step.outcome))


def came(request: Request) -> tuple[str, ...]:
    """Return what came of its steps, likewise; and of what it kept for an undo, once that went.

    What was found by looking at the host, as after an interruption, is marked: the daemon did not say it.
    """
    kept = request.undo.reclaims if request.undo else ()
    states = (*request.steps, *kept)
    return tuple(each + (DERIVED if state.note else "") for state in states for each in _lines(state.outcome))


def printed(request: Request) -> tuple[str, ...]:
    """Return the lines to be shown of a request as it stands: of its plan until it is begun."""
    return predicted(request.plan) if request.state in {State.PENDING, State.APPROVED} else came(request)


def is_long(request: Request) -> bool:
    """Whether there are, or may be, more lines than its message holds."""
    return max(len(predicted(request.plan)), len(came(request))) > FEW


def _lines(outcome: object) -> tuple[str, ...]:
    match outcome:
        case Removed(records=records):
            return tuple(line(record) for record in records)
        case PutBack(gains=gains):
            return tuple(gain_line(gain) for gain in gains)
        case _:
            return ()
