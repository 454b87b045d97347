"""Groups: who is in the user groups that give the right to decide, and since when.

Slack is asked at the click. An answer is used for half a minute, unless something was heard of the group since.
Whenever an answer differs from the last one, that is on record, announced, and remembered with the moment.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.approval.authority import GroupSeen
from bot.approval.notes import GroupMembers
from bot.approval.notice import Notice, Part, Parts, UserGroup
from bot.approval.policy import Policies, Policy
from bot.approval.request import Person
from bot.db.groups import KeptGroup
from bot.db.store import Store
from bot.flows.ports import Clock, Directory

GOOD_FOR = timedelta(seconds=30)
"""How long an answer of Slack's is used; it lets a list be asked for some twenty times a minute."""
ASKED_AGAIN = 3
"""How often Slack is asked while every answer is outdated before it is used."""
NAMED = 20
"""How many people a notice names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Reads the groups."""

    store: Store
    directory: Directory
    policy: Policies
    now: Clock
    _recent: dict[str, GroupSeen] = field(default_factory=dict, init=False, repr=False)

    def seen(self, group_id: str) -> GroupSeen | None:
        """Return who is in a group; None where Slack does not say, and then nobody counts as a member."""
        recent = self._recent.get(group_id)
        if recent is not None and self.now() - recent.seen_at < GOOD_FOR:
            with self.store.reading() as reading:
                kept = reading.group(group_id)
            if kept is not None and recent.seen_at >= kept.fresh_from:
                return recent
        return self._read(group_id)

    def members(self, group_id: str) -> frozenset[str] | None:
        """Return the user IDs in a group, as ``seen`` does."""
        seen = self.seen(group_id)
        return None if seen is None else frozenset(seen.since)

    def settled(self, group_id: str) -> frozenset[str] | None:
        """Return those of a group who have been in it for the time to cool off."""
        seen, cool_off = self.seen(group_id), self.policy().cool_off
        if seen is None:
            return None
        latest = self.now() - cool_off
        return frozenset(user_id for user_id, since in seen.since.items() if since is None or since <= latest)

    def changed(self, group_id: str) -> None:
        """Take to heart that Slack says something happened to a group: no earlier answer counts from here on."""
        self._recent.pop(group_id, None)
        with self.store.transaction() as tx:
            known = tx.group_doubted(group_id, self.now())
        if known or group_id in self.policy().groups:
            self._read(group_id)

    def all(self) -> None:
        """Read every group that the policy names: an event about one may have been lost, or come while we were away."""
        for group_id in sorted(self.policy().groups):
            self._read(group_id)

    def _read(self, group_id: str) -> GroupSeen | None:
        for _ in range(ASKED_AGAIN):
            asked_at = self.now()
            users = self.directory.group(group_id)
            if users is None:
                return None
            seen = self._kept(group_id, users, asked_at)
            if seen is not None:
                self._recent[group_id] = seen
                return seen
        return None

    def _kept(self, group_id: str, users: frozenset[str], asked_at: datetime) -> GroupSeen | None:
        """Return the group as it is now; None where something happened to it since Slack was asked."""
        with self.store.transaction() as tx:
            kept = tx.group(group_id)
            if kept is not None and asked_at < kept.fresh_from:
                return None
            before = frozenset(kept.since) if kept else frozenset()
            if kept is None or users != before:
                added, removed = tuple(sorted(users - before)), tuple(sorted(before - users))
                event = GroupMembers(at=asked_at, group=group_id, added=added, removed=removed)
                tx.group_changed(event)
                team, policy = self.directory.team_id, self.policy()
                tx.announce(members_changed(event, team, policy, first=kept is None), asked_at)
                kept = tx.group(group_id)
        return _seen(kept, asked_at) if kept else None


def members_changed(event: GroupMembers, team_id: str, policy: Policy, *, first: bool) -> Notice:
    """Return what the audit channel is told of a group: who came and went, and from when on that counts."""
    group, decides = UserGroup(id=event.group), event.group in policy.deciding_groups
    came, left = _people(team_id, event.added), _people(team_id, event.removed)
    parts: Parts = ()
    if first:
        what = "Who may decide by it: " if decides else "Who is in it: "
        parts = ("I read ", group, " for the first time. ", what, *(came or ("nobody",)), ".")
    elif came:
        parts = ("Added to ", group, " in Slack: ", *came, ".", *(_from(event.at, policy) if decides else ()))
    if left:
        lost = " They may not decide by it any more." if decides else ""
        parts = (*parts, " " if parts else "", "Removed from ", group, " in Slack: ", *left, ".", lost)
    return Notice(kind="group-members", parts=parts)


def _from(at: datetime, policy: Policy) -> Parts:
    return (" They may decide from ", at + policy.cool_off, ".") if policy.cool_off else (" They may decide at once.",)


def _people(team_id: str, user_ids: Collection[str]) -> Parts:
    parts: list[Part] = []
    for user_id in sorted(user_ids)[:NAMED]:
        parts += [", ", Person(team_id=team_id, user_id=user_id)]
    more = len(user_ids) - NAMED
    return (*parts[1:], f" and {more} more") if more > 0 else tuple(parts[1:])


def _seen(kept: KeptGroup, asked_at: datetime) -> GroupSeen:
    since = {user_id: at if at > kept.first_read_at else None for user_id, at in kept.since.items()}
    return GroupSeen(seen_at=asked_at, since=since)
