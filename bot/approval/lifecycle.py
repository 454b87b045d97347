"""The life of a request: which event may happen in which state, and what it makes of the request.

The table says where an event leads; where it depends on more than the state, the event's own function below says so,
with its reason. An event that the table does not have leaves the request as it was and says why (``Illegal``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import assert_never

from bot.approval.events import (
    Approved,
    Asked,
    Claimed,
    Drifted,
    Event,
    Expired,
    Finished,
    Interrupted,
    Measured,
    Rejected,
    StepBegun,
    StepDone,
    StepNotDone,
    StepSkipped,
    StepUnclear,
    Withdrawn,
)
from bot.approval.request import Claim, Closing, Person, Progress, Request, RequestId, State, StepState
from bot.images.removal import Unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Illegal:
    """Why an event cannot happen to a request as it stands."""

    why: str


_S = State
TABLE: Mapping[State, Mapping[type[Event], State]] = MappingProxyType(
    {
        _S.PENDING: {
            Approved: _S.APPROVED,  # or stays pending: not enough approvals yet
            Rejected: _S.REJECTED,
            Withdrawn: _S.WITHDRAWN,
            Expired: _S.EXPIRED,
            Drifted: _S.DRIFTED,
        },
        _S.APPROVED: {
            Claimed: _S.REMOVING,
            Withdrawn: _S.WITHDRAWN,
            Expired: _S.EXPIRED,
            Drifted: _S.DRIFTED,
        },
        _S.REMOVING: {
            StepBegun: _S.REMOVING,
            StepDone: _S.REMOVING,
            StepSkipped: _S.REMOVING,
            StepNotDone: _S.REMOVING,
            StepUnclear: _S.REMOVING,
            Interrupted: _S.INTERRUPTED,
            Finished: _S.FINISHED,
        },
        _S.INTERRUPTED: {
            Claimed: _S.REMOVING,
            StepDone: _S.INTERRUPTED,
            StepNotDone: _S.INTERRUPTED,
            Finished: _S.FINISHED,
        },
        _S.FINISHED: {Measured: _S.FINISHED},
        _S.REJECTED: {},
        _S.WITHDRAWN: {},
        _S.EXPIRED: {},
        _S.DRIFTED: {},
    }
)

ENDED = frozenset(state for state, events in TABLE.items() if set(events.values()) <= {state})
"""The states that nothing leads out of."""


def asked(request_id: RequestId, event: Asked) -> Request:
    """Return the request that *event* begins. It is approved at once where it needs nobody's approval."""
    return Request(
        id=request_id,
        version=1,
        state=State.PENDING if event.needs.count else State.APPROVED,
        requester=event.by,
        channel=event.channel,
        reason=event.reason,
        plan=event.plan,
        digest=event.digest,
        token=event.token,
        needs=event.needs,
        asked_at=event.at,
        expires_at=event.expires_at,
        steps=tuple(StepState() for _ in event.plan.steps),
        changed_at=event.at,
    )


def after(request: Request, event: Event) -> Request | Illegal:
    """Return *request* after *event*, or why that cannot happen now."""
    state = TABLE[request.state].get(type(event))
    if state is None:
        return Illegal(why=f"{type(event).__name__} cannot happen to a request that is {request.state}.")
    changed = _changed(request, event)
    if isinstance(changed, Illegal):
        return changed
    return replace(changed, state=_next_state(changed, event, state), version=request.version + 1, changed_at=event.at)


def _next_state(changed: Request, event: Event, usual: State) -> State:
    if isinstance(event, Approved) and len(changed.approvals) < changed.needs.count:
        return State.PENDING
    return usual


def _changed(request: Request, event: Event) -> Request | Illegal:
    match event:
        case Asked():
            return Illegal(why="A request is asked for once.")
        case Approved():
            return _approved(request, event)
        case Rejected(by=by, why=why):
            return replace(request, closing=Closing(by=by, why=why))
        case Withdrawn(by=by):
            if by != request.requester:
                return Illegal(why="Only the person who asked can withdraw a request.")
            return replace(request, closing=Closing(by=by))
        case Expired():
            if event.at < request.expires_at:
                return Illegal(why="The request has not run out yet.")
            return replace(request, closing=Closing(by=None))
        case Drifted(difference=difference):
            return replace(request, approvals=(), closing=Closing(by=None, why="\n".join(difference)))
        case Claimed():
            return _claimed(request, event)
        case StepBegun() | StepDone() | StepSkipped() | StepNotDone() | StepUnclear():
            return _stepped(request, event)
        case Interrupted(why=why):
            return replace(request, closing=Closing(by=None, why=why))
        case Finished(by=by):
            return _finished(request, by)
        case Measured(freed=freed):
            return Illegal(why="It was measured.") if request.measured is not None else replace(request, measured=freed)
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
    return replace(request, approvals=(*request.approvals, event.approval))


def _claimed(request: Request, event: Claimed) -> Request | Illegal:
    if request.state is State.APPROVED and event.at >= request.expires_at:
        return Illegal(why="The request has run out.")
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


def _finished(request: Request, by: Person | None) -> Request | Illegal:
    progress = {step.progress for step in request.steps}
    if Progress.BEGUN in progress:
        return Illegal(why="A step has begun and has no outcome.")
    if by is None and progress & {Progress.WAITING, Progress.UNCLEAR}:
        return Illegal(why="Not every step is done or skipped.")
    return replace(request, claim=None, closing=Closing(by=by))
