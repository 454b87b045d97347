"""Hosts in a list: whether they answer, what they hold, and how much of it no container uses."""

from collections.abc import Iterator, Sequence

from bot.flows.overviews import HostsTold, HostTold
from bot.flows.ports import Button
from bot.images.usage import Share, Usage
from bot.slack import limits, table
from bot.slack.blocks import Block, Said, button, context, said, section
from bot.slack.mrkdwn import code, count, escape, size

BAR = 10
"""Characters of a bar."""
SHOWN = 40
"""Hosts that an answer has where tables are refused."""
FEW = 5
"""Up to so many hosts are read better one below the other; and so many are told of below a table."""
HEAD = ("Host", "In use", "Images", "Not in use", "Containers", "Docker")
LEGEND = "█ what containers use · ░ what none uses"


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
    """Return the hosts as an answer: a table where they are many, else one below the other."""
    silent = sum(bool(told.why) for told in answer.hosts)
    text = f"{count(len(answer.hosts), 'host')}{f', {silent} of them silent' if silent else ''}"
    first = section(f"*{escape(text)}*")
    plainer = (first, *map(row, answer.hosts[:SHOWN]), _more(len(answer.hosts) - SHOWN), context(LEGEND))
    return said(text, plainer) if len(answer.hosts) <= FEW else said(text, (first, *_tabled(answer.hosts)), plainer)


def _more(left: int) -> Block | None:
    return context(f"… and {count(left, 'more host')}: `imgbot hosts` has all of them.") if left > 0 else None


def _tabled(hosts: Sequence[HostTold]) -> Iterator[Block | None]:
    """Yield a table, why some do not answer, and what could be cleaned up."""
    rows = table.fitting([_row(told) for told in hosts])
    yield table.table(HEAD, rows, long=("Host",), right=("Images", "Not in use", "Containers"))
    yield _more(len(hosts) - len(rows))
    for told in [told for told in hosts if told.why][:FEW]:
        yield context(f"🔌 *{escape(told.host)}* {escape(told.why)}")
    for told in [told for told in hosts if suggestion(told)][:FEW]:
        made = section(f"*{escape(told.host)}*{suggestion(told)}")
        offered = clean_up(told)
        yield made | {"accessory": offered} if offered else made
    yield context(LEGEND)


def _row(told: HostTold) -> table.Row:
    name = (table.strong(told.host), *(table.words(f" @{group}") for group in told.groups))
    docker = table.words(f"{told.version} {told.store}".strip() or "unknown")
    if told.usage is None:
        state = "🔌 does not answer" if told.why else "⏳ is being looked at"
        return (name, (table.words(state),), *[(table.words(table.NONE),)] * 3, (docker,))
    usage = told.usage
    return (
        name,
        (table.coded(bar(usage)),),
        (table.words(_bytes(usage.whole)),),
        (table.words(_bytes(usage.idle) if usage.idle.images else "nothing"),),
        (table.words(str(usage.containers)),),
        (docker,),
    )
