"""Calls in the thread: to whom, about which request, and what came of it so far."""

from dataclasses import replace

import pytest

from bot.approval.request import Call, Called, Progress, Request, State, StepState
from bot.images.removal import Refusal as DockersRefusal
from bot.images.removal import Refused, Unknown
from bot.slack.calls import called_for
from bot.slack.standing import headline
from tests.approval.examples import BROKEN_GLASS, IN_STATE, INTERRUPTED_UNCLEAR, NOW, PLAN

PENDING = IN_STATE[State.PENDING]
BOSSES = replace(PENDING, needs=replace(PENDING.needs, escalate_to=("U0BOSS",)))
ESCALATED = replace(BOSSES, calls=(Called(call=Call.ESCALATE, at=NOW, version=2),))


def _said(request: Request, call: Call) -> str:
    message = called_for(request, Called(call=call, at=NOW, version=3))
    assert headline(request) in message.text
    assert f"equest {request.id} " in message.text
    return str(message.blocks)


@pytest.mark.parametrize("call", list(Call))
def test_every_call_names_the_request_and_what_it_is_about(call: Call) -> None:
    """In the notification too: number, images, host."""
    assert "redis:7 and nginx:1" in _said(PENDING if call is not Call.REVIEW else BROKEN_GLASS, call)


@pytest.mark.parametrize("call", [Call.REMIND, Call.RUNS_OUT])
def test_whoever_may_decide_by_now_is_called(call: Call) -> None:
    """Those whom it was escalated to as well, once it was."""
    assert "<@U0BOSS>" in _said(ESCALATED, call)
    assert "<@U0BOSS>" not in _said(BOSSES, call)
    assert "<!subteam^S0OPSLEADS>" in _said(ESCALATED, call)


def test_an_escalation_calls_those_it_is_for() -> None:
    """The others were called before."""
    said = _said(ESCALATED, Call.ESCALATE)
    assert ("<@U0BOSS>" in said, "S0OPSLEADS" in said) == (True, False)


REFUSED = StepState(progress=Progress.DONE, outcome=Refused(refusal=DockersRefusal.CONFLICT, message="in use"))
NO_ANSWER = StepState(progress=Progress.DONE, outcome=Unknown(message="timed out"))
REVIEWS = {
    "removed": (BROKEN_GLASS, "removed images without an approval"),
    "drifted": (IN_STATE[State.DRIFTED], "broke the glass and removed nothing"),
    "withdrawn": (IN_STATE[State.WITHDRAWN], "broke the glass and removed nothing"),
    "expired": (IN_STATE[State.EXPIRED], "broke the glass and removed nothing"),
    "refused": (replace(BROKEN_GLASS, steps=(REFUSED,) * 2), "broke the glass and removed nothing"),
    "no answer": (replace(BROKEN_GLASS, steps=(REFUSED, NO_ANSWER)), "may have removed images without an approval"),
    "unclear": (INTERRUPTED_UNCLEAR, "may have removed images without an approval"),
}


@pytest.mark.parametrize(("request_", "says"), REVIEWS.values(), ids=REVIEWS)
def test_a_call_for_a_review_says_what_came_of_it(request_: Request, says: str) -> None:
    """Nothing is said to be removed that was not."""
    assert len(request_.steps) == len(PLAN.steps)
    said = _said(replace(request_, break_glass=True), Call.REVIEW)
    assert f"Request 1 {says}, and nobody has reviewed that yet" in said
