"""The life of a request: every state against every event, and the rules that are more than a table."""

import itertools
from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.approval.events import (
    Approved,
    Claimed,
    Drifted,
    Event,
    Expired,
    Finished,
    Interrupted,
    Looking,
    Measured,
    Narrowed,
    Reviewed,
    StepBegun,
    StepDone,
    StepNotDone,
    StepSkipped,
    StepUnclear,
    Withdrawn,
)
from bot.approval.lifecycle import ENDED, TABLE, Illegal, after, asked
from bot.approval.request import PlanDigest, Progress, Request, RequestId, State, Window
from bot.approval.undo_events import GuardRemoved, ReclaimBegun, UndoBegun
from bot.images.removal import Refusal, Refused, Removed, Unknown
from tests.approval.examples import (
    BOTH_DONE,
    BROKEN_GLASS,
    DANA,
    DAY,
    EVENTS,
    HELD,
    IN_STATE,
    INTERRUPTED_UNCLEAR,
    KEPT,
    LATER,
    LOOKED_AT,
    NARROWED,
    NOW,
    OLGA,
    OMAR,
    RECLAIMING,
    REMOVING_BEGUN,
    REMOVING_KEPT,
    UNDOING,
    approved,
    asked_event,
    claimed,
    lived,
)

WAITING = {"Narrowed": "pending", "Joined": "pending", "Looking": "pending", "CalledFor": "pending"}

LEADS_TO = {
    "pending": {
        **WAITING,
        "Approved": "approved",
        "Rejected": "rejected",
        "Withdrawn": "withdrawn",
        "Expired": "expired",
        "Drifted": "drifted",
    },
    "pending, somebody is looking": {
        **WAITING,
        "LookEnded": "pending",
        "Approved": "approved",
        "Rejected": "rejected",
        "Withdrawn": "withdrawn",
        "Expired": "expired",
        "Drifted": "drifted",
    },
    "approved": {
        "Joined": "approved",
        "Withdrawn": "withdrawn",
        "Expired": "expired",
        "Drifted": "drifted",
        "Claimed": "removing",
    },
    "approved, the first hosts are not done": {
        "Joined": "approved",
        "Released": "approved",
        "Rejected": "rejected",
        "Withdrawn": "withdrawn",
        "Expired": "expired",
        "Drifted": "drifted",
    },
    "removing": {
        "StepBegun": "removing",
        "StepDone": "removing",
        "StepSkipped": "removing",
        "Interrupted": "interrupted",
        "Finished by a person": "finished",
        "Drifted": "drifted",
    },
    "removing, a step begun": {
        "StepDone": "removing",
        "StepSkipped": "removing",
        "StepNotDone": "removing",
        "StepUnclear": "removing",
        "Interrupted": "interrupted",
    },
    "removing, content kept": {
        "Guarding": "removing",
        "Guarded": "removing",
        "StepBegun": "removing",
        "StepDone": "removing",
        "StepSkipped": "removing",
        "Interrupted": "interrupted",
        "Finished by a person": "finished",
        "Drifted": "drifted",
    },
    "finished, content kept": {"Measured": "finished", "UndoBegun": "finished", "ReclaimBegun": "finished"},
    "finished, being undone": {"Measured": "finished", "Undone": "finished"},
    "finished, being reclaimed": {"Measured": "finished", "GuardRemoved": "finished"},
    "finished": {"Measured": "finished"},
    "finished, the glass broken": {"Measured": "finished", "Reviewed": "finished"},
    "interrupted": {"Claimed": "removing", "StepDone": "interrupted", "Finished by a person": "finished"},
    "interrupted, a step unclear": {
        "Claimed": "removing",
        "StepDone": "interrupted",
        "StepNotDone": "interrupted",
        "Finished by a person": "finished",
    },
}
"""Where each event leads, written a second time and by hand; what is not here is refused."""

STANDINGS: dict[str, Request] = {state.value: request for state, request in IN_STATE.items()} | {
    "pending, somebody is looking": LOOKED_AT,
    "approved, the first hosts are not done": HELD,
    "finished, the glass broken": BROKEN_GLASS,
    "removing, a step begun": REMOVING_BEGUN,
    "removing, content kept": REMOVING_KEPT,
    "finished, content kept": KEPT,
    "finished, being undone": UNDOING,
    "finished, being reclaimed": RECLAIMING,
    "interrupted, a step unclear": INTERRUPTED_UNCLEAR,
}


def _kind(event: Event) -> str:
    return type(event).__name__ + (" by a person" if isinstance(event, Finished) and event.by else "")


def _id(value: str | Event) -> str:
    return value if isinstance(value, str) else _kind(value)


@pytest.mark.parametrize(("standing", "event"), list(itertools.product(STANDINGS, EVENTS)), ids=_id)
def test_every_event_in_every_state(standing: str, event: Event) -> None:
    """An event leads where the table says, and otherwise is refused with a sentence."""
    result = after(STANDINGS[standing], event)
    expected = LEADS_TO.get(standing, {}).get(_kind(event))
    if expected is None:
        assert isinstance(result, Illegal)
        assert result.why.endswith(".")
    else:
        assert isinstance(result, Request)
        assert result.state == expected
        assert result.version == STANDINGS[standing].version + 1
        assert result.changed_at == event.at


def test_examples_cover_every_state_and_every_event() -> None:
    """No state and no event is left out of the test above."""
    assert set(IN_STATE) == set(State)
    assert {type(event) for event in EVENTS} == set(get_args(Event))
    assert set(TABLE) == set(State)


def test_nothing_leads_out_of_an_ended_request() -> None:
    """Finished, rejected, withdrawn, expired and drifted are ends."""
    assert {"finished", "rejected", "withdrawn", "expired", "drifted"} == ENDED


def test_what_was_freed_is_measured_once() -> None:
    """After the end, and it changes nothing but that."""
    finished = IN_STATE[State.FINISHED]
    measured = after(finished, Measured(at=LATER, freed=20))
    assert isinstance(measured, Request)
    assert measured == replace(finished, measured=20, version=finished.version + 1, changed_at=LATER)
    assert isinstance(after(measured, Measured(at=LATER, freed=21)), Illegal)


def test_nobody_approves_their_own_request() -> None:
    """The requester's approval is refused, whatever groups they are in."""
    result = after(lived(), approved(by=DANA))
    assert result == Illegal(why="Nobody approves their own request.")


def test_two_approvals_are_two_people() -> None:
    """The same lead counts once; with the second lead it is approved."""
    once = lived(approved(OLGA), approvals=2)
    assert once.state is State.PENDING
    assert isinstance(after(once, approved(OLGA)), Illegal)
    twice = after(once, approved(OMAR))
    assert isinstance(twice, Request)
    assert twice.state is State.APPROVED


def test_an_approval_is_for_one_plan() -> None:
    """An approval of another digest is refused."""
    assert isinstance(after(lived(), approved(digest=PlanDigest("e" * 64))), Illegal)


def test_an_approval_of_the_whole_plan_does_not_count_for_a_part() -> None:
    """Leaving steps out makes another plan: earlier approvals are void, and so is one that names the old digest."""
    narrowed = lived(approved(OMAR), NARROWED, approvals=2)
    assert narrowed.approvals == ()
    assert (narrowed.digest, narrowed.token) == (NARROWED.digest, NARROWED.token)
    assert len(narrowed.steps) == 1
    assert isinstance(after(narrowed, approved(OLGA)), Illegal)


@pytest.mark.parametrize("left_out", [(), (0, 1), (0, 0)])
def test_a_part_is_the_plan_without_what_was_left_out(left_out: tuple[int, ...]) -> None:
    """A plan of one step is not the old one of two without nothing, or without both."""
    result = after(lived(), replace(NARROWED, left_out=left_out))
    assert isinstance(result, Illegal) == (left_out != (0, 0))


@pytest.mark.parametrize("event", [NARROWED, Looking(at=NOW, by=OLGA, until=LATER)])
def test_the_requester_does_not_decide_in_other_ways(event: Narrowed | Looking) -> None:
    """Neither by leaving steps out nor by looking."""
    assert isinstance(after(lived(), replace(event, by=DANA)), Illegal)


def test_a_broken_glass_is_carried_out_at_once_and_reviewed_by_another() -> None:
    """Nobody has to approve, and somebody else has to look at it afterwards, once."""
    request = asked(RequestId(1), replace(asked_event(), break_glass=True))
    assert request.state is State.APPROVED
    assert request.awaits_review
    review = Reviewed(at=LATER, by=OLGA, basis="group S0OPSLEADS", note="")
    assert isinstance(after(BROKEN_GLASS, replace(review, by=DANA)), Illegal)
    reviewed = after(BROKEN_GLASS, review)
    assert isinstance(reviewed, Request)
    assert not reviewed.awaits_review
    assert isinstance(after(reviewed, review), Illegal)


def test_an_approval_can_come_too_late() -> None:
    """A click after the expiry counts for nothing, even before the request was marked as expired."""
    assert isinstance(after(lived(), approved(at=LATER)), Illegal)


def test_an_approved_request_that_ran_out_is_not_begun() -> None:
    """A claim after the expiry is refused."""
    late = Claimed(at=LATER, owner="bot:1", until=LATER)
    assert isinstance(after(lived(approved()), late), Illegal)


def test_a_request_does_not_expire_early() -> None:
    """Expiry before the time is refused."""
    assert isinstance(after(lived(), Expired(at=NOW)), Illegal)


def test_only_the_requester_withdraws() -> None:
    """A lead rejects, the requester withdraws."""
    assert isinstance(after(lived(), Withdrawn(at=NOW, by=OLGA)), Illegal)


def test_a_request_that_needs_nobody_is_approved_at_once() -> None:
    """With a rule of no approvals the first state is approved."""
    assert asked(RequestId(1), asked_event(approvals=0)).state is State.APPROVED


def test_an_interrupted_request_goes_on_only_when_a_person_says_so() -> None:
    """A process may not resume by itself."""
    assert isinstance(after(IN_STATE[State.INTERRUPTED], claimed()), Illegal)
    resumed = after(IN_STATE[State.INTERRUPTED], claimed(by=OLGA))
    assert isinstance(resumed, Request)
    assert resumed.claim is not None
    assert resumed.claim.number == 2


def test_a_step_is_done_once() -> None:
    """No event changes a step whose outcome is on record."""
    request = lived(approved(), claimed(), *BOTH_DONE)
    for event in EVENTS:
        if isinstance(event, StepBegun | StepDone | StepSkipped | StepNotDone | StepUnclear):
            assert isinstance(after(request, event), Illegal), event


def test_a_step_beyond_the_plan_is_refused() -> None:
    """A plan of two steps has no third."""
    assert isinstance(after(lived(approved(), claimed()), StepBegun(at=NOW, step=2)), Illegal)
    assert isinstance(after(lived(approved(), claimed()), StepBegun(at=NOW, step=-1)), Illegal)


def test_an_unknown_answer_leaves_the_step_unclear() -> None:
    """A time-out is never taken for done or for not done."""
    request = lived(
        approved(), claimed(), StepBegun(at=NOW, step=0), StepDone(at=NOW, step=0, outcome=Unknown(message="time-out"))
    )
    assert request.steps[0].progress is Progress.UNCLEAR
    assert isinstance(after(request, Finished(at=NOW)), Illegal)


def test_a_refused_removal_is_done() -> None:
    """The daemon's refusal is an outcome like any other."""
    refused = Refused(refusal=Refusal.CONFLICT, message="in use")
    request = lived(approved(), claimed(), StepBegun(at=NOW, step=0), StepDone(at=NOW, step=0, outcome=refused))
    assert request.steps[0].progress is Progress.DONE
    assert request.steps[0].outcome == refused


def test_drift_voids_approvals() -> None:
    """What one of two leads approved does not count for another plan."""
    drifted = next(event for event in EVENTS if type(event).__name__ == "Drifted")
    result = after(lived(approved(OLGA), approvals=2), drifted)
    assert isinstance(result, Request)
    assert result.approvals == ()


@given(st.lists(st.sampled_from(EVENTS), max_size=30))
def test_whatever_happens_the_request_stays_sound(events: list[Event]) -> None:
    """No order of events removes a step's outcome, approves one's own request or finishes with a step under way."""
    request = lived()
    for event in events:
        changed = after(request, event)
        if isinstance(changed, Illegal):
            continue
        for before, now in zip(request.steps, changed.steps, strict=not isinstance(event, Narrowed)):
            if isinstance(before.outcome, Removed):
                assert now == before
        request = changed
    if request.state is State.FINISHED:
        assert Progress.BEGUN not in {step.progress for step in request.steps}
    assert request.requester not in {approval.by for approval in request.approvals}
    if request.state in {State.REMOVING, State.FINISHED, State.INTERRUPTED}:
        assert any(isinstance(event, Approved) for event in events)


def test_an_interruption_leaves_the_steps_as_they_are() -> None:
    """What was begun stays begun until the host was looked at."""
    result = after(REMOVING_BEGUN, Interrupted(at=NOW, why="killed"))
    assert isinstance(result, Request)
    assert result.steps == REMOVING_BEGUN.steps


def test_an_undo_is_open_for_its_time() -> None:
    """From the end on, and not a moment longer; then the clock may let go of what is kept, and not before."""
    undo = KEPT.undo
    assert undo
    assert (undo.window, undo.until, KEPT.undo_at) == (Window.OPEN, NOW + DAY, NOW + DAY)
    late = UndoBegun(at=NOW + DAY, owner="bot:1", by=OLGA)
    assert after(KEPT, late) == Illegal(why="The time to undo it is over.")
    by_the_clock = ReclaimBegun(at=NOW, owner="bot:1", by=None)
    assert after(KEPT, by_the_clock) == Illegal(why="The time to undo it is not over.")
    assert isinstance(after(KEPT, replace(by_the_clock, at=NOW + DAY)), Request)


def test_where_nothing_went_guards_go_at_once() -> None:
    """A request that ended before anything of it was sent has nothing to undo."""
    for end in (Drifted(at=NOW, difference=("- a",)), Finished(at=NOW, by=OLGA)):
        ended = after(REMOVING_KEPT, end)
        assert isinstance(ended, Request)
        assert (ended.undo_at, ended.undo and ended.undo.window) == (NOW, Window.OPEN)


def test_with_the_last_guard_the_undo_is_over() -> None:
    """And what came of each guard is written once."""
    request = RECLAIMING
    for number, step in enumerate(request.plan.reclaims):
        done = after(request, GuardRemoved(at=NOW, number=number, outcome=step.outcome, names=()))
        assert isinstance(done, Request)
        request = done
    assert request.undo
    assert (request.undo.window, request.undo_at) == (Window.RECLAIMED, None)
    again = GuardRemoved(at=NOW, number=0, outcome=Removed(records=()), names=())
    assert isinstance(after(request, again), Illegal)
