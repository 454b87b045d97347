"""Reminding: what becomes due while a request waits is written, and told by whoever publishes."""

from dataclasses import dataclass

from bot.approval.due import due
from bot.db.store import Store
from bot.flows.ports import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Remind:
    """Ends looks, reminds, escalates, and calls for reviews."""

    store: Store
    now: Clock

    def due(self) -> None:
        """Write everything that is due."""
        now = self.now()
        with self.store.reading() as reading:
            waiting = reading.requests_due(now)
        for request in waiting:
            with self.store.transaction() as tx:
                current = tx.request(request.id)
                found = due(current, now) if current else None
                if current is not None and found is not None:
                    tx.record(current, found.event(now))
