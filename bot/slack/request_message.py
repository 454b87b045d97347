"""The message about one request, drawn from the request as it is stored and from nothing else."""

from collections.abc import Mapping
from types import MappingProxyType

from bot.approval.digest import code as plan_code
from bot.approval.due import SETTLED
from bot.approval.printed import printed
from bot.approval.request import Request, RequestId, State, Window
from bot.flows.narrow import removable
from bot.flows.ports import Button
from bot.images.grades import Grade
from bot.images.removal import Plan, Removed
from bot.images.restoral import PutBack, changes, steps_of
from bot.slack.beside import beside, glass
from bot.slack.blocks import Block, Said, actions, button, confirmation, context, header, said, section
from bot.slack.grades import WORDS
from bot.slack.lines import in_message, known
from bot.slack.mrkdwn import code, count, cut, escape, mention, plain, preformatted, prose, quoted
from bot.slack.plans import name_of, plan_blocks, result_blocks, subject
from bot.slack.standing import forced, headline, standing, went_wrong
from bot.slack.steps import SHOWN_STEPS, text_block
from bot.slack.undo import to_come


def request_message(request: Request, *, most: int = SHOWN_STEPS, whole: bool = False) -> Said:
    """Return the message in the approvals channel: who asks what, what would happen or happened, and the buttons.

    *most* steps are shown one by one, of the rest the names; a few of Docker's lines, or of the *whole* all that fit.
    """
    reason = f" The reason: {request.reason}" if request.reason else ""
    return said(
        f"Request {request.id}: {headline(request)}.{reason}".replace("?.", "?").replace("….", "…"),
        (
            header(f"{icon(request)} {headline(request)}"),
            section(_asks(request)),
            section(quoted(request.reason)) if request.reason else None,
            section(glass(request)) if request.break_glass else None,
            *story(request, most),
            text_block(printed(request)) if whole else in_message(request),
            context(known(request)) if whole and known(request) else None,
            context(standing(request), *beside(request), small_print(request)),
            actions(buttons(request)),
        ),
    )


TYPED = 500
"""Characters of a command that are shown; all of it is in the record."""


def told(request: Request) -> Said:
    """Return what is written to the person who asked."""
    text = f"{icon(request)} {headline(request)}"
    again = [_again(request)] if can_be_asked_again(request) else []
    return said(
        text,
        (
            section(f"*{escape(text)}*"),
            section(standing(request)),
            *(section(line) for line in beside(request)),
            *((*story(request), in_message(request, private=True)) if request.state in TOLD else ()),
            context(small_print(request)),
            actions(again),
        ),
    )


ICONS: Mapping[State, str] = MappingProxyType(
    {
        State.PENDING: "🗳️",
        State.APPROVED: "👍",
        State.REMOVING: "⏳",
        State.FINISHED: "✅",
        State.INTERRUPTED: "⚠️",
        State.REJECTED: "🚫",
        State.WITHDRAWN: "↩️",
        State.EXPIRED: "⌛",
        State.DRIFTED: "🔀",
    }
)
"""A sign for each state; it always stands beside the word."""

TOLD = frozenset({State.REMOVING, State.FINISHED, State.INTERRUPTED, State.DRIFTED})
"""The states in which the person who asked is told what happened; of the others they know the plan."""

AGAIN = frozenset({State.DRIFTED, State.EXPIRED, State.REJECTED})
"""The states in which the request can be asked for again."""


def icon(request: Request) -> str:
    """Return the sign of the request's state; one of warning where it is finished and not what was planned."""
    if request.state is not State.FINISHED or not went_wrong(request):
        return ICONS[request.state]
    return "⚠️"


def can_be_asked_again(request: Request) -> bool:
    """Whether the request ended without what was asked for."""
    nothing = not any(isinstance(step.outcome, Removed | PutBack) for step in request.steps)
    return request.state in AGAIN or (request.state is State.FINISHED and nothing)


def _asks(request: Request) -> str:
    typed = code(cut(f"/img {request.plan.command}", TYPED))
    return f"{mention(request.requester)} asks: {typed} on *{escape(request.plan.host)}*"


def story(request: Request, most: int = SHOWN_STEPS) -> tuple[Block | None, ...]:
    """Return what would happen, or what did."""
    if request.state in {State.REMOVING, State.FINISHED, State.INTERRUPTED}:
        return _results(request, most)
    if request.state is State.DRIFTED and request.closing:
        return (section(preformatted(tuple(request.closing.why.splitlines()))),)
    return plan_blocks(request.plan, most)


def _results(request: Request, most: int = SHOWN_STEPS) -> tuple[Block | None, ...]:
    return result_blocks(request.plan, request.steps, most)


def small_print(request: Request) -> str:
    """Return the rule, the plan's code and the request's number."""
    rule = f'rule "{escape(request.needs.rule)}" · ' if request.needs.rule else ""
    return f"{rule}plan `{plan_code(request.digest)}` · request {request.id}"


def buttons(request: Request) -> list[Block]:
    """Return the buttons of the message in the approvals channel; one for the whole plan where it is not shown."""
    return [*_of_state(request), *([details(request)] if len(request.plan.steps) > SHOWN_STEPS else [])]


def _of_state(request: Request) -> list[Block]:
    if request.state is State.PENDING:
        some = [_button(Button.SOME, "Approve some…", request)] if len(removable(request)) > 1 else []
        look = _button(Button.LOOK, "I'm looking 👀", request)
        return [_approve(request), _button(Button.REJECT, "Reject…", request), *some, look]
    if request.state is State.INTERRUPTED:
        return [
            _button(Button.RESUME, "Resume", request),
            _button(Button.STOP, "Stop here", request),
            *_review(request),
        ]
    again = [_again(request)] if can_be_asked_again(request) else []
    return [*_undo(request), *_review(request), *again]


def _undo(request: Request) -> list[Block]:
    """Return the buttons with which names are put back, or what is kept goes before its time."""
    undo = request.undo
    if undo is None or undo.window is not Window.OPEN:
        return []
    names = ", ".join(name_of(step) for step in request.plan.steps if isinstance(step.outcome, Removed))
    back = confirmation("Put the names back?", f"{request.plan.host} · {plain(names)}", "Undo", "Back")
    frees = f"{to_come(request.plan)} on {request.plan.host} come back, and nobody can undo it then: {plain(names)}"
    gone = confirmation("Delete what is kept?", frees, "Reclaim", "Back")
    return [
        button(Button.UNDO, "Undo", request.token, style="primary", confirm=back),
        button(Button.RECLAIM, "Reclaim now", request.token, style="danger", confirm=gone),
    ]


def _review(request: Request) -> list[Block]:
    """Return the button that closes what a broken glass leaves open."""
    if not request.awaits_review or request.state not in SETTLED:
        return []
    return [button(Button.REVIEW, "Close the review…", request.token, style="primary")]


def _approve(request: Request) -> Block:
    plan = request.plan
    names = ", ".join(name_of(step) for step in steps_of(plan) if changes(step))
    what = f"Remove {subject(plan)}{forced(plan)}" if isinstance(plan, Plan) else f"Put {subject(plan)} back"
    confirm = confirmation(
        f"{what}?",
        f"{plan.host} · plan {plan_code(request.digest)}{_only_copies(request)} · {plain(names)}",
        "Approve",
        "Back",
    )
    return button(Button.APPROVE, "Approve", request.token, style="primary", confirm=confirm)


def _only_copies(request: Request) -> str:
    """Return how many images nobody could get back; nothing where there are none."""
    gone = [each for each in request.plan.graded if each.grade is Grade.ONLY_COPY]
    return f" · {WORDS[Grade.ONLY_COPY]} of {count(len(gone), 'image')}" if gone else ""


def _again(request: Request) -> Block:
    text = "Ask again with the new plan" if request.state is State.DRIFTED else "Ask again"
    return _button(Button.ASK_AGAIN, text, request)


def _button(which: Button, text: str, request: Request) -> Block:
    return button(which, text, request.token)


def details(request: Request) -> Block:
    """Return the button that shows a whole plan, and what came of it, page by page."""
    return _button(Button.DETAILS, "Details", request)


def taken_back(number: RequestId) -> str:
    """Return how a request is withdrawn: in words, for nobody can edit the answer to a command later (bolt-js#2287)."""
    return f"↩️ {prose(f'Take it back with `/img cancel {number}`')}, or with *Withdraw* in the Home tab."


def withdraw(request: Request) -> Block:
    """Return the button with which the requester takes the request back."""
    return _button(Button.WITHDRAW, "Withdraw", request)
