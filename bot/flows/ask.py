"""Asking: a command becomes a plan, and the plan a request that somebody has to approve."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.approval import digest
from bot.approval.conditions import Group
from bot.approval.events import Asked
from bot.approval.policy import Allowed, Forbidden, NeedsApproval, Policies
from bot.approval.request import Request, Token
from bot.approval.ruling import verdict
from bot.command.grammar import Remove, render
from bot.db.store import Store
from bot.flows.answers import Answer, AskedFor, Planned, Sentence
from bot.flows.planning import NotPlanned, Planner
from bot.flows.ports import Click, Clock, ReplyTo, Typed
from bot.images.removal import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Plans what is asked for, and puts it before the people who may approve it."""

    store: Store
    planner: Planner
    policy: Policies
    group: Group
    now: Clock
    new_token: Callable[[], Token]

    def remove(self, typed: Typed, command: Remove) -> Answer:
        """Answer ``rm``: the plan, and unless it is a dry run, forbidden or removes nothing, the request made of it."""
        plan = self.planner.plan(command)
        if isinstance(plan, NotPlanned):
            return Sentence(text=plan.why, hint=plan.hint)
        ruling = verdict(self.policy(), plan, typed.reply_to.person, group=self.group)
        if command.dry_run or not plan.removes or isinstance(ruling, Forbidden):
            return Planned(plan=plan, verdict=ruling, ask=render(replace(command, dry_run=False)))
        return self._ask(typed, self._asked(typed.reply_to, plan, ruling, command.reason))

    def again(self, click: Click, earlier: Request) -> Answer:
        """Ask for the images of an ended request again, with a plan of the host as it is now.

        Whoever presses the button asks, and so does not approve: nothing is taken over from the earlier request but
        its words and its reason.
        """
        plan = self.planner.again(earlier.plan)
        if isinstance(plan, NotPlanned):
            return Sentence(text=plan.why, hint=plan.hint)
        ruling = verdict(self.policy(), plan, click.reply_to.person, group=self.group)
        if not plan.removes or isinstance(ruling, Forbidden):
            return Planned(plan=plan, verdict=ruling, ask=earlier.plan.command)
        asked = self._asked(click.reply_to, plan, ruling, earlier.reason)
        return self._ask(click, replace(asked, again_of=earlier.id))

    def _asked(self, by: ReplyTo, plan: Plan, ruling: Allowed | NeedsApproval, reason: str) -> Asked:
        now = self.now()
        return Asked(
            at=now,
            by=by.person,
            channel=by.channel,
            reason=reason,
            plan=plan,
            digest=digest.digest(plan),
            token=self.new_token(),
            needs=ruling.needs,
            expires_at=now + ruling.expires,
        )

    def _ask(self, delivered: Typed | Click, event: Asked) -> Answer:
        """Write the request and that the delivery is done, as one: asked once, however often it is delivered."""
        with self.store.transaction() as tx:
            if tx.delivery_done(delivered.key, event.at):
                return AskedFor(request=tx.ask(event))
        return Sentence(text="This was asked for already.", hint="/img history shows what was removed.")
