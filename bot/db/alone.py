"""One process to a SQLite file: a lock beside it, which the system drops with the process however that ends.

Beside it and not on it: closing any descriptor of the file itself would drop SQLite's own locks (fcntl(2)).
"""

import fcntl
import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from bot.db.database import Unavailable, name_of, unreachable


class SoleUse:
    """The right to be the only process that carries out the requests of a database."""

    def __init__(self, url: sa.URL) -> None:
        self._shared = url.get_backend_name() != "sqlite"
        self._file = None if url.database in {None, "", ":memory:"} else Path(f"{url.database}.serving")
        self._mutex = threading.Lock()
        self._held: weakref.finalize[[int], SoleUse] | None = None

    def take(self) -> bool:
        """Take the right, or keep it. False where the database is shared; Unavailable where another process has it."""
        if self._shared:
            return False
        with self._mutex:
            if self._held is None and self._file is not None:
                self._held = weakref.finalize(self, os.close, _locked(self._file))
        return True

    def give_back(self) -> None:
        """Give the right back."""
        with self._mutex:
            if self._held is not None:
                self._held()
                self._held = None


def _locked(file: Path) -> int:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise Unavailable(
            f"Another imgbot is running on {file.with_suffix('')}, and a SQLite file takes one."
            " Stop it, or use PostgreSQL for several."
        ) from error
    return descriptor


@contextmanager
def unused(engine: sa.Engine) -> Iterator[None]:
    """See that no bot is at work on a database. A SQLite file takes none until the end, either.

    Raises Unavailable where one is: on PostgreSQL, where anything of imgbot but this is connected.
    """
    if engine.dialect.name == "sqlite":
        use = SoleUse(engine.url)
        use.take()
        try:
            yield
        finally:
            use.give_back()
        return
    if others := _connected(engine):
        raise Unavailable(f"{name_of(engine)} is in use: imgbot has {others} other connections to it. Stop it first.")
    yield


def _connected(engine: sa.Engine) -> int:
    """Return how many connections there are of other processes that call themselves imgbot, as all of ours do."""
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'imgbot' AND pid <> pg_backend_pid()"
    )
    try:
        with engine.connect() as connection:
            return int(connection.exec_driver_sql(others).scalar_one())
    except sa.exc.OperationalError as error:
        raise Unavailable(unreachable(engine, error)) from error
