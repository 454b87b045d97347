"""Migrating: Alembic brings a database up to date. It is large, so it is imported where there is something to do."""

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from bot.db.database import Unavailable


def upgrade_on(connection: sa.Connection, scripts: Path) -> None:
    """Run what the folder *scripts* has and the database has not, in the transaction of *connection*.

    Raises Unavailable where the database is at a migration that is not there.
    """
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise Unavailable(f"The database is not one that this version of imgbot knows: {error}") from error
