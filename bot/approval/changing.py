"""What each event makes of a request, and what it cannot make of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import assert_never

from bot.approval.events import (
    Approved,
    Asked,
    CalledFor,
    Claimed,
    Drifted,
    Event,
    Expired,
    Finished,
    Interrupted,
    Joined,
    LookEnded,
    Looking,
    Measured,
    Narrowed,
    Rejected,
    Released,
    Reviewed,
    StepBegun,
    StepDone,
    StepNotDone,
    StepSkipped,
    StepUnclear,
    Withdrawn,
)
from bot.approval.request import (
    Call,
    Called,
    Claim,
    Closing,
    LeftOut,
    Look,
    Progress,
    Request,
    Review,
    State,
    StepState,
)
from bot.approval.undo_events import Guarded, Guarding, GuardRemoved, ReclaimBegun, UndoBegun, Undone
from bot.approval.undoing import ended, undo_after
from bot.images.removal import Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Illegal:
    """Why an event cannot happen to a request as it stands."""

    why: str


def changed(request: Request, event: Event) -> Request | Illegal:
    """Return *request* after *event*, but for its state and version, or why that cannot happen now."""
    match event:
        case Asked():
            return Illegal(why="A request is asked for once.")
        case Approved():
            return _approved(request, event)
        case Narrowed() | Joined() | Looking() | LookEnded():
            return _waiting(request, event)
        case CalledFor():
            return _called(request, event)
        case Reviewed():
            return _reviewed(request, event)
        case Released():
            return replace(request, held=False) if request.held else Illegal(why="It waits for no other host.")
        case Rejected(by=by, why=why):
            if request.state is State.APPROVED and not request.held:
                return Illegal(why="The request was approved.")
            return replace(request, closing=Closing(by=by, why=why))
        case Withdrawn(by=by):
            if by != request.requester:
                return Illegal(why="Only the person who asked can withdraw a request.")
            return replace(request, closing=Closing(by=by))
        case Expired():
            if event.at < request.expires_at:
                return Illegal(why="The request has not run out yet.")
            return replace(request, closing=Closing(by=None))
        case Drifted():
            return _drifted(request, event)
        case Claimed():
            return _claimed(request, event)
        case StepBegun() | StepDone() | StepSkipped() | StepNotDone() | StepUnclear():
            return _stepped(request, event)
        case Interrupted(why=why):
            return replace(request, closing=Closing(by=None, why=why))
        case Finished():
            return _finished(request, event)
        case Measured(freed=freed):
            return Illegal(why="It was measured.") if request.measured is not None else replace(request, measured=freed)
        case Guarding() | Guarded() | UndoBegun() | Undone() | ReclaimBegun() | GuardRemoved():
            undo = undo_after(request, event)
            return Illegal(why=undo) if isinstance(undo, str) else replace(request, undo=undo)
        case _:
            assert_never(event)


def _approved(request: Request, event: Approved) -> Request | Illegal:
    if event.digest != request.digest:
        return Illegal(why="The approval is for another plan.")
    if event.at >= request.expires_at:
        return Illegal(why="The request has run out.")
    by = event.approval.by
    if by == request.requester:
        return Illegal(why="Nobody approves their own request.")
    if any(approval.by == by for approval in request.approvals):
        return Illegal(why="The same person approves once.")
    return replace(request, approvals=(*request.approvals, event.approval), look=None)


def _waiting(request: Request, event: Narrowed | Joined | Looking | LookEnded) -> Request | Illegal:
    """Return a request that waits for a decision after something that decides nothing."""
    match event:
        case Narrowed():
            return _narrowed(request, event)
        case Joined(by=by):
            if by == request.requester or by in request.followers:
                return Illegal(why="Nobody follows a request twice.")
            return replace(request, followers=(*request.followers, by))
        case Looking(by=by, until=until):
            if by == request.requester:
                return Illegal(why="Nobody decides on their own request.")
            return replace(request, look=Look(by=by, until=until))
        case LookEnded(at=at):
            if request.look is None or at < request.look.until:
                return Illegal(why="Nobody's time to look has run out.")
            return replace(request, look=None)
        case _:
            assert_never(event)


def _narrowed(request: Request, event: Narrowed) -> Request | Illegal:
    if event.at >= request.expires_at:
        return Illegal(why="The request has run out.")
    if event.by == request.requester:
        return Illegal(why="Nobody decides on their own request.")
    if (event.member.fleet if event.member else None) != (request.member.fleet if request.member else None):
        return Illegal(why="What is asked for on several hosts is narrowed on all of them.")
    left = len(request.plan.steps) - len(set(event.left_out))
    known = set(event.left_out) <= set(range(len(request.plan.steps)))
    if not (event.left_out or event.member) or not known or len(event.plan.steps) != left:
        return Illegal(why="The new plan is not the old one without the steps that were left out.")
    words = tuple(request.plan.steps[step].word for step in event.left_out)
    left_out = (LeftOut(by=event.by, at=event.at, words=words, version=request.version + 1),) if words else ()
    return replace(
        request,
        plan=event.plan,
        digest=event.digest,
        token=event.token,
        needs=event.needs,
        steps=tuple(StepState() for _ in event.plan.steps),
        approvals=(),
        left_out=(*request.left_out, *left_out),
        member=event.member,
        held=event.member is not None and event.member.waits,
    )


def _called(request: Request, event: CalledFor) -> Request | Illegal:
    if event.call is Call.REVIEW and not request.awaits_review:
        return Illegal(why="There is nothing to review.")
    if event.call is not Call.REVIEW and request.state is not State.PENDING:
        return Illegal(why="Nothing is to be decided any more.")
    called = Called(call=event.call, at=event.at, version=request.version + 1)
    return replace(request, calls=(*request.calls, called))


def _reviewed(request: Request, event: Reviewed) -> Request | Illegal:
    if not request.awaits_review:
        return Illegal(why="There is nothing to review.")
    if event.by == request.requester:
        return Illegal(why="Nobody reviews their own request.")
    return replace(request, review=Review(by=event.by, at=event.at, basis=event.basis, note=event.note))


def _drifted(request: Request, event: Drifted) -> Request | Illegal:
    if not {step.progress for step in request.steps} <= {Progress.WAITING, Progress.SKIPPED}:
        return Illegal(why="Something of it was sent.")
    closing = Closing(by=None, why="\n".join(event.difference))
    return replace(request, approvals=(), claim=None, closing=closing, undo=ended(request, event.at))


def _claimed(request: Request, event: Claimed) -> Request | Illegal:
    if request.state is State.APPROVED and event.at >= request.expires_at:
        return Illegal(why="The request has run out.")
    if request.held:
        return Illegal(why="It waits for the first hosts of its fleet.")
    if request.state is State.INTERRUPTED and event.by is None:
        return Illegal(
            why="A person has to say that an interrupted request goes on."
        )  # never go on by oneself after a surprise
    number = request.claim.number + 1 if request.claim else 1
    return replace(request, claim=Claim(owner=event.owner, number=number, until=event.until), closing=None)


_STEP_EVENTS = StepBegun | StepDone | StepSkipped | StepNotDone | StepUnclear

_MAY_FOLLOW: Mapping[type[_STEP_EVENTS], frozenset[Progress]] = MappingProxyType(
    {
        StepBegun: frozenset({Progress.WAITING}),
        StepDone: frozenset({Progress.BEGUN, Progress.UNCLEAR, Progress.WAITING}),  # waiting: the answer came late
        StepSkipped: frozenset({Progress.WAITING, Progress.BEGUN}),  # begun: the reference moved just before the call
        StepNotDone: frozenset({Progress.BEGUN, Progress.UNCLEAR}),
        StepUnclear: frozenset({Progress.BEGUN}),
    }
)


def _stepped(request: Request, event: _STEP_EVENTS) -> Request | Illegal:
    if not 0 <= event.step < len(request.steps):
        return Illegal(why=f"The plan has no step {event.step}.")
    now = request.steps[event.step].progress
    if now not in _MAY_FOLLOW[type(event)]:
        return Illegal(why=f"{type(event).__name__} cannot follow a step that is {now}.")
    steps = list(request.steps)
    steps[event.step] = _step_state(event)
    return replace(request, steps=tuple(steps))


def _step_state(event: _STEP_EVENTS) -> StepState:
    match event:
        case StepBegun():
            return StepState(progress=Progress.BEGUN)
        case StepDone(outcome=Unknown() as outcome):
            return StepState(progress=Progress.UNCLEAR, outcome=outcome, note=outcome.message)
        case StepDone(outcome=outcome, found=found):
            return StepState(progress=Progress.DONE, outcome=outcome, note=found)
        case StepSkipped(why=why):
            return StepState(progress=Progress.SKIPPED, note=why)
        case StepNotDone(found=found):
            return StepState(progress=Progress.WAITING, note=found)  # it may be sent again
        case StepUnclear(why=why):
            return StepState(progress=Progress.UNCLEAR, note=why)
        case _:
            assert_never(event)


def _finished(request: Request, event: Finished) -> Request | Illegal:
    by = event.by
    progress = {step.progress for step in request.steps}
    if Progress.BEGUN in progress:
        return Illegal(why="A step has begun and has no outcome.")
    if by is None and progress & {Progress.WAITING, Progress.UNCLEAR}:
        return Illegal(why="Not every step is done or skipped.")
    return replace(request, claim=None, closing=Closing(by=by), undo=ended(request, event.at))
