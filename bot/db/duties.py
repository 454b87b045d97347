"""Duties: work that one of several processes does at a time, and that another takes over when that one falls silent."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.db.support import is_outgrown, may_take
from bot.db.tables import duty as table


def take(connection: sa.Connection, name: str, owner: str, now: datetime, until: datetime) -> bool:
    """Take a duty until a moment, or keep it until then. Returns False where it is another's until after *now*.

    An imgbot that is too old for the database gets none.
    """
    if is_outgrown(connection):
        return False
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = {"name": name, "owner": owner, "until": until}
    free = (table.c.owner == owner) | (table.c.until <= now)
    taken = insert(table).values(row).on_conflict_do_update(index_elements=[table.c.name], set_=row, where=free)
    return connection.execute(taken.returning(table.c.name)).one_or_none() is not None


def extend(connection: sa.Connection, owner: str, beginning: str, until: datetime) -> None:
    """Keep every duty of *owner* whose name begins so."""
    mine = (table.c.owner == owner) & table.c.name.startswith(beginning, autoescape=True)
    connection.execute(table.update().where(mine).values(until=until))


def keep(connection: sa.Connection, name: str, owner: str, until: datetime) -> bool:
    """Keep a duty until a moment. Returns False where it is not this owner's any more, be it nobody's."""
    mine = (table.c.owner == owner) & (table.c.name == name) & may_take()
    return connection.execute(table.update().where(mine).values(until=until)).rowcount == 1


def end(connection: sa.Connection, name: str, owner: str) -> None:
    """Give back one duty, where it is this owner's."""
    connection.execute(table.delete().where((table.c.owner == owner) & (table.c.name == name)))


def give_back(connection: sa.Connection, owner: str) -> None:
    """Give back every duty that *owner* has."""
    connection.execute(table.delete().where(table.c.owner == owner))
