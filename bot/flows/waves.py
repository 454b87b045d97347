"""Waves: what waits for the first hosts of its fleet goes on once these went as predicted."""

from dataclasses import dataclass

from bot.approval.events import Released
from bot.approval.fleet import Passed, outlook
from bot.approval.request import RequestId
from bot.db.store import Store
from bot.flows.ports import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Waves:
    """Lets the rest of each fleet go on."""

    store: Store
    now: Clock

    def due(self) -> bool:
        """Release whatever need not wait any more. Returns whether there was something."""
        with self.store.reading() as reading:
            passed = [
                number
                for number in reading.fleets_waiting()
                if (found := reading.first_of(number)) and found[1] and isinstance(outlook(found[1]), Passed)
            ]
        released = [self._release(number) for number in passed]
        return any(released)

    def _release(self, number: RequestId) -> bool:
        with self.store.transaction() as tx:
            fleet = tx.fleet(number)
            held = fleet.held if fleet else ()
            for member in held:
                tx.record(member, Released(at=self.now()))
        return bool(held)
