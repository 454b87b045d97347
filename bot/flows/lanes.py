"""Lanes: how many deliveries about one host are done at a time, so that a host that hangs holds up its own alone."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 2
"""Deliveries about one host that are done at the same time by one process."""


def held_up_at_most(hosts: int, groups: int) -> int:
    """Return how many deliveries may be held up: by hosts, by groups of them, by all of them, and by some by name."""
    return AT_ONCE * (hosts + groups + 2)


class Lanes:
    """Counts what is being done about each host. May be used by several threads."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._lock = threading.Lock()
        self._busy: Counter[str] = Counter()

    @property
    def full(self) -> frozenset[str]:
        """The hosts about which nothing more is begun now."""
        with self._lock:
            return frozenset(host for host, busy in self._busy.items() if busy >= self._at_once)

    @contextmanager
    def entered(self, host: str | None) -> Iterator[bool]:
        """Give whether something about *host* may be done now: it counts until the end. None is about no host."""
        may = host is None or self._enter(host)
        try:
            yield may
        finally:
            if may and host is not None:
                self._leave(host)

    def _enter(self, host: str) -> bool:
        with self._lock:
            may = self._busy[host] < self._at_once
            self._busy[host] += may
            return may

    def _leave(self, host: str) -> None:
        with self._lock:
            self._busy[host] -= 1
            if not self._busy[host]:
                del self._busy[host]
