"""The truth table: twelve kinds of people press every button of a request in every state.

For each the answer, the state and the event are what is written here by hand, a second time and in other words than the
code has them.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import count, product

import pytest

from bot.approval.authority import Member
from bot.approval.digest import digest
from bot.approval.events import (
    Approved,
    Asked,
    Claimed,
    Drifted,
    Event,
    Expired,
    Finished,
    Interrupted,
    Rejected,
    StepBegun,
    StepDone,
    Withdrawn,
)
from bot.approval.lifecycle import Illegal
from bot.approval.notes import Refusal
from bot.approval.policy import BreakGlass
from bot.approval.request import Approval, Needs, Person, Request, State, Token, Window
from bot.approval.undo_events import Guarded, Guarding, ReclaimBegun, UndoBegun
from bot.command.grammar import Remove, parse
from bot.db.event_codec import load_event
from bot.db.store import Store
from bot.flows.answers import AskedFor, Form, FormKind, JoinedTo, Sentence, TooLate
from bot.flows.planning import Planner
from bot.flows.ports import Button
from bot.images.inventory import Inventory
from bot.images.removal import Plan, Removal
from bot.images.restoral import AnyPlan, NotPutBack, Restoral, RestorePlan, steps_of
from bot.images.restoring import restore_plan
from bot.playground.seed import seeded
from bot.slack.directory import why_not
from bot.slack.request_message import request_message
from tests.databases import Databases, opened
from tests.flows.conftest import RULES, Desk

TEAM = "T0"
USERS: Mapping[str, Mapping[str, object]] = {
    "requester": {"id": "U0DEV", "name": "dana"},
    "lead": {"id": "U0LEAD", "name": "olga"},
    "second lead": {"id": "U0LEAD2", "name": "omar"},
    "former lead": {"id": "U0FORMER", "name": "fred"},
    "renamed to a lead's name": {
        "id": "U0RENAMED",
        "name": "olga",
        "real_name": "Olga",
        "profile": {"email": "olga@x"},
    },
    "guest": {"id": "U0GUEST", "is_restricted": True},
    "bot": {"id": "U0ROBOT", "is_bot": True},
    "deactivated": {"id": "U0LEFT", "deleted": True},
    "other workspace": {"id": "U0LEAD", "team_id": "T9"},
    "stranger": {"id": "U0SAM", "name": "sam"},
    "break-glass": {"id": "U0GLASS", "name": "gwen"},
}
"""What Slack says of each; the one from elsewhere has the user ID of a lead."""
AT_ONCE = "both leads at once"
CLICKERS = (*USERS, AT_ONCE)
LEADS = ("lead", "second lead")
GLASS = {
    "finished, the glass broken": State.FINISHED,
    "interrupted, the glass broken": State.INTERRUPTED,
    "drifted, the glass broken": State.DRIFTED,
    "expired, the glass broken": State.EXPIRED,
}
"""Where a review is open."""
KEPT = {
    "finished, content kept": Window.OPEN,
    "finished, being undone": Window.UNDOING,
    "finished, being reclaimed": Window.RECLAIMING,
}
"""Where content is kept for an undo."""
STANDINGS = (*State, *GLASS, *KEPT)
BUTTONS = (
    Button.APPROVE,
    Button.REJECT,
    Button.SOME,
    Button.LOOK,
    Button.RESUME,
    Button.STOP,
    Button.REVIEW,
    Button.UNDO,
    Button.RECLAIM,
    Button.WITHDRAW,
    Button.ASK_AGAIN,
)
OF_NO_REQUEST = {
    *(Button.ASK, Button.REASON, Button.BREAK_GLASS, Button.ACKNOWLEDGE, Button.RESTORE),
    *(Button.OLDER, Button.NEWER, Button.CSV, Button.JSON_LINES, Button.EVIDENCE),
    *(Button.NEW, Button.HOST, Button.DETAILS, Button.PAGE, Button.PAGE_BACK),
    Button.HOSTS,  # of a request for several (test_fleets.py)
}
"""They carry a command, a page or no more than the number of a request, and have tests of their own."""

TURNED_AWAY = {
    "guest": "Guests cannot use me",
    "bot": "Bots cannot use me",
    "deactivated": "Your account is deactivated",
    "other workspace": "Only members of this workspace",
}
OWN = "You asked for this, so someone else has to decide."
NO_RIGHT = "You are not one of the people who may decide on this request."
NOT_YOURS = "Only the person who asked can withdraw a request."
TOO_LATE = "too late"
FORM = "form"
ENDS = {State.FINISHED, State.REJECTED, State.WITHDRAWN, State.EXPIRED, State.DRIFTED}

DECISIONS: Mapping[tuple[str, Button], tuple[str, str, State]] = {
    (State.PENDING, Button.APPROVE): ("", "approved", State.APPROVED),
    (State.PENDING, Button.REJECT): (FORM, "", State.PENDING),
    (State.PENDING, Button.SOME): (FORM, "", State.PENDING),
    (State.PENDING, Button.LOOK): ("", "looking", State.PENDING),
    (State.INTERRUPTED, Button.RESUME): ("", "claimed", State.REMOVING),
    (State.INTERRUPTED, Button.STOP): ("", "finished", State.FINISHED),
}
"""What a lead's click does: the answer, the event, and the state then. Whatever is not here comes too late."""


def expected(who: str, standing: str, button: Button) -> tuple[str, str, State]:
    """Return the answer, the event and the state that a click leads to."""
    state = _state(standing)
    if who in TURNED_AWAY:
        return TURNED_AWAY[who], "turned away", state
    if button is Button.WITHDRAW:
        if who != "requester":
            return NOT_YOURS, "refusal", state
        if state in {State.PENDING, State.APPROVED}:
            return "is withdrawn. Nothing was removed.", "withdrawn", State.WITHDRAWN
        return TOO_LATE, "refusal", state
    if button is Button.ASK_AGAIN:
        return ("asked", "", state) if state in ENDS else (TOO_LATE, "refusal", state)
    decision = DECISIONS.get((state, button))
    if button is Button.REVIEW and standing in GLASS:
        decision = (FORM, "", state)
    if KEPT.get(standing) is Window.OPEN and button in {Button.UNDO, Button.RECLAIM}:
        decision = ("", "undo-begun" if button is Button.UNDO else "reclaim-begun", state)
    if decision is None:
        return TOO_LATE, "refusal", state
    if who in LEADS or (who == "requester" and button is Button.UNDO):
        return decision
    return (OWN if who == "requester" else NO_RIGHT), "refusal", state


def _state(standing: str) -> State:
    if standing in KEPT:
        return State.FINISHED
    return GLASS[standing] if standing in GLASS else State(standing)


class Known:
    """A directory that says of each person what Slack would say, and who is in the group by now."""

    team_id = TEAM

    def member(self, person: Person) -> Member:
        """Return what the object that Slack has of a person says."""
        found = next((user for user in USERS.values() if user["id"] == person.user_id), None)
        assert found is not None
        elsewhere = {"id": person.user_id, "team_id": person.team_id}
        user = {"team_id": TEAM} | dict(found) if person.team_id == TEAM else elsewhere
        return Member(person=person, not_a_member=why_not(user, TEAM))

    def group(self, group_id: str) -> frozenset[str] | None:
        """Return who is in it now. The guest, the bot and the one who left were never taken out."""
        assert group_id == "S0OPSLEADS"
        return frozenset({"U0LEAD", "U0LEAD2", "U0GUEST", "U0ROBOT", "U0LEFT"})


def person(who: str) -> Person:
    """Return somebody by the IDs that Slack delivers with a click."""
    user = USERS[who]
    return Person(team_id=str(user.get("team_id", TEAM)), user_id=str(user["id"]))


DANA, OLGA = person("requester"), person("lead")
TOKENS = count()
NEEDS_UNDO = Needs(count=1, approvers=("S0OPSLEADS",), rule="prod", undo=timedelta(hours=24))


def _plan(desk: Desk, standing: str) -> Plan:
    command = parse("rm redis:alpine nginx")
    assert isinstance(command, Remove)
    planner = Planner(daemons={desk.daemon.host: desk.daemon})
    made = planner.plan(command)
    assert isinstance(made, Plan)
    kept = planner.under(made, NEEDS_UNDO) if standing in KEPT else made
    assert isinstance(kept, Plan)
    return kept


def _back(desk: Desk, _standing: str) -> RestorePlan:
    """Return a plan to put two images back, which are taken from the host if they are there."""
    daemon, wanted = desk.daemon, []
    for name in ("redis:alpine", "centos:latest"):
        (seed,) = [i for i in SEEDED if name in {reference.familiar for reference in i.references}]
        source = next(reference.familiar for reference in seed.references if reference.digest)
        wanted.append(Restoral(image_id=seed.id, source=source, names=(name,)))
        if daemon.named(name) is not None:
            daemon.remove(Removal(word=name, target=name, image_id=seed.id))
    inventory = daemon.inventory()
    assert isinstance(inventory, Inventory)
    return restore_plan(1, "restore 1", wanted, inventory)


SEEDED = tuple(seeded(0).inventory.images.values())


def _until(standing: str, plan: AnyPlan, desk: Desk) -> Iterator[Event]:
    """Yield what happens to a request until it stands like this."""
    now, state = desk.clock(), _state(standing)
    approval = Approval(by=OLGA, at=now, basis="group S0OPSLEADS")
    begun = {State.REMOVING, State.FINISHED, State.INTERRUPTED}
    if state in begun | {State.APPROVED} and standing not in GLASS:
        yield Approved(at=now, approval=approval, digest=digest(plan))
    if state in begun:
        yield Claimed(at=now, owner="bot:1", until=now + timedelta(minutes=2))
    if standing in KEPT:
        yield Guarding(at=now, guards=tuple(f"guard:{number}" for number in range(len(plan.reclaims))))
        yield Guarded(at=now)
    if state is State.FINISHED:
        for number, step in enumerate(steps_of(plan)):
            assert not isinstance(step.outcome, NotPutBack)
            yield StepBegun(at=now, step=number)
            yield StepDone(at=now, step=number, outcome=step.outcome)
    ends: dict[State, Event] = {
        State.FINISHED: Finished(at=now),
        State.INTERRUPTED: Interrupted(at=now, why="killed"),
        State.REJECTED: Rejected(at=now, by=OLGA, basis="group S0OPSLEADS"),
        State.WITHDRAWN: Withdrawn(at=now, by=DANA),
        State.EXPIRED: Expired(at=now + timedelta(hours=5)),
        State.DRIFTED: Drifted(at=now, difference=("- a", "+ b")),
    }
    if state in ends:
        yield ends[state]
    if KEPT.get(standing) is Window.UNDOING:
        yield UndoBegun(at=now, owner="bot:1", by=OLGA)
    if KEPT.get(standing) is Window.RECLAIMING:
        yield ReclaimBegun(at=now, owner="bot:1", by=OLGA)


def stands(desk: Desk, standing: str, planned: Callable[[Desk, str], AnyPlan] = _plan) -> Request:
    """Make a request for what was *planned* that stands like this, with its message in the channel."""
    plan, now = planned(desk, standing), desk.clock()
    asked = Asked(
        at=now,
        by=DANA,
        channel="C0DEV",
        reason="disk full",
        plan=plan,
        digest=digest(plan),
        token=Token(f"token-{next(TOKENS)}"),
        needs=NEEDS_UNDO if standing in KEPT else replace(NEEDS_UNDO, undo=None),
        expires_at=now + timedelta(hours=4),
        break_glass=standing in GLASS,
    )
    with desk.store.transaction() as tx:
        request = tx.ask(asked)
        for event in _until(standing, plan, desk):
            changed = tx.record(request, event)
            assert not isinstance(changed, Illegal), changed.why
            request = changed
    desk.publish()
    return request


def _nothing_open(desk: Desk) -> None:
    """Take back what is still open: asking for the same would only join it. And a host has one removal at a time."""
    with desk.store.transaction() as tx:
        for request in tx.requests(State.REMOVING):
            tx.record(request, Interrupted(at=desk.clock(), why="Another is to stand."))
        for request in tx.open_on(desk.daemon.host):
            tx.record(request, Withdrawn(at=desk.clock(), by=request.requester))


def _told(answer: object, *, form: bool) -> str:
    """Return an answer in a word, or in its own where it is a sentence."""
    match answer:
        case Sentence(text=text):
            return text
        case TooLate():
            return TOO_LATE
        case AskedFor() | JoinedTo():
            return "asked"
    assert answer is None
    return FORM if form else ""


def click(desk: Desk, request: Request, button: Button, by: Person) -> tuple[str, list[str]]:
    """Press a button, and return what was answered and which events came of it."""
    before, forms = _kinds(desk.store), len(desk.conversation.forms)
    answer = desk.press(button, request, by)
    form = desk.conversation.forms[forms:]
    assert all(whose == by and isinstance(shown, Form) and shown.value == request.token for whose, shown in form)
    return _told(answer, form=bool(form)), _kinds(desk.store)[len(before) :]


def _last_refusal(desk: Desk) -> tuple[str, int | None, Person]:
    """Return what the newest refusal on record says: what was pressed, of which request, by whom."""
    with desk.store.reading() as reading:
        *_, last = (event.fields for event in reading.chain() if event.fields.kind == "refusal")
    told = load_event(last.kind, last.format, last.body, at=desk.clock(), request_id=last.request)  # type: ignore[arg-type]  # a number
    assert isinstance(told, Refusal)
    return told.action, told.request_id, told.by


def _kinds(store: Store) -> list[str]:
    with store.reading() as reading:
        return [event.fields.kind for event in reading.chain()]


def _peopled(desk: Desk) -> Desk:
    """Return a desk whose people are those of the table; who was a lead was one until a moment ago."""
    policy = replace(RULES, break_glass=BreakGlass(people=("U0GLASS",)))
    return replace(desk, policy=policy, directory=Known())  # type: ignore[arg-type]  # the same port


@pytest.fixture
def asked_desk(desk: Desk) -> Desk:
    """Give it on each kind of database."""
    return _peopled(desk)


@pytest.fixture
def one_desk(databases: Databases) -> Iterator[Desk]:
    """Give it on SQLite: who may what does not depend on the database, and there are a thousand cases."""
    with databases("sqlite") as url, opened(url) as engine:
        store = Store(engine)
        yield _peopled(Desk(store=store))
        store.close()


@pytest.mark.parametrize(("standing", "button"), list(product(STANDINGS, BUTTONS)))
def test_every_person_every_state_every_button(one_desk: Desk, standing: str, button: Button) -> None:
    """Everybody is answered, only those who may decide do, and it is on record."""
    _everybody(one_desk, standing, button, _plan)


@pytest.mark.parametrize(("standing", "button"), list(product(State, BUTTONS)))
def test_every_person_every_state_every_button_of_a_restoral(one_desk: Desk, standing: str, button: Button) -> None:
    """A request to put images back lives as one to remove them does."""
    _everybody(one_desk, standing, button, _back)


def _everybody(desk: Desk, standing: str, button: Button, planned: Callable[[Desk, str], AnyPlan]) -> None:
    request = stands(desk, standing, planned)
    done = "removed" if planned is _plan else "put back"
    for who in USERS:
        answer, event, state = expected(who, standing, button)
        answer = answer.replace("removed", done)
        told, kinds = click(desk, request, button, person(who))
        wanted = {"": [], "turned away": ["refusal"]}.get(event, [event])
        now = desk.request(request.id)
        assert (answer in told if answer else told == "", now.state) == (True, state), (who, told)
        assert [kind for kind in kinds if kind != "group-members"] == (["asked"] if answer == "asked" else wanted), who
        if "refusal" in wanted:
            assert _last_refusal(desk) == (button.value, request.id, person(who)), who
        if who == "lead" and event not in {"refusal", "turned away"} and button is not Button.ASK_AGAIN:
            assert button.value in str(request_message(request)), "a decision that counts has a button"
        if now != request or answer == "asked":
            _nothing_open(desk)
            request = stands(desk, standing, planned)


@pytest.mark.parametrize(("standing", "button"), list(product(STANDINGS, BUTTONS)))
def test_both_leads_at_once(asked_desk: Desk, standing: str, button: Button) -> None:
    """One of two decisions counts, and the other is told how it stands; what decides nothing both may do."""
    request = stands(asked_desk, standing)
    before, said = _kinds(asked_desk.store), len(asked_desk.conversation.answers)
    _at_once([_press(asked_desk, request, button, person(who)) for who in LEADS])
    answer, event, state = expected("lead", standing, button)
    assert asked_desk.request(request.id).state is state
    answers = dict(asked_desk.conversation.answers[said:])  # whoever pressed, any of the threads may have answered
    opened_for = {whose for whose, _ in asked_desk.conversation.forms}
    told = sorted(_told(answers.get(person(who)), form=person(who) in opened_for) for who in LEADS)
    alone = event in {"approved", "claimed", "finished", "undo-begun", "reclaim-begun"}
    if event == "looking" and told != ["", ""]:  # the second may see that the first is looking
        assert told[1].startswith("Somebody else is looking")
        alone = True
    else:
        assert told == sorted([answer, TOO_LATE if alone else answer])
    came = _kinds(asked_desk.store)[len(before) :]
    wanted = [event] * (1 if alone or not event else 2) + ["refusal"] * alone
    if answer != "asked":
        assert sorted(kind for kind in came if kind != "group-members") == sorted(filter(None, wanted))


def _press(desk: Desk, request: Request, button: Button, by: Person) -> Callable[[], object]:
    return lambda: desk.press(button, request, by)


def _at_once(work: Sequence[Callable[[], object]]) -> None:
    """Do everything in threads that begin together. Raises what one of them raised."""
    begin = threading.Barrier(len(work))

    def do(piece: Callable[[], object]) -> None:
        begin.wait()
        piece()

    with ThreadPoolExecutor(len(work)) as pool:
        list(pool.map(do, work))


FORMS: Mapping[FormKind, tuple[str, str, State]] = {
    FormKind.REJECT: ("", "rejected", State.REJECTED),
    FormKind.SOME: ("", "narrowed", State.PENDING),
    FormKind.REVIEW: ("", "reviewed", State.FINISHED),
}
"""What a lead's form does where it is open: while a request waits, and while a broken glass awaits its review."""


@pytest.mark.parametrize(("standing", "kind"), list(product(STANDINGS, FORMS)))
def test_every_person_every_state_every_form(one_desk: Desk, standing: str, kind: FormKind) -> None:
    """A form may come in when everything is different from when it was opened: all is looked at again."""
    request = stands(one_desk, standing)
    is_open = standing in GLASS if kind is FormKind.REVIEW else standing == State.PENDING
    for who in USERS:
        told, kinds = _submit(one_desk, request, kind, person(who))
        answer, event, state = TOO_LATE, "refusal", _state(standing)
        if who in TURNED_AWAY:
            answer = TURNED_AWAY[who]
        elif is_open and who in LEADS:
            answer, event, state = FORMS[kind] if kind is not FormKind.REVIEW else ("", "reviewed", state)
        elif is_open:
            answer = OWN if who == "requester" else NO_RIGHT
        now = one_desk.request(request.id)
        assert (answer in told if answer else told == "", now.state) == (True, state), (who, told)
        assert [each for each in kinds if each != "group-members"] == [event], who
        if now != request:
            _nothing_open(one_desk)
            request = stands(one_desk, standing)


def _submit(desk: Desk, request: Request, kind: FormKind, by: Person) -> tuple[str, list[str]]:
    """Deliver a form that somebody filled in, and return what was answered and which events came of it."""
    before = _kinds(desk.store)
    answer = desk.submit(Form(kind=kind, value=request.token, request=request), by, "it is needed", "0")
    return _told(answer, form=False), _kinds(desk.store)[len(before) :]


def test_nothing_is_left_out_of_the_table() -> None:
    """Twelve kinds of people, every state, and every button that a message about a request can have."""
    assert len(CLICKERS) == 12
    assert set(State) < set(STANDINGS)
    assert set(BUTTONS) | OF_NO_REQUEST == set(Button)
    assert not set(BUTTONS) & OF_NO_REQUEST
    of_no_request = {FormKind.REASON, FormKind.BREAK_GLASS, FormKind.NEW, FormKind.DETAILS, FormKind.HOSTS}
    assert set(FORMS) | of_no_request == set(FormKind)
