"""The groups of approvers as they were seen last: what Slack says later is held against it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.db.columns import Moment
from bot.db.tables import approver_group as table
from bot.db.tables import group_member, head


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptGroup:
    """A group as it was seen last. What Slack was asked before ``fresh_from`` does not count any more.

    ``since`` has the members, with the moment at which each was first seen; that is ``first_read_at`` for those who
    were there from the beginning.
    """

    first_read_at: datetime
    fresh_from: datetime
    since: Mapping[str, datetime]


def kept(connection: sa.Connection, group_id: str, *, locked: bool) -> KeptGroup | None:
    """Return a group, or None where it was never read. *locked*: nobody else changes a group until the commit."""
    if locked:  # by what every writer of an event holds, so that two who read a group first do not both write it
        connection.execute(sa.select(head.c.id).with_for_update()).one()
    row = connection.execute(sa.select(table).where(table.c.group_id == group_id)).one_or_none()
    if row is None:
        return None
    members = sa.select(group_member.c.user_id, group_member.c.since).where(group_member.c.group_id == group_id)
    since = {member.user_id: member.since for member in connection.execute(members)}
    return KeptGroup(first_read_at=row.first_read_at, fresh_from=row.fresh_from, since=since)


def change(
    connection: sa.Connection, group_id: str, *, added: Collection[str], removed: Collection[str], at: datetime
) -> None:
    """Write who came and who went, as Slack was asked *at*. A group that is new was first read then."""
    if not doubt(connection, group_id, at):
        connection.execute(table.insert().values(group_id=group_id, first_read_at=at, fresh_from=at))
    gone = group_member.c.user_id.in_(removed)
    connection.execute(group_member.delete().where(group_member.c.group_id == group_id, gone))
    if added:
        rows = [{"group_id": group_id, "user_id": user_id, "since": at} for user_id in added]
        connection.execute(group_member.insert(), rows)


def doubt(connection: sa.Connection, group_id: str, at: datetime) -> bool:
    """Write that what Slack said of a group before *at* does not count. Returns whether the group was ever read."""
    later = sa.case((table.c.fresh_from < at, sa.literal(at, Moment)), else_=table.c.fresh_from)
    doubted = table.update().where(table.c.group_id == group_id).values(fresh_from=later)
    return connection.execute(doubted.returning(table.c.group_id)).one_or_none() is not None
