"""Expiring: what nobody decided or began in time ends as *expired*, which is not *rejected*."""

from dataclasses import dataclass

from bot.approval.events import Expired
from bot.approval.request import State
from bot.db.store import Store
from bot.flows.ports import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Expire:
    """Ends the requests that have run out."""

    store: Store
    now: Clock

    def due(self) -> None:
        """End every request that has run out."""
        now = self.now()
        with self.store.reading() as reading:
            late = reading.requests(State.PENDING, State.APPROVED, expired_at=now)
        for request in late:
            with self.store.transaction() as tx:
                current = tx.request(request.id)
                if current is not None:
                    tx.record(current, Expired(at=now))  # refused by the lifecycle where it was decided meanwhile
