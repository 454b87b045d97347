"""What happened on a host, asked directly before each call by several threads, which share an answer that is fresh."""

import threading
import time

from bot.flows.ports import Changes, Daemon, Unreachable

FRESH = 0.02
"""Seconds for which an answer counts, from its question on. A removal takes the daemon about as long."""


class Lookout:
    """Asks the daemon at most once in a fiftieth of a second, whoever wants to know."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._asking = threading.Lock()
        self._last: tuple[int, float, Changes | Unreachable] | None = None

    def changes(self, since: int, within: float = FRESH) -> Changes | Unreachable:
        """Return what happened since a moment of the daemon's clock, up to so many seconds ago."""
        with self._asking:
            now = time.monotonic()
            if self._last is not None and self._last[0] == since and now - self._last[1] < within:
                return self._last[2]
            answer = self._daemon.changes(since)
            self._last = (since, now, answer)
            return answer
