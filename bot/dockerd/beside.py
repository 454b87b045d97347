"""Questions asked side by side: a few long-lived threads, each with a client of its own."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from typing import TypeVar

from docker import APIClient

from bot.dockerd.clients import Clients
from bot.dockerd.faults import FAULTS
from bot.images.inventory import Store

THREADS = 8
AT_ONCE: Mapping[Store, int] = {Store.CLASSIC: 4, Store.CONTAINERD: THREADS, Store.PODMAN: 1}
"""How many small questions a store is asked at once: containerd's takes half the time so, the classic one two thirds.

That is with connections that are kept; where each call opens one, more at once take longer on the classic store.
"""

Item = TypeVar("Item")
T = TypeVar("T")
Question = Callable[[APIClient], T]


class Beside:
    """The threads of one daemon. They begin with the first question."""

    def __init__(self, clients: Clients, at_once: int = THREADS) -> None:
        self._clients = clients
        self._at_once = at_once
        self._threads: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()

    def begin(self, question: Question[T]) -> Future[T]:
        """Ask in another thread. The answer, or what was raised, is the future's."""
        with self._lock:
            if self._threads is None:
                self._threads = ThreadPoolExecutor(self._at_once, thread_name_prefix="dockerd")
            return self._threads.submit(self._asked, question)

    def each(self, ask: Callable[[APIClient, Item], T], items: Sequence[Item], store: Store) -> list[tuple[Item, T]]:
        """Ask about each of *items*, as many at once as the daemon's *store* is quick with; in no certain order.

        Raises what the first that failed raised.
        """
        at_once = min(AT_ONCE[store], self._at_once)
        shares = [items[first::at_once] for first in range(min(at_once, len(items)))]
        begun = [self.begin(partial(_answers, ask, share)) for share in shares]
        wait(begun)
        return [answer for future in begun for answer in future.result()]

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


def _answers(ask: Callable[[APIClient, Item], T], items: Sequence[Item], client: APIClient) -> list[tuple[Item, T]]:
    return [(item, ask(client, item)) for item in items]
