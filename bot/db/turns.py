"""Whose turn it is to write: SQLite has one writer at a time, and whoever waits for it there sleeps too long.

Its own waiting (``busy_timeout``) polls after pauses of up to 100 ms, and first come is not first served. Threads of
one process take turns here instead, before they begin, and what Slack waits for goes first. Other processes are still
waited for as SQLite does it.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """One turn at a time. May be used by several threads; whoever has it must not take another."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._taken = False
        self._urgent = 0

    @contextmanager
    def turn(self, *, urgent: bool = False) -> Iterator[None]:
        """Wait for a turn, and have it within the block; an urgent one comes before all others that wait."""
        self._take(urgent=urgent)
        try:
            yield
        finally:
            with self._changed:
                self._taken = False
                self._changed.notify_all()

    def _take(self, *, urgent: bool) -> None:
        with self._changed:
            self._urgent += urgent
            try:
                self._changed.wait_for(lambda: not self._taken and (urgent or not self._urgent))
                self._taken = True
            finally:
                self._urgent -= urgent
