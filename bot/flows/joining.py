"""Joining: whoever asks for what is asked for already follows that request, and the leads are not asked twice."""

from collections.abc import Iterable
from dataclasses import replace

from bot.approval.digest import digest
from bot.approval.events import Asked, Joined
from bot.approval.lifecycle import Illegal
from bot.approval.request import PlanDigest, Request
from bot.db.store import Transaction
from bot.images.restoral import AnyPlan, RestorePlan


def open_for(requests: Iterable[Request], plan: AnyPlan) -> Request | None:
    """Return the first of these requests that does the same to the same images as *plan*, however it was typed."""
    open_ = tuple(requests)
    if not open_:
        return None  # as on most hosts; telling what a plan does takes time where there are many
    wanted = _essence(plan)
    return next((request for request in open_ if _essence(request.plan) == wanted), None)


def follows(tx: Transaction, request: Request, event: Asked) -> Request:
    """Write that whoever asked follows *request*; nothing where it is theirs, or they do already."""
    joined = tx.record(request, Joined(at=event.at, by=event.by, channel=event.channel))
    return request if isinstance(joined, Illegal) else joined


def _essence(plan: AnyPlan) -> PlanDigest:
    """Return what a plan does: its digest, without the command that it was made of."""
    if isinstance(plan, RestorePlan):
        return digest(replace(plan, command=""))
    words = tuple(replace(step, removal=replace(step.removal, word="")) for step in plan.steps)
    return digest(replace(plan, command="", steps=words))
