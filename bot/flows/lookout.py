"""What happened on a host, asked directly before each call by several threads, which share an answer."""

import threading

from bot.flows.ports import Changes, Daemon, Unreachable


class Lookout:
    """Asks the daemon one question at a time; whoever waits meanwhile shares the answer to the next one.

    So no answer is older than the question of whoever gets it.
    """

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon
        self._asking = threading.Lock()
        self._asked = 0  # questions that were begun; only whoever is asking counts up
        self._last: tuple[int, int, Changes | Unreachable] | None = None

    def changes(self, since: int) -> Changes | Unreachable:
        """Return what happened since a moment of the daemon's clock."""
        before = self._asked
        with self._asking:
            if self._last is not None and self._last[0] > before and self._last[1] == since:
                return self._last[2]
            self._asked += 1
            answer = self._daemon.changes(since)
            self._last = (self._asked, since, answer)
            return answer
