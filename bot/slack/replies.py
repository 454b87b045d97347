"""Private answers, as messages."""

from typing import assert_never

from bot.approval.digest import code as plan_code, digest
from bot.approval.policy import Allowed, Forbidden, NeedsApproval, Verdict
from bot.approval.request import Request, State
from bot.audit.query import HistoryRecord
from bot.command.help import HelpText
from bot.flows.answers import Answer, AskedFor, Detailed, Explained, Listed, Planned, Sentence, Told, TooLate
from bot.flows.pages import Page, page_text
from bot.flows.ports import Button
from bot.images.removal import Plan
from bot.slack.blocks import VALUE, Block, Said, actions, button, context, header, said, section
from bot.slack.mrkdwn import approver, code, count, date, escape, mention, size
from bot.slack.request_message import ICONS, headline, request_message, withdraw
from bot.slack.steps import freed, images_going, listing, planned_step, predicted


def reply(answer: Answer) -> Said:
    """Return *answer* as the message that one person sees."""
    match answer:
        case Sentence(text=text, hint=hint):
            return said(text, (section(escape(text)), context(escape(hint)) if hint else None))
        case Planned():
            return _planned(answer)
        case AskedFor(request=request):
            return _asked_for(request)
        case TooLate(request=request):
            return _too_late(request)
        case Listed():
            return listed(answer)
        case Told():
            return _told(answer)
        case Detailed():
            return _detailed(answer)
        case Explained(help=text):
            return _help(text)
        case _:
            assert_never(answer)
