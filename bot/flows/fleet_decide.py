"""Deciding for several hosts at once: one click counts for all members of a fleet, written as one.

When it is approved, each host is planned afresh, all of them side by side. One that changed is void by itself: the rest
goes on, but where it was to go first. One that does not answer holds up nobody: it is held against its plan when it is
claimed, and nothing is sent before that.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from bot.approval.authority import Basis, MayNot
from bot.approval.digest import digest_over
from bot.approval.events import Approved, Drifted, Event, Looking, Rejected, Released, Withdrawn
from bot.approval.fleet import Fleet
from bot.approval.lifecycle import ENDED, Illegal, after
from bot.approval.request import Approval, Request, RequestId, State, Token
from bot.db.store import Store
from bot.flows.answers import Answer, Form, FormKind, Sentence
from bot.flows.decide import LOOKED_AT, LOOKS_FOR, Decide
from bot.flows.fleet_narrow import FleetNarrow, Narrower, can_be_narrowed
from bot.flows.fleet_planning import FleetPlanner
from bot.flows.planning import NotPlanned
from bot.flows.ports import Button, Click, Received, Submitted, Typed
from bot.flows.standing import NotTold, moved_on, regraded

UNTRUE = "What is stored of this request is not what was asked for: somebody changed it."
FORMER = "Hosts or images were left out of this request, so your click did nothing."
MEANWHILE = "Something else happened to this request at the same moment, so nothing was left out."
STOPPED_AFTER_FIRST = "stopped after the first hosts"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideFleet:
    """Answers the buttons and forms of requests for several hosts; ``decide`` those of each of their members."""

    decide: Decide
    planner: FleetPlanner

    @property
    def narrow(self) -> FleetNarrow:
        """What makes a request for fewer hosts or images of one."""
        return FleetNarrow(narrow=self.decide.narrow, planner=self.planner, new_token=self.decide.ask.new_token)

    @property
    def store(self) -> Store:
        """The database."""
        return self.decide.store

    def of(self, token: str) -> Fleet | None:
        """Return the fleet whose buttons carry a token, or did until something was left out of it."""
        with self.store.reading() as reading:
            return reading.fleet_by_token(Token(token)) or reading.fleet_by_former_token(Token(token))

    def pressed(self, click: Click, fleet: Fleet) -> Answer | Form | None:
        """Do what the button says for all members, or answer why not. None where the message itself is the answer."""
        match click.button:
            case Button.HOSTS:
                return Form(kind=FormKind.HOSTS, value=fleet.asked.token, fleet=fleet)
            case Button.WITHDRAW:
                return self.withdraw(click, fleet)
        if click.value != fleet.asked.token:
            return self._refuse(click, fleet, FORMER, "Look at the message again: it has what is left.")
        if not self.decide.is_its_message(click, fleet.lead):
            return self._refuse(click, fleet, "This button belongs to another message, so it did nothing.")
        if not _is_true(fleet):
            return self._refuse(click, fleet, UNTRUE)
        match click.button:
            case Button.APPROVE:
                return self._allowed(click, fleet, fleet.pending, self._approved)
            case Button.REJECT:
                return self._allowed(click, fleet, fleet.pending, self._asks_why)
            case Button.SOME:
                return self._allowed(click, fleet, fleet.pending, self._asks_which)
            case Button.LOOK:
                return self._allowed(click, fleet, fleet.pending, self._looking)
            case Button.RESUME if fleet.stuck:
                return self._allowed(click, fleet, fleet.held, self._released)
            case Button.STOP if fleet.stuck:
                return self._allowed(click, fleet, fleet.held, self._stopped)
        return self._too_late(click, fleet)

    def submitted(self, form: Submitted, fleet: Fleet) -> Answer | Form | None:
        """Do what a form says: with a reason, nothing of it is removed."""
        if form.value != fleet.asked.token:
            return self._refuse(form, fleet, FORMER, "Look at the message again: it has what is left.")
        if not _is_true(fleet):
            return self._refuse(form, fleet, UNTRUE)
        then = self._narrowed if form.form is FormKind.SOME else self._rejected
        return self._allowed(form, fleet, fleet.pending, then)

    def withdraw(self, asked: Typed | Click, fleet: Fleet) -> Answer:
        """Withdraw what was not begun yet, on all hosts."""
        by = asked.reply_to.person
        if by != fleet.asked.by:
            return self._refuse(asked, fleet, "Only the person who asked can withdraw a request.")
        waiting = [member for member in fleet.members if member.state in {State.PENDING, State.APPROVED}]
        if not waiting:
            return self._too_late(asked, fleet)
        event = Withdrawn(at=self.decide.now(), by=by)
        written = self._record(asked, fleet, {member.id: event for member in waiting})
        left = len(fleet.members) - len(waiting)
        begun = f" On {left} of {len(fleet.members)} hosts it had ended or begun." if left else " Nothing was removed."
        return written or Sentence(text=f"Request {fleet.number} is withdrawn.{begun}")

    def _allowed(
        self,
        done: Click | Submitted,
        fleet: Fleet,
        members: tuple[Request, ...],
        then: Callable[[Click | Submitted, Fleet, Basis], Answer | Form | None],
    ) -> Answer | Form | None:
        """Do something that those may who may decide about *members*; all of these ask for the same people."""
        if not members:
            return self._too_late(done, fleet)
        basis = self.decide.basis(done, members[0])
        if isinstance(basis, MayNot):
            return self.decide.refuse(done, fleet.lead, Sentence(text=basis.why, parts=basis.parts))
        return then(done, fleet, basis)

    def _approved(self, done: Click | Submitted, fleet: Fleet, basis: Basis) -> Answer | None:
        by, members = done.reply_to.person, {member.plan.host: member for member in fleet.pending}
        found = self.planner.abreast(tuple(members), lambda host: self._moved(members[host]))
        now = self.decide.now()
        approval = Approval(by=by, at=now, basis=basis.text, seen_at=basis.seen_at)
        events: dict[RequestId, Event] = {}
        for host, member in members.items():
            moved = found[host]
            if isinstance(moved, NotTold):
                return self._refuse(done, fleet, moved.why, "Nothing was approved. Press again.")
            if isinstance(moved, tuple) and moved:
                events[member.id] = Drifted(at=now, difference=moved)
            else:
                events[member.id] = Approved(at=now, approval=approval, digest=member.digest)
        return self._record(done, fleet, events)

    def _moved(self, member: Request) -> tuple[str, ...] | NotTold | NotPlanned:
        """Return how a host is not as it was planned for; why that cannot be told where it cannot."""
        planner, policy = self.planner.planner, self.decide.ask.policy()
        fresh = planner.afresh(member.plan, range(len(member.plan.steps)))
        if isinstance(fresh, NotPlanned):
            return fresh
        return moved_on(member, regraded(planner, policy, fresh, member.plan), policy, self.decide.ask.group)

    def _asks_why(self, done: Click | Submitted, fleet: Fleet, basis: Basis) -> Form:
        del done, basis
        return Form(kind=FormKind.REJECT, value=fleet.asked.token, fleet=fleet)

    def _asks_which(self, done: Click | Submitted, fleet: Fleet, basis: Basis) -> Answer | Form:
        del basis
        if can_be_narrowed(fleet):
            return Form(kind=FormKind.SOME, value=fleet.asked.token, fleet=fleet)
        return self._refuse(done, fleet, "There is only one image on one host left.", "Approve it or reject it.")

    def _looking(self, done: Click | Submitted, fleet: Fleet, basis: Basis) -> Answer | None:
        """Say on one host for all of them that somebody looks."""
        del basis
        by, now = done.reply_to.person, self.decide.now()
        if fleet.look is not None and fleet.look.by != by:
            return self._refuse(done, fleet, LOOKED_AT)
        return self._record(done, fleet, {fleet.pending[0].id: Looking(at=now, by=by, until=now + LOOKS_FOR)})

    def _narrowed(self, done: Click | Submitted, fleet: Fleet, basis: Basis) -> Answer | None:
        """Leave hosts and images out; approvals from before are void. Nothing is written where any of it cannot be."""
        made = self.narrow.narrowed(fleet, done, basis) if isinstance(done, Submitted) else None
        if not isinstance(made, Narrower):
            return self.decide.refuse(done, fleet.lead, made or Sentence(text=UNTRUE))
        with self.store.transaction() as tx:
            now = tx.fleet(fleet.number)
            if now == fleet and not any(isinstance(each, Illegal) for each in _after(fleet, made.events)):
                for member in fleet.members:
                    if member.id in made.events:
                        tx.record(member, made.events[member.id])
                tx.narrow_fleet(fleet, made.note)
                tx.delivery_done(done.key, self.decide.now())
                return None
        if now and now.pending:
            return self._refuse(done, fleet, MEANWHILE, "Look at the message again, and press there.")
        return self._too_late(done, now or fleet)

    def _rejected(self, done: Click | Submitted, fleet: Fleet, basis: Basis) -> Answer | None:
        why = done.text.strip() if isinstance(done, Submitted) else ""
        if not why:
            return self._refuse(done, fleet, "A rejection needs a reason. Nothing was done.", "Press Reject again.")
        event = Rejected(at=self.decide.now(), by=done.reply_to.person, basis=basis.text, why=why)
        return self._record(done, fleet, {member.id: event for member in fleet.pending})

    def _released(self, done: Click | Submitted, fleet: Fleet, basis: Basis) -> Answer | None:
        event = Released(at=self.decide.now(), by=done.reply_to.person, basis=basis.text)
        return self._record(done, fleet, {member.id: event for member in fleet.held})

    def _stopped(self, done: Click | Submitted, fleet: Fleet, basis: Basis) -> Answer | None:
        by, now = done.reply_to.person, self.decide.now()
        event = Rejected(at=now, by=by, basis=basis.text, why=STOPPED_AFTER_FIRST)
        return self._record(done, fleet, {member.id: event for member in fleet.held})

    def _record(self, done: Received, fleet: Fleet, events: Mapping[RequestId, Event]) -> Answer | None:
        """Write what happens to the members as they stand now; what cannot happen any more is left out."""
        with self.store.transaction() as tx:
            now = tx.fleet(fleet.number)
            members = {member.id: member for member in now.members} if now else {}
            wrote = [
                tx.record(members[number], event)
                for number, event in events.items()
                if number in members and _counts(event, members[number])
            ]
            if any(not isinstance(each, Illegal) for each in wrote):
                tx.delivery_done(done.key, self.decide.now())
                return None
        return self._too_late(done, now or fleet)

    def _too_late(self, done: Received, fleet: Fleet) -> Answer:
        what = "command" if isinstance(done, Typed) else "click"
        return self._refuse(done, fleet, f"Request {fleet.number} is {fleet.state}. Your {what} changed nothing.")

    def _refuse(self, done: Received, fleet: Fleet, text: str, hint: str = "") -> Answer:
        return self.decide.refuse(done, fleet.lead, Sentence(text=text, hint=hint))


def _counts(event: Event, member: Request) -> bool:
    """Whether *event* is not the work of whoever carries the member out by now: that makes its host another."""
    return member.state is State.PENDING or not isinstance(event, Drifted)


def _after(fleet: Fleet, events: Mapping[RequestId, Event]) -> Iterator[Request | Illegal]:
    """Yield what each host would be after these events."""
    yield from (after(member, events[member.id]) for member in fleet.members if member.id in events)


def _is_true(fleet: Fleet) -> bool:
    """Whether the members are those that were asked for: what is approved is the digest over all that are left.

    What ended without being carried out is as it was then: hosts may have been left out since.
    """
    asked = fleet.asked
    parts = dict(zip(asked.members, asked.parts, strict=True))
    open_ = [member for member in fleet.kept if member.state not in ENDED]
    return (
        digest_over(asked) == asked.digest
        and [member.id for member in fleet.members] == list(asked.members)
        and all(member.member is not None and member.member.digest == asked.digest for member in open_)
        and all(member.digest == parts[member.id].digest for member in open_)
    )
