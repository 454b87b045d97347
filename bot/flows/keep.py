"""Keeping what Slack delivers: it is committed before it is acknowledged, with what else comes at the same moment."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta

from bot.db.store import Arrived, Store
from bot.flows.ports import Clock

WITHIN = timedelta(seconds=2)
"""How long it is tried to keep a delivery: Slack waits for three seconds."""
JUST_NOW = 0.05
"""Seconds."""


@dataclass(slots=True, kw_only=True)
class _Batch:
    """Deliveries that are committed together, and what came of that."""

    arrived: list[Arrived] = field(default_factory=list)
    committed: Future[None] = field(default_factory=Future)


class Keep:
    """Commits deliveries, each once under its key. May be used by several threads.

    A thread of its own commits all that came while it committed what was before: that takes as long for many as for
    one. *kept* is called after each time, with how many they were.
    """

    def __init__(self, store: Store, now: Clock, kept: Callable[[int], None]) -> None:
        self._store = store
        self._now = now
        self._kept = kept
        self._changed = threading.Condition()
        self._next = _Batch()
        self._committing = False
        self._came = -JUST_NOW
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="keep", daemon=True)
        self._thread.start()

    def begin(self, key: str, kind: str, body: str) -> Future[None]:
        """Begin to keep a delivery. What is returned is done once it is committed, or has what kept it from that.

        It is the same for all that are committed together.
        """
        with self._changed:
            self._came = time.monotonic()
            self._next.arrived.append(Arrived(key=key, kind=kind, body=body, at=self._now()))
            self._changed.notify()
            return self._next.committed

    def keep(self, key: str, kind: str, body: str) -> None:
        """Return once the delivery is committed. Raises what kept it from that."""
        self.begin(key, kind, body).result()

    @property
    def busy(self) -> bool:
        """Whether a delivery is being committed, or one came just now: then others are likely to come."""
        return self._committing or bool(self._next.arrived) or time.monotonic() - self._came < JUST_NOW

    def end(self) -> None:
        """Have the thread end once it has committed what came, and wait for that as long as that may take."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join(WITHIN.total_seconds())

    def _run(self) -> None:
        while batch := self._taken():
            self._commit(batch)

    def _taken(self) -> _Batch | None:
        with self._changed:
            self._committing = False
            self._changed.wait_for(lambda: self._next.arrived or self._ended)
            batch, self._next = self._next, _Batch()
            self._committing = bool(batch.arrived)
        return batch if batch.arrived else None

    def _commit(self, batch: _Batch) -> None:
        try:
            self._receive(batch.arrived)
        except Exception as error:  # noqa: BLE001 -- told to everybody whose delivery it is
            batch.committed.set_exception(error)
        else:
            batch.committed.set_result(None)
            self._kept(len(batch.arrived))

    def _receive(self, arrived: Sequence[Arrived]) -> None:
        self._store.patiently(lambda tx: tx.receive_all(arrived), WITHIN, urgent=True)
