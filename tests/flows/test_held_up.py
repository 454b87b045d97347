"""One bad host delays no other: what is about it waits, and everything else is answered."""

import json
import random
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.app import flows
from bot.approval.request import Request, State
from bot.crew import Crew
from bot.db.store import Store
from bot.flows.about import host_of
from bot.flows.answers import Answer, Form, FormKind, Listed
from bot.flows.lanes import AT_ONCE, Lanes, held_up_at_most
from bot.flows.ports import Button, Click, Drawn, Received, ReplyTo, Submitted, Typed, Unreachable, Unsaid
from bot.images.inventory import Inventory
from bot.slack.payloads import CLICK, COMMAND, FORM
from tests.approval.examples import DANA, OLGA, OMAR
from tests.flows.conftest import RULES, Desk
from tests.flows.fakes import Clock, FakeConversation, FakeDaemon, FakeDirectory

SOON = 20.0
EACH_THIRD = 0.3
TO = ReplyTo(person=DANA, channel="C0DEV", url="")
OPENING = (Button.REJECT, Button.SOME, Button.REVIEW, Button.HOSTS, Button.REASON, Button.BREAK_GLASS)


class Hanging(FakeDaemon):
    """A daemon that answers nothing until it is let go, and counts who waits for it."""

    def __init__(self, host: str) -> None:
        super().__init__(host)
        self.go_on = threading.Event()
        self.asked = threading.Semaphore(0)
        self.before = self._wait

    def inventory(self, *, kept: bool = False) -> Inventory | Unreachable:
        """Wait, and answer then."""
        self._wait()
        return super().inventory(kept=kept)

    def _wait(self) -> None:
        self.asked.release()
        assert self.go_on.wait(SOON * 3)


class Telling(FakeConversation):
    """Slack, and somebody who waits for answers."""

    def __init__(self) -> None:
        super().__init__()
        self.said = threading.Semaphore(0)

    def answer(self, to: ReplyTo, answer: Answer | Drawn) -> Unsaid | None:
        """Keep an answer, and tell of it."""
        unsaid = super().answer(to, answer)
        self.said.release()
        return unsaid


@pytest.fixture
def store(engine: sa.Engine) -> Iterator[Store]:
    """Give a store on each kind of database."""
    store = Store(engine)
    yield store
    store.close()


def typed(store: Store, number: int, text: str) -> None:
    """Deliver a command."""
    body = {"team": DANA.team_id, "user": DANA.user_id, "channel": "C0DEV", "text": text, "url": ""}
    with store.transaction() as tx:
        tx.receive(f"command:{number:03}", COMMAND, json.dumps(body), Clock()() + timedelta(milliseconds=number))


def test_commands_for_a_good_host_pass_those_for_a_hanging_one(store: Store) -> None:
    """Of twelve for the hanging host two are under way, ten wait, and what comes after them is answered at once."""
    bad, good, conversation = Hanging("bad"), FakeDaemon("good"), Telling()
    made = flows(
        store=store,
        hosts={"bad": bad, "good": good},
        policy=lambda: RULES,
        conversation=conversation,
        directory=FakeDirectory(),
        owner="bot:1",
        now=Clock(),
    )
    for number in range(12):
        typed(store, number, "ls -H bad")
    for number, text in enumerate(("ls -H good", "help", "history"), 100):
        typed(store, number, text)
    crew = Crew("test", made.receive.next, least=4, most=4, every=0.1)
    crew.start()
    try:
        assert all(conversation.said.acquire(timeout=SOON) for _ in range(3))
        assert len(conversation.answers) == 3
        assert sum(bad.asked.acquire(timeout=0.3) for _ in range(12)) == AT_ONCE
        bad.go_on.set()
        assert all(conversation.said.acquire(timeout=SOON) for _ in range(12))
    finally:
        bad.go_on.set()
        crew.stop()
    assert all(loop.join(SOON) for loop in crew.loops)
    assert [type(answer) for _, answer in conversation.answers[3:]] == [Listed] * 12
    assert made.receive.lanes.full == frozenset()


@pytest.mark.parametrize("button", [Button.REJECT, Button.SOME])
def test_a_form_is_opened_while_all_that_its_host_may_hold_up_is_held_up(desk: Desk, button: Button) -> None:
    """Slack takes a form for three seconds: one that waited for a host that is slow would never come up."""
    request = desk.asked("rm redis:alpine nginx")
    receive = desk.flows().receive
    olga = {"team": OLGA.team_id, "user": OLGA.user_id, "channel": "C0APPROVALS", "ts": f"{request.id}.0"}
    click = olga | {"button": button.value, "value": request.token, "url": "", "trigger": "t"}
    with desk.store.transaction() as tx:
        tx.receive("click:form", CLICK, json.dumps(click), desk.clock())
        tx.receive("click:approve", CLICK, json.dumps(click | {"button": Button.APPROVE.value}), desk.clock())
    with receive.lanes.entered(request.plan.host), receive.lanes.entered(request.plan.host):
        while receive.next():
            pass
    assert [form.kind for _, form in desk.conversation.forms if isinstance(form, Form)] == [FormKind(button.value)]
    assert desk.request().state is State.PENDING  # what asks the daemon waits


def test_a_host_has_so_many_places() -> None:
    """Each place is given back, also where what was done failed; what is about no host needs none."""
    lanes = Lanes(1)
    with lanes.entered("a") as first, lanes.entered("a") as second, lanes.entered("b") as other, lanes.entered(None):
        assert (first, second, other, lanes.full) == (True, False, True, frozenset({"a", "b"}))
    assert lanes.full == frozenset()
    with pytest.raises(ZeroDivisionError), lanes.entered("a"):
        raise ZeroDivisionError
    assert lanes.full == frozenset()


def test_there_are_threads_for_more_than_can_be_held_up() -> None:
    """Where every place is taken, of each host, each group, all and some by name, two are left for everything else."""
    lanes, words = Lanes(), ["web-1", "web-2", "@prod", "all", ","]
    held = 0
    with ExitStack() as stack:
        for word in words * 3:
            held += stack.enter_context(lanes.entered(word))
    assert held == held_up_at_most(hosts=2, groups=1)


def of(request: Request) -> list[tuple[Received, str | None]]:
    """Return deliveries, and the host that each is about."""
    command = "abcd rm -H web-9 redis"
    click = Click(key="", button=Button.APPROVE, value=request.token, channel="", ts="", reply_to=TO)
    form = Submitted(key="", form=FormKind.SOME, value=request.token, text="", chosen=(), reply_to=TO)
    host = request.plan.host
    return [
        *[(Typed(key="", text=text, reply_to=TO), "first") for text in ("rm redis", "ls", "why redis")],
        *[(Typed(key="", text=text, reply_to=TO), None) for text in ("help", "history", "what?", "restore 99")],
        (Typed(key="", text="ls -H web-9", reply_to=TO), "web-9"),
        *[(Typed(key="", text=f"rm -H {word} redis", reply_to=TO), word) for word in ("all", "@prod")],
        *[(Typed(key="", text=f"rm -H {word} redis", reply_to=TO), ",") for word in ("web-1,web-2", "@prod,web-2")],
        (Typed(key="", text=f"restore {request.id}", reply_to=TO), host),
        (click, host),
        (replace(click, value="of nobody"), None),
        *[(replace(click, button=button), None) for button in (Button.OLDER, *OPENING, Button.LOOK, Button.STOP)],
        *[(replace(click, button=button), host) for button in (Button.RESUME, Button.ASK_AGAIN)],
        (replace(click, button=Button.ASK, value=command), "web-9"),
        (replace(click, button=Button.RESTORE, value=str(request.id)), host),
        (form, host),
        *[(replace(form, form=kind), None) for kind in (FormKind.REJECT, FormKind.REVIEW)],
        (replace(form, form=FormKind.REASON, value=command), "web-9"),
        (replace(form, form=FormKind.BREAK_GLASS, value="rm -H web-9 redis"), "web-9"),
    ]


def test_a_delivery_is_about_the_host_whose_daemon_is_asked(desk: Desk) -> None:
    """The one that it names, the first, the one of its request; none where only the record is asked."""
    for received, host in of(desk.asked()):
        with desk.store.reading() as reading:
            assert host_of(received, reading, "first") == host, received


def life(request: Request) -> dict[str, tuple[str, Mapping[str, object]]]:
    """Return what people do in a request's life, each under its key."""
    click = {"channel": "C0APPROVALS", "ts": f"{request.id}.0", "value": request.token, "url": "", "trigger": "t"}
    dana, olga, omar = ({"team": each.team_id, "user": each.user_id} for each in (DANA, OLGA, OMAR))
    typed = {"channel": "C0DEV", "url": ""}
    form = {"channel": "C0APPROVALS", "value": request.token, "chosen": [], "form": FormKind.REJECT.value}
    return {
        "command:0": (COMMAND, dana | typed | {"text": "rm redis:alpine"}),
        "command:cancel": (COMMAND, dana | typed | {"text": f"cancel {request.id}"}),
        "click:own": (CLICK, dana | click | {"button": Button.APPROVE.value}),
        "click:olga": (CLICK, olga | click | {"button": Button.APPROVE.value}),
        "click:omar": (CLICK, omar | click | {"button": Button.APPROVE.value}),
        "click:resume": (CLICK, olga | click | {"button": Button.RESUME.value}),
        "form:reject": (FORM, omar | form | {"text": "not today"}),
    }


@pytest.mark.parametrize("seed", range(6))
def test_everything_four_times_and_out_of_order(desk: Desk, seed: int) -> None:
    """A request's life is lived once, whichever copy of a delivery comes when, and each is answered at most once."""
    draw = random.Random(seed)  # noqa: S311 -- to be repeated, not secret
    request = desk.asked()
    keys = [*life(request)] * 4
    draw.shuffle(keys)
    for key in keys:
        kind, body = life(request)[key]
        with desk.store.transaction() as tx:
            tx.receive(key, kind, json.dumps(body), desk.clock())
        if draw.random() < EACH_THIRD:
            while desk.flows().receive.next():
                pass
            desk.remove()
    while desk.flows().receive.next():
        pass
    desk.remove()
    kinds = desk.kinds()
    decided = {"finished": State.FINISHED, "rejected": State.REJECTED, "withdrawn": State.WITHDRAWN}
    assert [kinds.count(kind) for kind in ("asked", "approved", "claimed")] in ([1, 1, 1], [1, 1, 0], [1, 0, 0])
    assert [state for kind, state in decided.items() if kind in kinds] == [desk.request().state]
    assert len(desk.daemon.sent) == kinds.count("finished")
    assert len(desk.conversation.answers) <= 1 + len(life(request))
    assert desk.conversation.shown[-1][0] == desk.request()
