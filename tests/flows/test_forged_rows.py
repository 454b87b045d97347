"""Rows that somebody changed who may write the tables, and rules that changed: neither is believed."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.approval.digest import digest
from bot.approval.events import Claimed, Interrupted
from bot.approval.policy import Policy, Rule
from bot.approval.request import Request, State
from bot.command.grammar import ImageWord, Remove
from bot.db.plan_codec import dump_plan
from bot.db.tables import request as request_table
from bot.flows.answers import Sentence
from bot.flows.ports import Button
from bot.images.removal import Plan, Unknown
from tests.approval.examples import OLGA
from tests.flows.conftest import Desk


@pytest.mark.parametrize("changed", [{"state": "approved"}, {"state": "approved", "version": 2}])
def test_a_row_that_somebody_set_to_approved_removes_nothing(
    desk: Desk, engine: sa.Engine, changed: dict[str, object]
) -> None:
    """Whoever can write the tables can do that, but cannot write the approval into the chain unnoticed."""
    request = desk.asked()
    with engine.begin() as connection:
        connection.execute(request_table.update().values(**changed))
    desk.remove()
    assert desk.daemon.sent == []
    voided = desk.request(request.id)
    assert voided.state is State.DRIFTED
    assert voided.closing is not None
    assert "as its events on record say" in voided.closing.why


def test_a_plan_that_somebody_changed_in_its_row_removes_nothing(desk: Desk, engine: sa.Engine) -> None:
    """With its digest changed along, as an insider would: the events have another."""
    request = desk.asked()
    other = desk.flows().removes[0].planner.plan(Remove(images=(ImageWord("nginx"),)))
    assert isinstance(other, Plan)
    desk.press(Button.APPROVE, request, OLGA)
    forged = {"plan": dump_plan(other), "digest": digest(other)}
    with engine.begin() as connection:
        connection.execute(request_table.update().values(**forged))
    desk.remove()
    assert desk.daemon.sent == []


def test_resume_asks_the_rules_again(desk: Desk) -> None:
    """A rule that forbids by now counts for what is left as well."""
    request = desk.asked()
    desk.press(Button.APPROVE, request, OLGA)
    with desk.store.transaction() as tx:
        claimed = tx.record(desk.request(), Claimed(at=desk.clock(), owner="bot:0", until=desk.clock()))
        assert isinstance(claimed, Request)
        tx.record(claimed, Interrupted(at=desk.clock(), why="killed"))
    desk.publish()
    desk.policy = Policy(rules=(Rule(name="frozen", approvals=None),))
    answer = desk.press(Button.RESUME, desk.request(), OLGA)
    assert isinstance(answer, Sentence)
    assert "forbids" in answer.text
    assert desk.request().state is State.INTERRUPTED


def test_a_row_that_somebody_set_to_removing_removes_nothing(desk: Desk, engine: sa.Engine) -> None:
    """With the claim of the process that runs, whose name stands in the record."""
    desk.asked()
    claim = {"claim_owner": desk.owner, "claim_number": 1, "claim_until": desk.clock() + timedelta(hours=1)}
    with engine.begin() as connection:
        connection.execute(request_table.update().values(state="removing", **claim))
    desk.remove()
    assert desk.daemon.sent == []
    assert desk.request().state is State.INTERRUPTED
    answer = desk.press(Button.RESUME, desk.request(), OLGA)
    assert isinstance(answer, Sentence)
    assert "as its events on record say" in answer.text


def test_a_rule_that_changes_stops_what_is_under_way(desk: Desk) -> None:
    """Before each call: the first step is sent, then somebody changes the rules."""
    request = desk.asked("rm redis:alpine nginx")
    desk.press(Button.APPROVE, request, OLGA)

    def stricter() -> None:
        desk.policy = Policy(rules=(Rule(name="prod", approvals=2, approvers=("S0OPSLEADS",)),))

    desk.daemon.before = stricter
    desk.remove()
    assert [removal.word for removal in desk.daemon.sent] == ["redis:alpine"]
    stopped = desk.request()
    assert stopped.state is State.INTERRUPTED
    assert stopped.closing is not None
    assert "The rules changed" in stopped.closing.why


def test_resume_under_a_stricter_rule_is_refused(desk: Desk) -> None:
    """One approved; by now two have to."""
    request = desk.asked("rm redis:alpine nginx")
    desk.press(Button.APPROVE, request, OLGA)
    desk.daemon.says = Unknown(message="timed out")
    desk.remove()
    desk.policy = Policy(rules=(Rule(name="prod", approvals=2, approvers=("S0OPSLEADS",)),))
    answer = desk.press(Button.RESUME, desk.request(), OLGA)
    assert isinstance(answer, Sentence)
    assert "no longer those it was approved under" in answer.text
