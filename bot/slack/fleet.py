"""The messages about a request for several hosts, drawn from its members as they are stored."""

from collections.abc import Iterable

from bot.approval.digest import code as plan_code
from bot.approval.fleet import Fleet
from bot.approval.request import State
from bot.flows.answers import FleetPlanned
from bot.flows.ports import Button
from bot.slack.blocks import Block, Said, actions, button, context, header, said, section
from bot.slack.fleet_buttons import all_hosts, buttons, of_members
from bot.slack.fleet_lines import where
from bot.slack.fleet_rows import body, each
from bot.slack.fleet_standing import beside, everywhere, frees, headline, icon, small_print, standing, what
from bot.slack.limits import VALUE
from bot.slack.mrkdwn import code, cut, escape, mention, quoted
from bot.slack.request_message import TYPED, taken_back


def fleet_message(fleet: Fleet) -> Said:
    """Return the message in the approvals channel: who asks what, a row for hosts that are alike, and the buttons."""
    return said(
        _sentence(fleet),
        (
            *_above(fleet),
            *body(fleet),
            context(where(fleet)) if where(fleet) else None,
            context(standing(fleet), *beside(fleet), small_print(fleet)),
            actions(buttons(fleet)),
            *of_members(fleet),
        ),
    )


def detailed_fleet(fleet: Fleet, silent: Iterable[Block] = ()) -> Said:
    """Return what ``show`` answers: each host by itself, with the number of its part. *silent* says who is not told."""
    small = context(standing(fleet), *beside(fleet), small_print(fleet))
    return said(_sentence(fleet), (*_above(fleet), *each(fleet), small, *silent, actions([all_hosts(fleet)])))


def told_of_fleet(fleet: Fleet) -> Said:
    """Return what is written to the person who asked."""
    text = f"{icon(fleet)} {headline(fleet)}"
    small = context(*beside(fleet), small_print(fleet))
    return said(text, (section(f"*{escape(text)}*"), section(standing(fleet)), *body(fleet), small))


def asked_for_fleet(fleet: Fleet) -> Said:
    """Return the private answer to whoever asked."""
    asked = f"Asked as request {fleet.number}."
    return said(
        f"{asked} {headline(fleet)}",
        (
            header(f"📋 {headline(fleet)}"),
            *body(fleet),
            context(f"{asked} {standing(fleet)}", small_print(fleet)),
            context(taken_back(fleet.number)) if fleet.state is State.PENDING else None,
            actions([all_hosts(fleet)]),
        ),
    )


def fleet_planned(answer: FleetPlanned) -> Said:
    """Return plans for several hosts that nobody has asked for yet."""
    fleet = answer.fleet
    shown = f"{plan_code(fleet.asked.digest)} {answer.ask}"
    text = f"{what(fleet)} would be removed from {everywhere(fleet)}, {frees(fleet)} freed"
    which, label = (Button.REASON, "Give a reason…") if answer.wants else (Button.ASK, "Ask for approval")
    changed = "🔀 These are no longer the plans that you were shown. Nobody was asked yet."
    return said(
        f"{text}. Nothing has been removed.",
        (
            header(f"📋 {text}"),
            *body(fleet),
            section(changed) if answer.changed else None,
            section(f"✍️ {escape(answer.wants)} Nobody was asked yet.") if answer.wants else None,
            context(f"{small_print(fleet)} · nothing has been removed"),
            actions([button(which, label, shown, style="primary")] if len(shown) <= VALUE else []),
        ),
    )


def _sentence(fleet: Fleet) -> str:
    reason = f" The reason: {fleet.asked.reason}" if fleet.asked.reason else ""
    return f"Request {fleet.number}: {headline(fleet)}.{reason}".replace("?.", "?")


def _above(fleet: Fleet) -> tuple[Block | None, ...]:
    """Return what stands above the rows: the state, who asks what, and why."""
    return (
        header(f"{icon(fleet)} {headline(fleet)}"),
        section(f"{mention(fleet.asked.by)} asks: {code(cut(f'/img {fleet.asked.command}', TYPED))}"),
        section(quoted(fleet.asked.reason)) if fleet.asked.reason else None,
    )
