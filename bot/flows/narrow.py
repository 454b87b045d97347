"""Approving some: a lead leaves steps out, and what is left is planned anew, with a digest and a token of its own."""

from collections.abc import Callable, Sequence

from bot.approval.authority import Basis
from bot.approval.digest import digest
from bot.approval.events import Narrowed
from bot.approval.request import Request, Token
from bot.flows.answers import Sentence
from bot.flows.planning import NotPlanned, Planner
from bot.flows.ports import Clock, Submitted
from bot.images.removal import Removed


def removable(request: Request) -> list[int]:
    """Return the steps that remove something, counted from 0: those that can be left out."""
    return [number for number, step in enumerate(request.plan.steps) if isinstance(step.outcome, Removed)]


def narrowed(
    planner: Planner, request: Request, form: Submitted, basis: Basis, now: Clock, new_token: Callable[[], Token]
) -> Narrowed | Sentence:
    """Return what happens to *request* by a form in which steps were ticked, or why nothing does.

    What Docker would refuse stays in the plan: it is never sent, and says why.
    """
    kept = {int(number) for number in form.chosen if number.isdecimal()}
    left_out = tuple(number for number in removable(request) if number not in kept)
    if not left_out:
        return Sentence(text="Nothing was left out, so the plan is as it was.", hint="Press Approve for all of it.")
    if len(left_out) == len(removable(request)):
        return Sentence(text="Nothing was ticked, so nothing is left to approve.", hint="Press Reject instead.")
    fresh = planner.rest(request.plan, _others(request, left_out))
    if isinstance(fresh, NotPlanned):
        return Sentence(text=fresh.why, hint=fresh.hint)
    if not fresh.removes:
        return Sentence(text="Without what was left out, nothing can be removed.", hint="Press Reject instead.")
    return Narrowed(
        at=now(),
        by=form.reply_to.person,
        basis=basis.text,
        plan=fresh,
        digest=digest(fresh),
        token=new_token(),
        left_out=left_out,
    )


def _others(request: Request, left_out: Sequence[int]) -> list[int]:
    return [number for number in range(len(request.plan.steps)) if number not in left_out]
