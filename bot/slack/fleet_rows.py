"""What would happen on each of several hosts, or what did: a row for those on which it is the same."""

from collections.abc import Iterator

from bot.approval.fleet import Fleet, Unplanned
from bot.approval.request import Progress, Request, State
from bot.flows.fleet_narrow import LEFT_OUT
from bot.images.removal import Plan, Refused, Step
from bot.slack.blocks import Block, context, section
from bot.slack.fleet_hosts import names_of
from bot.slack.grades import counted
from bot.slack.mrkdwn import code, count, cut, escape, listed
from bot.slack.request_message import ICONS
from bot.slack.standing import done, frees, left, went_wrong
from bot.slack.steps import actual, planned_step, removals

ROWS = 12
"""Rows in the message; the form has them all."""
TOGETHER = 3
"""Rows in one paragraph of the message."""
STAY = 4
"""Lines about what stays."""
USES = 5
WHY = 250
"""Characters of why a host is not planned, or of how it changed."""
PAGE = 15
"""Rows in one block of the form."""
PAGES = 95
EACH = 60
"""Hosts that ``show`` tells one by one."""


def body(fleet: Fleet) -> Iterator[Block | None]:
    """Yield the rows of the message, what stays, where else it is in use, and how it can be had back."""
    rows, unplanned = list(_rows(fleet)), list(_unplanned(fleet))
    shown = [*rows[:ROWS], *unplanned[: max(ROWS - len(rows), 3)]]
    yield from _paragraphs(shown, TOGETHER)
    if more := len(rows) + len(unplanned) - len(shown):
        yield context(f"… and {count(more, 'more row')}: *All hosts…* has them.")
    yield from _besides(fleet)


def each(fleet: Fleet) -> Iterator[Block | None]:
    """Yield a row for each host by itself, with the number under which ``show`` has all of it."""
    rows = [f"{icon_of(m)} *{escape(m.plan.host)}* · request {m.id} — {how(fleet, m)}" for m in fleet.members]
    yield from _paragraphs([*rows[:EACH], *_unplanned(fleet)][: EACH + ROWS], PAGE)
    if (more := len(rows) - EACH) > 0:
        last = fleet.members[-1]
        yield context(f"… and {count(more, 'more host')}, up to request {last.id} for {escape(last.plan.host)}.")
    yield from _besides(fleet)
    yield context(f"`/img show {fleet.members[0].id}` has everything of the first host, and so on.")


def all_rows(fleet: Fleet) -> list[Block]:
    """Return every row, for a form."""
    lines = [*_rows(fleet), *_unplanned(fleet)]
    pages = list(_paragraphs(lines, PAGE))
    over = len(lines) - PAGES * PAGE
    more = [context(f"… and {count(over, 'more row')}; `imgbot show {fleet.number}` has them.")] if over > 0 else []
    uses = [section("\n".join(f"⚠️ {escape(use)}" for use in fleet.asked.uses))] if fleet.asked.uses else []
    numbers = listed([f"{member.id} {escape(member.plan.host)}" for member in fleet.members], 1000)
    return [*pages[:PAGES], *more, *uses, context(f"`/img show NUMBER` has each host: {numbers}")]


def _paragraphs(lines: list[str], size: int) -> Iterator[Block]:
    yield from (section("\n".join(lines[at : at + size])) for at in range(0, len(lines), size))


def _besides(fleet: Fleet) -> Iterator[Block | None]:
    if fleet.state is State.DRIFTED:
        return  # of plans that no longer hold
    if stays := _stays(fleet):
        more = [f"… and {len(stays) - STAY} more"] if len(stays) > STAY else []
        every = len(fleet.kept)
        told = [
            planned_step(step) + ("" if len(hosts) == every else f" ({names_of(hosts)})")
            for step, hosts in stays[:STAY]
        ]
        yield section("\n".join([*told, *more]))
    if uses := fleet.asked.uses:
        more = [f"… and {len(uses) - USES} more"] if len(uses) > USES else []
        yield section("\n".join([*(f"⚠️ {escape(use)}" for use in uses[:USES]), *more]))
    grades = [graded.grade for member in fleet.kept for graded in member.plan.graded]
    yield section(f"Back again: {counted(grades)}") if grades else None


def _rows(fleet: Fleet) -> Iterator[str]:
    """Yield a row for the hosts on which the same happens, in the order of the first of each."""
    alike: dict[tuple[str, str], list[Request]] = {}
    for member in fleet.members:
        alike.setdefault((icon_of(member), how(fleet, member)), []).append(member)
    for (icon, _), members in alike.items():
        text = how(fleet, members[0], every=" each" if len(members) > 1 else "")
        yield f"{icon} {names_of([member.plan.host for member in members])} — {text}"


def _unplanned(fleet: Fleet) -> Iterator[str]:
    alike: dict[str, list[Unplanned]] = {}
    for host in fleet.asked.unplanned:
        alike.setdefault(host.alike, []).append(host)
    for why, hosts in alike.items():
        told = why.replace("HOST", "it") if len(hosts) > 1 else hosts[0].why
        yield f"⚪ {names_of([each.host for each in hosts])} — *not planned*: {escape(cut(told, WHY))}"


def _stays(fleet: Fleet) -> list[tuple[Step, list[str]]]:
    """Return what Docker would refuse to remove, each with the hosts of which that is so for the same holders."""
    alike: dict[object, tuple[Step, list[str]]] = {}
    for member in fleet.kept:
        for step in member.plan.steps if isinstance(member.plan, Plan) else ():
            if isinstance(step.outcome, Refused):
                key = (step.word, step.stays or step.outcome.message)
                alike.setdefault(key, (step, []))[1].append(member.plan.host)
    return list(alike.values())


def icon_of(member: Request) -> str:
    """Return the sign of one host's state."""
    if member.closing is not None and member.closing.why == LEFT_OUT:
        return "✂️"
    if member.state is State.APPROVED and member.held:
        return "⏸"
    return "⚠️" if member.state is State.FINISHED and went_wrong(member) else ICONS[member.state]


def how(fleet: Fleet, member: Request, *, every: str = "") -> str:
    """Return what would happen on one host, or what did, as Slack's markup: the state as a word first.

    *every* is what is said after the bytes where it is so on several hosts.
    """
    plan = member.plan
    if not isinstance(plan, Plan):
        raise TypeError("Only removals are asked for on several hosts.")
    match member.state:
        case State.PENDING:
            first = "*goes first*, " if member in fleet.first else ""
            return f"{first}removes {escape(removals(plan))}, frees {frees(plan)}{'' if plan.reclaims else every}"
        case State.APPROVED:
            return f"*waiting* for {_first(fleet)}" if member.held else "*approved*, begins when it answers"
        case State.REMOVING:
            over = sum(step.progress in {Progress.DONE, Progress.SKIPPED} for step in member.steps)
            return f"*removing*, {over} of {count(len(member.steps), 'step')} done"
        case State.FINISHED:
            return _finished(member, plan, every)
        case State.DRIFTED:
            lines = [code(line) if line[:1] in "+-" else escape(line) for line in _why(member).splitlines()]
            return "\n".join(["*changed* since it was planned, so nothing was removed:", *lines])
        case State.INTERRUPTED:
            return f"*interrupted*: {escape(_why(member))} {left(member)}"
        case State.EXPIRED if member.approvals:
            return "*expired*, nothing was removed: it was approved and could not begin in time"
        case State.REJECTED | State.WITHDRAWN | State.EXPIRED:
            return f"*{word_of(member)}*, nothing was removed"


def word_of(member: Request) -> str:
    """Return the state of a host on which nothing was removed, in a word."""
    if member.state is State.DRIFTED:
        return "changed"
    if member.state is State.REJECTED:
        return "left out" if _why(member) == LEFT_OUT else "stopped" if member.approvals else "rejected"
    return member.state


def _finished(member: Request, plan: Plan, every: str) -> str:
    told = done(member, plan)
    if not actual(member.steps):
        whys = [state.outcome.message for state in member.steps if isinstance(state.outcome, Refused)]
        return f"*nothing was removed*{f': {escape(cut(whys[0], WHY))}' if whys else ''}"
    otherwise = "*not as planned*: " if went_wrong(member) else ""
    return f"{otherwise}{told[:1].lower()}{escape(told[1:])}{every if told.endswith(' freed') else ''}"


def _why(member: Request) -> str:
    return member.closing.why if member.closing else ""


def _first(fleet: Fleet) -> str:
    """Return the hosts that are waited for."""
    return names_of([member.plan.host for member in fleet.first]).replace("*", "")
