"""Buttons that nobody was given: forged, replayed, stale and foreign ones do nothing, are answered, and are on record.

The clicks are payloads made by hand and dispatched through Bolt; who people are and what they are told goes through a
workspace. Only the daemon is a fake, which keeps what it is sent.
"""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from slack_bolt import App, BoltRequest
from slack_sdk import WebClient

from bot.app import Flows, flows
from bot.approval.policy import Policy, Rule
from bot.approval.request import Request, RequestId, State
from bot.audit.chain import Verified, verify
from bot.db.store import Store
from bot.flows.answers import FormKind
from bot.flows.decide import ON_THE_REQUEST
from bot.flows.ports import Purpose
from bot.playground.demo import RunningWorkspace
from bot.slack.conversation import Conversation
from bot.slack.directory import NOT_OURS, Directory
from bot.slack.listeners import listen
from bot.slack.payloads import Received
from tests.databases import Databases, opened
from tests.endtoend.team import APPROVALS, DANA, DEV, OLGA, OMAR, People
from tests.flows.fakes import Clock, FakeDaemon

TEAM, ELSEWHERE = "T0DEMO", "T0ELSEWHERE"
BUTTONS = tuple(sorted(button.value for button in ON_THE_REQUEST))
RULES = Policy(rules=(Rule(name="prod", approvers=("S0OPSLEADS",), expires=timedelta(hours=4)),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """A click as it is forged: who, which button, what it carries, and on which message."""

    value: str
    ts: str
    user: str = OLGA
    team: str = TEAM
    button: str = "img_approve"
    channel: str = APPROVALS
    trigger: str = ""


@dataclass(kw_only=True)
class Desk:
    """The bot between Bolt and a fake daemon, at work only when it is told to be."""

    app: App
    made: Flows
    store: Store
    people: People
    daemon: FakeDaemon
    clock: Clock
    triggers: Iterator[int] = field(default_factory=itertools.count)

    def deliver(self, payload: dict[str, Any]) -> None:
        """Dispatch a payload, which must be acknowledged, and let the bot do what there is to do."""
        assert self.app.dispatch(BoltRequest(mode="socket_mode", body=payload)).status == 200
        while self.made.receive.next():
            pass
        self.made.publish.behind()

    def ask(self, text: str = "rm redis:alpine") -> Request:
        """Have Dana ask; return the request, whose message is posted."""
        command = {"command": "/img", "team_id": TEAM, "user_id": DANA, "channel_id": DEV, "text": text}
        self.deliver(command | {"trigger_id": f"command-{next(self.triggers)}"})
        with self.store.reading() as reading:
            return reading.requests(*State)[-1]

    def ts(self, request: Request) -> str:
        """Return where the request's message is."""
        with self.store.reading() as reading:
            message = reading.message(request.id, Purpose.APPROVALS)
        assert message is not None
        assert message.ts is not None
        return message.ts

    def click(self, click: Click) -> None:
        """Deliver a click in Slack's shape."""
        trigger = click.trigger or f"click-{next(self.triggers)}"
        self.deliver(
            {
                "type": "block_actions",
                "user": {"id": click.user, "team_id": click.team},
                "team": {"id": TEAM},
                "trigger_id": trigger,
                "channel": {"id": click.channel},
                "container": {"type": "message", "message_ts": click.ts, "channel_id": click.channel},
                "actions": [{"type": "button", "action_id": click.button, "value": click.value, "action_ts": trigger}],
            }
        )

    def submit(self, form: FormKind, value: str) -> None:
        """Have Olga submit a form in Slack's shape, as it was opened with this token."""
        view: dict[str, Any] = {
            "type": "modal",
            "id": f"V{next(self.triggers)}",
            "callback_id": form.value,
            "private_metadata": json.dumps({"value": value, "channel": APPROVALS}),
            "state": {"values": {"text": {"text": {"type": "plain_text_input", "value": "not now"}}}},
        }
        person = {"user": {"id": OLGA, "team_id": TEAM}, "team": {"id": TEAM}}
        self.deliver({"type": "view_submission", "view": view} | person)

    def carry_out(self) -> None:
        """Let the bot remove what is approved."""
        (remove,) = self.made.removes
        while remove.next():
            pass
        self.made.publish.behind()

    def request(self, request: Request) -> Request:
        """Return a request as it is now."""
        with self.store.reading() as reading:
            now = reading.request(RequestId(request.id))
        assert now is not None
        return now

    def refusals(self) -> list[str]:
        """Return the text of what is on record of clicks that did nothing, oldest first. The chain must verify."""
        with self.store.reading() as reading:
            assert isinstance(verify(reading.chain()), Verified)
            return [event.fields.body for event in reading.chain() if event.fields.kind == "refusal"]

    def does_nothing(self, click: Click, answer: str, *requests: Request, form: FormKind | None = None) -> None:
        """Click, and see that nothing comes of it but a private answer and a line in the record.

        The same of a *form* that Olga submits with what the click would carry.
        """
        before, answers = len(self.refusals()), len(self._private(click))
        standing = [self.request(request) for request in requests]
        sent = len(self.daemon.sent)
        self.submit(form, click.value) if form else self.click(click)
        self.carry_out()
        assert len(self.daemon.sent) == sent
        assert [self.request(request) for request in requests] == standing
        (told,) = self._private(click)[answers:]
        assert answer in str(told)
        (refusal,) = self.refusals()[before:]
        assert click.user in refusal

    def _private(self, click: Click) -> list[dict[str, Any]]:
        return [said for said in self.people.messages(click.user, click.channel) if said.get("only_for") == click.user]


@pytest.fixture
def desk(place: RunningWorkspace, databases: Databases) -> Iterator[Desk]:
    """Give the bot in a workspace."""
    client = WebClient(place.bot_token, base_url=place.api_url, retry_handlers=[])
    daemon, clock = FakeDaemon(), Clock()
    with databases("sqlite") as url, opened(url) as engine:
        store = Store(engine)

        def keep(received: Received) -> None:
            with store.transaction() as tx:
                tx.receive(received.key, received.kind, received.body, clock())

        app = App(client=client, process_before_response=True, request_verification_enabled=False)
        listen(app, keep, lambda _: [])
        made = flows(
            store=store,
            hosts={daemon.host: daemon},
            policy=lambda: RULES,
            conversation=Conversation(client, APPROVALS),
            directory=Directory(client, TEAM),
            owner="bot:1",
            now=clock,
        )
        yield Desk(app=app, made=made, store=store, people=People(place.url), daemon=daemon, clock=clock)
        store.close()


def _changed(token: str) -> str:
    return token[:-1] + ("A" if token[-1] != "A" else "B")


@pytest.mark.parametrize("button", BUTTONS)
@pytest.mark.parametrize(
    "forge", [lambda _: "", lambda _: "1", lambda _: "' OR '1'='1", _changed, lambda token: token + " ", str.upper]
)
def test_a_forged_token(desk: Desk, button: str, forge: Callable[[str], str]) -> None:
    """Near to a right one or not, it is nobody's."""
    request = desk.ask()
    click = Click(value=forge(request.token), ts=desk.ts(request), button=button)
    desk.does_nothing(click, "I don't know the request of this button", request)


def test_a_delivery_that_comes_again(desk: Desk) -> None:
    """Slack delivers until it is acknowledged, and somebody may replay what it sent: it is done once."""
    request = desk.ask()
    click = Click(value=request.token, ts=desk.ts(request), trigger="the same")
    for _ in range(4):
        desk.click(click)
        desk.carry_out()
    assert desk.request(request).state is State.FINISHED
    assert len(desk.request(request).approvals) == 1
    assert len(desk.daemon.sent) == 1
    assert desk.refusals() == []


@pytest.mark.parametrize("user", [OLGA, OMAR])
def test_a_click_that_comes_again_under_another_key(desk: Desk, user: str) -> None:
    """It was decided: the same person, or another, is told how it stands."""
    request = desk.ask()
    desk.click(Click(value=request.token, ts=desk.ts(request)))
    click = Click(value=request.token, ts=desk.ts(request), user=user)
    desk.carry_out()
    desk.does_nothing(click, "Your click changed nothing", request)


def _withdraw(desk: Desk, request: Request) -> None:
    desk.click(Click(value=request.token, ts=desk.ts(request), user=DANA, button="img_withdraw"))


def _reject(desk: Desk, request: Request) -> None:
    desk.submit(FormKind.REJECT, request.token)


def _expire(desk: Desk, _request: Request) -> None:
    desk.clock.goes_on(timedelta(hours=5))
    desk.made.expire.due()


def _drift(desk: Desk, request: Request) -> None:
    desk.daemon.tag("redis:alpine", "keep:1")
    desk.click(Click(value=request.token, ts=desk.ts(request)))


def _finish(desk: Desk, request: Request) -> None:
    desk.click(Click(value=request.token, ts=desk.ts(request)))
    desk.carry_out()


ENDS = {
    State.WITHDRAWN: _withdraw,
    State.REJECTED: _reject,
    State.EXPIRED: _expire,
    State.DRIFTED: _drift,
    State.FINISHED: _finish,
}


@pytest.mark.parametrize("button", BUTTONS)
@pytest.mark.parametrize("state", ENDS)
def test_a_stale_token(desk: Desk, state: State, button: str) -> None:
    """A button that was on the message before the request ended is answered with how it ended."""
    request = desk.ask()
    ts = desk.ts(request)
    ENDS[state](desk, request)
    assert desk.request(request).state is state
    desk.does_nothing(
        Click(value=request.token, ts=ts, user=OMAR, button=button), "Your click changed nothing", request
    )


FORMS = (FormKind.REJECT, FormKind.SOME, FormKind.REVIEW)


@pytest.mark.parametrize("form", FORMS)
def test_a_forged_form(desk: Desk, form: FormKind) -> None:
    """A form carries the token too: a changed one is no request's."""
    request = desk.ask()
    click = Click(value=_changed(request.token), ts=desk.ts(request))
    desk.does_nothing(click, "no longer what the form was about", request, form=form)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("state", ENDS)
def test_a_stale_form(desk: Desk, state: State, form: FormKind) -> None:
    """It was opened while the request waited, and is submitted when that has ended."""
    request = desk.ask()
    ts = desk.ts(request)
    ENDS[state](desk, request)
    desk.does_nothing(Click(value=request.token, ts=ts), "Your click changed nothing", request, form=form)


def test_a_token_on_another_message(desk: Desk) -> None:
    """A right token, put on a message elsewhere, in another channel, or on a private one."""
    request = desk.ask()
    for elsewhere in (
        Click(value=request.token, ts="1700000000.000100"),
        Click(value=request.token, ts=desk.ts(request), channel=DEV),
        Click(value=request.token, ts=""),
    ):
        desk.does_nothing(elsewhere, "This button belongs to another message", request)


@pytest.mark.parametrize("button", BUTTONS)
def test_another_requests_token_on_this_message(desk: Desk, button: str) -> None:
    """What was looked at and what would be decided are not the same: neither is decided."""
    one, other = desk.ask(), desk.ask("rm node:slim")
    click = Click(value=other.token, ts=desk.ts(one), button=button)
    desk.does_nothing(click, "This button belongs to another message", one, other)


@pytest.mark.parametrize("button", [*BUTTONS, "img_withdraw", "img_ask_again"])
def test_somebody_of_another_workspace(desk: Desk, button: str) -> None:
    """A shared channel shows the button to strangers. Even the user ID of a lead is another person there."""
    request = desk.ask()
    click = Click(value=request.token, ts=desk.ts(request), team=ELSEWHERE, button=button)
    desk.does_nothing(click, NOT_OURS, request)


def test_the_requester_cannot_lend_the_withdraw_button(desk: Desk) -> None:
    """The token is in Dana's private answer; with it somebody else withdraws nothing."""
    request = desk.ask()
    click = Click(value=request.token, ts=desk.ts(request), button="img_withdraw")
    desk.does_nothing(click, "Only the person who asked can withdraw", request)
