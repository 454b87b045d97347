# ruff: noqa: INP001 -- Alembic loads it by path
"""How migrations are run: all in one transaction, one process at a time, and never waiting for long."""

import os

import sqlalchemy as sa
from alembic import context

from bot.db import database, text_index
from bot.db.tables import metadata

LOCK = 0x696D67626F74
"""The advisory lock that one migrating process holds: "imgbot" in ASCII."""


def run() -> None:
    """Migrate on the connection that was handed over, or on one of our own."""
    connection = context.config.attributes.get("connection")
    if connection is not None:
        migrate(connection)
        return
    engine = database.engine(_url())
    with engine.begin() as own:
        migrate(own)
    engine.dispose()


def _url() -> str:
    given = context.get_x_argument(as_dictionary=True).get("url")
    return str(given or os.environ.get("IMGBOT_DATABASE_URL") or database.default_url())


def migrate(connection: sa.Connection) -> None:
    """Migrate within the transaction of *connection*. On SQLite, its BEGIN IMMEDIATE is the lock."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "SET LOCAL lock_timeout = '60s'"
        )  # an advisory lock counts as one (PostgreSQL manual)
        connection.exec_driver_sql("SET LOCAL statement_timeout = '10min'")
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
        connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
    context.configure(
        connection=connection,
        target_metadata=metadata,
        transactional_ddl=True,
        render_as_batch=True,
        compare_server_default=True,
        include_name=lambda name, *_: not text_index.belongs(name),
    )
    with context.begin_transaction():
        context.run_migrations()


run()
