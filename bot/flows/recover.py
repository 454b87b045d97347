"""Recovering: what was begun when a process ended, or when a daemon did not answer, is held against the host.

A step is then *done*, *not done* or *unclear*, and nothing more is sent before a person says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from bot.approval.events import Event, Finished, Interrupted, StepDone, StepNotDone, StepUnclear
from bot.approval.request import Progress, Request, RequestId, State
from bot.db.store import Store
from bot.flows.ledger import must
from bot.flows.ports import Clock, Daemon, Unreachable
from bot.images.afterwards import Done, NotDone, Unclear, afterwards
from bot.images.inventory import Inventory
from bot.images.removal import Removed
from bot.images.restoral import Gain, PutBack, RestoreStep, gain_line
from bot.images.restoring import came_back

FOUND_DONE = "Found done on the host, after the daemon's answer was lost."
FOUND_NOT_DONE = "Found not done on the host."


@dataclass(frozen=True, slots=True, kw_only=True)
class Recover:
    """Clears up after a process that ended. ``alone`` where no other process can be at work on this database.

    ``settles`` is how long a daemon may still be at a removal whose answer nobody waits for any more: that everything
    is still there says nothing before.
    """

    store: Store
    daemons: Mapping[str, Daemon]
    now: Clock
    owner: str
    alone: bool
    settles: timedelta

    def orphans(self) -> None:
        """Interrupt the requests whose process is gone."""
        with self.store.reading() as reading:
            under_way = reading.requests(State.REMOVING)
        for request in under_way:
            if self._is_orphan(request):
                self.interrupted(request, why="The bot ended in the middle of it.")

    def unclear(self) -> None:
        """Look again at what is unclear."""
        with self.store.reading() as reading:
            interrupted = reading.requests(State.INTERRUPTED, limit=1000)
        for request in interrupted:
            if _unclear(request):
                self.clear_up(request.id)

    def _is_orphan(self, request: Request) -> bool:
        claim = request.claim
        if claim is None:
            return True
        return claim.owner != self.owner and (self.alone or claim.until <= self.now())

    def interrupted(self, request: Request, why: str) -> None:
        """Write that *request* was interrupted, and clear up."""
        now = self.now()
        with self.store.transaction() as tx:
            current = tx.request(request.id)
            if current is None or current.state is not State.REMOVING or current.claim != request.claim:
                return
            begun = [number for number, step in enumerate(current.steps) if step.progress is Progress.BEGUN]
            unclear = [StepUnclear(at=now, step=number, why=why) for number in begun]
            must(tx.record_all(current, [*unclear, Interrupted(at=now, why=why)]))
        self.clear_up(request.id)

    def clear_up(self, request_id: RequestId) -> None:
        """Hold the unclear steps of an interrupted request against the host, and finish it where nothing is left."""
        with self.store.reading() as reading:
            request = reading.request(request_id)
        if request is None or request.state is not State.INTERRUPTED:
            return
        found = self._found(request) if _unclear(request) else []
        with self.store.transaction() as tx:
            current = tx.request(request_id)
            if current is None or current.version != request.version:
                return  # somebody was faster; the next round looks again
            current = must(tx.record_all(current, found))
            if not {step.progress for step in current.steps} & {Progress.WAITING, Progress.UNCLEAR}:
                tx.record(current, Finished(at=self.now()))

    def _found(self, request: Request) -> list[Event]:
        daemon = self.daemons.get(request.plan.host)
        inventory = daemon.inventory() if daemon else None
        if inventory is None or isinstance(inventory, Unreachable) or inventory.daemon_id != request.plan.daemon_id:
            return []
        events = [self._verdict(request, number, inventory) for number in _unclear(request)]
        return [event for event in events if event is not None]

    def _verdict(self, request: Request, number: int, inventory: Inventory) -> Event | None:
        now, step = self.now(), request.plan.steps[number]
        if isinstance(step, RestoreStep):
            return self._of_restoral(request, number, came_back(step, inventory))
        match afterwards(step, inventory):
            case Done(records=records):
                return StepDone(at=now, step=number, outcome=Removed(records=records), found=FOUND_DONE)
            case NotDone() if now < request.changed_at + self.settles:
                return None
            case NotDone():
                return StepNotDone(at=now, step=number, found=FOUND_NOT_DONE)
            case Unclear():
                return None
            case other:
                assert_never(other)

    def _of_restoral(self, request: Request, number: int, there: tuple[Gain, ...]) -> Event | None:
        """Say what came of putting an image back. What is lacking can be done by doing the step again."""
        now, outcome = self.now(), request.plan.steps[number].outcome
        if isinstance(outcome, PutBack) and there == outcome.gains:
            return StepDone(at=now, step=number, outcome=outcome, found=FOUND_DONE)
        if now < request.changed_at + self.settles:
            return None
        found = ", ".join(map(gain_line, there))
        return StepNotDone(
            at=now, step=number, found=f"Found done on the host only: {found}." if found else FOUND_NOT_DONE
        )


def _unclear(request: Request) -> tuple[int, ...]:
    return tuple(number for number, step in enumerate(request.steps) if step.progress is Progress.UNCLEAR)
