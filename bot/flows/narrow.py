"""Approving some: a lead leaves steps out, and what is left is planned anew, with a digest and a token of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.approval.authority import Basis
from bot.approval.conditions import Group
from bot.approval.digest import digest
from bot.approval.events import Drifted, Narrowed
from bot.approval.policy import Forbidden, Policies
from bot.approval.request import Request, Token
from bot.approval.ruling import verdict
from bot.flows.answers import Sentence
from bot.flows.planning import NotPlanned, Planner
from bot.flows.ports import Clock, Submitted
from bot.flows.standing import NotTold, moved_on
from bot.images.removal import Plan
from bot.images.restoral import AnyPlan, changing


def removable(request: Request) -> list[int]:
    """Return the steps that would change something, counted from 0: those that can be left out."""
    return list(changing(request.plan))


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrow:
    """Makes a plan of a part of another."""

    planner: Planner
    policy: Policies
    group: Group
    now: Clock
    new_token: Callable[[], Token]

    def narrowed(self, request: Request, form: Submitted, basis: Basis) -> Narrowed | Drifted | Sentence:
        """Return what happens to *request* by a form in which steps were ticked, or why nothing does.

        What Docker would refuse stays in the plan: it is never sent, and says why. Where the host or the rules moved
        on, that is what happens: nobody has seen the plan as it would be now.
        """
        left_out = _left_out(request, form)
        return left_out if isinstance(left_out, Sentence) else self.without(request, left_out, form, basis)

    def without(
        self, request: Request, left_out: tuple[int, ...], form: Submitted, basis: Basis
    ) -> Narrowed | Drifted | Sentence:
        """Return what happens to *request* where these steps are left out of it."""
        whole = self.planner.afresh(request.plan, range(len(request.plan.steps)))
        if isinstance(whole, NotPlanned):
            return Sentence(text=whole.why, hint=whole.hint)
        known = self.planner.graded(whole, request.plan.graded)
        moved = moved_on(request, known, self.policy(), self.group)
        if isinstance(moved, NotTold):
            return Sentence(text=moved.why)
        if moved:
            return Drifted(at=self.now(), difference=moved)
        rest = self.planner.afresh(request.plan, _others(request, left_out), whole.inventory)
        if isinstance(rest, NotPlanned):
            return Sentence(text=rest.why)
        return self._of(request, self.planner.graded(rest, known.graded), left_out, basis, form)

    def _of(
        self, request: Request, plan: AnyPlan, left_out: tuple[int, ...], basis: Basis, form: Submitted
    ) -> Narrowed | Sentence:
        if not changing(plan):
            return Sentence(text="Without what was left out, nothing can be done.", hint="Press Reject instead.")
        ruling = verdict(self.policy(), plan, request.requester, group=self.group)
        if isinstance(ruling, Forbidden):
            return Sentence(text=ruling.why, hint="Leave out something else, or press Reject.")
        if isinstance(plan, Plan) and bool(ruling.needs.undo) is not bool(plan.reclaims):
            hint = "Press Reject, and have it asked for in parts."
            return Sentence(text="What is left falls under a rule with another undo window.", hint=hint)
        return Narrowed(
            at=self.now(),
            by=form.reply_to.person,
            basis=basis.text,
            plan=plan,
            digest=digest(plan),
            token=self.new_token(),
            needs=ruling.needs,
            left_out=left_out,
        )


def _left_out(request: Request, form: Submitted) -> tuple[int, ...] | Sentence:
    unticked = _unticked(request, form)
    left_out = tuple(number for number in removable(request) if number in unticked)
    if not left_out:
        return Sentence(text="Nothing was left out, so the plan is as it was.", hint="Press Approve for all of it.")
    if len(left_out) == len(removable(request)):
        return Sentence(text="Nothing was ticked, so nothing is left to approve.", hint="Press Reject instead.")
    return left_out


def _unticked(request: Request, form: Submitted) -> frozenset[int]:
    if form.left_out is not None:
        return form.left_out
    return frozenset(removable(request)) - {int(number) for number in form.chosen if number.isdecimal()}


def _others(request: Request, left_out: Sequence[int]) -> list[int]:
    return [number for number in range(len(request.plan.steps)) if number not in left_out]
