"""Plans that put images back, and their outcomes, in words: names first, then what is pulled and tagged."""

from collections.abc import Sequence
from typing import assert_never

from bot.approval.request import Request, State, StepState
from bot.flows.ports import Button
from bot.images.ids import short
from bot.images.removal import Refused, Removed, Unknown
from bot.images.restoral import (
    Gain,
    NotPutBack,
    Pulled,
    PutBack,
    RestorePlan,
    RestoreStep,
    Tagged,
    changes,
)
from bot.images.restoring import as_planned
from bot.slack.blocks import Block, button, confirmation
from bot.slack.mrkdwn import code, count, escape, plain, prose, shortened
from bot.slack.steps import few, part_of, progress_of, underway


def restorals(plan: RestorePlan) -> str:
    """Return what *plan* puts back: the names where they are few, or how many images."""
    return _called([step for step in plan.steps if changes(step)], plan)


def _called(steps: Sequence[RestoreStep], plan: RestorePlan) -> str:
    names = few([plain(shortened(step.word)) for step in steps])
    called = names or (count(len(steps), "image") if steps else "nothing")
    return called + part_of(len(steps), len(plan.steps))


def headline(request: Request, plan: RestorePlan, leave: str) -> str:
    """Return the state of a request to put images back; *leave* is what allowed it, in a word."""
    host, what = plan.host, restorals(plan)
    match request.state:
        case State.PENDING:
            return f"Put {what} back on {host}?"
        case State.APPROVED:
            return f"{leave}: {what} will be put back on {host}"
        case State.REMOVING:
            return f"Putting back {underway(request.steps)} on {host} …"
        case State.FINISHED:
            return f"Put {_called(_back(plan, request.steps), plan)} back on {host}"
        case State.INTERRUPTED:
            return f"Interrupted on {host}: look before it goes on"
        case State.REJECTED | State.WITHDRAWN | State.EXPIRED:
            return f"{request.state.capitalize()}: {what} not put back on {host}"
        case State.DRIFTED:
            return f"Not put back: the plan for {what} on {host} changed"
        case _:
            assert_never(request.state)


def _back(plan: RestorePlan, states: Sequence[StepState]) -> list[RestoreStep]:
    """Return the steps whose image is there again: another one that came does not count."""
    pairs = zip(plan.steps, states, strict=True)
    return [step for step, state in pairs if isinstance(state.outcome, PutBack) and _is_it(step, state.outcome)]


def _is_it(step: RestoreStep, outcome: PutBack) -> bool:
    return bool(outcome.gains) and all(gain.image_id == step.restoral.image_id for gain in outcome.gains)


def went_wrong(plan: RestorePlan, states: Sequence[StepState]) -> bool:
    """Whether nothing came back, or something not as it was planned."""
    pairs = zip(plan.steps, states, strict=True)
    wanting = [(step, state) for step, state in pairs if changes(step)]
    return not wanting or not all(_went_well(step, state) for step, state in wanting)


def _went_well(step: RestoreStep, state: StepState) -> bool:
    return isinstance(state.outcome, PutBack) and as_planned(step, state.outcome)


def planned_step(step: RestoreStep) -> str:
    """Return one step of a plan as a paragraph."""
    match step.outcome:
        case PutBack(gains=gains, left=left):
            return "\n".join([f"{_name(step)} — {_would(gains)}", *(f"_{prose(why)}._" for why in left)])
        case NotPutBack(message=message):
            return f"✋ {_name(step)} — {escape(message)}"
        case _:
            assert_never(step.outcome)


def outcome_of(step: RestoreStep, state: StepState) -> str:
    """Return what came of one step as a paragraph."""
    return progress_of(state, _name(step), "not put back") or _done(step, state)


def _done(step: RestoreStep, state: StepState) -> str:
    note = f" _{escape(state.note)}_" if state.note else ""
    match state.outcome:
        case PutBack(gains=gains, left=left) as outcome:
            well = as_planned(step, outcome)
            how = f"{_did(gains)}" if well else f"*not as planned*: {_did(gains)}"
            lines = [f"{'✅' if well else '⚠️'} {_name(step)} — {how}{note}", *(f"_{prose(why)}._" for why in left)]
            return "\n".join(lines)
        case Refused(message=message) | Unknown(message=message):
            return f"✋ {_name(step)} *not put back* — {escape(message)}{note}"
        case None | Removed():
            return f"✅ {_name(step)}{note}"
        case _:
            assert_never(state.outcome)


def _name(step: RestoreStep) -> str:
    name, digits = shortened(step.word), short(step.restoral.image_id)
    return code(name) if name == digits else f"{code(name)} ({code(digits)})"


def _would(gains: Sequence[Gain]) -> str:
    pulls = [f"pulls {code(shortened(gain.reference))}" for gain in gains if isinstance(gain, Pulled)]
    tags = sum(isinstance(gain, Tagged) for gain in gains)
    named = [f"tags {count(tags, 'name')}"] if tags else []
    return ", ".join([*pulls, *named]) + ("" if pulls else "; the image is there")


def _did(gains: Sequence[Gain]) -> str:
    pulled = ["pulled"] if any(isinstance(gain, Pulled) for gain in gains) else []
    tags = sum(isinstance(gain, Tagged) for gain in gains)
    return ", ".join([*pulled, *([f"{count(tags, 'name')} tagged"] if tags else [])]) or "nothing"


def restore_button(request: Request) -> Block:
    """Return the button that asks for what *request* removed to be put back. It carries the request's number."""
    number, host = request.id, request.plan.host
    what = f"What request {number} removed from {host} is pulled by its digests and tagged as it was, once it may be."
    confirm = confirmation("Put back what was removed?", what, "Ask for it", "Back")
    return button(Button.RESTORE, "Restore…", str(number), confirm=confirm)
