"""Requests in a list: a line or two for each, that fit a telephone."""

from bot.approval.fleet import Fleet
from bot.approval.request import Request, State
from bot.flows.overviews import RequestRow, RequestsTold
from bot.slack import fleet_buttons, fleet_standing
from bot.slack.blocks import Block, Said, context, said, section
from bot.slack.mrkdwn import count, date, escape, mention
from bot.slack.request_message import details, icon
from bot.slack.standing import headline

OPEN = frozenset({State.PENDING, State.APPROVED, State.REMOVING, State.INTERRUPTED})


def row(listed: RequestRow) -> Block:
    """Return a request as two lines, with the button that shows all of it beside them."""
    return lines(listed) | {"accessory": opening(listed)}


def opening(listed: RequestRow) -> Block:
    """Return the button that shows all of a request: its plan, or every host of several."""
    return details(listed.request) if listed.fleet is None else fleet_buttons.all_hosts(listed.fleet)


def lines(listed: RequestRow) -> Block:
    """Return a request as two lines: how it stands, and whose it is and since or until when."""
    request, fleet = listed.request, listed.fleet
    mark = "*Waits for you* · " if listed.waits else ""
    if fleet is None:
        told, small = f"{icon(request)} {mark}*{escape(headline(request))}*", _small(request, request.state, request.id)
    else:
        told = f"{fleet_standing.icon(fleet)} {mark}*{escape(fleet_standing.headline(fleet))}*"
        small = f"{_small(request, fleet.state, fleet.number)}{_hosts(fleet)}"
    return section(f"{told}\n{small}")


def _small(request: Request, state: State, number: int) -> str:
    if state is State.PENDING:
        when = f"expires {date(request.expires_at)}"
    elif state in OPEN:
        when = f"since {date(request.changed_at)}"
    else:
        when = date(request.changed_at)
    return f"request {number} · {mention(request.requester)} · {when}"


def _hosts(fleet: Fleet) -> str:
    """Return how many hosts are done, while it goes on."""
    going_on = fleet.state in {State.APPROVED, State.INTERRUPTED}  # while it removes the headline says so
    return f" · {fleet_standing.over(fleet)} of {count(len(fleet.kept), 'host')} done" if going_on else ""


def requests_told(answer: RequestsTold) -> Said:
    """Return a list of requests as an answer."""
    if not answer.rows:
        text = f"{answer.title}: none."
        return said(text, (section(escape(text)), context("`/img history` shows what was removed, `/img rm` asks.")))
    text = f"{answer.title}: {count(len(answer.rows), 'request')}{' and more' if answer.more else ''}"
    more = context("`/img history who:me status:pending` and its like find more.") if answer.more else None
    return said(text, (section(f"*{escape(answer.title)}*"), *map(row, answer.rows), more))
