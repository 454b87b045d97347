"""What was asked of the record, as a message."""

from typing import assert_never

from bot.approval.request import Request
from bot.audit.query import HistoryRecord
from bot.db.reading import Entry
from bot.db.store import RecordedEvent
from bot.flows.answers import Told
from bot.flows.pages import Page, page_text
from bot.flows.ports import Button
from bot.slack import limits
from bot.slack.blocks import Block, Said, actions, button, context, said, section
from bot.slack.mrkdwn import escape
from bot.slack.records import record_blocks, summary_line
from bot.slack.records_table import records_table


def history(answer: Told) -> Said:
    """Return records, with what they are about, and the buttons to other pages and to files."""
    asked = f" for {' '.join(answer.words)}" if answer.words else ""
    if not answer.records:
        hint = "`/img history` shows the newest." if answer.words else "Nothing was removed yet."
        return said(f"No record{asked}.", (section(escape(f"No record{asked}.")), context(hint)))
    title = f"{_about(answer.records[0])}{asked}, newest first"
    text = f"{title}: {summary_line(answer.summary)}" if answer.summary else title
    first = section("\n".join([f"*{escape(title)}*", *([summary_line(answer.summary)] if answer.summary else [])]))
    pages = actions(_pages_beside(answer))
    plainer = (first, *record_blocks(answer.records), pages)
    drawn = records_table(answer.records)
    return said(text, (first, drawn, pages), plainer) if drawn else said(text, plainer)


def _about(entry: Entry) -> str:
    match entry:
        case HistoryRecord():
            return "What was removed"
        case Request():
            return "Requests"
        case RecordedEvent():
            return "What was refused"
        case _:
            assert_never(entry)


def _pages_beside(answer: Told) -> list[Block]:
    """Return the buttons to other pages, and to all as a file; what was asked may be too long for one."""
    newer = page_text(Page(words=answer.words, after=answer.newer)) if answer.newer else ""
    older = page_text(Page(words=answer.words, before=answer.older)) if answer.older else ""
    every = page_text(Page(words=answer.words))
    made = (
        (Button.NEWER, "Newer", newer),
        (Button.OLDER, "Older", older),
        (Button.CSV, "CSV", every),
        (Button.JSON_LINES, "JSON Lines", every),
    )
    return [button(pressed, text, value) for pressed, text, value in made if 0 < len(value) <= limits.VALUE]
