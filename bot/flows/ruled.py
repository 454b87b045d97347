"""A plan as the rules want it, and what they say of that."""

from dataclasses import dataclass

from bot.approval.conditions import Group
from bot.approval.policy import Forbidden, Policies, Verdict
from bot.approval.request import Person
from bot.approval.ruling import verdict
from bot.flows.planning import NotPlanned, Planner
from bot.images.removal import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """Holds plans against the rules."""

    planner: Planner
    policy: Policies
    group: Group

    def of(self, plain: Plan, person: Person) -> tuple[Plan, Verdict]:
        """Return a plan as the rule about it wants it, and what the rules say of that."""
        policy = self.policy()
        ruling = verdict(policy, plain, person, group=self.group)
        if isinstance(ruling, Forbidden):
            return plain, ruling
        plan = self.planner.under(plain, ruling.needs)
        if isinstance(plan, NotPlanned):
            return plain, Forbidden(why=plan.why, for_now=True)
        return plan, verdict(policy, plan, person, group=self.group)
