"""Requests in a list: a line or two for each, that fit a telephone."""

from bot.approval.request import Request, State
from bot.flows.overviews import RequestRow, RequestsTold
from bot.slack.blocks import Block, Said, context, said, section
from bot.slack.mrkdwn import count, date, escape, mention
from bot.slack.request_message import details, icon
from bot.slack.standing import headline

OPEN = frozenset({State.PENDING, State.APPROVED, State.REMOVING, State.INTERRUPTED})


def row(listed: RequestRow) -> Block:
    """Return a request as two lines, with the button that shows all of it beside them."""
    return lines(listed) | {"accessory": details(listed.request)}


def lines(listed: RequestRow) -> Block:
    """Return a request as two lines: how it stands, and whose it is and since or until when."""
    request = listed.request
    mark = "*Waits for you* · " if listed.waits else ""
    return section(f"{icon(request)} {mark}*{escape(headline(request))}*\n{_small(request)}")


def _small(request: Request) -> str:
    if request.state is State.PENDING:
        when = f"expires {date(request.expires_at)}"
    elif request.state in OPEN:
        when = f"since {date(request.changed_at)}"
    else:
        when = date(request.changed_at)
    return f"request {request.id} · {mention(request.requester)} · {when}"


def requests_told(answer: RequestsTold) -> Said:
    """Return a list of requests as an answer."""
    if not answer.rows:
        text = f"{answer.title}: none."
        return said(text, (section(escape(text)), context("`/img history` shows what was removed, `/img rm` asks.")))
    text = f"{answer.title}: {count(len(answer.rows), 'request')}{' and more' if answer.more else ''}"
    more = context("`/img history who:me status:pending` and its like find more.") if answer.more else None
    return said(text, (section(f"*{escape(answer.title)}*"), *map(row, answer.rows), more))
