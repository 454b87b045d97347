"""Plans and their outcomes in words: names first, then what goes, what stays and why."""

from collections.abc import Iterable
from typing import assert_never

from bot.approval.request import Progress, StepState
from bot.images.ids import full_id, short
from bot.images.layers import freed
from bot.images.removal import (
    Certainty,
    DeletedImage,
    DeletedLayer,
    Outcome,
    Plan,
    Record,
    Refused,
    Removed,
    Step,
    Unknown,
    Untagged,
    line,
)
from bot.slack.blocks import SECTION, Block, section
from bot.slack.holders import stays
from bot.slack.mrkdwn import code, count, escape, plain, preformatted, shortened, size

LINES = 60
"""Docker's own lines in one message; more are counted and can be asked for with ``show``."""
SHOWN_STEPS = 8
"""Steps shown one by one before the rest is counted."""
FEW = 2
NAMES_LENGTH = 70
"""So many names, and so many characters of them, fit a headline."""


def listing(records: tuple[Record, ...]) -> Block | None:
    """Return Docker's lines as a block, or None where there are none."""
    lines = [line(record) for record in records]
    if not lines:
        return None
    shown: list[str] = []
    room = SECTION - 100
    for text in lines[:LINES]:
        room -= len(text) + 1
        if room < 0:
            break
        shown.append(text)
    left = len(lines) - len(shown)
    more = f"\n… and {count(left, 'more line')}" if left else ""
    return section(preformatted(tuple(shown)) + more)


def plan_blocks(plan: Plan) -> tuple[Block | None, ...]:
    """Return a plan: each step as a paragraph, notes, and Docker's own lines."""
    steps = [planned_step(step) for step in plan.steps]
    notes = [f"_{escape(note)}_" for note in plan.notes]
    return (*paragraphs(steps + notes), listing(predicted(plan)))


def paragraphs(texts: list[str]) -> tuple[Block, ...]:
    """Return the first of *texts* as blocks, and the number of the rest."""
    more = len(texts) - SHOWN_STEPS
    shown = tuple(section(text) for text in texts[:SHOWN_STEPS])
    return (*shown, section(f"… and {more} more: `/img show` has them all.")) if more > 0 else shown


def predicted(plan: Plan) -> tuple[Record, ...]:
    """Return every record that *plan* predicts, in order."""
    return tuple(r for step in plan.steps if isinstance(step.outcome, Removed) for r in step.outcome.records)


def removals(plan: Plan) -> str:
    """Return what *plan* removes: the names where they are few, or how many of how many images."""
    going = [plain(name_of(step)) for step in plan.steps if isinstance(step.outcome, Removed)]
    names = " and ".join(going)
    if len(going) == len(plan.steps) <= FEW and len(names) <= NAMES_LENGTH:
        return names
    return count(len(going), "image") if len(going) == len(plan.steps) else _of(len(going), len(plan.steps))


def removed(plan: Plan, states: Iterable[StepState]) -> str:
    """Return what was removed, in the same words."""
    done = sum(isinstance(state.outcome, Removed) for state in states)
    return removals(plan) if done == len(plan.steps) else _of(done, len(plan.steps))


def _of(some: int, every: int) -> str:
    return f"{some} of {count(every, 'image')}"


def planned_step(step: Step) -> str:
    """Return one step of a plan as a paragraph."""
    match step.outcome:
        case Removed(records=records):
            lines = [f"{_name(step)} — {_what_goes(records, step.certainty)}", *map(stays, step.stays)]
            if step.doubt:
                lines.append(f"_{escape(step.doubt)}_")
            return "\n".join(lines)
        case Refused(message=message):
            lines = [f"✋ {_name(step)} *stays* — {escape(message)}", *map(stays, step.stays)]
            return "\n".join([*lines, escape(step.hint)] if step.hint else lines)
        case _:
            assert_never(step.outcome)


def outcome_of(step: Step, state: StepState) -> str:
    """Return what came of one step as a paragraph."""
    match state.progress:
        case Progress.WAITING:
            return f"⏸ {_name(step)} — not started. {escape(state.note)}".rstrip()
        case Progress.BEGUN:
            return f"⏳ {_name(step)} — under way"
        case Progress.SKIPPED:
            return f"✋ {_name(step)} *stays* — {escape(state.note)}"
        case Progress.UNCLEAR:
            return f"❓ {_name(step)} — *unclear*: {escape(state.note)}"
        case Progress.DONE:
            return _done(step, state)
        case _:
            assert_never(state.progress)


def _done(step: Step, state: StepState) -> str:
    note = f" _{escape(state.note)}_" if state.note else ""
    match state.outcome:
        case Removed(records=records):
            return f"✅ {_name(step)} — {_what_went(records)}{note}"
        case Refused(message=message) | Unknown(message=message):
            return f"✋ {_name(step)} *stays* — {escape(message)}{note}"
        case None:
            return f"✅ {_name(step)}{note}"
        case _:
            assert_never(state.outcome)


def actual(states: Iterable[StepState]) -> tuple[Record, ...]:
    """Return every record of what was done, in order."""
    outcomes: list[Outcome | None] = [state.outcome for state in states]
    return tuple(r for outcome in outcomes if isinstance(outcome, Removed) for r in outcome.records)


def name_of(step: Step) -> str:
    """Return what a person calls the image of a step: the name that was meant or that goes, or its short ID."""
    name = step.removal.target or step.removal.word
    if not full_id(name):
        return shortened(name)
    records = step.outcome.records if isinstance(step.outcome, Removed) else ()
    return next((shortened(record.reference) for record in records if isinstance(record, Untagged)), short(name))


def _name(step: Step) -> str:
    image_id, name = step.removal.image_id, name_of(step)
    return f"{code(name)} ({code(short(image_id))})" if image_id and short(image_id) != name else code(name)


def _what_goes(records: tuple[Record, ...], certainty: Certainty) -> str:
    tags, images, layers = _counts(records)
    if not images:
        return f"untags {count(tags, 'name')}; the image stays"
    most = "at most " if certainty is Certainty.AT_MOST else ""
    names = f"untags {count(tags, 'name')}, " if tags else ""
    gone = f"deletes {count(images, 'image')} and {most}{count(layers, 'layer')}"
    return f"{names}{gone}, frees {most}{size(freed(records))}"


def _what_went(records: tuple[Record, ...]) -> str:
    tags, images, layers = _counts(records)
    parts = [count(tags, "name") + " untagged"] if tags else []
    if images:
        parts.append(f"{count(images, 'image')} and {count(layers, 'layer')} deleted, {size(freed(records))} freed")
    return ", ".join(parts)


def _counts(records: tuple[Record, ...]) -> tuple[int, int, int]:
    kinds = [type(record) for record in records]
    return kinds.count(Untagged), kinds.count(DeletedImage), kinds.count(DeletedLayer)
