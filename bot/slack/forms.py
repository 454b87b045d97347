"""Forms: how they look, what they carry, and what is wrong with one before it is taken.

A form that is closed for nothing is a nuisance, so a code that is not the plan's is said in the form. What decides is
looked at again by whoever takes the delivery.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.approval.digest import same_code
from bot.approval.request import Request
from bot.flows.answers import Form, FormKind
from bot.flows.narrow import removable
from bot.flows.ports import ReplyTo
from bot.images.grading import deleted_by
from bot.images.ids import ImageId
from bot.images.removal import Step
from bot.images.restoral import AnyStep
from bot.slack import limits
from bot.slack.blocks import Block, context, plain_text, section
from bot.slack.grades import WORDS
from bot.slack.mrkdwn import cut, escape
from bot.slack.plans import name_of
from bot.slack.request_message import TYPED

TEXT, CODE, STEPS = "text", "code", "steps"
"""The inputs, by block and action ID; there are as many blocks of steps as are needed."""
GROUPS = 90
"""Groups of boxes; the other blocks of a form are ours."""
ERROR = 150

TITLES: Mapping[FormKind, tuple[str, str]] = {
    FormKind.REJECT: ("Reject this request", "Reject"),
    FormKind.SOME: ("Approve some of it", "Make a new plan"),
    FormKind.REASON: ("Give a reason", "Ask for approval"),
    FormKind.BREAK_GLASS: ("Break the glass", "Remove now"),
    FormKind.REVIEW: ("Close the review", "Close"),
}
"""Title and button of each form; Slack takes 24 characters of each."""
LABELS: Mapping[FormKind, str] = {
    FormKind.REJECT: "Why not? The person who asked reads it.",
    FormKind.REASON: "Why do you ask for this?",
    FormKind.BREAK_GLASS: "Why can this not wait for an approval? All leads read it.",
    FormKind.REVIEW: "What did you find?",
}

SAYS_WHY = frozenset({FormKind.REJECT, FormKind.REASON, FormKind.BREAK_GLASS})
"""The forms that mean nothing without their text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What a form brings back: the value of its kind, where its answer goes, and a code that has to be typed.

    ``url`` is the response URL of the button that opened it: a form has none of its own.
    """

    value: str
    channel: str
    code: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """What was typed as text, and what was ticked or typed besides."""

    text: str
    chosen: tuple[str, ...]


def view(form: Form, reply_to: ReplyTo) -> Block | None:
    """Return a form as Slack takes it; None where what it has to carry is too long."""
    title, submit = TITLES[form.kind]
    metadata = _metadata(form, reply_to)
    if len(metadata) > limits.METADATA:
        return None
    return {
        "type": "modal",
        "callback_id": form.kind.value,
        "title": plain_text(title, limits.VIEW_TITLE),
        "submit": plain_text(submit, limits.VIEW_TITLE),
        "close": plain_text("Back", limits.VIEW_TITLE),
        "private_metadata": metadata,
        "blocks": [block for block in _blocks(form) if block is not None],
    }


def _metadata(form: Form, reply_to: ReplyTo) -> str:
    """Return what comes back with a form. Without the response URL where there is no room for it."""
    kept = {"value": form.value, "channel": reply_to.channel, "code": form.code, "url": reply_to.url}
    text = json.dumps(kept, ensure_ascii=False)
    return text if len(text) <= limits.METADATA else json.dumps(kept | {"url": ""}, ensure_ascii=False)


def _blocks(form: Form) -> Iterator[Block | None]:
    if form.request is not None:
        yield section(f"Request {form.request.id} on *{escape(form.request.plan.host)}*: {_typed(form.request)}")
    if form.kind is FormKind.SOME and form.request is not None:
        yield from _steps(form.request)
        return
    if form.kind is FormKind.BREAK_GLASS:
        yield section(
            "This removes without an approval, at once. All leads are told, it is marked in the record, and one of them"
            " has to review it."
        )
        yield _input(CODE, f"Type the plan's code: {form.code}", most=20)
    label = f"{LABELS[form.kind]}{f' ({form.hint})' if form.hint else ''}"
    yield _input(TEXT, label, least=form.least, multiline=True, optional=form.kind is FormKind.REVIEW)


def _typed(request: Request) -> str:
    return escape(cut(f"/img {request.plan.command}", TYPED))


def _steps(request: Request) -> Iterator[Block]:
    """Yield the steps that would change something, all of them ticked."""
    graded = {each.image_id: WORDS[each.grade] for each in request.plan.graded}
    options = [_option(number, request.plan.steps[number], graded) for number in removable(request)]
    groups = [options[at : at + limits.BOXES] for at in range(0, len(options), limits.BOXES)]
    for at, group in enumerate(groups[:GROUPS]):
        yield {
            "type": "input",
            "block_id": f"{STEPS}-{at}",
            "optional": True,
            "label": plain_text(
                "What stays ticked is planned anew, for you to approve" if at == 0 else "…", limits.LABEL
            ),
            "element": {"type": "checkboxes", "action_id": STEPS, "options": group, "initial_options": group},
        }
    if len(groups) > GROUPS:
        yield context(f"Only the first {GROUPS * limits.BOXES} can be ticked here; what is not shown is left out.")


def _option(number: int, step: AnyStep, graded: Mapping[ImageId, str]) -> Block:
    """Return the box of a step, with how the image that it deletes can be had back."""
    option: Block = {"text": plain_text(name_of(step), limits.OPTION), "value": str(number)}
    image_id = deleted_by(step) if isinstance(step, Step) else None
    grade = graded.get(image_id) if image_id else None
    return option | {"description": plain_text(grade, limits.OPTION)} if grade else option


def _input(name: str, label: str, *, most: int = limits.INPUT, least: int = 0, **more: bool) -> Block:
    element: Block = {"type": "plain_text_input", "action_id": name, "max_length": most}
    if least:
        element["min_length"] = least
    if more.pop("multiline", False):
        element["multiline"] = True
    return {"type": "input", "block_id": name, "label": plain_text(label, limits.LABEL), "element": element, **more}


def carried(metadata: str) -> Carried:
    """Read what a form carried. Empty where it was none of ours."""
    try:
        values = json.loads(metadata)
    except ValueError:
        values = {}
    told = values if isinstance(values, dict) else {}
    return Carried(
        value=str(told.get("value", "")),
        channel=str(told.get("channel", "")),
        code=str(told.get("code", "")),
        url=str(told.get("url", "")),
    )


def filled(state: Mapping[str, object]) -> Filled:
    """Read what was entered: ``state`` of a view, by block and action ID."""
    text, chosen = "", []
    for name, value in _entries(state):
        if name == TEXT:
            text = value
        else:
            chosen.append(value)
    return Filled(text=text, chosen=tuple(chosen))


def _entries(state: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    values = state.get("values")
    for block in values.values() if isinstance(values, dict) else ():
        for name, entry in block.items() if isinstance(block, dict) else ():
            if isinstance(entry, dict):
                typed = entry.get("value")
                yield from ((name, typed),) if isinstance(typed, str) else ()
                yield from ((name, str(option["value"])) for option in entry.get("selected_options") or ())


def faults(payload: Mapping[str, object]) -> dict[str, str]:
    """Return what is wrong with a form that was submitted, by the block that it stands at."""
    submitted = payload.get("view")
    if not isinstance(submitted, dict):
        return {}
    wanted = carried(str(submitted.get("private_metadata", ""))).code
    state = submitted.get("state")
    typed = dict(_entries(state if isinstance(state, dict) else {}))
    found = {}
    if wanted and not same_code(typed.get(CODE, ""), wanted):
        found[CODE] = f"That is not the plan's code, which is {wanted}."
    if submitted.get("callback_id") in SAYS_WHY and not typed.get(TEXT, "").strip():
        found[TEXT] = "Nothing is said here yet."  # Slack itself takes spaces for an answer
    return found


def all_faulty(payload: Mapping[str, object], why: str) -> dict[str, str]:
    """Return the same fault for the first input of a form that could not be taken at all."""
    submitted = payload.get("view")
    blocks = submitted.get("blocks", []) if isinstance(submitted, dict) else []
    inputs = [str(block.get("block_id")) for block in blocks if block.get("type") == "input"]
    return {inputs[0]: cut(why, ERROR)} if inputs else {}
