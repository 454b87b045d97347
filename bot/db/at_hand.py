"""A connection at hand, on which each statement commits by itself: one way to PostgreSQL and back, and no more.

A connection of the pool is asked whether it lives, then told to begin, to do the statement and to commit. Each answer
has to wait until Python lets the thread have it, so where others compute, four take four times as long as one.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

FRESH = 5.0
"""Seconds without use after which a connection may have been cut off unnoticed: then the pool gives another."""


class AtHand:
    """Keeps one connection of an engine's pool. Several threads may use it, one after the other."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._connection: sa.Connection | None = None
        self._used = 0.0

    @contextmanager
    def each_commits(self) -> Iterator[sa.Connection]:
        """Give the connection. After whatever is raised the next has another one."""
        with self._lock:
            connection = self._ready()
            try:
                with connection.begin():  # SQLAlchemy's word for it: the server is not told
                    yield connection
            except BaseException:
                self._give_back()
                raise
            self._used = time.monotonic()

    def close(self) -> None:
        """Give the connection back."""
        with self._lock:
            self._give_back()

    def _ready(self) -> sa.Connection:
        if time.monotonic() - self._used > FRESH:
            self._give_back()
        if self._connection is None:
            self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        return self._connection

    def _give_back(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
