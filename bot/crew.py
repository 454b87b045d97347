"""Threads that do the same work: more of them while each is held up."""

import threading
import time
from collections.abc import Callable

from bot.loop import Loop

HELD_UP = 1.0
"""Seconds after which a piece of work holds its thread up: most take less."""


class Crew:
    """Loops of one *work*, *least* to begin with; while all of them are held up there are more, up to *most*."""

    def __init__(self, name: str, work: Callable[[], bool], *, least: int, most: int, every: float) -> None:
        self._name = name
        self._work = work
        self._most = most
        self._every = every
        self._lock = threading.Lock()
        self._began: dict[int, float] = {}
        self._stopped = False
        self._loops = [self._loop(number) for number in range(least)]

    @property
    def loops(self) -> tuple[Loop, ...]:
        """The loops that there are now."""
        with self._lock:
            return tuple(self._loops)

    def start(self) -> None:
        """Begin."""
        for loop in self.loops:
            loop.start()

    def wake(self) -> None:
        """Say that there is work."""
        for loop in self.loops:
            loop.wake()

    def stop(self) -> None:
        """Say that the rounds under way are the last."""
        with self._lock:
            self._stopped = True
        for loop in self.loops:
            loop.stop()

    def grow(self) -> None:
        """Start more loops where every one is held up: twice as many."""
        late = time.monotonic() - HELD_UP
        with self._lock:
            held_up = sum(began < late for began in self._began.values())
            if self._stopped or held_up < len(self._loops):
                return
            have = len(self._loops)
            more = [self._loop(number) for number in range(have, min(have * 2, self._most))]
            for loop in more:
                loop.start()
            self._loops += more

    def _loop(self, number: int) -> Loop:
        def working() -> bool:
            with self._lock:
                self._began[number] = time.monotonic()
            try:
                return self._work()
            finally:
                with self._lock:
                    del self._began[number]

        return Loop(f"{self._name}-{number}", working, every=self._every)
