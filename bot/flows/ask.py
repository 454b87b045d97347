"""Asking: a command becomes a plan, and the plan a request that somebody has to approve."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.approval import digest
from bot.approval.events import Asked
from bot.approval.policy import Allowed, Forbidden, NeedsApproval, Policy, verdict
from bot.approval.request import Person, Request, Token
from bot.command.grammar import Remove, render
from bot.db.store import Store
from bot.flows.answers import Answer, AskedFor, Planned, Sentence
from bot.flows.planning import NotPlanned, Planner
from bot.flows.ports import Clock, Directory, Typed
from bot.images.removal import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Plans what is asked for, and puts it before the people who may approve it."""

    store: Store
    planner: Planner
    directory: Directory
    policy: Policy
    now: Clock
    new_token: Callable[[], Token]

    def remove(self, typed: Typed, command: Remove) -> Answer:
        """Answer ``rm``: the plan, and unless it is a dry run, forbidden or removes nothing, the request made of it."""
        member = self.directory.member(typed.reply_to.person)
        if member.not_a_member:
            return Sentence(text=member.not_a_member)
        plan = self.planner.plan(command)
        if isinstance(plan, NotPlanned):
            return Sentence(text=plan.why, hint=plan.hint)
        ruling = verdict(self.policy, plan)
        if command.dry_run or not plan.removes or isinstance(ruling, Forbidden):
            return Planned(plan=plan, verdict=ruling, ask=render(replace(command, dry_run=False)))
        return AskedFor(request=self._ask(self._asked(typed, plan, ruling, command.reason), typed.key))

    def again(self, earlier: Request, by: Person, key: str) -> Answer:
        """Ask for the images of an ended request again, with a plan of the host as it is now.

        The person who asked first stays the one who asks, so that whoever presses the button may still approve.
        """
        plan = self.planner.again(earlier.plan)
        if isinstance(plan, NotPlanned):
            return Sentence(text=plan.why, hint=plan.hint)
        ruling = verdict(self.policy, plan)
        if not plan.removes or isinstance(ruling, Forbidden):
            return Planned(plan=plan, verdict=ruling, ask=earlier.plan.command)
        now = self.now()
        event = Asked(
            at=now,
            by=earlier.requester,
            channel=earlier.channel,
            reason=earlier.reason,
            plan=plan,
            digest=digest.digest(plan),
            token=self.new_token(),
            needs=ruling.needs,
            expires_at=now + ruling.expires,
            again_of=earlier.id,
            again_by=by,
        )
        return AskedFor(request=self._ask(event, key))

    def _asked(self, typed: Typed, plan: Plan, ruling: Allowed | NeedsApproval, reason: str) -> Asked:
        now = self.now()
        return Asked(
            at=now,
            by=typed.reply_to.person,
            channel=typed.reply_to.channel,
            reason=reason,
            plan=plan,
            digest=digest.digest(plan),
            token=self.new_token(),
            needs=ruling.needs,
            expires_at=now + ruling.expires,
        )

    def _ask(self, event: Asked, key: str) -> Request:
        with self.store.transaction() as tx:
            tx.delivery_done(key, event.at)  # with the request in one write: asked once, however often it is delivered
            return tx.ask(event)
