"""Forms: how they look, what they carry, and what is wrong with one before it is taken.

A form that is closed for nothing is a nuisance, so a code that is not the plan's is said in the form. What decides is
looked at again by whoever takes the delivery.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import assert_never

from bot.approval.digest import same_code
from bot.approval.request import Request
from bot.flows.answers import AnyForm, DetailsForm, Form, FormKind, NewForm
from bot.flows.ports import ReplyTo
from bot.slack import details, new_form
from bot.slack.blocks import Block, section
from bot.slack.fleet_rows import all_rows
from bot.slack.inputs import Carried, carried, entries, modal, text_input, where
from bot.slack.mrkdwn import count, cut, escape
from bot.slack.request_message import TYPED
from bot.slack.some_form import boxes, left_out

__all__ = ["Carried", "all_faulty", "carried", "faults", "filled", "left_out", "view"]

TEXT, CODE = "text", "code"
"""The inputs, by block and action ID."""
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
class Filled:
    """What was typed as text, and what was ticked or typed besides."""

    text: str
    chosen: tuple[str, ...]


def view(form: AnyForm, reply_to: ReplyTo) -> Block | None:
    """Return a form as Slack takes it; None where what it has to carry is too long."""
    match form:
        case NewForm():
            return new_form.view(form, reply_to)
        case DetailsForm():
            return details.view(form, reply_to)
        case Form(kind=FormKind.HOSTS, fleet=fleet):
            rows = all_rows(fleet) if fleet else []
            return modal(form.kind.value, "All hosts", rows, carries=where(reply_to), close="Close")
        case Form():
            title, submit = TITLES[form.kind]
            carries = where(reply_to, form.value, form.code, form.left_out)
            return modal(form.kind.value, title, list(_blocks(form)), carries=carries, submit=submit)
        case _:
            assert_never(form)


def _blocks(form: Form) -> Iterator[Block]:
    if form.fleet is not None:
        typed = escape(cut(f"/img {form.fleet.asked.command}", TYPED))
        yield section(f"Request {form.fleet.number} on {count(len(form.fleet.members), 'host')}: {typed}")
    if form.request is not None:
        yield section(f"Request {form.request.id} on *{escape(form.request.plan.host)}*: {_typed(form.request)}")
    if form.kind is FormKind.SOME:
        yield from boxes(form)
        return
    if form.kind is FormKind.BREAK_GLASS:
        yield section(
            "This removes without an approval, at once. All leads are told, it is marked in the record, and one of them"
            " has to review it."
        )
        yield text_input(CODE, f"Type the plan's code: {form.code}", most=20)
    label = f"{LABELS[form.kind]}{f' ({form.hint})' if form.hint else ''}"
    yield text_input(TEXT, label, least=form.least, multiline=True, optional=form.kind is FormKind.REVIEW)


def _typed(request: Request) -> str:
    return escape(cut(f"/img {request.plan.command}", TYPED))


def filled(state: Mapping[str, object]) -> Filled:
    """Read what was entered: ``state`` of a view, by block and action ID."""
    text, chosen = "", []
    for _, name, value in entries(state):
        if name == TEXT:
            text = value
        else:
            chosen.append(value)
    return Filled(text=text, chosen=tuple(chosen))


def faults(payload: Mapping[str, object]) -> dict[str, str]:
    """Return what is wrong with a form that was submitted, by the block that it stands at."""
    submitted = payload.get("view")
    if not isinstance(submitted, dict):
        return {}
    if submitted.get("callback_id") == FormKind.NEW:
        return {name: cut(why, ERROR) for name, why in new_form.faults(submitted).items()}
    wanted = carried(str(submitted.get("private_metadata", ""))).code
    state = submitted.get("state")
    typed = {name: value for _, name, value in entries(state if isinstance(state, dict) else {})}
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
