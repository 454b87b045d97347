"""Plan against outcome: how much of a request went as planned, and line by line what did not."""

from collections import Counter
from itertools import islice

from bot.approval.request import Request, StepState
from bot.audit import stats
from bot.images import restoring
from bot.images.removal import Plan, Refused, Removed, Step, Unknown, line
from bot.images.restoral import AnyStep, NotPutBack, PutBack, gain_line, steps_of
from bot.slack.blocks import Block, section
from bot.slack.mrkdwn import code, count, preformatted, size
from bot.slack.plans import name_of
from bot.slack.steps import freed_by

DIFFERENT = 5
"""Steps that are told of line by line."""
LINES = 12
"""Lines of one of them; more do not fit its paragraph."""


def against(request: Request) -> tuple[Block, ...]:
    """Return how the outcome compares with the plan, a paragraph for each step that went otherwise.

    Nothing where no step has an outcome yet.
    """
    steps = [pair for pair in zip(steps_of(request.plan), request.steps, strict=True) if pair[1].outcome is not None]
    if not steps:
        return ()
    otherwise = [pair for pair in steps if not went_as_planned(*pair)]
    told = f"{len(steps) - len(otherwise)} of {count(len(steps), 'step')} went as planned{_bytes(request)}"
    left = len(otherwise) - DIFFERENT
    more = (section(f"… and {count(left, 'more step')}"),) if left > 0 else ()
    return (section(f"*Plan against outcome*\n{told}."), *map(_different, otherwise[:DIFFERENT]), *more)


def _bytes(request: Request) -> str:
    """Return what was predicted of the steps that were carried out, and what was measured, where it was."""
    if request.measured is None or not isinstance(request.plan, Plan):
        return ""
    return f"; {size(freed_by(request.plan, request.steps).bytes)} predicted, {size(request.measured)} measured"


def _different(pair: tuple[AnyStep, StepState]) -> Block:
    step, state = pair
    planned, came = Counter(planned_lines(step)), Counter(came_lines(state))
    lines = [
        *(f"- {text}" for text in (planned - came).elements()),
        *(f"+ {text}" for text in (came - planned).elements()),
    ]
    left = len(lines) - LINES
    shown = [*islice(lines, LINES), *([f"… {count(left, 'more line')}"] if left > 0 else [])]
    return section(f"{code(name_of(step))} not as planned:\n{preformatted(tuple(shown))}")


def went_as_planned(step: AnyStep, state: StepState) -> bool:
    """Whether what came of a step is what was planned."""
    if isinstance(step, Step):
        return state.outcome is not None and stats.of_step(step.outcome, state.outcome).as_planned == 1
    return isinstance(state.outcome, PutBack) and restoring.as_planned(step, state.outcome)


def planned_lines(step: AnyStep) -> list[str]:
    """Return what was planned of a step, in lines as Docker prints them."""
    match step.outcome:
        case PutBack(gains=gains, left=left):
            return [*map(gain_line, gains), *left]
        case Removed(records=records):
            return [line(record) for record in records]
        case Refused(message=message) | NotPutBack(message=message):
            return [message]


def came_lines(state: StepState) -> list[str]:
    """Return what came of it, likewise; nothing where it has no outcome."""
    match state.outcome:
        case PutBack(gains=gains, left=left):
            return [*map(gain_line, gains), *left]
        case Removed(records=records):
            return [line(record) for record in records]
        case Refused(message=message) | Unknown(message=message):
            return [message]
        case None:
            return []
