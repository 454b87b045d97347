"""The Home tab: what is stored, as a view that Slack takes (100 blocks at most, docs.slack.dev/surfaces/app-home)."""

from collections.abc import Iterator, Mapping

from bot.approval.notice import Parts
from bot.approval.request import Request, State
from bot.command.forms import RM
from bot.flows.overviews import Home, Part, RequestRow, Which
from bot.flows.ports import Button
from bot.slack import fleet_buttons, hosts, limits, requests
from bot.slack.blocks import Block, actions, button, context, header, section
from bot.slack.mrkdwn import count, escape, sentence
from bot.slack.request_message import withdraw
from bot.slack.restorals import restore_button

DIVIDER: Block = {"type": "divider"}
BACK, ON = "img_home_back", "img_home"
PAGES = frozenset({BACK, ON})
"""The action IDs of the buttons that lead to other pages."""
HEALTH = 10
"""Lines about the bot that are shown."""
TITLES: Mapping[Which, tuple[str, str]] = {
    Which.WAITING: ("🗳️ Waiting for you", "Nothing waits for you. `/img pending` shows what waits for others."),
    Which.MINE: ("🙋 Your requests", "You have not asked for anything yet: press *Remove images…*, or type `/img rm`."),
    Which.RUNNING: ("⏳ Under way", "Nothing is under way."),
    Which.UNDO: ("↩️ Can be undone", "Nothing can be undone at present."),
    Which.REMOVED: ("✅ Recently removed", "Nothing was removed in the last 30 days."),
    Which.HOSTS: ("💾 Hosts", "No host is configured."),
}


def view(home: Home, link: str = "") -> Block:
    """Return the Home tab. *link* is the workspace's address, with which messages are linked to."""
    return {"type": "home", "blocks": _fitting(list(_blocks(home, link)))}


def _fitting(blocks: list[Block]) -> list[Block]:
    if len(blocks) <= limits.VIEW_BLOCKS:
        return blocks
    return [
        *blocks[: limits.VIEW_BLOCKS - 1],
        context("There is more: `/img mine`, `/img pending`, `/img hosts`, `/img history`."),
    ]


def _blocks(home: Home, link: str) -> Iterator[Block]:
    if home.why_not:
        yield section(escape(home.why_not))
        return
    yield from filter(None, [actions([button(Button.NEW, "Remove images…", RM.word, style="primary")])])
    for part in home.parts:
        if part.which is not Which.WAITING or home.decides or part.rows:
            yield from _part(part, link)
    yield from _hosts(home)
    yield from (DIVIDER, header("🔒 The record"))
    yield section(_record(home.record))
    yield from _health(home)


def _record(parts: Parts) -> str:
    return f"{sentence(parts)}\n`/img history` searches it, `/img verify` checks it, `/img stats` counts."


def _part(part: Part, link: str) -> Iterator[Block]:
    title, nothing = TITLES[part.which]
    yield from (DIVIDER, header(title))
    if not part.rows:
        yield context(nothing)
    for listed in part.rows:
        yield requests.lines(listed)
        yield from filter(None, [actions([requests.opening(listed), *_beside(part.which, listed, link)])])
    pager = pages(part.which, part.page, part.left)
    if pager is not None:
        yield pager


def _beside(which: Which, listed: RequestRow, link: str) -> list[Block]:
    """Return what can be done about a request from here; deciding is done at its message, which shows the plan."""
    request = listed.request
    label = "Open to decide" if which is Which.WAITING else "Open"
    there = _opening(listed, link, label)
    match which:
        case Which.MINE if listed.fleet is not None:
            return [*([fleet_buttons.withdraw(listed.fleet)] if listed.fleet.pending else []), *there]
        case Which.MINE if request.state is State.PENDING:
            return [withdraw(request), *there]
        case Which.REMOVED if listed.fleet is None and _can_be_restored(request):
            return [restore_button(request), *there]
        case _:
            return there


def _can_be_restored(request: Request) -> bool:
    return request.state is State.FINISHED and request.undo_at is None


def _opening(listed: RequestRow, link: str, label: str) -> list[Block]:
    """Return the link to a request's message; none where it has none, or the workspace's address is not known."""
    if not link or not listed.channel or not listed.ts:
        return []
    address = f"{link.rstrip('/')}/archives/{listed.channel}/p{listed.ts.replace('.', '')}"
    made = button("img_open", label, str(listed.request.id))
    return [made | {"url": address}]


def _hosts(home: Home) -> Iterator[Block]:
    title, nothing = TITLES[Which.HOSTS]
    yield from (DIVIDER, header(title))
    if not home.hosts:
        yield context(nothing)
    for told in home.hosts:
        yield hosts.row(told)
    if home.hosts:
        yield context("█ what containers use · ░ what none uses")
    pager = pages(Which.HOSTS, home.hosts_page, home.hosts_left)
    if pager is not None:
        yield pager


def pages(which: Which, page: int, left: int) -> Block | None:
    """Return the buttons to the pages before and after; None where there are none."""
    back = [button(BACK, "◀ Back", f"{which} {page - 1}")] if page else []
    on = [button(ON, f"{count(left, 'more', 'more')} ▶", f"{which} {page + 1}")] if left else []
    return actions([*back, *on])


def _health(home: Home) -> Iterator[Block]:
    if home.health:
        yield from (DIVIDER, header("🩺 Health"))
        for line in home.health[:HEALTH]:
            yield section(escape(line))
