"""Keeping what Slack delivers: it is committed before it is acknowledged, with what else comes at the same moment."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.db.store import Store, Transaction
from bot.flows.ports import Clock

WITHIN = timedelta(seconds=2)
"""How long it is tried to keep a delivery: Slack waits for three seconds."""


@dataclass(slots=True, kw_only=True)
class _Delivered:
    """A delivery as it is committed, and what came of that."""

    key: str
    kind: str
    body: str
    done: bool = False
    failure: Exception | None = None


class Keep:
    """Commits deliveries, each once under its key. May be used by several threads.

    One of the threads that wait commits for all of them: a commit takes as long for many deliveries as for one.
    """

    def __init__(self, store: Store, now: Clock, kept: Callable[[], None]) -> None:
        self._store = store
        self._now = now
        self._kept = kept
        self._waiting: deque[_Delivered] = deque()
        self._committing = threading.Lock()

    def keep(self, key: str, kind: str, body: str) -> None:
        """Return once the delivery is committed. Raises what kept it from that."""
        mine = _Delivered(key=key, kind=kind, body=body)
        self._waiting.append(mine)
        with self._committing:
            if not mine.done:
                self._commit([self._waiting.popleft() for _ in range(len(self._waiting))])
        if mine.failure is not None:
            raise mine.failure
        self._kept()

    def _commit(self, delivered: list[_Delivered]) -> None:
        failure = None
        try:
            self._store.patiently(lambda tx: self._receive(tx, delivered), WITHIN, urgent=True)
        except Exception as error:  # noqa: BLE001 -- told to everybody whose delivery it is
            failure = error
        for each in delivered:
            each.done, each.failure = True, failure

    def _receive(self, tx: Transaction, delivered: Sequence[_Delivered]) -> None:
        for each in delivered:
            tx.receive(each.key, each.kind, each.body, self._now())
