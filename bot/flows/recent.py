"""What the hosts held a moment ago, for what is only shown: it is there at once, and looked at anew meanwhile."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from queue import SimpleQueue

import structlog

from bot.flows.ports import Clock, Daemons, Unreachable
from bot.images.inventory import Inventory

log = structlog.get_logger()

FRESH = timedelta(seconds=20)
"""How long a look counts as new."""
AT_ONCE = 4
"""How many hosts are looked at at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A host as it was at a moment of our clock: what it held, or why that is not known."""

    at: datetime
    found: Inventory | Unreachable


class Recent:
    """Looks at hosts beside everything else. A host that hangs holds up one thread of a few, and nobody who asks.

    Threads begin with the first question.
    """

    def __init__(self, daemons: Daemons, now: Clock) -> None:
        self.daemons = daemons
        self._now = now
        self._told: list[Callable[[], None]] = []
        self._kept: dict[str, Looked] = {}
        self._under_way: dict[str, threading.Event] = {}
        self._lock = threading.Lock()
        self._tasks = SimpleQueue[str]()
        self._threads = 0

    def tell(self, looked: Callable[[], None]) -> None:
        """Have *looked* called after each look, by the thread that looked."""
        self._told.append(looked)

    def of(self, host: str, within: float = 0.0) -> Looked | None:
        """Return the newest look at a host. Where that is old, wait so many seconds for a new one.

        None where there is none by then.
        """
        kept = self._kept.get(host)
        if kept is not None and self._now() - kept.at < FRESH:
            return kept
        self.begin(host).wait(within)
        return self._kept.get(host)

    def begin(self, host: str) -> threading.Event:
        """Look at a host, unless that is under way; return what is set when it was looked at."""
        with self._lock:
            under_way = self._under_way.get(host)
            if under_way is None:
                under_way = self._under_way[host] = threading.Event()
                self._tasks.put(host)
                self._grow()
        return under_way

    def _grow(self) -> None:
        if self._threads < min(AT_ONCE, len(self._under_way)):
            threading.Thread(target=self._run, name=f"recent-{self._threads}", daemon=True).start()
            self._threads += 1

    def _run(self) -> None:
        while True:
            host = self._tasks.get()
            try:
                self._kept[host] = self._look(host)
            except Exception:
                log.exception("host not looked at", host=host)
            finally:
                with self._lock:
                    self._under_way.pop(host).set()
            for tell in self._told:
                tell()

    def _look(self, host: str) -> Looked:
        daemon = self.daemons[host]
        found = daemon.inventory(kept=True)
        if isinstance(found, Inventory):
            found = daemon.measured(found, found.images)
        return Looked(at=self._now(), found=found)
