"""Deciding: a button or a form becomes an approval, a rejection, a withdrawal, or a sentence that says why not."""

from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from bot.approval.authority import Basis, MayNot, Memberships, may_decide
from bot.approval.conditions import action_of
from bot.approval.events import (
    Approved,
    Claimed,
    Drifted,
    Event,
    Finished,
    Looking,
    Narrowed,
    Rejected,
    Reviewed,
    Withdrawn,
)
from bot.approval.lifecycle import ENDED, Illegal
from bot.approval.notes import Refusal
from bot.approval.request import Approval, Person, Request, RequestId, State, Token, Window
from bot.approval.ruling import DONE
from bot.approval.undo_events import ReclaimBegun, UndoBegun
from bot.db.store import Store
from bot.flows.answers import STOPPED, Answer, Form, FormKind, Sentence, TooLate
from bot.flows.ask import Ask
from bot.flows.going_on import cannot_go_on
from bot.flows.groups import Groups
from bot.flows.naming import named
from bot.flows.narrow import Narrow, removable
from bot.flows.planning import NotPlanned, Planner
from bot.flows.ports import Button, Click, Clock, Directory, Purpose, Received, Submitted, Typed
from bot.flows.recover import Recover
from bot.flows.standing import NotTold, moved_on, regraded

ON_THE_REQUEST = frozenset(
    {
        Button.APPROVE,
        Button.REJECT,
        Button.SOME,
        Button.LOOK,
        Button.RESUME,
        Button.STOP,
        Button.REVIEW,
        Button.UNDO,
        Button.RECLAIM,
    }
)
"""The buttons that count only on the one message that shows the request to those who decide."""
FOR_ALL = frozenset({Button.APPROVE, Button.REJECT, Button.SOME, Button.LOOK})
"""The buttons that count for all hosts of a fleet, and for none of them alone."""
OBSERVES = "I only observe here (mode in imgbot.toml), so nothing is put back, and nothing that is kept goes."
LOOKED_AT = "Somebody else is looking at it already. You may decide all the same."
LOOKS_FOR = timedelta(minutes=10)
"""How long somebody is shown as looking."""

MINE = "/img mine lists yours."
"""Where the number of a request of one's own is found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """Answers the buttons and the forms of a request.

    ``owner`` names this process, ``lease`` how long a claim is good for.
    """

    store: Store
    planner: Planner
    directory: Directory
    groups: Groups
    ask: Ask
    recover: Recover
    now: Clock
    owner: str
    lease: timedelta

    @property
    def narrow(self) -> Narrow:
        """What makes a plan of a part of another."""
        ask = self.ask
        return Narrow(planner=self.planner, policy=ask.policy, group=ask.group, now=self.now, new_token=ask.new_token)

    def pressed(self, click: Click) -> Answer | Form | None:
        """Do what the button says, or answer why not. None where the message itself is the answer."""
        request = self._of_token(click.value)
        if request is None:
            return self._of_no_request(click)
        if click.button in ON_THE_REQUEST and not self.is_its_message(click, request):
            return self.refuse(
                click,
                request,
                Sentence(
                    text="This button belongs to another message, so it did nothing.",
                    hint=f"Press it on the message of request {request.id}. /img pending lists what waits.",
                ),
            )
        if request.member is not None and click.button in FOR_ALL:
            text = f"This is decided with the other hosts of request {request.member.fleet}."
            return self.refuse(click, request, Sentence(text=text, hint="Press the button on the message of all."))
        match click.button:
            case Button.APPROVE:
                return self._approve(click, request)
            case Button.REJECT | Button.SOME | Button.LOOK | Button.RESUME | Button.STOP | Button.REVIEW:
                return self._decided(click, request)
            case Button.UNDO | Button.RECLAIM:
                return self._decided(click, request)
            case Button.WITHDRAW:
                return self._withdraw(click, request)
            case Button.ASK_AGAIN:
                return self._ask_again(click, request)
            case Button.HOSTS:
                return self.refuse(
                    click, request, Sentence(text="This request is for one host.", hint="Press Details for all of it.")
                )
            case Button.ASK | Button.REASON | Button.BREAK_GLASS | Button.ACKNOWLEDGE | Button.RESTORE:
                raise AssertionError(f"{click.button} is not a button of a request")
            case Button.OLDER | Button.NEWER | Button.CSV | Button.JSON_LINES | Button.EVIDENCE:
                raise AssertionError(f"{click.button} is not a button of a request")
            case Button.NEW | Button.HOST | Button.DETAILS | Button.PAGE | Button.PAGE_BACK:
                raise AssertionError(f"{click.button} is not a button of a request")
            case _:
                assert_never(click.button)

    def _of_no_request(self, click: Click) -> Answer:
        """Answer a button whose token is none, or was one until steps were left out of the plan."""
        with self.store.reading() as reading:
            former = reading.request_by_former_token(Token(click.value))
        if former is None:
            return self.refuse(
                click,
                None,
                Sentence(
                    text="I don't know the request of this button, so it did nothing.",
                    hint="/img pending lists what waits, /img history what was removed.",
                ),
            )
        if click.button is Button.WITHDRAW:
            return self._withdraw(click, former)
        text = "Steps were left out of this plan, so your click did nothing."
        return self.refuse(click, former, Sentence(text=text, hint="Look at the message again: it has the new plan."))

    def submitted(self, form: Submitted) -> Answer | Form | None:
        """Do what a form about a request says; who may is read anew, and so is where the request stands."""
        request = self._of_token(form.value)
        if request is None:
            with self.store.reading() as reading:
                former = reading.request_by_former_token(Token(form.value))
            text = "The request is no longer what the form was about, so it did nothing."
            return self.refuse(form, former, Sentence(text=text, hint="Look at its message again, and press there."))
        return self._decided(form, request)

    def turned_away(self, done: Received, why: str) -> Answer:
        """Answer somebody who may not use the bot at all."""
        about = None if isinstance(done, Typed) else self._of_token(done.value)
        return self.refuse(done, about, Sentence(text=why))

    def _of_token(self, token: str) -> Request | None:
        with self.store.reading() as reading:
            return reading.request_by_token(Token(token))

    def is_its_message(self, click: Click, request: Request) -> bool:
        """Whether the click is on the request's own message.

        Where Slack's answer to posting that was lost, the click tells which it is: nobody can guess a token.
        """
        lead = request.member.lead if request.member else request.id  # one message is about all hosts of a fleet
        with self.store.reading() as reading:
            message = reading.message(lead, Purpose.APPROVALS)
        if message is None:
            return False
        if message.ts is not None:
            return (message.channel, message.ts) == (click.channel, click.ts)
        with self.store.transaction() as tx:
            tx.message_found(lead, Purpose.APPROVALS, channel=click.channel, ts=click.ts)
        return True

    def _approve(self, click: Click, request: Request) -> Answer | None:
        if request.state is not State.PENDING:
            return self._too_late(click, request)
        basis = self.basis(click, request)
        if isinstance(basis, MayNot):
            return self.refuse(click, request, Sentence(text=basis.why, parts=basis.parts))
        fresh = self.planner.afresh(request.plan, range(len(request.plan.steps)))
        if isinstance(fresh, NotPlanned):
            return self.refuse(
                click, request, Sentence(text=fresh.why, hint="Nothing was approved. Press again when it answers.")
            )
        policy = self.ask.policy()
        moved = moved_on(request, regraded(self.planner, policy, fresh, request.plan), policy, self.ask.group)
        now = self.now()
        if isinstance(moved, NotTold):
            return self.refuse(click, request, Sentence(text=moved.why, hint="Nothing was approved. Press again."))
        if moved:
            return self._record(click, request, Drifted(at=now, difference=moved))
        approval = Approval(by=click.reply_to.person, at=now, basis=basis.text, seen_at=basis.seen_at)
        return self._record(click, request, Approved(at=now, approval=approval, digest=request.digest))

    def _decided(self, done: Click | Submitted, request: Request) -> Answer | Form | None:
        """Do what somebody who may decide may do without a new look at the whole plan."""
        if not _open_for(done, request):
            return self._too_late(done, request)
        basis = self.basis(done, request)
        if isinstance(basis, MayNot):
            return self.refuse(done, request, Sentence(text=basis.why, parts=basis.parts))
        decision = self._decision(done, request, basis)
        if isinstance(decision, Sentence):
            return self.refuse(done, request, decision)
        return decision if isinstance(decision, Form) else self._record(done, request, *_and_approved(decision))

    def _decision(self, done: Click | Submitted, request: Request, basis: Basis) -> Event | Sentence | Form:
        now, by = self.now(), done.reply_to.person
        match done:
            case Click(button=Button.REJECT):
                return Form(kind=FormKind.REJECT, value=request.token, request=request)
            case Click(button=Button.SOME):
                return _form_of_some(request)
            case Click(button=Button.REVIEW):
                return Form(kind=FormKind.REVIEW, value=request.token, request=request)
            case Click(button=Button.LOOK):
                return _looked_at(request, by) or Looking(at=now, by=by, until=now + LOOKS_FOR)
            case Click(button=Button.RESUME):
                if self._is_stopped():
                    return Sentence(text=STOPPED, hint="Resume it when somebody has acknowledged that: /img verify.")
                if busy := self._busy(request):
                    return busy
                claimed = Claimed(at=now, owner=self.owner, until=now + self.lease, by=by)
                return cannot_go_on(self.store, self.planner, self.recover, request, self.ask.ruling) or claimed
            case Click(button=Button.STOP):
                return Finished(at=now, by=by)
            case Click(button=Button.UNDO | Button.RECLAIM as button):
                return self._window_ended(button, by, basis)
            case Submitted(form=FormKind.REJECT, text=text):
                no_reason = Sentence(text="A rejection needs a reason. Nothing was done.", hint="Press Reject again.")
                return Rejected(at=now, by=by, basis=basis.text, why=text.strip()) if text.strip() else no_reason
            case Submitted(form=FormKind.REVIEW, text=text):
                return Reviewed(at=now, by=by, basis=basis.text, note=text.strip())
            case Submitted(form=FormKind.SOME):
                return self.narrow.narrowed(request, done, basis)
        raise AssertionError(f"{done} decides nothing")

    def _window_ended(self, button: Button, by: Person, basis: Basis) -> Event | Sentence:
        """Begin an undo or a reclaim, where anything may be done at this moment."""
        now = self.now()
        if self.ask.policy().observes:
            return Sentence(text=OBSERVES, hint="It is kept until that is over.")
        if button is Button.UNDO:
            return UndoBegun(at=now, owner=self.owner, by=by, basis=basis.text)
        if self._is_stopped():
            return Sentence(text=STOPPED, hint="It is kept until somebody has acknowledged that: /img verify.")
        return ReclaimBegun(at=now, owner=self.owner, by=by, basis=basis.text)

    def _busy(self, request: Request) -> Sentence | None:
        """Return which other request is being carried out on the host: there is one at a time."""
        host = request.plan.host
        with self.store.reading() as reading:
            other = reading.removing_on(host)
        if other is None or other == request.id:
            return None
        return Sentence(text=f"Request {other} is being carried out on {host}.", hint="Press Resume when it has ended.")

    def _is_stopped(self) -> bool:
        with self.store.reading() as reading:
            return reading.unacknowledged() is not None

    def withdraw(self, typed: Typed, request_id: RequestId) -> Answer:
        """Withdraw a request by its number."""
        with self.store.reading() as reading:
            request = reading.request(request_id)
        if request is None:
            return self.refuse(typed, None, Sentence(text=f"There is no request {request_id}.", hint=MINE))
        return self._withdraw(typed, request)

    def _withdraw(self, asked: Typed | Click, request: Request) -> Answer:
        if asked.reply_to.person != request.requester:
            text = "Only the person who asked can withdraw a request."
            return self.refuse(asked, request, Sentence(text=text, hint="Who may decide can press Reject instead."))
        refused = self._record(asked, request, Withdrawn(at=self.now(), by=asked.reply_to.person))
        done = DONE[action_of(request.plan)]
        return refused or Sentence(text=f"Request {request.id} is withdrawn. Nothing was {done}.")

    def _ask_again(self, click: Click, request: Request) -> Answer | None:
        if request.state not in ENDED:
            return self._too_late(click, request)
        return self.ask.again(click, request)

    def basis(self, done: Click | Submitted, request: Request) -> Basis | MayNot:
        """Return what gives somebody the right to what they do with a request, or why they may not."""
        person = done.reply_to.person
        if person == request.requester and isinstance(done, Click) and done.button is Button.UNDO:
            return Basis(text="requester")  # putting names back harms nobody
        if person == request.requester and not request.needs.count:
            return Basis(text="requester")  # nobody had to approve it, so whoever asked says whether it goes on
        if person == request.requester:
            return MayNot(why="You asked for this, so someone else has to decide.")
        if any(approval.by == person for approval in request.approvals) and _approves(done):
            return MayNot(why="You approved this already. Somebody else has to as well.")
        memberships = Memberships(seen=self.groups.seen, at=self.now(), cool_off=self.ask.policy().cool_off)
        return may_decide(request.deciders, self.directory.member(person), memberships)

    def _record(self, done: Received, request: Request, event: Event, *more: Event) -> Answer | None:
        """Write what happened to the request as it stands now, which another click may have changed meanwhile."""
        with self.store.transaction() as tx:
            now = tx.request(request.id)
            counts = now is not None and (now.state is request.state or not isinstance(event, Drifted))
            illegal = Illegal(why="It is carried out, which moves it.")
            changed = tx.record_all(now, (event, *more)) if now and counts else illegal
            if not isinstance(changed, Illegal):
                tx.delivery_done(done.key, event.at)
                return None
        return self._too_late(done, now or request)

    def _too_late(self, done: Received, request: Request) -> Answer:
        return self.refuse(done, request, TooLate(request=request, typed=isinstance(done, Typed)))

    def refuse(self, done: Received, request: Request | None, answer: Sentence | TooLate) -> Answer:
        """Put on record that somebody's click or command did nothing, and return the answer."""
        told = answer.text if isinstance(answer, Sentence) else f"The request was {answer.request.state}."
        now = self.now()
        with self.store.transaction() as tx:
            tx.note(
                Refusal(
                    at=now,
                    by=done.reply_to.person,
                    action=named(done),
                    answer=told,
                    request_id=request.id if request else None,
                )
            )
            tx.delivery_done(done.key, now)
        return answer


def _open_for(done: Click | Submitted, request: Request) -> bool:
    """Whether a request stands as it must for what is pressed or submitted."""
    match done:
        case Click(button=Button.RESUME | Button.STOP):
            return request.state is State.INTERRUPTED
        case Click(button=Button.UNDO | Button.RECLAIM):
            return request.undo is not None and request.undo.window is Window.OPEN
        case Click(button=Button.REVIEW) | Submitted(form=FormKind.REVIEW):
            return request.awaits_review
    return request.state is State.PENDING


def _and_approved(event: Event) -> tuple[Event, ...]:
    """Return an event, and that whoever left steps out approves the rest where it needs nobody's approval.

    No rule names anybody then who could still approve it, so it would wait for nobody until it runs out.
    """
    if not isinstance(event, Narrowed) or event.needs.count:
        return (event,)
    approval = Approval(by=event.by, at=event.at, basis=event.basis)
    return (event, Approved(at=event.at, approval=approval, digest=event.digest))


def _form_of_some(request: Request) -> Form | Sentence:
    if len(removable(request)) > 1:
        return Form(kind=FormKind.SOME, value=request.token, request=request)
    return Sentence(text="Only one step of this plan removes something.", hint="Approve it or reject it.")


def _looked_at(request: Request, by: Person) -> Sentence | None:
    """Return who else is looking already."""
    if request.look is None or request.look.by == by:
        return None
    return Sentence(text=LOOKED_AT)


def _approves(done: Click | Submitted) -> bool:
    return isinstance(done, Click) and done.button is Button.APPROVE
