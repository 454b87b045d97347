"""The life of a request: which event may happen in which state, and what it makes of the request.

The table says where an event leads; where it depends on more than the state, ``changing`` says so, with
its reason. An event that the table does not have leaves the request as it was and says why (``Illegal``).
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from bot.approval.changing import Illegal, changed
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
from bot.approval.request import Request, RequestId, State, StepState
from bot.approval.undo_events import Guarded, Guarding, GuardRemoved, ReclaimBegun, UndoBegun, Undone

__all__ = ["ENDED", "TABLE", "Illegal", "after", "asked", "lived"]


_S = State
TABLE: Mapping[State, Mapping[type[Event], State]] = MappingProxyType(
    {
        _S.PENDING: {
            Approved: _S.APPROVED,  # or stays pending: not enough approvals yet
            Narrowed: _S.PENDING,
            Joined: _S.PENDING,
            Looking: _S.PENDING,
            LookEnded: _S.PENDING,
            CalledFor: _S.PENDING,
            Rejected: _S.REJECTED,
            Withdrawn: _S.WITHDRAWN,
            Expired: _S.EXPIRED,
            Drifted: _S.DRIFTED,
        },
        _S.APPROVED: {
            Claimed: _S.REMOVING,
            Released: _S.APPROVED,
            Rejected: _S.REJECTED,  # while it waits for the first hosts of its fleet
            Joined: _S.APPROVED,
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
            Drifted: _S.DRIFTED,  # where nothing of it was sent
            Guarding: _S.REMOVING,
            Guarded: _S.REMOVING,
        },
        _S.INTERRUPTED: {
            Claimed: _S.REMOVING,
            CalledFor: _S.INTERRUPTED,
            Reviewed: _S.INTERRUPTED,
            StepDone: _S.INTERRUPTED,
            StepNotDone: _S.INTERRUPTED,
            Finished: _S.FINISHED,
        },
        _S.FINISHED: {
            Measured: _S.FINISHED,
            CalledFor: _S.FINISHED,
            Reviewed: _S.FINISHED,
            UndoBegun: _S.FINISHED,
            Undone: _S.FINISHED,
            ReclaimBegun: _S.FINISHED,
            GuardRemoved: _S.FINISHED,
        },
        _S.REJECTED: {},
        _S.WITHDRAWN: {CalledFor: _S.WITHDRAWN, Reviewed: _S.WITHDRAWN},
        _S.EXPIRED: {CalledFor: _S.EXPIRED, Reviewed: _S.EXPIRED},
        _S.DRIFTED: {
            CalledFor: _S.DRIFTED,
            Reviewed: _S.DRIFTED,
            ReclaimBegun: _S.DRIFTED,  # guards that were set for nothing
            GuardRemoved: _S.DRIFTED,
        },
    }
)

ENDED = frozenset(state for state, events in TABLE.items() if set(events.values()) <= {state})
"""The states that nothing leads out of."""


def asked(request_id: RequestId, event: Asked) -> Request:
    """Return the request that *event* begins. It is approved at once where it needs nobody's approval."""
    return Request(
        id=request_id,
        version=1,
        state=State.PENDING if event.needs.count and not event.break_glass else State.APPROVED,
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
        break_glass=event.break_glass,
        member=event.member,
        held=event.member is not None and event.member.waits,
        changed_at=event.at,
    )


def after(request: Request, event: Event) -> Request | Illegal:
    """Return *request* after *event*, or why that cannot happen now."""
    state = TABLE[request.state].get(type(event))
    if state is None:
        return Illegal(why=f"{type(event).__name__} cannot happen to a request that is {request.state}.")
    made = changed(request, event)
    if isinstance(made, Illegal):
        return made
    return replace(made, state=_next_state(made, event, state), version=request.version + 1, changed_at=event.at)


def lived(request_id: RequestId, events: Iterable[Event]) -> Request | None:
    """Return the request that *events* lead to, from the first on; None where they cannot have happened so."""
    request: Request | None = None
    for event in events:
        made = after(request, event) if request else _begun(request_id, event)
        if isinstance(made, Illegal):
            return None
        request = made
    return request


def _begun(request_id: RequestId, event: Event) -> Request | Illegal:
    return asked(request_id, event) if isinstance(event, Asked) else Illegal(why="A request begins by being asked for.")


def _next_state(made: Request, event: Event, usual: State) -> State:
    if isinstance(event, Approved) and len(made.approvals) < made.needs.count:
        return State.PENDING
    return usual
