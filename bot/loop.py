"""A thread that catches up: woken when there is work, and every few seconds because a wake-up is only a hint."""

import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger()

LONGEST_PAUSE = 30.0
"""Seconds between rounds while every round fails."""


class Loop:
    """Runs *work* until told to stop. Work returns True where there may be more of it at once.

    A round that fails is logged and tried again after a pause that doubles: no fault of a database, a daemon or of
    Slack ends the thread.
    """

    def __init__(self, name: str, work: Callable[[], bool], *, every: float) -> None:
        self._work = work
        self._every = every
        self.name = name
        self._awake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def ended(self) -> bool:
        """Whether the thread ended without being told to."""
        return self._thread.ident is not None and not self._thread.is_alive() and not self._stopping.is_set()

    def wake(self) -> None:
        """Say that there is work."""
        self._awake.set()

    def stop(self) -> None:
        """Say that the round under way is the last."""
        self._stopping.set()
        self._awake.set()

    def join(self, timeout: float) -> bool:
        """Wait for the last round to end, at most *timeout* seconds. Returns whether it did."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        pause = self._every
        while not self._stopping.is_set():
            self._awake.clear()
            try:
                more = self._work()
                pause = self._every
            except Exception:
                log.exception("round failed", loop=self.name)
                more, pause = False, after_a_failure(pause, self._every)
                self._stopping.wait(pause)  # a wake-up does not hasten what has just failed
                continue
            if not more:
                self._awake.wait(pause)


def after_a_failure(pause: float, every: float) -> float:
    """Return the next pause in seconds: twice as long, up to the longest one or to that of a round that went well."""
    return min(pause * 2, max(every, LONGEST_PAUSE))
