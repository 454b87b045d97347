"""Who may decide: what gives a person the right to, and why there is none."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from bot.approval.conditions import is_group
from bot.approval.request import Needs, Person


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
    """Why somebody may not decide."""

    why: str


def may_decide(needs: Needs, member: Member, group: Callable[[str], frozenset[str] | None]) -> Basis | MayNot:
    """Return what gives *member* the right to decide on a request that needs *needs*, or why there is none.

    *group* gives the user IDs in a user group, or None where that cannot be told: then the group gives no right.
    """
    if member.not_a_member:
        return MayNot(why=member.not_a_member)
    user_id = member.person.user_id
    if user_id in needs.approvers:
        return Basis(text=f"user {user_id}")
    unread = False
    for approver in needs.approvers:
        if not is_group(approver):
            continue
        members = group(approver)
        if members is None:
            unread = True
        elif user_id in members:
            return Basis(text=f"group {approver}")
    if unread:
        return MayNot(why="Slack did not tell me who is in the group of approvers, so I count nobody in. Try again.")
    return MayNot(why="You are not one of the people who may decide on this request.")
