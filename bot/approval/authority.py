"""Who may decide: what gives a person the right to, and why there is none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.approval.conditions import is_group
from bot.approval.notice import Parts, UserGroup, plain
from bot.approval.request import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What Slack says of a person at this moment; ``not_a_member`` says why they are none of ours, or is empty."""

    person: Person
    not_a_member: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What gives somebody the right to decide ("user U1", "group S1"), and when Slack said so, of a group."""

    text: str
    seen_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MayNot:
    """Why somebody may not decide; ``parts`` is the same sentence where it names groups and times."""

    why: str
    parts: Parts = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSeen:
    """Who is in a user group, and when Slack was asked.

    ``since`` has every user ID in it, with the moment at which that person was first seen in the group; None for those
    who were there when the group was first read.
    """

    seen_at: datetime
    since: Mapping[str, datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Memberships:
    """The user groups at a moment: ``seen`` gives one, or None where Slack does not tell.

    Whoever was added less than ``cool_off`` before ``at`` may not decide yet.
    """

    seen: Callable[[str], GroupSeen | None]
    at: datetime
    cool_off: timedelta = timedelta(0)


def may_decide(deciders: Sequence[str], member: Member, memberships: Memberships) -> Basis | MayNot:
    """Return what gives *member* the right to decide, or why there is none.

    *deciders* are the user IDs and user group IDs that have it. A group that cannot be read gives no right.
    """
    if member.not_a_member:
        return MayNot(why=member.not_a_member)
    user_id = member.person.user_id
    if user_id in deciders:
        return Basis(text=f"user {user_id}")
    too_soon = unread = None
    for group_id in filter(is_group, deciders):
        seen = memberships.seen(group_id)
        if seen is None:
            unread = MayNot(why=_UNREAD)
        elif user_id in seen.since:
            right = _by_group(group_id, seen, seen.since[user_id], memberships)
            if isinstance(right, Basis):
                return right
            too_soon = too_soon or right
    return too_soon or unread or MayNot(why="You are not one of the people who may decide on this request.")


_UNREAD = "Slack did not tell me who is in the group of approvers, so I count nobody in. Try again."


def _by_group(group_id: str, seen: GroupSeen, since: datetime | None, memberships: Memberships) -> Basis | MayNot:
    if since is not None and memberships.at < since + memberships.cool_off:
        group, may_from = UserGroup(id=group_id), since + memberships.cool_off
        parts: Parts = ("You were added to ", group, " at ", since, "; you may decide from ", may_from, ".")
        return MayNot(why=plain(parts), parts=parts)
    return Basis(text=f"group {group_id}", seen_at=seen.seen_at)
