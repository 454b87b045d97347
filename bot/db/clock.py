"""The clock that counts: on PostgreSQL the server's, which all who share it read, whatever their own clocks say."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

SLOW = timedelta(seconds=1)
"""A server that takes longer to say what time it is says nothing exact: what it said before counts."""


def _wall() -> datetime:
    return datetime.now(UTC)


def _elapsed() -> float:
    """Return seconds since some moment; those in which the machine was suspended count."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class DatabaseClock:
    """Tells the time. With SQLite there is one machine, and its clock counts.

    With PostgreSQL the server is asked when this is ``set``, and the seconds since are counted here: the machine's own
    clock, which may be wrong by hours or be set, is not read. Before it was set it is.
    """

    def __init__(
        self, engine: sa.Engine, *, wall: Callable[[], datetime] = _wall, elapsed: Callable[[], float] = _elapsed
    ) -> None:
        self._engine = engine
        self._wall = wall
        self._elapsed = elapsed
        self._zero: datetime | None = None

    def __call__(self) -> datetime:
        """Return the time, in UTC."""
        return self._wall() if self._zero is None else self._zero + timedelta(seconds=self._elapsed())

    def set(self) -> None:
        """Ask the server what time it is."""
        if self._engine.dialect.name != "postgresql":
            return
        with self._engine.connect() as connection:
            before = self._elapsed()
            said: datetime = connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
            after = self._elapsed()
        if self._zero is None or timedelta(seconds=after - before) < SLOW:
            self._zero = said.astimezone(UTC) - timedelta(seconds=(before + after) / 2)
