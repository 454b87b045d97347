"""What a request keeps for an undo, in words: until when, and what came of it."""

from collections.abc import Iterator
from dataclasses import replace
from typing import assert_never

from bot.approval.request import Request, State, Undo, Window
from bot.approval.undo_events import Guarded, Guarding, GuardRemoved, ReclaimBegun, UndoBegun, UndoEvent, Undone
from bot.images.layers import deleted_images, total
from bot.images.removal import DeletedImage, Freed, Outcome, Plan, Removed
from bot.images.restoral import AnyPlan, PutBack
from bot.images.spans import span_text
from bot.slack.mrkdwn import code, count, date, escape, listed, mention, prose
from bot.slack.steps import bytes_of, freed_by

LINE = 400
"""Characters of names, or of sentences about what was not put back."""
AHEAD = frozenset({State.PENDING, State.APPROVED})


def to_come(plan: AnyPlan) -> str:
    """Return what is given back when the window ends, as planned."""
    return bytes_of(total(step.freed for step in plan.reclaims))


def undo_told(event: UndoEvent) -> str:
    """Return one event of an undo as a line of the timeline."""
    match event:
        case Guarding(guards=guards):
            return f"{count(len(guards), 'image')} to be kept for an undo"
        case Guarded():
            return "kept by guard tags: names may go"
        case UndoBegun(by=by, basis=basis):
            return f"{mention(by)} pressed Undo ({escape(basis)})" if by else "the undo was taken up again"
        case Undone(back=back, left=left):
            return f"undone: {count(len(back), 'name')} put back {escape(' '.join(left))}".rstrip()
        case ReclaimBegun(by=by, basis=basis):
            return f"{mention(by)} pressed Reclaim now ({escape(basis)})" if by else "what is kept was to go"
        case GuardRemoved():
            return _guard_removed(event)
        case _:
            assert_never(event)


def _guard_removed(event: GuardRemoved) -> str:
    records = event.outcome.records if isinstance(event.outcome, Removed) else ()
    deleted = any(isinstance(record, DeletedImage) for record in records)
    what = f"content deleted, {count(len(records), 'record')}" if deleted else "a guard tag is gone"
    return f"{what} {escape(event.found)}".rstrip()


def window(request: Request) -> tuple[str, ...]:
    """Return how it stands with what a request keeps, in a line or two; nothing where it keeps nothing."""
    undo = request.undo
    if undo is None:
        return (_ahead(request),) if request.plan.reclaims and request.state in AHEAD else ()
    match undo.window:
        case Window.GUARDED:
            return ("↩️ content is kept for an undo",)
        case Window.OPEN:
            until = date(undo.until) if undo.until else ""
            return (f"↩️ _Undo_ until {until}; then, or with _Reclaim now_, {to_come(request.plan)} come back",)
        case Window.UNDOING:
            return (f"↩️ {_by(undo)} pressed Undo: names are being put back",)
        case Window.RECLAIMING:
            return ("🧹 what was kept is being deleted",)
        case Window.UNDONE:
            names = listed([code(name) for name in undo.back], LINE) or "no name"
            return (f"↩️ *Undone* by {_by(undo)}: {names} put back", *_left(undo.left))
        case Window.RECLAIMED:
            return (_reclaimed(request, undo), *_left(tuple(state.note for state in undo.reclaims if state.note)))
        case _:
            assert_never(undo.window)


def _ahead(request: Request) -> str:
    span = f"{span_text(request.needs.undo)} later" if request.needs.undo else "later"
    return f"↩️ names go at once; {to_come(request.plan)} come back {span}, or with _Reclaim now_; until then _Undo_"


def _by(undo: Undo) -> str:
    return mention(undo.by) if undo.by else "the bot"


def _reclaimed(request: Request, undo: Undo) -> str:
    images = deleted_images(_outcomes(undo))
    why = f"by {_by(undo)}" if undo.by else "when its time was over"
    if not images:
        return f"🧹 nothing is kept any more, {why}: no image was deleted"
    return f"🧹 *Reclaimed* {why}: {count(len(images), 'image')} deleted, {reclaimed_bytes(request)} freed"


def reclaimed_bytes(request: Request) -> str:
    """Return how much was given back when what was kept went, and how sure that is."""
    return bytes_of(reclaimed(request))


def reclaimed(request: Request) -> Freed:
    """Return the same as a number of bytes."""
    if request.undo is None or not isinstance(request.plan, Plan):
        return Freed()
    gone = set(deleted_images(_outcomes(request.undo)))
    pairs = zip(request.plan.reclaims, request.undo.reclaims, strict=True)
    went = [(step, state) for step, state in pairs if step.removal.image_id in gone]
    plan = replace(request.plan, steps=tuple(step for step, _ in went))
    return freed_by(plan, [state for _, state in went])


def _outcomes(undo: Undo) -> Iterator[Outcome]:
    """Yield what came of the guards that were removed."""
    for state in undo.reclaims:
        if state.outcome is not None and not isinstance(state.outcome, PutBack):
            yield state.outcome


def _left(sentences: tuple[str, ...]) -> tuple[str, ...]:
    return (listed([prose(each).removesuffix(".") for each in sentences], LINE, between="; "),) if sentences else ()
