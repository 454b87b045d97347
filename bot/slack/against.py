"""Plan against outcome: how much of a request went as planned, and line by line what did not."""

from collections import Counter
from itertools import islice

from bot.approval.request import Request, StepState
from bot.audit.stats import as_planned
from bot.images.removal import Refused, Removed, Step, Unknown, line
from bot.slack.blocks import Block, section
from bot.slack.mrkdwn import code, count, preformatted, size
from bot.slack.steps import freed_by, name_of

DIFFERENT = 5
"""Steps that are told of line by line."""
LINES = 12
"""Lines of one of them; more do not fit its paragraph."""


def against(request: Request) -> tuple[Block, ...]:
    """Return how the outcome compares with the plan, a paragraph for each step that went otherwise.

    Nothing where no step has an outcome yet.
    """
    steps = [pair for pair in zip(request.plan.steps, request.steps, strict=True) if pair[1].outcome is not None]
    if not steps:
        return ()
    otherwise = [pair for pair in steps if not as_planned(*pair)]
    told = f"{len(steps) - len(otherwise)} of {count(len(steps), 'step')} went as planned{_bytes(request)}"
    left = len(otherwise) - DIFFERENT
    more = (section(f"… and {count(left, 'more step')}"),) if left > 0 else ()
    return (section(f"*Plan against outcome*\n{told}."), *map(_different, otherwise[:DIFFERENT]), *more)


def _bytes(request: Request) -> str:
    """Return what was predicted of the steps that were carried out, and what was measured, where it was."""
    if request.measured is None:
        return ""
    return f"; {size(freed_by(request.plan, request.steps).bytes)} predicted, {size(request.measured)} measured"


def _different(pair: tuple[Step, StepState]) -> Block:
    step, state = pair
    planned, came = Counter(_planned(step)), Counter(_came(state))
    lines = [
        *(f"- {text}" for text in (planned - came).elements()),
        *(f"+ {text}" for text in (came - planned).elements()),
    ]
    left = len(lines) - LINES
    shown = [*islice(lines, LINES), *([f"… {count(left, 'more line')}"] if left > 0 else [])]
    return section(f"{code(name_of(step))} not as planned:\n{preformatted(tuple(shown))}")


def _planned(step: Step) -> list[str]:
    match step.outcome:
        case Removed(records=records):
            return [line(record) for record in records]
        case Refused(message=message):
            return [message]


def _came(state: StepState) -> list[str]:
    match state.outcome:
        case Removed(records=records):
            return [line(record) for record in records]
        case Refused(message=message) | Unknown(message=message):
            return [message]
        case None:
            return []
