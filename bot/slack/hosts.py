"""Hosts in a list: whether they answer, what they hold, and how much of it no container uses."""

from bot.flows.overviews import HostsTold, HostTold
from bot.flows.ports import Button
from bot.images.usage import Share, Usage
from bot.slack import limits
from bot.slack.blocks import Block, Said, button, context, said, section
from bot.slack.mrkdwn import code, count, escape, size

BAR = 10
"""Characters of a bar."""
SHOWN = 40
"""Hosts that an answer has."""


def line(told: HostTold) -> str:
    """Return a host as two lines: its name and its bar, then its numbers."""
    name = " ".join([f"*{escape(told.host)}*", *(escape(f"@{group}") for group in told.groups)])
    if told.why:
        return f"🔌 {name} does not answer\n{escape(told.why)}"
    if told.usage is None:
        return f"⏳ {name}\nis being looked at"
    return f"{name} {code(bar(told.usage))} {_bytes(told.usage.whole)}\n{_numbers(told)}"


def bar(usage: Usage) -> str:
    """Return how much of a host's images containers use, by bytes where all are known, else by their number."""
    whole, idle = usage.whole, usage.idle
    if whole.bytes is not None and idle.bytes is not None and whole.bytes:
        used = 1 - idle.bytes / whole.bytes
    else:
        used = 1 - idle.images / whole.images if whole.images else 0.0
    full = round(used * BAR)
    return "█" * full + "░" * (BAR - full)


def _bytes(share: Share) -> str:
    return (
        count(share.images, "image")
        if share.bytes is None
        else f"{size(share.bytes)} in {count(share.images, 'image')}"
    )


def _numbers(told: HostTold) -> str:
    usage = told.usage
    if usage is None:
        return ""
    idle = f"no container uses {count(usage.idle.images, 'image')}{_freeing(usage.idle)}" if usage.idle.images else ""
    kind = f"Docker {escape(told.version)}, {escape(told.store)}" if told.version else ""
    return " · ".join(filter(None, [idle or "all in use", count(usage.containers, "container"), kind]))


def _freeing(share: Share) -> str:
    return "" if not share.bytes else f" ({size(share.bytes)})"


def clean_up(told: HostTold) -> Block | None:
    """Return the button that begins a request for what has no name and no container; None where there is nothing."""
    if told.usage is None or not told.usage.nameless.images:
        return None
    value = f"rm -H {told.host} $(ls -q -f dangling=true)"
    if len(value) > limits.VALUE:
        return None
    return button(Button.NEW, "Clean up…", value)


def suggestion(told: HostTold) -> str:
    """Return what could be cleaned up there; nothing where nothing can."""
    if told.usage is None or not told.usage.nameless.images:
        return ""
    nameless = told.usage.nameless
    return f"\n🧹 {count(nameless.images, 'image')} without a name{_freeing(nameless)}"


def row(told: HostTold) -> Block:
    """Return a host with what could be cleaned up there."""
    made = section(f"{line(told)}{suggestion(told)}")
    offered = clean_up(told)
    return made | {"accessory": offered} if offered else made


def hosts_told(answer: HostsTold) -> Said:
    """Return the hosts as an answer."""
    silent = sum(bool(told.why) for told in answer.hosts)
    text = f"{count(len(answer.hosts), 'host')}{f', {silent} of them silent' if silent else ''}"
    left = len(answer.hosts) - SHOWN
    more = context(f"… and {count(left, 'more host')}: `imgbot hosts` has all of them.") if left > 0 else None
    legend = context("█ what containers use · ░ what none uses")
    return said(text, (section(f"*{escape(text)}*"), *map(row, answer.hosts[:SHOWN]), more, legend))
