"""The buttons under a request for several hosts: those that count for all of them, and those of single hosts."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from bot.approval.digest import code as plan_code
from bot.approval.fleet import Fleet
from bot.approval.request import Request, State, Window
from bot.flows.fleet_narrow import can_be_narrowed
from bot.flows.ports import Button
from bot.images.grades import Grade
from bot.slack.blocks import Block, actions, button, confirmation
from bot.slack.fleet_hosts import runs
from bot.slack.fleet_standing import forced_everywhere, what
from bot.slack.grades import WORDS
from bot.slack.mrkdwn import count, listed, plain
from bot.slack.request_message import can_be_asked_again

ALONE = 4
"""Members with buttons of their own in the message; when they are seen to, the next have them."""
_ALONE: Mapping[Button, str] = MappingProxyType(
    {
        Button.RESUME: "Resume {}",
        Button.STOP: "Stop {} here",
        Button.UNDO: "Undo on {}",
        Button.RECLAIM: "Reclaim on {} now",
        Button.ASK_AGAIN: "Ask again for {} with the new plan",
    }
)


def buttons(fleet: Fleet) -> list[Block]:
    """Return the buttons that count for all hosts."""
    token, every = fleet.asked.token, all_hosts(fleet)
    if fleet.pending:
        some = [button(Button.SOME, "Approve some…", token)] if can_be_narrowed(fleet) else []
        look = button(Button.LOOK, "I'm looking 👀", token)
        return [_approve(fleet), button(Button.REJECT, "Reject…", token), *some, look, every]
    if fleet.stuck:
        rest = count(len(fleet.held), "host")
        sure = confirmation("Go on?", f"{plain(fleet.stuck)}. {rest} would go on.", "Go on", "Back", style="danger")
        return [
            button(Button.RESUME, "Go on", token, confirm=sure),
            button(Button.STOP, "Stop", token, style="danger"),
            every,
        ]
    return [every]


def all_hosts(fleet: Fleet) -> Block:
    """Return the button that opens every row."""
    return button(Button.HOSTS, "All hosts…", fleet.asked.token)


def withdraw(fleet: Fleet) -> Block:
    """Return the button with which the requester takes it back on all hosts."""
    return button(Button.WITHDRAW, "Withdraw", fleet.asked.token)


def of_members(fleet: Fleet) -> Iterator[Block | None]:
    """Yield the buttons of single hosts, a row for each: Slack wants each action once in a row."""
    wanting = [(member, which) for member in fleet.kept if (which := _alone(fleet, member))]
    for member, which in wanting[:ALONE]:
        yield actions([button(each, _ALONE[each].format(plain(member.plan.host)), member.token) for each in which])


def _approve(fleet: Fleet) -> Block:
    left = [f"{count(len(fleet.asked.unplanned), 'host')} not planned"] if fleet.asked.unplanned else []
    where = listed([plain(name) for name in runs([member.plan.host for member in fleet.kept])], 120)
    text = " · ".join([where, *left, *_only_copies(fleet), f"plan {plan_code(fleet.asked.digest)}"])
    title = f"Remove {what(fleet)}{forced_everywhere(fleet)} from {count(len(fleet.kept), 'host')}?"
    sure = confirmation(title, text, "Approve", "Back")
    return button(Button.APPROVE, "Approve", fleet.asked.token, style="primary", confirm=sure)


def _only_copies(fleet: Fleet) -> Iterator[str]:
    """Yield how many images nobody could get back; nothing where there are none."""
    graded = (each.grade for member in fleet.kept for each in member.plan.graded)
    if gone := sum(grade is Grade.ONLY_COPY for grade in graded):
        yield f"{WORDS[Grade.ONLY_COPY]} of {count(gone, 'image')}"


def _alone(fleet: Fleet, member: Request) -> tuple[Button, ...]:
    """Return what can be done about one host by itself."""
    if member.state is State.INTERRUPTED:
        return (Button.RESUME, Button.STOP)
    if member.undo is not None and member.undo.window is Window.OPEN:
        return (Button.UNDO, Button.RECLAIM)
    drifted = member.state is State.DRIFTED and not fleet.pending and can_be_asked_again(member)
    return (Button.ASK_AGAIN,) if drifted else ()
