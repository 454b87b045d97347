"""Plans and their outcomes in words: names first, then what goes, what stays and why."""

from collections.abc import Iterable, Sequence
from typing import assert_never

from bot.approval.request import Progress, StepState
from bot.images.drift import as_planned
from bot.images.ids import full_id, short
from bot.images.inventory import Store
from bot.images.layers import freed, total
from bot.images.removal import (
    Certainty,
    DeletedImage,
    DeletedLayer,
    Doubt,
    Freed,
    Part,
    Plan,
    Record,
    Refusal,
    Refused,
    Removed,
    Step,
    Unknown,
    Untagged,
)
from bot.images.restoral import PutBack
from bot.slack import limits
from bot.slack.blocks import Block, section
from bot.slack.grades import below, with_grades
from bot.slack.holders import reason, stays
from bot.slack.mrkdwn import code, count, escape, listed, plain, preformatted, prose, shortened, size

LINES = 60
"""Docker's own lines in one message; more are counted; ``imgbot show`` has them all."""
SHOWN_STEPS = 8
"""Steps shown one by one before the rest is counted."""
MORE = 600
"""Characters of the names of those that are not: some lines on a telephone."""
FEW = 2
NAMES_LENGTH = 70
"""So many names, and so many characters of them, fit a headline."""


def text_block(lines: Sequence[str]) -> Block | None:
    """Return lines as a block, as many as fit, or None where there are none."""
    if not lines:
        return None
    shown: list[str] = []
    room = limits.SECTION - 100
    for text in lines[:LINES]:
        room -= len(text) + 1
        if room < 0:
            break
        shown.append(text)
    left = len(lines) - len(shown)
    more = f"\n… and {count(left, 'more line')}" if left else ""
    return section(preformatted(tuple(shown)) + more)


def plan_blocks(plan: Plan, most: int = SHOWN_STEPS) -> tuple[Block | None, ...]:
    """Return a plan: each step as a paragraph, how it can be had back, and notes."""
    steps = with_grades(plan, [planned_step(step) for step in plan.steps])
    estimated = {s.freed.why for s in plan.steps if s.freed.certainty is Certainty.ABOUT}
    notes = [section(f"_{prose(note)}_") for note in plan.notes[:SHOWN_STEPS]]
    notes += [section(f"_≈: {escape(why)}._") for why in sorted(estimated)]
    names = [name_of(step) for step in plan.steps]
    return (*paragraphs(steps, names, most), graded(plan), *notes)


def graded(plan: Plan) -> Block | None:
    """Return how all that goes can be had back, in one line; None where that was not looked into."""
    return section(text) if (text := below(plan)) else None


def paragraphs(texts: Sequence[str], names: Sequence[str] = (), most: int = SHOWN_STEPS) -> tuple[Block, ...]:
    """Return the first of *texts* as blocks; of the rest the *names*, as many as fit, so that none goes unseen."""
    shown = tuple(section(text) for text in texts[:most])
    more = len(texts) - most
    if more <= 0:
        return shown
    rest = listed([code(name) for name in names[most:]], MORE)
    return (*shown, section(f"… and {count(more, 'more step')}: {rest}"))


def predicted(plan: Plan) -> tuple[Record, ...]:
    """Return every record that *plan* predicts, in order."""
    return tuple(r for step in plan.steps if isinstance(step.outcome, Removed) for r in step.outcome.records)


def removals(plan: Plan) -> str:
    """Return what *plan* removes: the names where they are few, or how many images and names."""
    return _called([step for step in plan.steps if isinstance(step.outcome, Removed)], plan, predicted(plan))


def removed(plan: Plan, states: Sequence[StepState]) -> str:
    """Return what was removed, in the same words."""
    pairs = zip(plan.steps, states, strict=True)
    done = [step for step, state in pairs if isinstance(state.outcome, Removed)]
    if differs(plan, states):
        return _counted(actual(states)) + part_of(len(done), len(plan.steps))
    return _called(done, plan, actual(states))


def _called(steps: Sequence[Step], plan: Plan, records: tuple[Record, ...]) -> str:
    names = few([plain(name_of(step)) for step in steps]) if len(steps) <= FEW else ""
    return (names or _counted(records)) + part_of(len(steps), len(plan.steps))


def few(names: Sequence[str]) -> str:
    """Return *names* where a headline holds them all; nothing else."""
    text = " and ".join(names)
    return text if len(names) <= FEW and len(text) <= NAMES_LENGTH else ""


def differs(plan: Plan, states: Sequence[StepState]) -> bool:
    """Whether something was removed in another way than planned."""
    pairs = zip(plan.steps, states, strict=True)
    return any(isinstance(s.outcome, Removed) and not as_planned(step, s.outcome) for step, s in pairs)


def _counted(records: tuple[Record, ...]) -> str:
    """Return how many images were deleted and names untagged; an image in several steps is one."""
    images = {record.image_id for record in records if isinstance(record, DeletedImage)}
    names = [record for record in records if isinstance(record, Untagged)]
    if not images:
        return count(len(names), "name") if names else "nothing"
    return f"{count(len(images), 'image')} and {count(len(names), 'name')}"


def part_of(some: int, every: int) -> str:
    """Return how many of all that was asked for, where it is not all of it."""
    return f" ({some} of {every})" if 0 < some < every else ""


def planned_step(step: Step) -> str:
    """Return one step of a plan as a paragraph."""
    match step.outcome:
        case Removed(records=records):
            lines = [
                f"{_name(step)} — {_what_goes(step, records)}",
                *(stays(each, untagged=True) for each in step.stays),
            ]
            return "\n".join([*lines, *(f"_{_doubted(doubt)}_" for doubt in step.doubts)])
        case Refused(refusal=refusal, message=message):
            how = " *stays*" if refusal in {Refusal.CONFLICT, Refusal.PROTECTED} else ""
            why = [escape(message), *map(stays, step.stays)]
            if refusal is Refusal.CONFLICT and step.stays:  # who holds it says more than Docker's own words
                why = [reason(stays(each)) for each in step.stays]
            return "\n".join(
                [f"✋ {_name(step)}{how} — {why[0]}", *why[1:], *([escape(step.hint)] if step.hint else [])]
            )
        case _:
            assert_never(step.outcome)


def _doubted(doubt: Doubt) -> str:
    what = "At most these layers" if doubt.part is Part.LAYERS else "Docker may refuse it, or leave some of it"
    return f"{what}: {escape(doubt.why)}."


def outcome_of(step: Step, state: StepState) -> str:
    """Return what came of one step as a paragraph. What was left out as it was planned is told as it was planned."""
    if state.progress is Progress.SKIPPED and isinstance(step.outcome, Refused) and state.note == step.outcome.message:
        return planned_step(step)
    return progress_of(state, _name(step), "not removed") or _done(step, state)


def underway(states: Sequence[StepState]) -> str:
    """Return which step a request has come to, of how many."""
    done = sum(state.progress in {Progress.DONE, Progress.SKIPPED} for state in states)
    return f"{min(done + 1, len(states))} of {len(states)}"


def progress_of(state: StepState, name: str, not_done: str) -> str:
    """Return how far a step has come, of whichever kind: *not_done* where it was skipped. Nothing where it is done."""
    match state.progress:
        case Progress.WAITING:
            return f"⏸ {name} — not started. {escape(state.note)}".rstrip()
        case Progress.BEGUN:
            return f"⏳ {name} — under way"
        case Progress.SKIPPED:
            return f"✋ {name} *{not_done}* — {escape(state.note)}"
        case Progress.UNCLEAR:
            return f"❓ {name} — *unclear*: {escape(state.note)}"
        case Progress.DONE:
            return ""
        case _:
            assert_never(state.progress)


def _done(step: Step, state: StepState) -> str:
    note = f" _{escape(state.note)}_" if state.note else ""
    match state.outcome:
        case Removed(records=records) as outcome if not as_planned(step, outcome):
            return f"⚠️ {_name(step)} — *not as planned*: {_what_went(records) or 'nothing'}{note}"
        case Removed(records=records):
            return f"✅ {_name(step)} — {_what_went(records)}{note}"
        case Refused(message=message) | Unknown(message=message):
            return f"✋ {_name(step)} *not removed* — {escape(message)}{note}"
        case None | PutBack():
            return f"✅ {_name(step)}{note}"
        case _:
            assert_never(state.outcome)


def actual(states: Iterable[StepState]) -> tuple[Record, ...]:
    """Return every record of what was done, in order."""
    outcomes = [state.outcome for state in states]
    return tuple(r for outcome in outcomes if isinstance(outcome, Removed) for r in outcome.records)


def name_of(step: Step) -> str:
    """Return what a person calls the image of a step: the name that was meant or that goes, or its short ID."""
    name = step.removal.target or step.removal.word
    if not full_id(name):
        return shortened(name)
    records = step.outcome.records if isinstance(step.outcome, Removed) else ()
    names = [record.reference for record in records if isinstance(record, Untagged) and "@" not in record.reference]
    if not names:
        return short(name)
    return names[0] if len(names) == 1 else f"{names[0]} +{count(len(names) - 1, 'name')}"


def _name(step: Step) -> str:
    image_id, name = step.removal.image_id, name_of(step)
    return f"{code(name)} ({code(short(image_id))})" if image_id and short(image_id) != name else code(name)


def _what_goes(step: Step, records: tuple[Record, ...]) -> str:
    tags, images, layers = _counts(records)
    if not images:
        return f"untags {count(tags, 'name')}; the image stays"
    most = "at most " if step.doubtful(Part.LAYERS) else ""
    names = f"untags {count(tags, 'name')}, " if tags else ""
    told = f" and {most}{count(layers, 'layer')}" if layers or step.freed.certainty is not Certainty.ABOUT else ""
    return f"{names}deletes {count(images, 'image')}{told}, frees {bytes_of(step.freed)}"


def bytes_of(freed: Freed) -> str:
    """Return how much is given back, and how sure that is."""
    if freed.bytes is None:
        return size(None)
    sure = {Certainty.EXACT: "", Certainty.AT_MOST: "at most ", Certainty.ABOUT: "≈ "}
    return (sure[freed.certainty] if freed.bytes else "") + size(freed.bytes)


def freed_by(plan: Plan, states: Sequence[StepState]) -> Freed:
    """Return what was given back: the layers that Docker told, or what was estimated where its store tells none."""
    if plan.store is not Store.CONTAINERD:
        return Freed(bytes=freed(actual(states)))
    done = zip(plan.steps, states, strict=True)
    return total(step.freed for step, state in done if isinstance(state.outcome, Removed))


def _what_went(records: tuple[Record, ...]) -> str:
    tags, images, layers = _counts(records)
    parts = [count(tags, "name") + " untagged"] if tags else []
    if images:
        parts.append(f"{count(images, 'image')} and {count(layers, 'layer')} deleted, {size(freed(records))} freed")
    return ", ".join(parts)


def _counts(records: tuple[Record, ...]) -> tuple[int, int, int]:
    kinds = [type(record) for record in records]
    return kinds.count(Untagged), kinds.count(DeletedImage), kinds.count(DeletedLayer)
