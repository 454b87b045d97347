"""Calls between the processes that share a PostgreSQL database: one wrote something, so the others look.

A call is only a hint. Whoever does not hear it looks a second later. Nobody hears what it called itself: it knows.
"""

import secrets
from typing import Any

import sqlalchemy as sa

CHANNEL = "imgbot"
_PROCESS = secrets.token_hex(8)


def caller(engine: sa.Engine) -> str:
    """Return who calls over the connections of *engine*: nobody else does."""
    return f"{_PROCESS}:{id(engine)}"


def call(connection: sa.Connection) -> None:
    """Call whoever listens, once this transaction is committed."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_notify(CHANNEL, caller(connection.engine))))


class Listening:
    """Hears calls, over a connection of its own. One thread uses it."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._connection: sa.PoolProxiedConnection | None = None

    def heard(self, within: float) -> bool:
        """Wait so many seconds for a call. Returns whether another called. Raises where the connection is lost."""
        connection = self._connection or self._connected()
        driver: Any = connection.dbapi_connection
        try:
            calls = list(driver.notifies(timeout=within, stop_after=1))
            return any(call.payload != caller(self._engine) for call in calls)
        except Exception:
            self.close()
            raise

    def close(self) -> None:
        """Give the connection up."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _connected(self) -> sa.PoolProxiedConnection:
        """Return a connection that is not the pool's any more: it is never lent to anybody else."""
        connection = self._engine.raw_connection()
        connection.detach()
        driver: Any = connection.dbapi_connection
        driver.autocommit = True
        driver.execute(f"LISTEN {CHANNEL}")
        self._connection = connection
        return connection
