"""Why something stays, in words: who holds it, and what to do about it."""

from collections.abc import Sequence

from bot.images.inventory import ContainerState
from bot.images.removal import Holder, Stays
from bot.slack.mrkdwn import count, escape, shortened, size

NAMED = 3
"""Holders named before the rest is counted."""


def stays(what: Stays) -> str:
    """Return what stays and for whom, as one line."""
    if what.layers:
        verb = "stays" if what.layers == 1 else "stay"
        return f"↳ {count(what.layers, 'layer')} ({size(what.bytes)}) {verb}: also in {_named(what.holders, what.more)}"
    containers = [holder for holder in what.holders if holder.kind == "container"]
    if containers:
        return f"↳ used by {_named(containers, 0)}. {_next(containers)}"
    references = [holder for holder in what.holders if holder.kind == "reference"]
    if references:
        return f"↳ the image stays: it is also {_named(references, what.more)}"
    return f"↳ the image stays: {_named(what.holders, what.more)} is built on it"


def _next(containers: Sequence[Holder]) -> str:
    """Return what would let the image go: no force helps against a running container."""
    states = {holder.detail for holder in containers}
    if any(ContainerState(state).is_running for state in states if state in set(ContainerState)):
        return "Stop and remove it first." if len(containers) == 1 else "Stop and remove them first."
    return (
        "Remove it first, or ask with --force." if len(containers) == 1 else "Remove them first, or ask with --force."
    )


def _named(holders: Sequence[Holder], more: int) -> str:
    names = [_holder(holder) for holder in holders[:NAMED]]
    unnamed = len(holders) - len(names) + more
    return ", ".join(names) + (f" and {unnamed} more" if unnamed else "")


def _holder(holder: Holder) -> str:
    name = escape(shortened(holder.name))
    return f"{name} ({escape(holder.detail)})" if holder.detail else name
