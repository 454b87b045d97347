"""What is written in the thread of a request's message to those who may decide."""

from collections.abc import Mapping

from bot.approval.request import Call, Called, Request
from bot.slack.blocks import Said, said, section
from bot.slack.mrkdwn import approver, date, escape
from bot.slack.request_message import headline


def called_for(request: Request, called: Called) -> Said:
    """Return what is written in the thread to those who may decide."""
    whom = " ".join(approver(each) for each in (request.needs.escalate_to or request.needs.approvers))
    leads = " ".join(approver(each) for each in request.needs.approvers)
    texts: Mapping[Call, tuple[str, str]] = {
        Call.REMIND: (leads, f"Still waiting for a decision: {headline(request)}"),
        Call.ESCALATE: (whom, f"Nobody has decided yet, so you may too: {headline(request)}"),
        Call.RUNS_OUT: (leads, "This request runs out soon"),
        Call.REVIEW: (leads, "This was removed without an approval, and nobody has reviewed it yet"),
    }
    to, text = texts[called.call]
    when = f" {date(request.expires_at)}" if called.call is Call.RUNS_OUT else ""
    return said(f"{text}.", (section(f"{to} {escape(text)}{when}."),))
