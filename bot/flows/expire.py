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
        """End every request that has run out; one for several hosts on all of them at once."""
        now = self.now()
        with self.store.reading() as reading:
            late = reading.requests(State.PENDING, State.APPROVED, expired_at=now)
        for number in dict.fromkeys(each.member.fleet if each.member else each.id for each in late):
            with self.store.transaction() as tx:
                fleet = tx.fleet(number)
                one = None if fleet else tx.request(number)
                for current in fleet.members if fleet else filter(None, [one]):
                    tx.record(current, Expired(at=now))  # refused by the lifecycle where it was decided meanwhile
