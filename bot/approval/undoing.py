"""What the events of an undo make of a request, and what they cannot make of it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.approval.request import Progress, Request, StepState, Undo, Window
from bot.approval.undo_events import Guarded, Guarding, GuardRemoved, ReclaimBegun, UndoBegun, UndoEvent, Undone
from bot.images.removal import Removed, Unknown


def undo_after(request: Request, event: UndoEvent) -> Undo | str:
    """Return how the undo of *request* stands after *event*, or why that cannot be."""
    undo = request.undo
    match event:
        case Guarding(guards=guards):
            known = undo is None or undo.window is Window.GUARDED
            if len(guards) != len(request.plan.reclaims) or not guards or not known:
                return "The guards are not those of the plan."
            return Undo(window=Window.GUARDED, guards=guards, reclaims=tuple(StepState() for _ in guards))
        case Guarded():
            return undo if undo and undo.window is Window.GUARDED else "No guard was to be set."
        case UndoBegun() | Undone():
            return _undone(undo, event, request.version + 1)
        case ReclaimBegun():
            return _reclaiming(undo, event)
        case GuardRemoved():
            return _guard_removed(undo, event, request.version + 1)
        case _:
            assert_never(event)


def _undone(undo: Undo | None, event: UndoBegun | Undone, version: int) -> Undo | str:
    if undo is None:
        return "It cannot be undone."
    match event:
        case UndoBegun(owner=owner, by=by):
            again = undo.window is Window.UNDOING and by is None
            if not again and (undo.window is not Window.OPEN or undo.until is None or event.at >= undo.until):
                return "The time to undo it is over."
            return replace(undo, window=Window.UNDOING, owner=owner, by=by or undo.by)
        case Undone(back=back, left=left):
            if undo.window is not Window.UNDOING:
                return "It was not being undone."
            return replace(undo, window=Window.UNDONE, owner="", back=back, left=left, ended=version)
        case _:
            assert_never(event)


def _reclaiming(undo: Undo | None, event: ReclaimBegun) -> Undo | str:
    if undo is None or undo.window not in {Window.OPEN, Window.RECLAIMING} or undo.until is None:
        return "Nothing of it is kept."
    if event.by is not None and undo.window is Window.RECLAIMING:
        return "It is being reclaimed already."
    if event.by is None and event.at < undo.until and undo.window is Window.OPEN:
        return "The time to undo it is not over."
    return replace(undo, window=Window.RECLAIMING, owner=event.owner, by=event.by or undo.by)


def _guard_removed(undo: Undo | None, event: GuardRemoved, version: int) -> Undo | str:
    if undo is None or undo.window is not Window.RECLAIMING or not 0 <= event.number < len(undo.reclaims):
        return "That guard is not being removed."
    if undo.reclaims[event.number].progress is Progress.DONE or isinstance(event.outcome, Unknown):
        return "What came of that guard is on record, or not known."
    reclaims = list(undo.reclaims)
    reclaims[event.number] = StepState(progress=Progress.DONE, outcome=event.outcome, note=event.found)
    ended = all(state.progress is Progress.DONE for state in reclaims)
    if ended:
        return replace(undo, window=Window.RECLAIMED, owner="", reclaims=tuple(reclaims), ended=version)
    return replace(undo, reclaims=tuple(reclaims))


def ended(request: Request, at: datetime) -> Undo | None:
    """Return the undo of a request that ends at *at*. Where nothing went the guards are to go at once."""
    undo = request.undo
    if undo is None or undo.window is not Window.GUARDED:
        return undo
    window = request.needs.undo if any(map(goes, request.steps)) else None
    return replace(undo, window=Window.OPEN, until=at + (window or timedelta(0)))


def goes(state: StepState) -> bool:
    """Whether a step removed something, or may have."""
    return state.progress is Progress.UNCLEAR or isinstance(state.outcome, Removed)
