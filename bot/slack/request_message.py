"""The message about one request, drawn from the request as it is stored and from nothing else."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from bot.approval.digest import code as plan_code
from bot.approval.due import SETTLED
from bot.approval.request import Progress, Request, State
from bot.flows.narrow import removable
from bot.flows.ports import Button
from bot.images.layers import total
from bot.images.removal import Removed
from bot.slack.beside import beside, glass
from bot.slack.blocks import Block, Said, actions, button, confirmation, context, header, said, section
from bot.slack.mrkdwn import approver, code, count, date, escape, mention, plain, preformatted, size
from bot.slack.steps import (
    SHOWN_STEPS,
    actual,
    bytes_of,
    differs,
    freed_by,
    listing,
    name_of,
    outcome_of,
    paragraphs,
    plan_blocks,
    removals,
    removed,
)


def request_message(request: Request, *, most: int = SHOWN_STEPS) -> Said:
    """Return the message in the approvals channel: who asks what, what would happen or happened, and the buttons.

    *most* steps are shown one by one, of the rest the names.
    """
    return said(
        headline(request),
        (
            header(f"{icon(request)} {headline(request)}"),
            section(_asks(request)),
            section(glass(request)) if request.break_glass else None,
            *story(request, most),
            context(standing(request), *beside(request), small_print(request)),
            actions(buttons(request)),
        ),
    )


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
            *_results(request),
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

AGAIN = frozenset({State.DRIFTED, State.EXPIRED, State.REJECTED})
"""The states in which the request can be asked for again."""


def icon(request: Request) -> str:
    """Return the sign of the request's state; one of warning where it is finished and not what was planned."""
    if request.state is not State.FINISHED or not went_wrong(request):
        return ICONS[request.state]
    return "⚠️"


def can_be_asked_again(request: Request) -> bool:
    """Whether the request ended without what was asked for."""
    nothing = not any(isinstance(step.outcome, Removed) for step in request.steps)
    return request.state in AGAIN or (request.state is State.FINISHED and nothing)


def went_wrong(request: Request) -> bool:
    """Whether nothing was removed, or something in another way than planned."""
    return differs(request.plan, request.steps) or not any(isinstance(s.outcome, Removed) for s in request.steps)


def headline(request: Request) -> str:
    """Return the request's state in one plain sentence that names what, how many and where."""
    host, what = request.plan.host, removals(request.plan)
    match request.state:
        case State.PENDING:
            return f"Remove {what} from {host}? Frees {bytes_of(total(step.freed for step in request.plan.steps))}"
        case State.APPROVED:
            return f"Approved: {what} will be removed from {host}"
        case State.REMOVING:
            done = sum(step.progress in {Progress.DONE, Progress.SKIPPED} for step in request.steps)
            return f"Removing from {host}: {done} of {len(request.steps)} done"
        case State.FINISHED:
            return _finished(request)
        case State.INTERRUPTED:
            return f"Interrupted on {host}: look before it goes on"
        case State.REJECTED:
            return f"Rejected: nothing was removed from {host}"
        case State.WITHDRAWN:
            return f"Withdrawn: nothing was removed from {host}"
        case State.EXPIRED:
            return f"Expired: nothing was removed from {host}"
        case State.DRIFTED:
            return f"Not removed: the plan for {host} changed"


def _finished(request: Request) -> str:
    what = removed(request.plan, request.steps)
    return f"Removed {what} from {request.plan.host}, {bytes_of(freed_by(request.plan, request.steps))} freed"


def _asks(request: Request) -> str:
    why = f"\n>{escape(request.reason).replace(chr(10), chr(10) + '>')}" if request.reason else ""
    typed = code(f"/img {request.plan.command}")
    return f"{mention(request.requester)} asks: {typed} on *{escape(request.plan.host)}*{why}"


def story(request: Request, most: int = SHOWN_STEPS) -> tuple[Block | None, ...]:
    """Return what would happen, or what did."""
    if request.state in {State.REMOVING, State.FINISHED, State.INTERRUPTED}:
        return _results(request, most)
    if request.state is State.DRIFTED and request.closing:
        return (section(preformatted(tuple(request.closing.why.splitlines()))),)
    return plan_blocks(request.plan, most)


def _results(request: Request, most: int = SHOWN_STEPS) -> tuple[Block | None, ...]:
    if request.state not in {State.REMOVING, State.FINISHED, State.INTERRUPTED}:
        return ()
    steps = [outcome_of(step, state) for step, state in zip(request.plan.steps, request.steps, strict=True)]
    names = [name_of(step) for step in request.plan.steps]
    return (*paragraphs(steps, names, most), listing(actual(request.steps)))


def _measured(request: Request) -> str:
    return "" if request.measured is None else f" Measured: {size(request.measured)} freed."


def standing(request: Request) -> str:
    """Return where the request stands: who decided, when, and what happens next."""
    closing = request.closing
    by = mention(closing.by) if closing and closing.by else ""
    approved = ", ".join(f"{mention(a.by)} {date(a.at)}" for a in request.approvals)
    approved = f"Approved by {approved}" if approved else _without_approval(request)
    when = date(request.changed_at)
    texts: Mapping[State, Callable[[], str]] = {
        State.PENDING: lambda: f"{_needs(request)} · expires {date(request.expires_at)} · nothing has been removed",
        State.APPROVED: lambda: f"{approved}. It begins when {escape(request.plan.host)} answers.",
        State.REMOVING: lambda: f"{approved}. Removing since {when}.",
        State.FINISHED: lambda: (
            f"{approved}. " + (f"Ended by {by} {when}." if by else f"Finished {when}.") + _measured(request)
        ),
        State.INTERRUPTED: lambda: f"{escape(closing.why if closing else '')} {_left(request)}",
        State.REJECTED: lambda: f"Rejected by {by} {when}. Nothing was removed.{_why(request)}",
        State.WITHDRAWN: lambda: f"Withdrawn by {by} {when}. Nothing was removed.",
        State.EXPIRED: lambda: f"Nobody decided before {date(request.expires_at)}. It was not rejected.",
        State.DRIFTED: lambda: "Nothing was touched. The new plan needs an approval of its own.",
    }
    return texts[request.state]()


def _why(request: Request) -> str:
    return f"\n>{escape(request.closing.why)}" if request.closing and request.closing.why else ""


def _without_approval(request: Request) -> str:
    return "🚨 Not approved: the glass was broken" if request.break_glass else "Allowed without an approval"


def _needs(request: Request) -> str:
    whom = ", ".join(approver(approver_id) for approver_id in request.deciders)
    given = f"{len(request.approvals)} of {request.needs.count} approvals" if request.approvals else ""
    return given or f"Needs {count(request.needs.count, 'approval')} from {whom}"


def _left(request: Request) -> str:
    progress = [step.progress for step in request.steps]
    done = progress.count(Progress.DONE)
    parts = [f"{done} of {len(progress)} done"]
    if waiting := progress.count(Progress.WAITING):
        parts.append(f"{waiting} not started")
    if unclear := progress.count(Progress.UNCLEAR):
        parts.append(f"{unclear} unclear")
    return ", ".join(parts) + "."


def small_print(request: Request) -> str:
    """Return the rule, the plan's code and the request's number."""
    rule = f'rule "{escape(request.needs.rule)}" · ' if request.needs.rule else ""
    return f"{rule}plan `{plan_code(request.digest)}` · request {request.id}"


def buttons(request: Request) -> list[Block]:
    """Return the buttons of the message in the approvals channel."""
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
    return [*_review(request), *again]


def _review(request: Request) -> list[Block]:
    """Return the button that closes what a broken glass leaves open."""
    if not request.awaits_review or request.state not in SETTLED:
        return []
    return [button(Button.REVIEW, "Close the review…", request.token, style="primary")]


def _approve(request: Request) -> Block:
    what = removals(request.plan)
    names = ", ".join(name_of(step) for step in request.plan.steps if isinstance(step.outcome, Removed))
    confirm = confirmation(
        f"Remove {what}?",
        f"{request.plan.host} · plan {plan_code(request.digest)} · {plain(names)}",
        "Approve",
        "Back",
    )
    return button(Button.APPROVE, "Approve", request.token, style="primary", confirm=confirm)


def _again(request: Request) -> Block:
    text = "Ask again with the new plan" if request.state is State.DRIFTED else "Ask again"
    return _button(Button.ASK_AGAIN, text, request)


def _button(which: Button, text: str, request: Request) -> Block:
    return button(which, text, request.token)


def withdraw(request: Request) -> Block:
    """Return the button with which the requester takes the request back."""
    return _button(Button.WITHDRAW, "Withdraw", request)
