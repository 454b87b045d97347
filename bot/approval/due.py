"""What becomes due while a request waits: a look that ends, a reminder, an escalation, a review."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.approval.events import CalledFor, LookEnded
from bot.approval.request import Call, Request, State

REVIEWED_WITHIN = timedelta(hours=24)
"""How long a broken glass may wait for a review before the leads are called, and how often they are from then on."""
RUNS_OUT_AT = 0.8
"""The part of a request's time after which those concerned are told that it runs out."""
SETTLED = frozenset({State.FINISHED, State.INTERRUPTED, State.WITHDRAWN, State.EXPIRED, State.DRIFTED})
"""The states in which what was done without an approval can be reviewed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is to happen to a request at a moment; ``call`` is None where a look ends."""

    at: datetime
    call: Call | None = None
    to: tuple[str, ...] = ()

    def event(self, now: datetime) -> CalledFor | LookEnded:
        """Return the event that it is, at *now*."""
        return LookEnded(at=now) if self.call is None else CalledFor(at=now, call=self.call, to=self.to)


def due(request: Request, now: datetime) -> Due | None:
    """Return what is due first by *now*, or None."""
    return min((each for each in _coming(request) if each.at <= now), key=lambda each: each.at, default=None)


def due_at(request: Request) -> datetime | None:
    """Return when something is due next, whatever happens before; None where nothing is."""
    return min((each.at for each in _coming(request)), default=None)


def _coming(request: Request) -> Iterator[Due]:
    if request.state is State.PENDING:
        yield from _while_pending(request)
    if request.awaits_review and request.state in SETTLED:
        last = max((called.at for called in request.calls if called.call is Call.REVIEW), default=request.asked_at)
        yield Due(at=last + REVIEWED_WITHIN, call=Call.REVIEW)


def _while_pending(request: Request) -> Iterator[Due]:
    needs, called = request.needs, {called.call for called in request.calls}
    if request.look is not None:
        yield Due(at=request.look.until)
    if needs.remind_after is not None and Call.REMIND not in called:
        yield Due(at=request.asked_at + needs.remind_after, call=Call.REMIND)
    if needs.escalate_after is not None and needs.escalate_to and Call.ESCALATE not in called:
        yield Due(at=request.asked_at + needs.escalate_after, call=Call.ESCALATE, to=needs.escalate_to)
    if Call.RUNS_OUT not in called:
        whole = request.expires_at - request.asked_at
        yield Due(at=request.asked_at + whole * RUNS_OUT_AT, call=Call.RUNS_OUT)
