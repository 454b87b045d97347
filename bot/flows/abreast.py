"""Abreast: the same is done about many hosts at once, and none is waited for longer than its own time."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")
AT_ONCE = 256
"""Hosts about which something is done at the same moment. Each waits for its daemon nearly all of the time."""
STEP = 1.0
"""Seconds after which it is looked again which of the hosts have begun."""


class Abreast(Generic[T]):
    """Does *work* about each of some hosts. *within* says how long a host may take from when it is begun."""

    def __init__(self, work: Callable[[str], T], within: Callable[[str], timedelta]) -> None:
        self._work = work
        self._within = within
        self._begun: dict[str, float] = {}
        self._told: SimpleQueue[tuple[str, T | Exception]] = SimpleQueue()

    def each(self, hosts: Sequence[str]) -> Iterator[tuple[str, T | None]]:
        """Yield each host with what came of it, in their order; None for those that took too long.

        Raises what the work raised, once all are done. What takes too long is left to end by itself.
        """
        waiting = deque(hosts)
        for number in range(min(AT_ONCE, len(hosts))):
            # Nothing waits for these when the process ends: a daemon may keep one for its whole time-out.
            threading.Thread(target=self._works, args=(waiting,), name=f"abreast-{number}", daemon=True).start()
        found: dict[str, T | Exception | None] = {}
        while len(found) < len(hosts):
            self._hear(found)
        for host in hosts:
            value = found[host]
            if isinstance(value, Exception):
                raise value
            yield host, value

    def _hear(self, found: dict[str, T | Exception | None]) -> None:
        """Put down what is heard next, or which hosts have had their time."""
        now = time.monotonic()
        left = {
            host: at + self._within(host).total_seconds() - now
            for host, at in dict(self._begun).items()
            if host not in found
        }
        found.update(dict.fromkeys(host for host, seconds in left.items() if seconds <= 0))
        waits = min((seconds for seconds in left.values() if seconds > 0), default=STEP)
        try:
            host, value = self._told.get(timeout=min(waits, STEP) if left else STEP / 10)
        except Empty:
            return
        found.setdefault(host, value)

    def _works(self, waiting: deque[str]) -> None:
        while waiting:
            try:
                host = waiting.popleft()
            except IndexError:
                return  # another thread was first
            self._begun[host] = time.monotonic()
            try:
                self._told.put((host, self._work(host)))
            except Exception as error:  # noqa: BLE001 -- raised again by whoever waits
                self._told.put((host, error))
