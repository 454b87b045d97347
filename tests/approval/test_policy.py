"""Who may ask for what, and what approval it needs."""

from datetime import timedelta

from bot.approval.policy import Allowed, Forbidden, NeedsApproval, Policy, Rule
from bot.approval.request import Needs
from bot.approval.ruling import verdict
from tests.approval.examples import DANA, PLAN


def test_the_first_rule_that_matches_decides() -> None:
    """A later rule for every host does not loosen an earlier one for this host."""
    strict = Rule(name="prod", hosts=("web-3",), approvals=2, approvers=("S0OPSLEADS",), expires=timedelta(hours=1))
    loose = Rule(name="rest", approvals=0)
    ruling = verdict(Policy(rules=(strict, loose)), PLAN, DANA)
    needs = Needs(count=2, approvers=("S0OPSLEADS",), rule="prod")
    assert ruling == NeedsApproval(needs=needs, expires=timedelta(hours=1))


def test_a_rule_of_no_approvals_allows_at_once() -> None:
    """Zero approvals is self-service."""
    assert isinstance(verdict(Policy(rules=(Rule(name="dev", approvals=0),)), PLAN, DANA), Allowed)


def test_without_rules_nothing_can_be_removed() -> None:
    """An empty policy forbids, and says which host no rule is about."""
    ruling = verdict(Policy(rules=()), PLAN, DANA)
    assert isinstance(ruling, Forbidden)
    assert "web-3" in ruling.why


def test_a_rule_for_another_host_does_not_match() -> None:
    """Hosts are matched by their whole name."""
    assert isinstance(verdict(Policy(rules=(Rule(name="x", hosts=("web-33",), approvals=0),)), PLAN, DANA), Forbidden)


def test_a_rule_may_forbid() -> None:
    """A rule without a number of approvals forbids, whoever approves."""
    ruling = verdict(Policy(rules=(Rule(name="frozen", approvals=None, approvers=("U1",)),)), PLAN, DANA)
    assert ruling == Forbidden(why='Rule "frozen" forbids removals on web-3.')


def test_a_rule_without_approvers_approves_nothing() -> None:
    """Where nobody is named, nothing can be approved, and the reply says so."""
    ruling = verdict(Policy(rules=(Rule(name="prod"),)), PLAN, DANA)
    assert isinstance(ruling, Forbidden)
    assert "nobody" in ruling.why
