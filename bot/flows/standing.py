"""Whether what was asked for still stands: the same plan, the same digest, the same rule."""

from dataclasses import dataclass, replace

from bot.approval.conditions import Group
from bot.approval.digest import digest
from bot.approval.events import Event
from bot.approval.lifecycle import lived
from bot.approval.policy import Forbidden, Policy, changed
from bot.approval.request import Request, RequestId
from bot.approval.ruling import verdict
from bot.db.store import Reading
from bot.flows.planning import FreshPlan, Planner
from bot.images.drift import difference
from bot.images.grading import grades
from bot.images.ids import short
from bot.images.removal import Plan, Step
from bot.images.restoral import AnyPlan, RestorePlan
from bot.images.restoring import plan_difference

UNTRUE = "The request does not stand in the database as its events on record say: somebody changed its row."
"""What is said of a request that is not ``as_recorded``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotTold:
    """Whether it still stands cannot be told at this moment, and why. It may be in the next."""

    why: str


def moved_on(request: Request, fresh: AnyPlan, policy: Policy, group: Group) -> tuple[str, ...] | NotTold:
    """Return how host or rules are no longer what *request* was made for, in at most three lines.

    *fresh* is the request's plan made again, of the host as it is now. What is sent for a word may be another target
    in it that does the same, so it need not have the same digest.
    """
    drift = plan_difference(request.plan, fresh)
    drift = drift if drift.material else difference(_later(request.plan), _later(fresh))
    if drift.material:
        return drift.lines
    if digest(request.plan) != request.digest:
        return ("the stored plan is not the one that was asked for",)
    ruling = verdict(policy, fresh, request.requester, group=group)
    if isinstance(ruling, Forbidden) and ruling.for_now:
        return NotTold(why=ruling.why)
    rules = changed(request.ruled, ruling)
    return (*_regraded(request.plan, fresh), *rules) if rules else ()


def _later(plan: AnyPlan) -> list[Step]:
    """Return what goes in the end where it can be undone, each called by its image: nobody typed a guard's name."""
    images = [(step, step.removal.image_id) for step in plan.reclaims]
    return [replace(step, removal=replace(step.removal, word=short(image))) for step, image in images if image]


def _regraded(before: AnyPlan, now: AnyPlan) -> tuple[str, ...]:
    """Return in one line which image can be had back otherwise than when it was asked, where the rules go by that."""
    was = grades(before) if isinstance(before, Plan) else {}
    lines = [
        f"+ {each.reference or short(each.image_id)}  was {was[each.image_id]}, and is {each.grade} now"
        for each in now.graded
        if was.get(each.image_id, each.grade) is not each.grade
    ]
    more = f", and {len(lines) - 1} more" if len(lines) > 1 else ""
    return (lines[0] + more,) if lines else ()


def regraded(
    planner: Planner, policy: Policy, fresh: FreshPlan[Plan] | FreshPlan[RestorePlan], asked: AnyPlan
) -> AnyPlan:
    """Return a fresh plan to hold against the rules: registries are asked again only where a rule goes by grades."""
    return planner.graded(fresh, asked.graded) if policy.by_grade else fresh.plan


def as_recorded(reading: Reading, request_id: RequestId) -> bool:
    """Whether a request stands as its events on record say: whoever can write its row cannot write those unnoticed.

    Until when a claim is good is left out, for it is extended without an event.
    """
    request = reading.request(request_id)
    events = [each.event for each in reading.timeline(request_id) if each.version is not None]
    told = lived(request_id, [event for event in events if isinstance(event, Event)])
    return told is not None and request is not None and _unextended(told) == _unextended(request)


def _unextended(request: Request) -> Request:
    claim = request.claim
    return request if claim is None else replace(request, claim=replace(claim, until=request.changed_at))
