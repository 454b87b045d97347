"""A table, where more than a few things are told of in the same words.

Source: docs.slack.dev/reference/block-kit/blocks/table-block. Its cells are rich text, in which Slack parses nothing
(.../blocks/rich-text-block): those of ``raw_text`` were answered with errors when tables were new (SlackNet#246). It is
taken in messages alone, and not everywhere: ``tried.py`` draws without it where it is refused.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from bot.approval.request import Person
from bot.slack import limits
from bot.slack.blocks import NOTHING, Block, letters
from bot.slack.mrkdwn import cut, is_id, plain, unparsed

Cell = Sequence[Block]
"""What stands in a cell, one piece after the other."""
Row = Sequence[Cell]
PIECE = 400
"""Characters of one piece at most: a name of Docker's has 255."""
ROOM = 7500
"""Characters of all rows: below what a table takes (``limits.TABLE_CHARACTERS``), with room for what is beside it."""
NONE = "-"
"""What stands in a cell of which nothing is known."""


def words(text: str) -> Block:
    """Return *text* as it is; nothing in it is parsed."""
    return {"type": "text", "text": cut(unparsed(text), PIECE) or NOTHING}


def coded(text: str) -> Block:
    """Return *text* in code font, on one line."""
    return {"type": "text", "text": cut(plain(text).replace("\n", " "), PIECE) or NOTHING, "style": {"code": True}}


def strong(text: str) -> Block:
    """Return *text* in bold."""
    return words(text) | {"style": {"bold": True}}


def who(person: Person) -> Block:
    """Return a person as Slack shows them; what is no ID of Slack's is only text."""
    return {"type": "user", "user_id": person.user_id} if is_id(person.user_id) else words(person.user_id)


def when(at: datetime) -> Block:
    """Return a time that Slack shows in the reader's time zone."""
    return _date(at, "{date_short_pretty} {time}", "%Y-%m-%d %H:%M UTC")


def day(at: datetime) -> Block:
    """Return the day of a time likewise."""
    return _date(at, "{date_short_pretty}", "%Y-%m-%d")


def _date(at: datetime, shown: str, fallback: str) -> Block:
    stamp = int(at.timestamp())
    return {"type": "date", "timestamp": stamp, "format": shown, "fallback": at.astimezone(UTC).strftime(fallback)}


def fitting(rows: Sequence[Row]) -> Sequence[Row]:
    """Return as many of the *rows*, from the first on, as one table takes below its head."""
    room = ROOM
    for at, row in enumerate(rows[: limits.TABLE_ROWS - 1]):
        room -= letters(row)
        if room < 0:
            return rows[:at]
    return rows[: limits.TABLE_ROWS - 1]


def table(head: Sequence[str], rows: Sequence[Row], *, long: Collection[str], right: Collection[str] = ()) -> Block:
    """Return a table of *rows* that fit. By their heads: columns that are *long* wrap, those on the *right* count."""
    return {
        "type": "table",
        "rows": [[_cell((strong(title),)) for title in head], *([_cell(cell) for cell in row] for row in rows)],
        "column_settings": [
            {"is_wrapped": title in long, "align": "right" if title in right else "left"} for title in head
        ],
    }


def _cell(pieces: Cell) -> Block:
    section = {"type": "rich_text_section", "elements": list(pieces) or [words("")]}
    return {"type": "rich_text", "elements": [section]}
