"""Whether this imgbot may still use the database: a newer one may have brought it to where older ones break things.

That may happen while this one runs: replicas are replaced one by one. So what is taken and what goes on record asks, in
the same statement, and nothing of an imgbot that is too old is ever written there.
"""

import sqlalchemy as sa

from bot.db.database import newest, outgrown
from bot.db.tables import schema_support as table


class Outgrown(Exception):  # noqa: N818 -- named for what it says
    """The database is a newer imgbot's alone; the message says what to do."""


OLDEST = sa.select(table.c.oldest).scalar_subquery()
"""The migration that the oldest imgbot which may use the database has to know."""


def may_take() -> sa.ColumnElement[bool]:
    """Return the condition under which this imgbot may take anything."""
    return newest() >= OLDEST


def refuse_if_outgrown(oldest: str) -> None:
    """Raise Outgrown where *oldest* is a migration that this imgbot does not know."""
    if why := outgrown(oldest):
        raise Outgrown(why)


def is_outgrown(connection: sa.Connection) -> str:
    """Return why this imgbot must not use the database any more; nothing where it may."""
    return outgrown(connection.execute(sa.select(table.c.oldest)).scalar_one())
