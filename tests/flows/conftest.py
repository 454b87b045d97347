"""The bot's flows put together as in production, over the fakes."""

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.app import Flows, flows
from bot.approval.policy import Policy, Rule
from bot.approval.request import Person, Request, RequestId
from bot.db.store import Store
from bot.flows.answers import Answer, Form
from bot.flows.ports import Button, Purpose
from bot.flows.run import Pace
from bot.images.inventory import Store as ImageStore
from bot.slack.payloads import CLICK, COMMAND, FORM
from tests.approval.examples import DANA
from tests.flows.fakes import Clock, FakeConversation, FakeDaemon, FakeDirectory

ONE_BY_ONE = Pace(threads=1, begun=1)
RULES = Policy(rules=(Rule(name="prod", approvers=("S0OPSLEADS",), expires=timedelta(hours=4)),))


@dataclass(kw_only=True)
class Desk:
    """Everything that the flows work with, and what people do to them."""

    store: Store
    owner: str = "bot:1"
    policy: Policy = RULES
    clock: Clock = field(default_factory=Clock)
    daemon: FakeDaemon = field(default_factory=FakeDaemon)
    conversation: FakeConversation = field(default_factory=FakeConversation)
    directory: FakeDirectory = field(default_factory=FakeDirectory)
    keys: Iterator[int] = field(default_factory=itertools.count)
    pace: Pace = ONE_BY_ONE
    others: tuple[FakeDaemon, ...] = ()
    patience: Mapping[str, timedelta] = field(default_factory=dict)

    def flows(self) -> Flows:
        """Put the flows together."""
        hosts = {daemon.host: daemon for daemon in (self.daemon, *self.others)}
        return flows(
            store=self.store,
            hosts=hosts,
            policy=lambda: self.policy,
            conversation=self.conversation,
            directory=self.directory,
            owner=self.owner,
            now=self.clock,
            message_pause=timedelta(0),
            groups=lambda: {"prod": tuple(hosts)},
            patience=self.patience,
        )

    def type(self, text: str, by: Person = DANA, *, key: str = "") -> Answer | None:
        """Deliver a command, let it be answered, and return the answer."""
        body = {"team": by.team_id, "user": by.user_id, "channel": "C0DEV", "text": text, "url": ""}
        return self._deliver(key or f"command:{next(self.keys)}", COMMAND, body)

    def press(self, button: Button, request: Request, by: Person, *, ts: str = "", value: str = "") -> Answer | None:
        """Deliver a click on a button of the request's message, and return the private answer."""
        body = {
            "team": by.team_id,
            "user": by.user_id,
            "channel": "C0APPROVALS",
            "ts": ts or f"{request.id}.0",
            "button": button.value,
            "value": value or request.token,
            "url": "",
            "trigger": "trigger",
        }
        return self._deliver(f"click:{next(self.keys)}", CLICK, body)

    def submit(self, form: Form, by: Person, text: str = "", *chosen: str, key: str = "") -> Answer | None:
        """Deliver a form as somebody filled it in, and return the private answer."""
        body = {
            "team": by.team_id,
            "user": by.user_id,
            "channel": "C0APPROVALS",
            "form": form.kind.value,
            "value": form.value,
            "text": text,
            "chosen": list(chosen),
        }
        return self._deliver(key or f"form:{next(self.keys)}", FORM, body)

    def form(self, button: Button, request: Request, by: Person) -> Form:
        """Press a button that opens a form, and return the form."""
        before = len(self.conversation.forms)
        assert self.press(button, request, by) is None
        ((whose, form),) = self.conversation.forms[before:]
        assert whose == by
        assert isinstance(form, Form)
        return form

    def reject(self, request: Request, by: Person, why: str = "not today") -> Answer | None:
        """Reject a request, with a reason."""
        return self.submit(self.form(Button.REJECT, request, by), by, why)

    def deliver(self, kind: str, body: Mapping[str, object]) -> Answer | None:
        """Deliver something of another kind, and return the private answer."""
        return self._deliver(f"{kind}:{next(self.keys)}", kind, body)

    def _deliver(self, key: str, kind: str, body: Mapping[str, object]) -> Answer | None:
        before = len(self.conversation.answers)
        with self.store.transaction() as tx:
            tx.receive(key, kind, json.dumps(body), self.clock())
        made = self.flows()
        while made.receive.next():
            pass
        self.publish()
        answers = self.conversation.answers[before:]
        return answers[-1][1] if answers else None

    def publish(self) -> None:
        """Let Slack be caught up."""
        self.flows().publish.behind()

    def goes_on(self, by: timedelta) -> None:
        """Let time pass, and what is due happen."""
        self.clock.goes_on(by)
        self.flows().remind.due()
        self.publish()

    def see_to_undos(self) -> None:
        """Let what is kept be put back, or go, where it is time to."""
        for undoing in self.flows().undoing:
            undoing.due()
        self.publish()

    def remove(self) -> None:
        """Let what is approved be carried out."""
        for each in self.flows().removes:
            remove = replace(each, paces=dict.fromkeys(ImageStore, self.pace))
            while remove.next():
                pass
        self.publish()

    def request(self, number: int = 1) -> Request:
        """Return a request as it is stored."""
        with self.store.reading() as reading:
            request = reading.request(RequestId(number))
        assert request is not None
        return request

    def kinds(self, number: int = 1) -> list[str]:
        """Return what happened to a request, in words."""
        with self.store.reading() as reading:
            return [event.kind for event in reading.timeline(RequestId(number))]

    def asked(self, text: str = "rm redis:alpine") -> Request:
        """Let Dana ask, and return the pending request."""
        self.type(text)
        return self.request()

    def shown_at(self, request: Request) -> tuple[str | None, str | None]:
        """Return where the request's message is."""
        with self.store.reading() as reading:
            message = reading.message(request.id, Purpose.APPROVALS)
        assert message is not None
        return message.channel, message.ts


@pytest.fixture
def desk(engine: sa.Engine) -> Iterator[Desk]:
    """Give a desk on each kind of database."""
    store = Store(engine)
    yield Desk(store=store)
    store.close()
