"""Deciding: a pressed button becomes an approval, a rejection, a withdrawal, or a sentence that says why not."""

from dataclasses import dataclass
from datetime import timedelta

from bot.approval.events import Approved, Claimed, Drifted, Event, Finished, Refusal, Rejected, Withdrawn
from bot.approval.lifecycle import ENDED, Illegal
from bot.approval.policy import Basis, MayNot, may_decide
from bot.approval.request import Approval, Progress, Request, RequestId, State, Token
from bot.db.store import Store
from bot.flows.answers import Answer, Sentence, TooLate
from bot.flows.ask import Ask
from bot.flows.planning import NotPlanned, Planner
from bot.flows.ports import Button, Click, Clock, Directory, Purpose, Typed
from bot.flows.recover import Recover
from bot.flows.standing import NotTold, moved_on
from bot.images.drift import difference

ON_THE_REQUEST = frozenset({Button.APPROVE, Button.REJECT, Button.RESUME, Button.STOP})
"""The buttons that count only on the one message that shows the request to those who decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """Answers the buttons of a request. ``owner`` names this process, ``lease`` how long a claim is good for."""

    store: Store
    planner: Planner
    directory: Directory
    ask: Ask
    recover: Recover
    now: Clock
    owner: str
    lease: timedelta

    def pressed(self, click: Click) -> Answer | None:
        """Do what the button says, or answer why not. None where the message itself is the answer."""
        with self.store.reading() as reading:
            request = reading.request_by_token(Token(click.value))
        if request is None:
            return self._refuse(
                click, None, Sentence(text="I don't know the request of this button, so it did nothing.")
            )
        if click.button in ON_THE_REQUEST and not self._is_its_message(click, request):
            return self._refuse(
                click, request, Sentence(text="This button belongs to another message, so it did nothing.")
            )
        match click.button:
            case Button.APPROVE:
                return self._approve(click, request)
            case Button.REJECT:
                return self._decided(click, request, State.PENDING)
            case Button.RESUME | Button.STOP:
                return self._decided(click, request, State.INTERRUPTED)
            case Button.WITHDRAW:
                return self._withdraw(click, request)
            case Button.ASK_AGAIN:
                return self._ask_again(click, request)
            case Button.ASK | Button.OLDER:
                raise AssertionError(f"{click.button} is not a button of a request")

    def _is_its_message(self, click: Click, request: Request) -> bool:
        """Whether the click is on the request's own message.

        Where Slack's answer to posting that was lost, the click tells which it is: nobody can guess a token.
        """
        with self.store.reading() as reading:
            message = reading.message(request.id, Purpose.APPROVALS)
        if message is None:
            return False
        if message.ts is not None:
            return (message.channel, message.ts) == (click.channel, click.ts)
        with self.store.transaction() as tx:
            tx.message_found(request.id, Purpose.APPROVALS, channel=click.channel, ts=click.ts)
        return True

    def _approve(self, click: Click, request: Request) -> Answer | None:
        if request.state is not State.PENDING:
            return self._too_late(click, request)
        basis = self._basis(click, request)
        if isinstance(basis, MayNot):
            return self._refuse(click, request, Sentence(text=basis.why))
        fresh = self.planner.again(request.plan)
        if isinstance(fresh, NotPlanned):
            return self._refuse(
                click, request, Sentence(text=fresh.why, hint="Nothing was approved. Press again when it answers.")
            )
        now = self.now()
        moved = moved_on(request, fresh, self.ask.policy(), self.ask.group)
        if isinstance(moved, NotTold):
            return self._refuse(click, request, Sentence(text=moved.why, hint="Nothing was approved. Press again."))
        if moved:
            return self._record(click, request, Drifted(at=now, difference=moved))
        approval = Approval(by=click.reply_to.person, at=now, basis=basis.text, seen_at=basis.seen_at)
        return self._record(click, request, Approved(at=now, approval=approval, digest=request.digest))

    def _decided(self, click: Click, request: Request, needed: State) -> Answer | None:
        """Do what an approver may do without a new plan, on a request that is *needed*."""
        if request.state is not needed:
            return self._too_late(click, request)
        basis = self._basis(click, request)
        if isinstance(basis, MayNot):
            return self._refuse(click, request, Sentence(text=basis.why))
        if click.button is Button.RESUME and (why := self._cannot_go_on(request)):
            return self._refuse(click, request, why)
        return self._record(click, request, self._decision(click, basis))

    def _decision(self, click: Click, basis: Basis) -> Event:
        now, by = self.now(), click.reply_to.person
        match click.button:
            case Button.REJECT:
                return Rejected(at=now, by=by, basis=basis.text)
            case Button.RESUME:
                return Claimed(at=now, owner=self.owner, until=now + self.lease, by=by)
            case Button.STOP:
                return Finished(at=now, by=by)
            case _:
                raise AssertionError(f"{click.button} decides nothing")

    def _cannot_go_on(self, request: Request) -> Sentence | None:
        """Return why what is left of an interrupted request cannot be carried out as it was approved."""
        if any(step.progress is Progress.UNCLEAR for step in request.steps):
            self.recover.clear_up(request.id)
            with self.store.reading() as reading:
                request = reading.request(request.id) or request
            if any(step.progress is Progress.UNCLEAR for step in request.steps):
                return Sentence(
                    text="It is still unclear what came of a step.", hint="Look at the host, then press Stop."
                )
        left = tuple(n for n, step in enumerate(request.steps) if step.progress is Progress.WAITING)
        if not left:
            return Sentence(text="Nothing of it is left to do.", hint="Press Stop to close it.")
        fresh = self.planner.rest(request.plan, left)
        if isinstance(fresh, NotPlanned):
            return Sentence(text=fresh.why, hint=fresh.hint)
        drift = difference(tuple(request.plan.steps[n] for n in left), fresh.steps)
        if drift.material:
            return Sentence(
                text="The rest is no longer what was approved:\n" + "\n".join(drift.lines),
                hint="Press Stop and ask anew.",
            )
        return None

    def withdraw(self, typed: Typed, request_id: RequestId) -> Answer:
        """Withdraw a request by its number."""
        with self.store.reading() as reading:
            request = reading.request(request_id)
        if request is None:
            return self._refuse(typed, None, Sentence(text=f"There is no request {request_id}."))
        return self._withdraw(typed, request)

    def _withdraw(self, asked: Typed | Click, request: Request) -> Answer:
        if asked.reply_to.person != request.requester:
            return self._refuse(asked, request, Sentence(text="Only the person who asked can withdraw a request."))
        refused = self._record(asked, request, Withdrawn(at=self.now(), by=asked.reply_to.person))
        return refused or Sentence(text=f"Request {request.id} is withdrawn. Nothing was removed.")

    def _ask_again(self, click: Click, request: Request) -> Answer | None:
        if request.state not in ENDED:
            return self._too_late(click, request)
        return self.ask.again(click, request)

    def _basis(self, click: Click, request: Request) -> Basis | MayNot:
        person = click.reply_to.person
        if person == request.requester and not request.needs.count:
            return Basis(text="requester")  # nobody had to approve it, so whoever asked says whether it goes on
        if person == request.requester:
            return MayNot(why="You asked for this, so someone else has to decide.")
        return may_decide(request.needs, self.directory.member(person), self.directory.group)

    def _record(self, click: Typed | Click, request: Request, event: Event) -> Answer | None:
        """Write *event* to the request as it stands now, which another click may have changed since it was read."""
        with self.store.transaction() as tx:
            now = tx.request(request.id)
            changed = tx.record(now, event) if now else Illegal(why="The request is gone.")
            if not isinstance(changed, Illegal):
                tx.delivery_done(click.key, event.at)
                return None
        return self._too_late(click, now or request)

    def _too_late(self, click: Typed | Click, request: Request) -> Answer:
        return self._refuse(click, request, TooLate(request=request))

    def _refuse(self, click: Typed | Click, request: Request | None, answer: Sentence | TooLate) -> Answer:
        told = answer.text if isinstance(answer, Sentence) else f"The request was {answer.request.state}."
        now = self.now()
        with self.store.transaction() as tx:
            tx.note(
                Refusal(
                    at=now,
                    by=click.reply_to.person,
                    action=click.button if isinstance(click, Click) else f"/img {click.text[:200]}",
                    answer=told,
                    request_id=request.id if request else None,
                )
            )
            tx.delivery_done(click.key, now)
        return answer
