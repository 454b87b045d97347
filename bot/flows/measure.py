"""Measuring what a request freed: the bytes of all layers before its first step, and after its last."""

from bot.approval.request import Request
from bot.flows.ports import Daemon
from bot.images.removal import Plan, Removed


def freed(daemon: Daemon, before: int | None) -> int | None:
    """Return how many bytes less the layers take than *before*; None where that is not told, or where it is more."""
    if before is None:
        return None
    after = daemon.used()
    return None if after is None or after > before else before - after


def predicted(request: Request) -> int | None:
    """Return how many bytes its plan said that the steps free which were done; None where it did not say of all."""
    if not isinstance(request.plan, Plan):
        return None  # it removes nothing
    steps = zip(request.plan.steps, request.steps, strict=True)
    told = [step.freed.bytes for step, state in steps if isinstance(state.outcome, Removed)]
    known = [each for each in told if each is not None]
    return sum(known) if len(known) == len(told) else None
