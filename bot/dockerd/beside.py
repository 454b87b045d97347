"""Questions asked side by side: a few long-lived threads, each with a client of its own."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

from docker import APIClient

from bot.dockerd.clients import Clients
from bot.dockerd.faults import FAULTS

THREADS = 8
"""As many calls at once as the containerd store gains by."""

T = TypeVar("T")
Question = Callable[[APIClient], T]


class Beside:
    """The threads of one daemon. They begin with the first question."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients
        self._threads: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()

    def begin(self, question: Question[T]) -> Future[T]:
        """Ask in another thread. The answer, or what was raised, is the future's."""
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="dockerd")
            return self._threads.submit(self._asked, question)

    def all(self, questions: Iterable[Question[T]]) -> list[T]:
        """Ask all of them and wait for every answer. Raises what the first that failed raised."""
        begun = [self.begin(question) for question in questions]
        wait(begun)
        return [future.result() for future in begun]

    def close(self) -> None:
        """Let the threads go. The next question begins new ones."""
        with self._lock:
            threads, self._threads = self._threads, None
        if threads is not None:
            threads.shutdown(wait=False)

    def _asked(self, question: Question[T]) -> T:
        try:
            return question(self._clients.mine())
        except FAULTS:
            self._clients.drop()
            raise
