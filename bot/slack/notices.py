"""What the audit channel is told where nobody asked."""

from bot.approval.notice import Notice
from bot.slack.blocks import FALLBACK, NOTHING, Said, section
from bot.slack.mrkdwn import clipped, sentence


def noticed(notice: Notice) -> Said:
    """Return a notice as a message: its sentence, with people, groups and times as Slack shows them."""
    text = sentence(notice.parts)
    return Said(text=clipped(text, FALLBACK).strip() or NOTHING, blocks=(section(text),))
