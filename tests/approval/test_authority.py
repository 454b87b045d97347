"""Who may decide."""

from datetime import datetime, timedelta

import pytest

from bot.approval.authority import Basis, GroupSeen, MayNot, Member, Memberships, may_decide
from bot.approval.notice import UserGroup
from tests.approval.examples import NOW, OLGA

DECIDERS = ("U0ELSE", "S0OPSLEADS")
HOUR = timedelta(hours=1)
MEMBER = Member(person=OLGA)


def memberships(at: datetime = NOW, cool_off: timedelta = HOUR, **groups: dict[str, datetime | None]) -> Memberships:
    """Return groups with these members, each with the moment since when; any other cannot be read."""
    seen = {group_id: GroupSeen(seen_at=NOW, since=since) for group_id, since in groups.items()}
    return Memberships(seen=seen.get, at=at, cool_off=cool_off)


def test_a_user_who_is_named_may_decide() -> None:
    """A user ID in the rule is a right by itself; no group is read, and nothing cools off."""
    assert may_decide(("U0LEAD",), MEMBER, memberships()) == Basis(text="user U0LEAD")


def test_a_member_of_a_named_group_may_decide() -> None:
    """The group that gave the right is the basis, with the moment at which Slack said so."""
    ruling = may_decide(DECIDERS, MEMBER, memberships(S0OPSLEADS={"U0LEAD": None}))
    assert ruling == Basis(text="group S0OPSLEADS", seen_at=NOW)


def test_somebody_else_may_not() -> None:
    """Who is in no group and is not named is told so."""
    ruling = may_decide(DECIDERS, MEMBER, memberships(S0OPSLEADS={"U0SAM": None}))
    assert ruling == MayNot(why="You are not one of the people who may decide on this request.")


def test_a_group_that_cannot_be_read_gives_no_right() -> None:
    """When Slack does not answer, nobody is counted in."""
    ruling = may_decide(DECIDERS, MEMBER, memberships())
    assert isinstance(ruling, MayNot)
    assert "Slack did not tell me" in ruling.why


@pytest.mark.parametrize("unread", ["S0AAA", "S0ZZZ"])
def test_a_group_that_can_be_read_gives_its_right_beside_one_that_cannot(unread: str) -> None:
    """Whichever comes first."""
    deciders = sorted(("S0OPSLEADS", unread))
    assert isinstance(may_decide(deciders, MEMBER, memberships(S0OPSLEADS={"U0LEAD": None})), Basis)


def test_who_is_no_member_may_not_even_when_named() -> None:
    """A guest, a bot or a deactivated person has no right, whatever the rule or the group says."""
    guest = Member(person=OLGA, not_a_member="Guests cannot use me.")
    groups = memberships(S0OPSLEADS={"U0LEAD": None})
    assert may_decide(("U0LEAD", "S0OPSLEADS"), guest, groups) == MayNot(why="Guests cannot use me.")


def test_who_was_just_added_may_not_decide_yet() -> None:
    """The answer says since when and from when on, as values that Slack shows by the reader's clock."""
    ruling = may_decide(DECIDERS, MEMBER, memberships(S0OPSLEADS={"U0LEAD": NOW}))
    assert isinstance(ruling, MayNot)
    group = UserGroup(id="S0OPSLEADS")
    assert ruling.parts == ("You were added to ", group, " at ", NOW, "; you may decide from ", NOW + HOUR, ".")
    assert ruling.why.startswith("You were added to S0OPSLEADS at 20")


def test_the_cool_off_ends() -> None:
    """At the moment that the answer named, and not a microsecond before."""
    added: dict[str, datetime | None] = {"U0LEAD": NOW}
    before = memberships(at=NOW + HOUR - timedelta(microseconds=1), S0OPSLEADS=added)
    assert isinstance(may_decide(DECIDERS, MEMBER, before), MayNot)
    assert isinstance(may_decide(DECIDERS, MEMBER, memberships(at=NOW + HOUR, S0OPSLEADS=added)), Basis)


def test_without_a_cool_off_a_new_member_decides_at_once() -> None:
    """Zero is none."""
    groups = memberships(cool_off=timedelta(0), S0OPSLEADS={"U0LEAD": NOW})
    assert isinstance(may_decide(DECIDERS, MEMBER, groups), Basis)


def test_another_group_may_give_the_right_at_once() -> None:
    """Who cools off in one group decides by another; the basis is that one."""
    groups = memberships(S0AAA={"U0LEAD": NOW}, S0OPSLEADS={"U0LEAD": None})
    assert may_decide(("S0AAA", "S0OPSLEADS"), MEMBER, groups) == Basis(text="group S0OPSLEADS", seen_at=NOW)
