"""When the database did not answer: since when, and what it said."""

import sqlite3
import threading
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

LET_OTHERS_GO_FIRST = frozenset({"40001", "40P01", "55P03"})
"""PostgreSQL's codes for a serialization failure, a deadlock and a lock that was waited for too long."""

AWAY_OF_SQLITE = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}
)
"""SQLite's codes, without what they are extended by (sqlite.org/rescode.html)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """The database did not answer from ``since`` on; ``why`` is what was said first."""

    since: datetime
    why: str


def goes_first(error: BaseException) -> bool:
    """Whether the database let another transaction go first: the same may go well at once."""
    code = getattr(getattr(error, "orig", None), "sqlstate", None)
    return isinstance(error, sa.exc.DBAPIError) and code in LET_OTHERS_GO_FIRST


def is_away(error: BaseException) -> bool:
    """Whether the database could not be reached, or could not write: cut off, stopped, busy for long, or full."""
    if not isinstance(error, sa.exc.DBAPIError) or goes_first(error):
        return False
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in AWAY_OF_SQLITE
    return error.connection_invalidated or isinstance(error, sa.exc.OperationalError)


class Outages:
    """Remembers that the database did not answer, until that was told. May be used by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now: Outage | None = None

    @property
    def untold(self) -> Outage | None:
        """The outage that nobody was told of yet."""
        return self._now

    def failed(self, error: BaseException, at: datetime) -> None:
        """Say that something failed at *at*; it counts where it was the database that was away."""
        if not is_away(error):
            return
        why = str(getattr(error, "orig", error)).strip().splitlines()[0]
        with self._lock:
            self._now = self._now or Outage(since=at, why=why)

    def told(self, outage: Outage) -> None:
        """Say that *outage* is over and was told."""
        with self._lock:
            self._now = None if self._now is outage else self._now
