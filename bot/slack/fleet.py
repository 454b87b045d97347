"""The message about a request for several hosts, drawn from its members as they are stored.

Hosts on which the same happens are one row, so two hundred of them fit a message; what does not fit is counted, and
*All hosts…* opens every row.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from bot.approval.digest import code as plan_code
from bot.approval.fleet import Fleet, Unplanned
from bot.approval.request import Progress, Request, State, Window
from bot.flows.answers import FleetPlanned
from bot.flows.ports import Button
from bot.images.layers import total
from bot.images.removal import Plan, Refused
from bot.slack.blocks import Block, Said, actions, button, confirmation, context, header, said, section
from bot.slack.limits import VALUE
from bot.slack.mrkdwn import approver, code, count, cut, date, escape, listed, mention, plain
from bot.slack.plans import subject
from bot.slack.request_message import ICONS, TYPED, can_be_asked_again
from bot.slack.standing import went_wrong
from bot.slack.steps import bytes_of, freed_by, removed

ROWS = 12
"""Rows in the message; the form has them all."""
NAMES = 160
"""Characters of the hosts' names in a row."""
USES = 5
WHY = 250
"""Characters of why a host is not planned."""
ALONE = 4
"""Members with buttons of their own in the message; when they are seen to, the next have them."""
DECIDERS = 500
PAGE = 15
"""Rows in one block of the form."""
PAGES = 95
_NUMBERED = re.compile(r"(.*?)([0-9]+)\Z")


def fleet_message(fleet: Fleet) -> Said:
    """Return the message in the approvals channel: who asks what, a row for hosts that are alike, and the buttons."""
    return said(
        headline(fleet),
        (
            header(f"{icon(fleet)} {headline(fleet)}"),
            section(f"{mention(fleet.asked.by)} asks: {code(cut(f'/img {fleet.asked.command}', TYPED))}"),
            section(_quoted(fleet.asked.reason)) if fleet.asked.reason else None,
            *_body(fleet),
            context(standing(fleet), small_print(fleet)),
            actions(_buttons(fleet)),
            *_of_members(fleet),
        ),
    )


def told_of_fleet(fleet: Fleet) -> Said:
    """Return what is written to the person who asked."""
    text = f"{icon(fleet)} {headline(fleet)}"
    return said(text, (section(f"*{escape(text)}*"), *_body(fleet), context(standing(fleet), small_print(fleet))))


def asked_for_fleet(fleet: Fleet) -> Said:
    """Return the private answer to whoever asked."""
    text = f"Asked as request {fleet.number}" if fleet.state is State.PENDING else headline(fleet)
    back = button(Button.WITHDRAW, "Withdraw", fleet.asked.token)
    return said(
        f"{text}. {headline(fleet)}",
        (
            header(f"📋 {headline(fleet)}"),
            *_body(fleet),
            context(f"{text} · {standing(fleet)}", small_print(fleet)),
            actions([back, _all_hosts(fleet)] if fleet.state in {State.PENDING, State.APPROVED} else []),
        ),
    )


def detailed_fleet(fleet: Fleet) -> Said:
    """Return what ``show`` answers: the rows, and the number of each member."""
    message = fleet_message(fleet)
    kept = [block for block in message.blocks if block["type"] != "actions"]
    numbers = f"`/img show NUMBER` has each host: {_numbers(fleet)}"
    return said(message.text, (*kept, context(numbers), actions([_all_hosts(fleet)])))


def fleet_planned(answer: FleetPlanned) -> Said:
    """Return plans for several hosts that nobody has asked for yet."""
    fleet = answer.fleet
    shown = f"{plan_code(fleet.asked.digest)} {answer.ask}"
    text = f"{_what(fleet)} would be removed from {_hosts_count(fleet)}"
    which, label = (Button.REASON, "Give a reason…") if answer.wants else (Button.ASK, "Ask for approval")
    changed = "🔀 These are no longer the plans that you were shown. Nobody was asked yet."
    return said(
        f"{text}. Nothing has been removed.",
        (
            header(f"📋 {text}"),
            *_body(fleet),
            section(changed) if answer.changed else None,
            section(f"✍️ {escape(answer.wants)} Nobody was asked yet.") if answer.wants else None,
            context(f"plan `{plan_code(fleet.asked.digest)}` · nothing has been removed"),
            actions([button(which, label, shown, style="primary")] if len(shown) <= VALUE else []),
        ),
    )


def all_rows(fleet: Fleet) -> list[Block]:
    """Return every row, for a form."""
    lines = [*_rows(fleet), *_unplanned(fleet)]
    pages = [lines[at : at + PAGE] for at in range(0, len(lines), PAGE)]
    left = sum(map(len, pages[PAGES:]))
    more = [context(f"… and {count(left, 'more row')}; `imgbot show {fleet.number}` has them.")] if left else []
    uses = [section("\n".join(f"⚠️ {escape(use)}" for use in fleet.asked.uses))] if fleet.asked.uses else []
    return [*(section("\n".join(page)) for page in pages[:PAGES]), *more, *uses, context(_numbers(fleet))]


def headline(fleet: Fleet) -> str:
    """Return how it stands in one plain sentence."""
    where, members = _hosts_count(fleet), fleet.members
    match fleet.state:
        case State.PENDING:
            return f"Remove {_what(fleet)} from {where}? Frees {_frees(members)}"
        case State.APPROVED:
            return f"Approved: {_what(fleet)} will be removed from {where}"
        case State.REMOVING:
            ended = sum(member.state not in {State.APPROVED, State.REMOVING} for member in members)
            return f"Removing {_what(fleet)}: {ended} of {where} done"
        case State.INTERRUPTED if fleet.stuck:
            return f"Stopped after the first: look before {count(len(fleet.held), 'host')} go on"
        case State.INTERRUPTED:
            return "Interrupted: look before it goes on"
        case State.FINISHED:
            done = [member for member in members if member.state is State.FINISHED]
            freed = total(freed_by(each.plan, each.steps) for each in done if isinstance(each.plan, Plan))
            return f"Removed from {len(done)} of {where}, {bytes_of(freed)} freed"
        case State.REJECTED | State.WITHDRAWN | State.EXPIRED as ended_so:
            return f"{ended_so.capitalize()}: nothing was removed from {where}"
        case State.DRIFTED:
            return f"Not removed: the plans for {where} changed"


def icon(fleet: Fleet) -> str:
    """Return the sign of its state; one of warning where some host did not go as planned."""
    ended_well = all(each.state is State.FINISHED and not went_wrong(each) for each in fleet.members)
    return "⚠️" if fleet.state is State.FINISHED and not ended_well else ICONS[fleet.state]


def standing(fleet: Fleet) -> str:
    """Return who decides or decided, and what happens next."""
    pending = fleet.pending
    if fleet.stuck:
        return f"{escape(fleet.stuck)}. Somebody has to say whether the rest goes on."
    if not pending:
        return _decided(fleet)
    needed, given = pending[0].needs.count, pending[0].approvals
    whom = listed([approver(each) for each in pending[0].deciders], DECIDERS)
    so_far = (
        f"{len(given)} of {count(needed, 'approval')}, from" if given else f"Needs {count(needed, 'approval')} from"
    )
    return f"{so_far} {whom} · expires {date(pending[0].expires_at)} · nothing has been removed"


def _decided(fleet: Fleet) -> str:
    approved = next((member for member in fleet.members if member.approvals), None)
    if approved is not None:
        by = ", ".join(f"{mention(each.by)} {date(each.at)}" for each in approved.approvals)
        waits = f" {count(len(fleet.held), 'host')} wait for the first." if fleet.held else ""
        return f"Approved by {by}.{waits}"
    closing = fleet.lead.closing
    if closing is not None and closing.by is not None:
        why = f": {escape(closing.why)}" if closing.why else ""
        return f"{fleet.lead.state.capitalize()} by {mention(closing.by)} {date(fleet.lead.changed_at)}{why}"
    return "" if fleet.lead.needs.count else "Allowed without an approval"


def small_print(fleet: Fleet) -> str:
    """Return the rule, the code of the digest over all, how many go first, and the number."""
    rules = dict.fromkeys(member.ruled.rule for member in fleet.members if member.ruled.rule)
    shown = f"rule {', '.join(f'{chr(34)}{escape(rule)}{chr(34)}' for rule in list(rules)[:3])} · " if rules else ""
    first = f"{fleet.asked.canary} then rest · " if fleet.asked.canary else ""
    return f"{shown}{first}plan `{plan_code(fleet.asked.digest)}` · request {fleet.number}"


def _quoted(reason: str) -> str:
    return "\n".join(f">{line}" for line in escape(reason).split("\n"))


def _what(fleet: Fleet) -> str:
    """Return what goes where it is the same everywhere, else that it is images."""
    subjects = {subject(member.plan) for member in fleet.members}
    return subjects.pop() if len(subjects) == 1 else "images"


def _hosts_count(fleet: Fleet) -> str:
    return count(len(fleet.members), "host")


def _frees(members: Sequence[Request]) -> str:
    plans = [member.plan for member in members if isinstance(member.plan, Plan)]
    return bytes_of(total(step.freed for plan in plans for step in (*plan.steps, *plan.reclaims)))


def _body(fleet: Fleet) -> Iterator[Block | None]:
    rows, unplanned = list(_rows(fleet)), list(_unplanned(fleet))
    shown = [*rows[:ROWS], *unplanned[: max(ROWS - len(rows), 3)]]
    left = len(rows) + len(unplanned) - len(shown)
    for at in range(0, len(shown), 3):
        yield section("\n".join(shown[at : at + 3]))
    if left:
        yield context(f"… and {count(left, 'more row')}: *All hosts…* has them.")
    if uses := fleet.asked.uses:
        told = [f"⚠️ also {escape(use)}" if " is in use" not in use else f"⚠️ {escape(use)}" for use in uses[:USES]]
        more = [f"… and {len(uses) - USES} more"] if len(uses) > USES else []
        yield section("\n".join([*told, *more]))


def _rows(fleet: Fleet) -> Iterator[str]:
    """Yield a row for the hosts on which the same happens, in the order of the first of each."""
    alike: dict[str, list[str]] = {}
    for place, member in enumerate(fleet.members):
        first = "goes first: " if place < fleet.asked.canary and member.state is State.PENDING else ""
        alike.setdefault(f"{ICONS[member.state]} {{hosts}}: {first}{how(member)}", []).append(member.plan.host)
    for text, hosts in alike.items():
        yield text.replace("{hosts}", f"*{_hosts(hosts)}*", 1)


def _unplanned(fleet: Fleet) -> Iterator[str]:
    alike: dict[str, list[Unplanned]] = {}
    for each in fleet.asked.unplanned:
        alike.setdefault(each.alike, []).append(each)
    for why, hosts in alike.items():
        told = why if len(hosts) > 1 else hosts[0].why
        yield f"⚪ *{_hosts([each.host for each in hosts])}*: not planned. {escape(cut(told, WHY))}"


def _hosts(hosts: Sequence[str]) -> str:
    """Return hosts as a row has them: how many, and their names, a run of numbers as its first and last."""
    names = listed([escape(name) for name in _runs(hosts)], NAMES)
    return names if len(hosts) == 1 else f"{len(hosts)} hosts ({names})"


def _runs(hosts: Sequence[str]) -> Iterator[str]:
    """Yield names, three or more that are numbered one after the other as ``web-1 … web-9``."""
    run: list[str] = []
    for host in [*hosts, ""]:
        if run and not _follows(run[-1], host):
            yield from run if len(run) < 3 else [f"{run[0]} … {run[-1]}"]  # noqa: PLR2004 -- two are not a run
            run = []
        run.append(host)


def _follows(before: str, host: str) -> bool:
    one, two = _NUMBERED.match(before), _NUMBERED.match(host)
    return one is not None and two is not None and one[1] == two[1] and int(two[2]) == int(one[2]) + 1


def how(member: Request) -> str:
    """Return what would happen on one host, or what did, as Slack's markup."""
    plan = member.plan
    if not isinstance(plan, Plan):
        raise TypeError("Only removals are asked for on several hosts.")
    match member.state:
        case State.PENDING:
            return f"{escape(subject(plan))}, frees {_frees([member])}{_refused(plan)}"
        case State.APPROVED:
            return "waits for the first hosts" if member.held else "approved, begins when it answers"
        case State.REMOVING:
            done = sum(step.progress in {Progress.DONE, Progress.SKIPPED} for step in member.steps)
            return f"removing, {done} of {len(member.steps)} done"
        case State.FINISHED:
            freed = bytes_of(freed_by(plan, member.steps))
            otherwise = ", *not as planned*" if went_wrong(member) else ""
            return f"removed {escape(removed(plan, member.steps))}, {freed} freed{otherwise}"
        case State.DRIFTED:
            lines = (member.closing.why if member.closing else "").splitlines()
            return f"the plan changed, so nothing was removed: {escape(' / '.join(lines))}"
        case State.INTERRUPTED:
            return f"*interrupted*. {escape(member.closing.why if member.closing else '')}"
        case State.REJECTED | State.WITHDRAWN | State.EXPIRED as state:
            why = f": {escape(member.closing.why)}" if member.closing and member.closing.why else ""
            return f"{state}{why}, so nothing was removed"


def _refused(plan: Plan) -> str:
    """Return what of a plan Docker would refuse."""
    refused = [step.outcome.message for step in plan.steps if isinstance(step.outcome, Refused)]
    return f"; {count(len(refused), 'step')} refused: {escape(cut(refused[0], 120))}" if refused else ""


def _numbers(fleet: Fleet) -> str:
    """Return which number each host's part has."""
    first, last = fleet.asked.members[0], fleet.asked.members[-1]
    shown = [f"{each.id} {escape(each.plan.host)}" for each in fleet.members]
    return listed(shown, 1000) if fleet.number else f"{first} to {last}"


def _buttons(fleet: Fleet) -> list[Block]:
    """Return the buttons that count for all hosts."""
    token, every = fleet.asked.token, _all_hosts(fleet)
    if fleet.pending:
        return [_approve(fleet), button(Button.REJECT, "Reject…", token), every]
    if fleet.stuck:
        rest = count(len(fleet.held), "host")
        sure = confirmation("Go on?", f"{plain(fleet.stuck)}. {rest} would go on.", "Go on", "Back", style="danger")
        return [
            button(Button.RESUME, "Go on", token, confirm=sure),
            button(Button.STOP, "Stop", token, style="danger"),
            every,
        ]
    return [every]


def _approve(fleet: Fleet) -> Block:
    where = listed([plain(name) for name in _runs([member.plan.host for member in fleet.members])], 120)
    left = f" · {count(len(fleet.asked.unplanned), 'host')} not planned" if fleet.asked.unplanned else ""
    text = f"{where}{left} · plan {plan_code(fleet.asked.digest)}"
    sure = confirmation(f"Remove {_what(fleet)} from {_hosts_count(fleet)}?", text, "Approve", "Back")
    return button(Button.APPROVE, "Approve", fleet.asked.token, style="primary", confirm=sure)


def _all_hosts(fleet: Fleet) -> Block:
    return button(Button.HOSTS, "All hosts…", fleet.asked.token)


_ALONE: Mapping[Button, str] = MappingProxyType(
    {
        Button.RESUME: "Resume {}",
        Button.STOP: "Stop {} here",
        Button.UNDO: "Undo on {}",
        Button.RECLAIM: "Reclaim on {} now",
        Button.ASK_AGAIN: "Ask again for {} with the new plan",
    }
)


def _of_members(fleet: Fleet) -> Iterator[Block | None]:
    """Yield the buttons of single hosts, a row for each: Slack wants each action once in a row."""
    wanting = [(member, which) for member in fleet.members if (which := _alone(fleet, member))]
    for member, which in wanting[:ALONE]:
        yield actions([button(each, _ALONE[each].format(plain(member.plan.host)), member.token) for each in which])


def _alone(fleet: Fleet, member: Request) -> tuple[Button, ...]:
    """Return what can be done about one host by itself."""
    if member.state is State.INTERRUPTED:
        return (Button.RESUME, Button.STOP)
    if member.undo is not None and member.undo.window is Window.OPEN:
        return (Button.UNDO, Button.RECLAIM)
    drifted = member.state is State.DRIFTED and not fleet.pending and can_be_asked_again(member)
    return (Button.ASK_AGAIN,) if drifted else ()


__all__ = [
    "all_rows",
    "asked_for_fleet",
    "detailed_fleet",
    "fleet_message",
    "fleet_planned",
    "headline",
    "told_of_fleet",
]
