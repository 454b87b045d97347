"""Rules about who asks, where Slack does not tell who is in a group: nothing goes on, and nothing is lost."""

from dataclasses import replace

from bot.approval.policy import Forbidden, Policy, Rule
from bot.approval.request import State
from bot.approval.ruling import OBSERVES
from bot.flows.answers import Planned, Sentence
from bot.flows.ports import Button
from bot.images.restoral import changing
from tests.approval.examples import DANA, OLGA
from tests.flows.conftest import Desk

DEVS = Policy(rules=(Rule(name="devs", requesters=("S0OPSLEADS",), approvers=(OLGA.user_id,)),))
TOLD = frozenset({DANA.user_id})


def test_asking_waits_for_slack(desk: Desk) -> None:
    """The plan is shown, and that it cannot be told which rule counts."""
    desk.policy, desk.directory.leads = DEVS, None
    answer = desk.type("rm redis:alpine")
    assert isinstance(answer, Planned)
    assert isinstance(answer.verdict, Forbidden)
    assert answer.verdict.for_now


def test_a_click_waits_for_slack(desk: Desk) -> None:
    """Nothing is approved and the request stays open; the next click counts."""
    desk.policy, desk.directory.leads = DEVS, TOLD
    request = desk.asked()
    desk.directory.leads = None
    answer = desk.press(Button.APPROVE, request, OLGA)
    assert isinstance(answer, Sentence)
    assert "Slack did not tell me" in answer.text
    assert desk.request().state is State.PENDING
    desk.directory.leads = TOLD
    desk.press(Button.APPROVE, request, OLGA)
    assert desk.request().state is State.APPROVED


def test_a_claim_waits_for_slack(desk: Desk) -> None:
    """An approved request is neither carried out nor void before it can be told."""
    desk.policy, desk.directory.leads = DEVS, TOLD
    desk.press(Button.APPROVE, desk.asked(), OLGA)
    desk.directory.leads = None
    desk.remove()
    assert desk.request().state is State.APPROVED
    desk.directory.leads = TOLD
    desk.remove()
    assert desk.request().state is State.FINISHED


def test_who_has_left_the_group_has_no_rule_any_more(desk: Desk) -> None:
    """The rule that counted when it was asked is not the requester's any more: it has drifted."""
    desk.policy, desk.directory.leads = DEVS, TOLD
    request = desk.asked()
    desk.directory.leads = frozenset()
    desk.press(Button.APPROVE, request, OLGA)
    assert desk.request().state is State.DRIFTED


def test_observing_shows_the_plan_and_says_so(desk: Desk) -> None:
    """Nothing is asked of anybody, even where a rule would allow it at once."""
    desk.policy = Policy(rules=(Rule(name="dev", approvals=0),), observes=True)
    answer = desk.type("rm redis:alpine")
    assert isinstance(answer, Planned)
    assert changing(answer.plan)
    assert answer.verdict == Forbidden(why=OBSERVES)
    desk.remove()
    assert desk.daemon.sent == []


def test_what_was_approved_before_is_not_carried_out_while_observing(desk: Desk) -> None:
    """The rules of the moment of the claim count."""
    desk.press(Button.APPROVE, desk.asked(), OLGA)
    desk.policy = replace(desk.policy, observes=True)
    desk.remove()
    assert desk.daemon.sent == []
    assert desk.request().state is State.DRIFTED
