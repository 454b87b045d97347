"""Asking: a command becomes a plan, and the plan a request that somebody has to approve."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot.approval.conditions import Group
from bot.approval.digest import code, digest, same_code
from bot.approval.events import Asked
from bot.approval.notes import RecordRead, Refusal
from bot.approval.notice import Notice
from bot.approval.policy import Allowed, Forbidden, NeedsApproval, Policies, Verdict, reason_wanted
from bot.approval.request import Person, Request, Token
from bot.approval.ruling import verdict
from bot.command.forms import RESTORE
from bot.command.grammar import Remove, Restore, parse, render
from bot.db.store import Store, Transaction
from bot.flows.answers import Answer, AskedFor, Form, FormKind, JoinedTo, Planned, Sentence
from bot.flows.fleet_ask import AskFleet
from bot.flows.fleet_planning import FleetPlanner
from bot.flows.hosts_of import several
from bot.flows.joining import follows, open_for
from bot.flows.naming import named
from bot.flows.planning import NotPlanned, Planner
from bot.flows.ports import Click, Clock, Received, ReplyTo, Submitted, Typed
from bot.flows.ruled import Ruled
from bot.flows.wanted_back import wanted_back
from bot.images.removal import Plan
from bot.images.restoral import AnyPlan, changing

NAMED = 8
"""Images that a notice names."""
NOT_YOURS = Sentence(
    text="You are not one of the people who may break the glass.",
    hint="Ask without --break-glass, and somebody will decide.",
)
NOT_UNDERSTOOD = Sentence(text="I no longer understand what was asked for.", hint="Type it again.")
DONE = Sentence(text="This was asked for already.", hint="/img history shows what was removed.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Plans what is asked for, and puts it before the people who may approve it."""

    store: Store
    planner: Planner
    policy: Policies
    group: Group
    now: Clock
    new_token: Callable[[], Token]
    patience: Mapping[str, timedelta] = field(default_factory=dict)

    @property
    def ruled(self) -> Ruled:
        """What holds plans against the rules."""
        return Ruled(planner=self.planner, policy=self.policy, group=self.group)

    @property
    def fleets(self) -> AskFleet:
        """What asks for several hosts at once."""
        planner = FleetPlanner(store=self.store, planner=self.planner, ruled=self.ruled, patience=self.patience)
        return AskFleet(store=self.store, planner=planner, now=self.now, new_token=self.new_token)

    def remove(self, typed: Typed, command: Remove, *, shown: str = "") -> Answer:
        """Answer ``rm``: the plan, and the request made of it.

        There is no request of a dry run, of what is forbidden or removes nothing, and where a reason is missing; nor
        where the plan whose code was *shown* before is another one by now.
        """
        if several(command.host):
            return self.fleets.remove(typed, command, shown=shown)
        plan = self.planner.plan(command)
        if isinstance(plan, NotPlanned):
            return Sentence(text=plan.why, hint=plan.hint)
        plan, ruling = self.ruled.of(plan, typed.reply_to.person)
        if command.break_glass and (refused := self._may_not_break(typed.reply_to.person, ruling)):
            return self._refused(typed, refused)
        wants = reason_wanted(ruling, command.reason)
        changed = bool(shown) and not same_code(shown, code(digest(plan)))
        only_shown = command.dry_run or command.break_glass or changed
        if only_shown or not plan.removes or isinstance(ruling, Forbidden) or wants:
            ask = render(replace(command, dry_run=False, break_glass=False))
            return Planned(plan=plan, verdict=ruling, ask=ask, wants=wants, glass=command.break_glass, changed=changed)
        return self._ask(typed, self._asked(typed.reply_to, plan, ruling, command.reason))

    def restore(self, received: Received, command: Restore, *, shown: str = "") -> Answer:
        """Answer ``restore`` as ``remove`` answers ``rm``. It tells what is on record, so it is on record who asked."""
        with self.store.transaction() as tx:
            tx.note(RecordRead(at=self.now(), by=received.reply_to.person, query=render(command)))
        plan = wanted_back(self.store, self.planner, command)
        if isinstance(plan, NotPlanned):
            return Sentence(text=plan.why, hint=plan.hint)
        ruling = verdict(self.policy(), plan, received.reply_to.person, group=self.group)
        wants = reason_wanted(ruling, command.reason)
        changed = bool(shown) and not same_code(shown, code(digest(plan)))
        if command.dry_run or changed or not changing(plan) or isinstance(ruling, Forbidden) or wants:
            ask = render(replace(command, dry_run=False))
            return Planned(plan=plan, verdict=ruling, ask=ask, wants=wants, changed=changed)
        return self._ask(received, self._asked(received.reply_to, plan, ruling, command.reason))

    def put_back(self, click: Click) -> Answer:
        """Ask for what a request removed, whose number the button carries."""
        command = parse(f"{RESTORE.word} {click.value}")
        return self.restore(click, command) if isinstance(command, Restore) else NOT_UNDERSTOOD

    def ruling(self, request: Request) -> Verdict:
        """Return what the rules say now of what was asked for."""
        return verdict(self.policy(), request.plan, request.requester, group=self.group)

    def again(self, click: Click, earlier: Request) -> Answer:
        """Ask for the images of an ended request again, with a plan of the host as it is now.

        Whoever presses the button asks, and so does not approve: nothing is taken over from the earlier request but
        its words and its reason.
        """
        plan = self.planner.plainly(earlier.plan)
        if isinstance(plan, NotPlanned):
            return Sentence(text=plan.why, hint=plan.hint)
        person = click.reply_to.person
        if isinstance(plan, Plan):
            plan, ruling = self.ruled.of(plan, person)
        else:
            ruling = verdict(self.policy(), plan, person, group=self.group)
        wants = reason_wanted(ruling, earlier.reason)
        if not changing(plan) or isinstance(ruling, Forbidden) or wants:
            return Planned(plan=plan, verdict=ruling, ask=earlier.plan.command, wants=wants)
        asked = self._asked(click.reply_to, plan, ruling, earlier.reason)
        return self._ask(click, replace(asked, again_of=earlier.id))

    def form(self, click: Click, kind: FormKind) -> Form | Sentence:
        """Return the form that asks for what is missing: a reason, or all that breaking the glass takes.

        The button of the latter carries the plan's code and then the command.
        """
        if kind is FormKind.REASON:
            return Form(kind=kind, value=click.value, least=1)
        typed, _, command = click.value.partition(" ")
        glass = self.policy().break_glass
        if glass is None or click.reply_to.person.user_id not in glass.people:
            return self._refused(click, NOT_YOURS)
        return Form(kind=kind, value=command, code=typed, least=glass.least)

    def with_reason(self, submitted: Submitted) -> Answer:
        """Ask for what was planned, with the reason that was typed in the form."""
        return self._of_button(submitted, submitted.text.strip())

    def pressed(self, click: Click) -> Answer:
        """Ask for what was planned and shown."""
        return self._of_button(click, "")

    def _of_button(self, done: Click | Submitted, reason: str) -> Answer:
        """Ask for what a button carries: the code of the plan that was shown, and the command."""
        shown, _, text = done.value.partition(" ")
        command = parse(text)
        if not isinstance(command, Remove | Restore):
            return NOT_UNDERSTOOD
        command = replace(command, reason=reason or command.reason)
        if isinstance(command, Restore):
            return self.restore(done, command, shown=shown)
        typed = Typed(key=done.key, text=render(command), reply_to=done.reply_to)
        return self.remove(typed, command, shown=shown)

    def broken(self, submitted: Submitted) -> Answer:
        """Ask for a plan that is carried out without an approval: by the right person, for this plan, with a reason."""
        command, reason = parse(submitted.value), submitted.text.strip()
        plan = self.planner.plan(command) if isinstance(command, Remove) else NotPlanned(why="That is no command.")
        if isinstance(plan, NotPlanned):
            return Sentence(text=plan.why, hint=plan.hint)
        person = submitted.reply_to.person
        plan, ruling = self.ruled.of(plan, person)
        refused = self._may_not_break(person, ruling) or self._not_as_wanted(plan, ruling, submitted)
        if refused or not isinstance(ruling, NeedsApproval):
            return self._refused(submitted, refused or DONE)
        asked = self._asked(submitted.reply_to, plan, ruling, reason)
        return self._ask(submitted, replace(asked, break_glass=True))

    def _may_not_break(self, person: Person, ruling: Allowed | NeedsApproval | Forbidden) -> Sentence | None:
        glass = self.policy().break_glass
        if glass is None or person.user_id not in glass.people:
            return NOT_YOURS
        if isinstance(ruling, Forbidden):
            return Sentence(text=ruling.why, hint="No glass is in front of what is forbidden.")
        if isinstance(ruling, Allowed):
            return Sentence(text="This needs nobody's approval.", hint="Ask without --break-glass.")
        return None

    def _not_as_wanted(self, plan: Plan, ruling: Verdict, form: Submitted) -> Sentence | None:
        typed = "".join(form.chosen).strip()
        if not same_code(typed, code(digest(plan))):
            text = f"{typed or 'Nothing'} is not the code of the plan as it is now. Nothing was removed."
            return Sentence(text=text, hint="Ask again with --break-glass, and look at the plan.")
        glass = self.policy().break_glass
        least = glass.least if glass else 0
        if len(form.text.strip()) < least:
            return Sentence(text=f"The reason has to have at least {least} characters. Nothing was removed.")
        if wants := reason_wanted(ruling, form.text):
            return Sentence(text=f"{wants} Nothing was removed.")
        return None if plan.removes else Sentence(text="Nothing of it can be removed.")

    def _refused(self, done: Received, answer: Sentence) -> Sentence:
        """Put on record that somebody could not break the glass, and return why."""
        with self.store.transaction() as tx:
            tx.note(Refusal(at=self.now(), by=done.reply_to.person, action=named(done), answer=answer.text))
        return answer

    def _asked(self, by: ReplyTo, plan: AnyPlan, ruling: Allowed | NeedsApproval, reason: str) -> Asked:
        now = self.now()
        return Asked(
            at=now,
            by=by.person,
            channel=by.channel,
            reason=reason,
            plan=plan,
            digest=digest(plan),
            token=self.new_token(),
            needs=ruling.needs,
            expires_at=now + ruling.expires,
        )

    def _ask(self, delivered: Received, event: Asked) -> Answer:
        """Write the request and that the delivery is done, as one: asked once, however often it is delivered."""
        with self.store.transaction() as tx:
            if not tx.delivery_done(delivered.key, event.at):
                return DONE
            joined = self._joined(tx, event)
            if joined is not None:
                return joined
            request = tx.ask(event)
            if event.break_glass:
                tx.announce(glass_broken(request), event.at)
            return AskedFor(request=request)

    def _joined(self, tx: Transaction, event: Asked) -> JoinedTo | None:
        """Follow an open request for the same, where there is one. No other is made until this is written."""
        if event.break_glass:
            return None
        tx.alone()
        found = open_for(tx.open_on(event.plan.host), event.plan)
        if found is None or found.needs != event.needs:  # nobody is to wait for what the rules let them do
            return None
        return JoinedTo(request=follows(tx, found, event))


def glass_broken(request: Request) -> Notice:
    """Return what the audit channel is told of a broken glass."""
    names = ", ".join(step.word for step in request.plan.steps[:NAMED])
    more = f" and {len(request.plan.steps) - NAMED} more" if len(request.plan.steps) > NAMED else ""
    what = f"{names}{more} from {request.plan.host}, without an approval, as request {request.id}: {request.reason}"
    return Notice(kind="break-glass", parts=(request.requester, f" broke the glass: {what}"))
