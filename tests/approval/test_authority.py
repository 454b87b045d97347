"""Who may decide."""

from bot.approval.authority import Basis, MayNot, Member, may_decide
from bot.approval.request import Needs
from tests.approval.examples import OLGA

NEEDS = Needs(count=1, approvers=("U0OTHER", "S0OPSLEADS"), rule="prod")


def test_a_user_who_is_named_may_decide() -> None:
    """A user ID in the rule is a right by itself; no group is read."""
    needs = Needs(count=1, approvers=("U0LEAD",), rule="prod")
    assert may_decide(needs, Member(person=OLGA), lambda _: None) == Basis(text="user U0LEAD")


def test_a_member_of_a_named_group_may_decide() -> None:
    """The group that gave the right is the basis."""
    assert may_decide(NEEDS, Member(person=OLGA), lambda _: frozenset({"U0LEAD"})) == Basis(text="group S0OPSLEADS")


def test_somebody_else_may_not() -> None:
    """Who is in no group and is not named is told so."""
    assert isinstance(may_decide(NEEDS, Member(person=OLGA), lambda _: frozenset({"U0SAM"})), MayNot)


def test_a_group_that_cannot_be_read_gives_no_right() -> None:
    """When Slack does not answer, nobody is counted in."""
    ruling = may_decide(NEEDS, Member(person=OLGA), lambda _: None)
    assert isinstance(ruling, MayNot)
    assert "Slack did not tell me" in ruling.why


def test_who_is_no_member_may_not_even_when_named() -> None:
    """A guest, a bot or a deactivated person has no right, whatever the rule says."""
    needs = Needs(count=1, approvers=("U0LEAD",), rule="prod")
    member = Member(person=OLGA, not_a_member="Guests cannot use me.")
    assert may_decide(needs, member, lambda _: frozenset({"U0LEAD"})) == MayNot(why="Guests cannot use me.")
