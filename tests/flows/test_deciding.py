"""Deciding: what each click does, and what it is answered where it does nothing."""

from datetime import timedelta

import sqlalchemy as sa

from bot.approval.events import Asked
from bot.approval.policy import Forbidden, Policy, Rule
from bot.approval.request import Person, State
from bot.flows.answers import AskedFor, Planned, Sentence, TooLate
from bot.flows.ports import Button, Undelivered
from bot.slack.replies import reply
from tests.approval.examples import OLGA, OMAR
from tests.flows.conftest import Desk

APPROVE = Button.APPROVE


def _text(answer: object) -> str:
    assert isinstance(answer, Sentence)
    return answer.text


def test_an_approval_carries_its_basis(desk: Desk) -> None:
    """Which group gave the right is stored with the approval."""
    desk.press(APPROVE, desk.asked(), OLGA)
    approval = desk.request().approvals[0]
    assert (approval.by, approval.basis) == (OLGA, "group S0OPSLEADS")
    assert desk.kinds() == ["asked", "approved"]


def test_an_unknown_token_does_nothing(desk: Desk) -> None:
    """A forged button is answered and noted, and the request stays as it is."""
    request = desk.asked()
    assert "don't know the request" in _text(desk.press(APPROVE, request, OLGA, value="forged"))
    assert desk.request() == request


def test_a_token_on_another_message_does_nothing(desk: Desk) -> None:
    """A right token that comes from another message is foreign."""
    request = desk.asked()
    assert "another message" in _text(desk.press(APPROVE, request, OLGA, ts="9.9"))
    assert desk.request().state is State.PENDING
    assert desk.kinds() == ["asked", "refusal"]


def test_a_click_tells_where_the_message_is(desk: Desk) -> None:
    """Where Slack's answer to posting was lost, the first click says which message it was: it is not posted twice."""
    desk.conversation.refuses = _lost()
    request = desk.asked()
    desk.conversation.refuses = None
    assert desk.shown_at(request) == (None, None)
    desk.press(APPROVE, request, OLGA, ts="7.7")
    assert desk.shown_at(request) == ("C0APPROVALS", "7.7")
    assert desk.request().state is State.APPROVED


def _lost() -> Undelivered:
    return Undelivered(why="timed out", again_in=timedelta(hours=1))


def test_the_second_click_is_told_how_it_stands(desk: Desk) -> None:
    """After a rejection an approval does nothing, and is shown the rejection."""
    request = desk.asked()
    desk.reject(request, OLGA)
    answer = desk.press(APPROVE, request, OMAR)
    assert isinstance(answer, TooLate)
    assert answer.request.state is State.REJECTED


def test_a_former_lead_has_no_right(desk: Desk) -> None:
    """Authority is read at the click: who was taken out of the group a second ago may not."""
    request = desk.asked()
    desk.directory.leads = frozenset({"U0LEAD2"})
    assert "not one of the people" in _text(desk.press(APPROVE, request, OLGA))
    assert desk.request().state is State.PENDING


def test_a_group_that_cannot_be_read_stops_everything(desk: Desk) -> None:
    """When Slack does not say who is in the group, nobody is."""
    request = desk.asked()
    desk.directory.leads = None
    assert "Slack did not tell me" in _text(desk.press(APPROVE, request, OLGA))


def test_a_guest_neither_asks_nor_decides(desk: Desk) -> None:
    """Guests are answered, and no request is made or changed."""
    request = desk.asked()
    desk.directory.guests = {"U0LEAD", "U0GUEST"}
    assert _text(desk.press(APPROVE, request, OLGA)) == "Guests cannot use me."
    assert _text(desk.type("rm nginx", Person(team_id="T0", user_id="U0GUEST"))) == "Guests cannot use me."


def test_a_daemon_that_is_silent_at_the_click(desk: Desk) -> None:
    """Without a fresh plan nothing is approved, and the lead is told to press again."""
    request = desk.asked()
    desk.daemon.reachable = False
    answer = desk.press(APPROVE, request, OLGA)
    assert isinstance(answer, Sentence)
    assert "Nothing was approved" in answer.hint
    assert desk.request().state is State.PENDING
    desk.daemon.reachable = True
    desk.press(APPROVE, request, OLGA)
    assert desk.request().state is State.APPROVED


def test_drift_at_the_click_voids_the_request(desk: Desk) -> None:
    """A tag that came in between changes what would be deleted: nothing is approved."""
    request = desk.asked()
    desk.daemon.tag("redis:alpine", "kept:1")
    assert desk.press(APPROVE, request, OLGA) is None
    drifted = desk.request()
    assert drifted.state is State.DRIFTED
    assert drifted.closing is not None
    assert 1 <= len(drifted.closing.why.splitlines()) <= 3


def test_what_happens_to_other_images_is_no_drift(desk: Desk) -> None:
    """What happens to other images does not void an approval."""
    request = desk.asked("rm redis:7.2")
    desk.daemon.tag("nginx", "nginx:copy")
    desk.press(APPROVE, request, OLGA)
    assert desk.request().state is State.APPROVED


def test_only_the_requester_withdraws(desk: Desk) -> None:
    """By button and by number; somebody else's word is refused."""
    request = desk.asked()
    assert "Only the person who asked" in _text(desk.press(Button.WITHDRAW, request, OLGA))
    assert "Only the person who asked" in _text(desk.type("cancel 1", OLGA))
    assert "withdrawn" in _text(desk.type("cancel 1"))
    assert desk.request().state is State.WITHDRAWN
    assert "no request 9" in _text(desk.type("cancel 9"))
    again = desk.type("cancel 1")
    assert isinstance(again, TooLate)
    assert "Your command changed nothing." in reply(again).text


def test_ask_again_is_by_whoever_presses(desk: Desk) -> None:
    """Olga presses, so it is her request: somebody else has to approve it. The earlier one is named in the record."""
    request = desk.asked()
    desk.reject(request, OLGA)
    assert isinstance(desk.press(Button.ASK_AGAIN, request, OLGA), AskedFor)
    again = desk.request(2)
    assert (again.requester, again.state, again.token != request.token) == (OLGA, State.PENDING, True)
    with desk.store.reading() as reading:
        asked = reading.timeline(again.id)[0].event
    assert isinstance(asked, Asked)
    assert asked.again_of == request.id
    assert "someone else" in _text(desk.press(APPROVE, again, OLGA))
    desk.press(APPROVE, again, OMAR)
    assert desk.request(2).state is State.APPROVED


def test_a_changed_rule_is_a_drift(desk: Desk) -> None:
    """A rule that was made stricter after the asking counts at the click: nothing is approved."""
    request = desk.asked()
    desk.policy = Policy(rules=(Rule(name="frozen", approvals=None),))
    desk.press(APPROVE, request, OLGA)
    drifted = desk.request()
    assert drifted.state is State.DRIFTED
    assert drifted.closing is not None
    assert 'Rule "frozen" forbids removals' in drifted.closing.why


def test_an_approval_is_bound_to_the_stored_plan(desk: Desk) -> None:
    """A plan that was exchanged behind the bot's back has another digest than the one that was asked for."""
    first = desk.asked("rm redis:alpine")
    desk.type("rm centos")
    with desk.store._engine.begin() as connection:  # noqa: SLF001 -- as somebody who owns the database
        other = connection.exec_driver_sql("SELECT plan FROM removal_request WHERE id = 2").scalar_one()
        connection.execute(sa.text("UPDATE removal_request SET plan = :plan WHERE id = 1"), {"plan": other})
    desk.press(APPROVE, first, OLGA)
    assert desk.request(1).state is State.DRIFTED
    desk.remove()
    assert desk.daemon.sent == []


def test_ask_again_is_for_ended_requests(desk: Desk) -> None:
    """An old button on a request that is still open makes no second one."""
    request = desk.asked()
    assert isinstance(desk.press(Button.ASK_AGAIN, request, OLGA), TooLate)


def test_what_the_policy_forbids_is_shown_and_not_asked(desk: Desk) -> None:
    """The plan comes back without a request."""
    desk.policy = Policy(rules=())
    answer = desk.type("rm redis:alpine")
    assert isinstance(answer, Planned)
    assert isinstance(answer.verdict, Forbidden)
    assert desk.conversation.shown == []


def test_a_rule_of_no_approvals_needs_no_click(desk: Desk) -> None:
    """Self-service: it is approved when asked, and carried out."""
    desk.policy = Policy(rules=(Rule(name="dev", approvals=0),))
    desk.asked()
    desk.remove()
    assert desk.request().state is State.FINISHED
    assert "redis:alpine" not in desk.daemon.names()
