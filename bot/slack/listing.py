"""The images of a host: names first, a line for each image, which wraps on a telephone where a table would not."""

from collections.abc import Iterator

from bot.flows.answers import Listed
from bot.images.ids import short
from bot.images.listing import Row
from bot.slack import limits
from bot.slack.blocks import Block, Said, context, said, section
from bot.slack.mrkdwn import code, count, escape, preformatted, size

PAGES = 3
"""Blocks that a list fills at most: more would not fit one message."""
NAMES = 8
"""Names of one image that a list shows."""


def listed(answer: Listed) -> Said:
    """Return what ``ls`` lists; only IDs, to be copied, where it was told so."""
    title = f"{count(len(answer.rows), 'image')} on {answer.inventory.host}"
    lines = [_id(answer, row) if answer.quiet else _line(answer, row) for row in answer.rows]
    pages = list(_pages(lines))
    shown = [preformatted(tuple(page)) if answer.quiet else "\n".join(page) for page in pages[:PAGES]]
    return said(title, (section(f"*{escape(title)}*"), *map(section, shown), _more(pages)))


def _more(pages: list[list[str]]) -> Block | None:
    left = sum(map(len, pages[PAGES:]))
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


def _line(answer: Listed, row: Row) -> str:
    names = [code(each.familiar) for each in row.references if answer.digests or not each.digest]
    more = f" and {count(len(names) - NAMES, 'more name')}" if len(names) > NAMES else ""
    called = " ".join(names[:NAMES]) or "_no name_"
    return f"{called}{more} {size(row.image.size)} · {_id(answer, row)}"
