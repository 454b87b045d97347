"""Threads that do the same work: more of them while each is held up."""

import threading
import time
from collections.abc import Callable

from bot.loop import Loop

HELD_UP = 1.0
"""Seconds after which a piece of work holds its thread up: most take less."""
TURN = 0.1
"""Seconds for which a piece of work waits at most for another one to end."""


def giving_way(work: Callable[[], bool], busy: Callable[[], bool]) -> Callable[[], bool]:
    """Return *work* that is done by one thread at a time while something more urgent is going on, as *busy* says.

    Python runs one thread at a time: with each that computes, what is urgent waits once more. A piece of work that
    lasts does not hold the others up: they wait for TURN seconds at most.
    """
    turn = threading.Lock()

    def working() -> bool:
        mine = turn.acquire(blocking=False) or (busy() and turn.acquire(timeout=TURN))
        try:
            return work()
        finally:
            if mine:
                turn.release()

    return working


class Crew:
    """Loops of one *work*, *least* to begin with; while all of them are held up there are more, up to *most*."""

    def __init__(self, name: str, work: Callable[[], bool], *, least: int, most: int, every: float) -> None:
        self._name = name
        self._work = work
        self._most = most
        self._every = every
        self._lock = threading.Lock()
        self._began: dict[int, float] = {}
        self._woken: set[int] = set()
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

    def wake(self, count: int | None = None) -> None:
        """Say that there is work, for so many or for all. Who is at work looks for more by itself."""
        with self._lock:
            idle = [number for number in range(len(self._loops)) if number not in self._began.keys() | self._woken]
            enough = count is not None and len(idle) >= count
            woken = idle[:count] if enough else range(len(self._loops))
            self._woken.update(woken)
            loops = [self._loops[number] for number in woken]
        for loop in loops:
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
                self._woken.discard(number)
            try:
                return self._work()
            finally:
                with self._lock:
                    del self._began[number]

        return Loop(f"{self._name}-{number}", working, every=self._every)
