"""Duties: work that one of several processes does at a time, and that another takes over when that one falls silent."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.db.tables import duty as table


def take(connection: sa.Connection, name: str, owner: str, now: datetime, until: datetime) -> bool:
    """Take a duty until a moment, or keep it until then. Returns False where it is another's until after *now*."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = {"name": name, "owner": owner, "until": until}
    free = (table.c.owner == owner) | (table.c.until <= now)
    taken = insert(table).values(row).on_conflict_do_update(index_elements=[table.c.name], set_=row, where=free)
    return connection.execute(taken.returning(table.c.name)).one_or_none() is not None


def give_back(connection: sa.Connection, owner: str) -> None:
    """Give back every duty that *owner* has."""
    connection.execute(table.delete().where(table.c.owner == owner))
