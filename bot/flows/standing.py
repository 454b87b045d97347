"""Whether what was asked for still stands: the same plan, the same digest, the same rule."""

from bot.approval.digest import digest
from bot.approval.policy import Policy, changed, verdict
from bot.approval.request import Request
from bot.images.drift import difference
from bot.images.removal import Plan


def moved_on(request: Request, fresh: Plan, policy: Policy) -> tuple[str, ...]:
    """Return how host or rules are no longer what *request* was made for, in at most three lines.

    *fresh* is the request's plan made again, of the host as it is now. What is sent for a word may be another target
    in it that does the same, so it need not have the same digest.
    """
    drift = difference(request.plan.steps, fresh.steps)
    if drift.material:
        return drift.lines
    if digest(request.plan) != request.digest:
        return ("the stored plan is not the one that was asked for",)
    return changed(request.needs, verdict(policy, fresh, request.requester))
