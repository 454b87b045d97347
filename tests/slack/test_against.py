"""Plan against outcome, as ``/img show`` tells it."""

from dataclasses import replace

from bot.approval.request import Progress, Request, State
from bot.images.removal import Refusal, Refused, Removed
from bot.playground.blocks import block_faults
from bot.playground.limits import Surface
from bot.slack.against import DIFFERENT, against
from tests.approval.examples import IN_STATE, PLAN


def _told(request: Request) -> str:
    blocks = list(against(request))
    assert block_faults(blocks, Surface.MESSAGE) == []
    return "\n".join(str(block["text"]["text"]) for block in blocks if isinstance(block["text"], dict))


def test_what_has_no_outcome_is_not_compared() -> None:
    """There is nothing to say of a request that waits."""
    assert against(IN_STATE[State.PENDING]) == ()


def test_all_went_as_planned() -> None:
    """In one line; with what was predicted and measured, where it was."""
    finished = IN_STATE[State.FINISHED]
    assert _told(finished) == "*Plan against outcome*\n2 of 2 steps went as planned."
    measured = replace(finished, measured=20)
    assert _told(measured).endswith("2 of 2 steps went as planned; 20 Bytes predicted, 20 Bytes measured.")


def test_what_went_otherwise_is_told_line_by_line() -> None:
    """What was planned and did not come, and what came and was not planned."""
    finished = IN_STATE[State.FINISHED]
    first, second = finished.steps
    assert isinstance(first.outcome, Removed)
    fewer = replace(first, outcome=replace(first.outcome, records=first.outcome.records[:-1]))
    refused = replace(second, outcome=Refused(refusal=Refusal.CONFLICT, message="in use by `x` <!channel>"))
    told = _told(replace(finished, steps=(fewer, refused)))
    assert told.startswith("*Plan against outcome*\n0 of 2 steps went as planned.")
    assert told.count("\n```- Deleted: ") == 1
    assert "+ in use by 'x' &lt;!channel&gt;```" in told


def test_many_differences_fit() -> None:
    """The first steps and lines are told, the rest is counted."""
    finished = IN_STATE[State.FINISHED]
    step, state = PLAN.steps[0], finished.steps[0]
    assert isinstance(step.outcome, Removed)
    long = replace(step, outcome=replace(step.outcome, records=step.outcome.records * 30))
    plan = replace(PLAN, steps=(long,) * 9)
    told = _told(replace(finished, plan=plan, steps=(replace(state, progress=Progress.DONE),) * 9))
    assert told.count("not as planned:") == DIFFERENT
    assert "more lines" in told
    assert told.endswith("… and 4 more steps")
