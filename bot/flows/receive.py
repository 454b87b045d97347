"""Receiving: a delivery that was committed and acknowledged is taken, done and answered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import assert_never

from structlog.contextvars import bound_contextvars

from bot.approval.fleet import Fleet
from bot.approval.notes import Refusal
from bot.approval.request import RequestId
from bot.command.grammar import (
    Choose,
    Command,
    Help,
    History,
    Hosts,
    List,
    Mine,
    NotUnderstood,
    Pending,
    Remove,
    Restore,
    Show,
    Stats,
    Verify,
    Why,
    Withdraw,
    parse,
)
from bot.db.store import LATE, Delivery, Store, Transaction
from bot.flows.about import host_of
from bot.flows.answers import (
    STOPPED,
    Answer,
    AnyForm,
    AskedFor,
    DetailsForm,
    FleetAskedFor,
    FleetPlanned,
    Form,
    FormKind,
    JoinedTo,
    Listed,
    NewForm,
    Planned,
    Sentence,
)
from bot.flows.ask import Ask
from bot.flows.beat import LEASE
from bot.flows.decide import Decide
from bot.flows.fleet_decide import DecideFleet
from bot.flows.give import Give, Stay
from bot.flows.groups import Groups
from bot.flows.homes import Homes
from bot.flows.lanes import Lanes
from bot.flows.late import Kept, Say
from bot.flows.look import Look
from bot.flows.pages import Page, page_of
from bot.flows.ports import (
    Button,
    Click,
    Clock,
    Conversation,
    Delivered,
    Directory,
    GroupChanged,
    HomeOpened,
    Late,
    Received,
    Submitted,
    Typed,
)
from bot.flows.proving import Prove
from bot.flows.uploads import Format
from bot.flows.views import Views

SOON = timedelta(seconds=2)
"""The pause before a delivery that could not be done is taken again."""

REMEMBERED = timedelta(days=2)
"""How long a delivery that was done is known, so that a repetition of it is not done anew; Slack's take minutes."""

LONG = 50_000
"""Events that take some seconds to verify: whoever waits for that is told so before."""

ATTEMPTS = 3
"""How often a delivery is taken before it is answered with an apology."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receive:
    """Takes deliveries, one at a time, and answers them. *read* makes sense of what the edge committed.

    What is taken is *owner*'s until the *lease* is over, unless it says meanwhile that it is alive (``beat.py``).
    """

    store: Store
    conversation: Conversation
    directory: Directory
    read: Callable[[Delivery], Delivered | None]
    ask: Ask
    decide: Decide
    fleets: DecideFleet
    look: Look
    homes: Homes
    views: Views
    say: Say
    give: Give
    prove: Prove
    groups: Groups
    now: Clock
    owner: str
    lease: timedelta = LEASE
    lanes: Lanes = field(default_factory=Lanes)

    def next(self) -> bool:
        """Take and do the oldest delivery. Returns whether there was one."""
        delivery = self._taken()
        if delivery is None:
            return False
        try:
            self._done_or_waits(delivery)
        except Exception:
            self.store.patiently(lambda tx: tx.delivery_again(delivery.key, self.now() + SOON))
            raise  # whoever runs this logs it
        return True

    def _taken(self) -> Delivery | None:
        now, alone, besides = self.now(), self.store.alone, self.lanes.full
        with self.store.reading() as reading:  # most of the time there is none, and a reader holds up nobody
            if not reading.delivery_is_waiting(now, self.owner, alone=alone, besides=besides):
                return None
        with self.store.transaction() as tx:
            return tx.take_delivery(now, now + self.lease, self.owner, alone=alone, besides=besides)

    def _done_or_waits(self, delivery: Delivery) -> None:
        """Do a delivery; where enough is being done about its host, leave it for when that is less."""
        may_be_read = self.say.is_in_time(delivery) if delivery.kind == LATE else delivery.attempts <= ATTEMPTS + 1
        received = self.read(delivery) if may_be_read else None
        host = self._host(received)
        with bound_contextvars(delivery=delivery.key), self.lanes.entered(host) as may:
            if may or host is None:
                self._do(delivery, received)
            else:
                self.store.patiently(lambda tx: tx.delivery_waits(delivery.key, host))

    def _host(self, received: Delivered | None) -> str | None:
        if received is None or isinstance(received, GroupChanged | HomeOpened | Late):
            return None
        with self.store.reading() as reading:
            return host_of(received, reading, next(iter(self.ask.planner.daemons), None))

    def forget(self) -> None:
        """Forget what was done long ago."""
        with self.store.transaction() as tx:
            tx.forget_deliveries(self.now() - REMEMBERED)

    def _do(self, delivery: Delivery, received: Delivered | None) -> None:
        kept: tuple[Kept, ...] = ()
        match received:
            case GroupChanged():
                self.groups.changed(received.group_id)
            case HomeOpened():
                self.homes.opened()  # whoever draws them, here or elsewhere, looks who it was
            case Late():
                if (due := self.say.again(received, delivery)) is not None:
                    self.store.patiently(lambda tx: tx.delivery_again(delivery.key, due))
                    return
            case None:
                pass
            case _:
                kept = self._answered(received, delivery)
        self.store.patiently(lambda tx: _done(tx, delivery.key, self.now(), kept))

    def _answered(self, received: Received, delivery: Delivery) -> tuple[Kept, ...]:
        """Do and answer what somebody did; return the answers that Slack did not take."""
        answer = self._answer(received, delivery)
        if isinstance(answer, Form | NewForm | DetailsForm):
            answer = self._opened(received, answer)
        said = () if answer is None else self.say.answer(received.key, received.reply_to, answer)
        return said + self._say_what_is_stopped(received, answer)

    def _say_what_is_stopped(self, received: Received, answer: Answer | None) -> tuple[Kept, ...]:
        """Say beside the answer that nothing is removed at present, where somebody might wait for that."""
        waits = isinstance(answer, AskedFor | FleetAskedFor | JoinedTo | Planned | FleetPlanned | Listed)
        approved = isinstance(received, Click) and received.button is Button.APPROVE and answer is None
        if not waits and not approved:
            return ()
        with self.store.reading() as reading:
            stopped = reading.unacknowledged()
        if stopped is None:
            return ()
        told = Sentence(text=STOPPED, hint="/img verify says what was found.")
        return self.say.answer(f"stopped:{received.key}", replace(received.reply_to, replaces=False), told)

    def _opened(self, received: Received, form: AnyForm) -> Answer | None:
        """Open a form, or show it in the place of the one that was pressed in; or say that it could not be."""
        if isinstance(received, Click) and received.form is not None:
            shown = self.conversation.update(received.view, form, received.reply_to)
        else:
            trigger = "" if isinstance(received, Submitted) else received.trigger
            shown = self.conversation.open(trigger, form, received.reply_to)
        if shown:
            return None
        again = "Type it again" if isinstance(received, Typed) else "Press the button again"
        return Sentence(text="Slack did not take my form in time.", hint=f"Nothing was done. {again}.")

    def _answer(self, received: Received, delivery: Delivery) -> Answer | AnyForm | None:
        if delivery.attempts > ATTEMPTS:
            return Sentence(
                text="I could not do this, several times over, so I let it be. What was done so far is on record.",
                hint="The operator finds the reason in my log. /img history shows what was removed.",
            )
        member = self.directory.member(received.reply_to.person)
        if member.not_a_member:
            return self.decide.turned_away(received, member.not_a_member)
        match received:
            case Typed():
                return self._typed(received)
            case Click(button=Button.OLDER | Button.NEWER):
                return self._page(received)
            case Click(button=Button.CSV):
                return self.give.export(received, Format.CSV, self._stay())
            case Click(button=Button.JSON_LINES):
                return self.give.export(received, Format.JSON_LINES, self._stay())
            case Click(button=Button.EVIDENCE):
                return self.give.evidence(received, self._stay())
            case Click(button=Button.ASK):
                return self.ask.pressed(received)
            case Click(button=Button.RESTORE):
                return self.ask.put_back(received)
            case Click(button=Button.REASON):
                return self.ask.form(received, FormKind.REASON)
            case Click(button=Button.BREAK_GLASS):
                return self.ask.form(received, FormKind.BREAK_GLASS)
            case Click(button=Button.ACKNOWLEDGE):
                return self.prove.acknowledge(received)
            case Click(button=Button.NEW | Button.HOST | Button.DETAILS | Button.PAGE | Button.PAGE_BACK):
                return self.views.pressed(received)
            case Click() | Submitted() if (fleet := self.fleets.of(received.value)) is not None:
                return self._of_fleet(received, fleet)
            case Click():
                return self.decide.pressed(received)
            case Submitted(form=FormKind.REASON):
                return self.ask.with_reason(received)
            case Submitted(form=FormKind.BREAK_GLASS):
                return self.ask.broken(received)
            case Submitted(form=FormKind.NEW, value=value):
                return self._typed(Typed(key=received.key, text=value, reply_to=received.reply_to))
            case Submitted():
                return self.decide.submitted(received)
            case _:
                assert_never(received)

    def _of_fleet(self, done: Click | Submitted, fleet: Fleet) -> Answer | Form | None:
        return self.fleets.pressed(done, fleet) if isinstance(done, Click) else self.fleets.submitted(done, fleet)

    def _stay(self) -> Stay:
        """Return what keeps a delivery with us for longer, while something long is done for it."""
        kept = self.now()

        def stay() -> None:
            nonlocal kept
            now = self.now()
            if now - kept >= self.lease / 4:
                kept = now
                with self.store.transaction() as tx:
                    tx.extend_claims(self.owner, now + self.lease)

        return stay

    def _typed(self, typed: Typed) -> Answer | AnyForm:
        command = parse(typed.text)
        if isinstance(command, NotUnderstood):
            self._note_refusal(typed, command.message)
            return Sentence(text=command.message, hint=command.hint)
        return self._command(typed, command)

    def _command(self, typed: Typed, command: Command) -> Answer | AnyForm:
        match command:
            case Remove():
                return self.ask.remove(typed, command)
            case List():
                return self.look.images(command)
            case History(words=words):
                return self.look.history(typed.reply_to.person, Page(words=words))
            case Show(request=request):
                return self.look.request(typed.reply_to.person, request)
            case Withdraw(request=request):
                return self._withdrawn(typed, RequestId(request))
            case Help(topic=topic):
                return self.look.help(topic)
            case Why():
                return self.look.why(typed.reply_to.person, command)
            case Verify():
                self._say_what_is_read(typed)
                return self.prove.asked(typed)
            case Stats():
                return self.look.stats(typed.reply_to.person, command)
            case Restore():
                return self.ask.restore(typed, command)
            case Choose():
                return self.views.choosing.form(command)
            case Mine():
                return self.homes.overview.mine(typed.reply_to.person)
            case Pending():
                return self.homes.overview.pending(typed.reply_to.person)
            case Hosts():
                return self.homes.overview.hosts()
            case _:
                assert_never(command)

    def _say_what_is_read(self, typed: Typed) -> None:
        """Say that the answer takes a while, where it does. Late it would be no use, so it is not kept."""
        if (events := self.prove.to_read()) >= LONG:
            told = Sentence(text=f"I am reading {events:,} events of the record.", hint="I answer when that is done.")
            self.say.answer(f"reading:{typed.key}", typed.reply_to, told)

    def _withdrawn(self, typed: Typed, number: RequestId) -> Answer:
        with self.store.reading() as reading:
            fleet = reading.fleet(number)
        return self.decide.withdraw(typed, number) if fleet is None else self.fleets.withdraw(typed, fleet)

    def _page(self, click: Click) -> Answer:
        page = page_of(click.value)
        if page is None:
            return Sentence(text="I don't know which page this button means.", hint="Ask again: /img history.")
        return self.look.history(click.reply_to.person, page)

    def _note_refusal(self, typed: Typed, answer: str) -> None:
        now = self.now()
        with self.store.transaction() as tx:
            tx.note(Refusal(at=now, by=typed.reply_to.person, action=f"/img {typed.text[:200]}", answer=answer))


def _done(tx: Transaction, key: str, at: datetime, kept: Sequence[Kept]) -> None:
    """Write that a delivery is done, but for the answers that are late."""
    tx.delivery_done(key, at)
    tx.receive_all([each.arrived for each in kept])
    for each in kept:
        tx.delivery_again(each.arrived.key, each.due)
