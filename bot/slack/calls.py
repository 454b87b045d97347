"""What is written in the thread of a request's message to those who may decide."""

from typing import assert_never

from bot.approval.request import Call, Called, Progress, Request
from bot.images.removal import Refused, Unknown
from bot.slack.blocks import Said, said, section
from bot.slack.mrkdwn import approver, date, escape
from bot.slack.standing import headline


def called_for(request: Request, called: Called) -> Said:
    """Return what is written in the thread to those who may decide: why, which request, and its headline."""
    escalates = called.call is Call.ESCALATE
    whom = request.needs.escalate_to if escalates and request.needs.escalate_to else request.deciders
    text = f"{_why(request, called.call)}: {headline(request)}"
    late = f" {date(request.expires_at)}" if called.call is Call.RUNS_OUT else ""
    return said(f"{text}.", (section(f"{' '.join(map(approver, whom))} {escape(text)}.{late}"),))


def _why(request: Request, call: Call) -> str:
    member = request.member
    this = f"Request {member.fleet} for several hosts" if member else f"Request {request.id}"
    match call:
        case Call.REMIND:
            return f"{this} still waits for a decision"
        case Call.ESCALATE:
            return f"{this} is not decided yet, so you may decide too"
        case Call.RUNS_OUT:
            return f"{this} runs out soon"
        case Call.REVIEW:
            return f"{this} {_without_approval(request)}, and nobody has reviewed that yet"
        case _:
            assert_never(call)


def _without_approval(request: Request) -> str:
    """Return what came of a broken glass."""
    sent = [step for step in request.steps if step.progress in {Progress.BEGUN, Progress.UNCLEAR, Progress.DONE}]
    told = [step for step in sent if step.progress is Progress.DONE and not isinstance(step.outcome, Unknown)]
    if any(not isinstance(step.outcome, Refused) for step in told):
        return "removed images without an approval"
    if len(told) < len(sent):
        return "may have removed images without an approval"
    return "broke the glass and removed nothing"
