"""The images of a host: names first, in a table, or a line for each image where tables are refused."""

from collections.abc import Iterator
from datetime import UTC, datetime

from bot.flows.answers import Listed
from bot.images.ids import short
from bot.images.listing import Row
from bot.images.reference import Reference
from bot.slack import limits, table
from bot.slack.blocks import Block, Said, context, said, section
from bot.slack.mrkdwn import code, count, escape, preformatted, size

PAGES = 3
"""Blocks that a list fills at most: more would not fit one message."""
NAMES = 8
"""Names of one image that a list shows."""
HEAD = ("Names", "Size", "Created", "ID")


def listed(answer: Listed) -> Said:
    """Return what ``ls`` lists; only IDs, to be copied, where it was told so."""
    title = f"{count(len(answer.rows), 'image')} on {answer.inventory.host}"
    first = section(f"*{escape(title)}*")
    lines = [_id(answer, row) if answer.quiet else _line(answer, row) for row in answer.rows]
    pages = list(_pages(lines))
    shown = [preformatted(tuple(page)) if answer.quiet else "\n".join(page) for page in pages[:PAGES]]
    plainer = (first, *map(section, shown), _more(sum(map(len, pages[PAGES:]))))
    if answer.quiet or not answer.rows:
        return said(title, plainer)
    rows = table.fitting([_row(answer, row) for row in answer.rows])
    drawn = table.table(HEAD, rows, long=("Names",), right=("Size",))
    return said(title, (first, drawn, _more(len(answer.rows) - len(rows))), plainer)


def _more(left: int) -> Block | None:
    if not left:
        return None
    return context(f"… and {count(left, 'more image')}: name a repository or a filter to see fewer.")


def _pages(lines: list[str]) -> Iterator[list[str]]:
    """Yield as many lines as fit one block at a time, with room for what preformatted text has around it."""
    page: list[str] = []
    for line in lines:
        if page and sum(map(len, page)) + len(page) + len(line) > limits.SECTION - 10:
            yield page
            page = []
        page.append(line)
    if page:
        yield page


def _id(answer: Listed, row: Row) -> str:
    return row.image.id if answer.no_trunc else short(row.image.id)


def _names(answer: Listed, row: Row) -> list[Reference]:
    return [each for each in row.references if answer.digests or not each.digest]


def _line(answer: Listed, row: Row) -> str:
    names = [code(each.familiar) for each in _names(answer, row)]
    more = f" and {count(len(names) - NAMES, 'more name')}" if len(names) > NAMES else ""
    called = " ".join(names[:NAMES]) or "_no name_"
    return f"{called}{more} {size(row.image.size)} · {_id(answer, row)}"


def _row(answer: Listed, row: Row) -> table.Row:
    names = [each.familiar for each in _names(answer, row)]
    called = [piece for name in names[:NAMES] for piece in (table.words(" "), table.coded(name))][1:]
    more = [table.words(f" and {count(len(names) - NAMES, 'more name')}")] if len(names) > NAMES else []
    created = datetime.fromtimestamp(row.image.created, UTC) if row.image.created > 0 else None
    return (
        (*called, *more) or (table.words("no name"),),
        (table.words(size(row.image.size)),),
        (table.words("unknown") if created is None else table.day(created),),
        (table.coded(_id(answer, row)),),
    )
