"""Where a request stands: who approved is never said of what nobody approved."""

from dataclasses import replace

import pytest

from bot.approval.events import Expired
from bot.approval.request import Request, State
from bot.slack.request_message import request_message, told
from bot.slack.standing import headline, standing
from tests.approval.examples import BROKEN_GLASS, IN_STATE, LATER, NARROWED, OMAR, approved, lived
from tests.plans import removal_plan

GLASS = {state: replace(request, approvals=(), break_glass=True) for state, request in IN_STATE.items()}
SETTLED = (State.FINISHED, State.INTERRUPTED, State.WITHDRAWN, State.EXPIRED, State.DRIFTED)
NOBODY = (State.PENDING, State.REJECTED)
"""A broken glass is in none of these states: it waits for nobody."""


@pytest.mark.parametrize("state", [state for state in State if state not in NOBODY], ids=str)
def test_a_broken_glass_is_never_said_to_be_approved(state: State) -> None:
    """Not in the message, in its notification or in the direct message, and both are marked."""
    for said in (request_message(GLASS[state]), told(GLASS[state])):
        everything = f"{said.text} {said.blocks}"
        assert "Approved" not in everything
        assert "the glass was broken" in everything


@pytest.mark.parametrize("state", SETTLED, ids=str)
def test_a_review_can_be_closed_in_every_state_in_which_one_is_called_for(state: State) -> None:
    """Once, and beside what else can be done."""
    shown = str(request_message(GLASS[state]).blocks)
    assert "img_review" in shown
    assert ("img_resume" in shown) == (state is State.INTERRUPTED)
    assert "img_review" not in str(request_message(replace(IN_STATE[state])).blocks)


def test_a_glass_that_nobody_approved_is_not_approved() -> None:
    """In the headline, which is the notification."""
    assert headline(GLASS[State.APPROVED]) == (
        "Not approved, the glass was broken: redis:7 and nginx:1 will be removed from web-3"
    )
    assert standing(replace(BROKEN_GLASS, approvals=())).startswith("🚨 Not approved: the glass was broken. Finished")


def test_what_needs_no_approval_is_allowed() -> None:
    """Nobody approved it, so it is not called approved."""
    request = IN_STATE[State.APPROVED]
    free = replace(request, approvals=(), needs=replace(request.needs, count=0))
    assert headline(free).startswith("Allowed: redis:7")
    assert "Approved" not in str(request_message(free))


EXPIRED = {
    "nobody": (lived(Expired(at=LATER)), "Nobody decided before"),
    "one of two": (lived(approved(), Expired(at=LATER), approvals=2), "Only 1 of 2 approvals by"),
    "one of one": (lived(approved(), Expired(at=LATER)), "Approved by <@U0LEAD>"),
    "both": (lived(approved(), approved(OMAR), Expired(at=LATER), approvals=2), "Approved by <@U0LEAD>"),
    "a broken glass": (GLASS[State.EXPIRED], "🚨 Not approved: the glass was broken, but it had not begun by"),
}


@pytest.mark.parametrize(("request_", "says"), EXPIRED.values(), ids=EXPIRED)
def test_what_expired_says_what_was_lacking(request_: Request, says: str) -> None:
    """A decision, some of the approvals, or the host."""
    said = standing(request_)
    assert said.startswith(says)
    assert ("it waited for web-3" in said) == ("It was not rejected" not in said)
    assert ("<@U0LEAD>" in said) == bool(request_.approvals)


def test_half_approved_says_who_did_and_who_still_may() -> None:
    """Whoever approved is not called again; a group is, for others are in it."""
    request = lived(approved(), approvals=2)
    both = replace(request, needs=replace(request.needs, approvers=("S0OPSLEADS", "U0LEAD", "U0LEAD2")))
    said = standing(both)
    assert said.startswith("1 of 2 approvals: <@U0LEAD> <!date^")
    assert " · needs 1 more from <!subteam^S0OPSLEADS>, <@U0LEAD2> · expires" in said


def test_a_narrowing_says_that_approvals_are_void() -> None:
    """Beside what was left out."""
    shown = str(request_message(lived(NARROWED)).blocks)
    assert "left out `redis:7`; approvals from before are void" in shown
    assert "void" not in str(request_message(lived()).blocks)


def test_force_is_said_before_it_is_approved() -> None:
    """In the headline and in what is asked before the button counts; it is the only difference."""
    request = IN_STATE[State.PENDING]
    steps = tuple(replace(step, removal=replace(step.removal, force=True)) for step in removal_plan(request).steps)
    forced = str(request_message(replace(request, plan=replace(removal_plan(request), steps=steps))))
    assert forced.count("redis:7 and nginx:1 with --force") == 3  # notification, headline, confirmation
    assert forced.replace(" with --force", "") == str(request_message(request))


def test_a_long_command_leaves_room_for_host_and_reason() -> None:
    """It is cut before it is put in code, so the code ends."""
    request = IN_STATE[State.PENDING]
    shown = request_message(replace(request, plan=replace(request.plan, command="rm " + "x" * 2900)))
    assert str(shown.blocks[1]).count("`") == 2
    assert "…` on *web-3*" in str(shown.blocks[1])
    assert "'>disk full'" in str(shown.blocks[2])
