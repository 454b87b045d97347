"""Why something stays, in words: who holds it, and what to do about it."""

from collections.abc import Sequence

from bot.images.inventory import ContainerState
from bot.images.layers import NAMED as LISTED
from bot.images.removal import Holder, Stays
from bot.slack.mrkdwn import count, escape, shortened, size

NAMED = 3
"""Holders named before the rest is counted."""


def stays(what: Stays, *, untagged: bool = False) -> str:
    """Return what stays and for whom, as one line; *untagged* where a name of the image goes all the same."""
    if what.layers:
        return f"↳ {_share(what)}: {count(what.layers, 'layer')} also in {named(what.holders, what.more)}"
    rules = [holder for holder in what.holders if holder.kind == "rule"]
    if rules:
        return f"↳ the image stays: protected by {named(rules, 0)}"
    guards = [holder for holder in what.holders if holder.kind == "guard"]
    references = [holder for holder in what.holders if holder.kind == "reference"]
    containers = [holder for holder in what.holders if holder.kind in {"container", "mount"}]
    if containers and not (untagged and references):
        return f"↳ used by {_some(containers, what.more)}. {_next(containers)}"
    if guards and not references:
        return f"↳ the image stays: {named(guards, 0)}"
    if references:
        told = f"↳ the image stays: it is also {_some(references, what.more)}"
        return told if untagged else f"{told}. Name one of them to take that name away, or all to delete the image."
    return f"↳ the image stays: {named(what.holders, what.more)} is built on it"


def reason(line: str) -> str:
    """Return such a line as the reason why the whole of an image stays."""
    return line.removeprefix("↳ ").removeprefix("the image stays: ")


def _some(holders: Sequence[Holder], more: int) -> str:
    """Return holders of one kind; of *more* it is not known which kinds they are, but that a full list has others."""
    return named(holders, 0) + (" and others" if more and len(holders) >= LISTED else "")


def _share(what: Stays) -> str:
    """Return how much of an image stays: of its bytes where they are known, or of its layers."""
    if not what.of_layers:  # a plan that was stored by an earlier version
        return "It stays in part"
    if what.bytes is None or what.of_bytes is None:
        return f"{what.layers} of {count(what.of_layers, 'layer')} stay"
    return f"{size(what.bytes)} of {size(what.of_bytes)} stay"


def _next(containers: Sequence[Holder]) -> str:
    """Return what would let the image go: no force helps against a running container."""
    states = {holder.detail for holder in containers}
    if any(ContainerState(state).is_running for state in states if state in set(ContainerState)):
        return "Stop and remove it first." if len(containers) == 1 else "Stop and remove them first."
    return (
        "Remove it first, or ask with --force." if len(containers) == 1 else "Remove them first, or ask with --force."
    )


def named(holders: Sequence[Holder], more: int) -> str:
    """Return holders by name, the first few of them, and how many there are besides and *more*."""
    names = [_holder(holder) for holder in holders[:NAMED]]
    unnamed = len(holders) - len(names) + more
    return ", ".join(names) + (f" and {unnamed} more" if unnamed else "")


def _holder(holder: Holder) -> str:
    name = escape(shortened(holder.name))
    detail = f"has it mounted, {holder.detail}" if holder.kind == "mount" else holder.detail
    return f"{name} ({escape(detail)})" if detail else name
