"""What the record has, as a table: a row for each image in each request."""

from collections.abc import Sequence

from bot.audit.query import HistoryRecord
from bot.db.reading import Entry
from bot.images.ids import short
from bot.slack import table
from bot.slack.blocks import Block
from bot.slack.records import deleted, grouped, untagged

FEW = 3
"""Up to so many images are read better one below the other."""
NAMES = 4
"""Names of one image that a row shows."""
HEAD = ("What went", "Host", "When", "Who", "Request")


def records_table(entries: Sequence[Entry]) -> Block | None:
    """Return *entries* as one table; None where they are few, are something else, or do not all fit."""
    records = [entry for entry in entries if isinstance(entry, HistoryRecord)]
    rows = [_row(group) for group in grouped(records)]
    if len(records) < len(entries) or len(rows) <= FEW or len(table.fitting(rows)) < len(rows):
        return None
    return table.table(HEAD, rows, long=("What went", "Who"))


def _row(group: list[HistoryRecord]) -> table.Row:
    first = group[0]
    asked = (table.who(first.requester),) if first.requester else (table.words("outside the bot"),)
    approved = [piece for each in first.approvers for piece in (table.words(", approved by "), table.who(each))]
    request = str(first.request or table.NONE) + (" 🚨 without an approval" if first.break_glass else "")
    since = (table.words("between "), table.when(first.earliest), table.words(" and ")) if first.earliest else ()
    return (
        tuple(_what(group)),
        (table.words(first.host),),
        (*since, table.when(first.at)),
        (*asked, *approved),
        (table.words(request),),
    )


def _what(group: list[HistoryRecord]) -> Sequence[Block]:
    gone = untagged(group)
    names = gone or group[0].names[:1] or (short(group[0].image_id),)
    more = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
    what = ", ".join(part for part in ("untagged" if gone else "", deleted(group)) if part)
    called = [piece for name in names[:NAMES] for piece in (table.words(" "), table.coded(name))][1:]
    return (*called, table.words(f"{more} {what} · {short(group[0].image_id)}"))
