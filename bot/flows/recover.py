"""Recovering: what was begun when a process ended, or when a daemon did not answer, is held against the host.

A step is then *done*, *not done* or *unclear*, and nothing more is sent before a person says so.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import assert_never

from bot.approval.events import Event, Finished, Interrupted, StepDone, StepNotDone, StepUnclear
from bot.approval.request import Progress, Request, RequestId, State
from bot.db.store import Store
from bot.flows.ledger import must
from bot.flows.pauses import pause
from bot.flows.ports import Clock, Daemon, Unreachable
from bot.images.afterwards import Done, NotDone, Unclear, afterwards
from bot.images.inventory import Inventory
from bot.images.removal import Removed
from bot.images.restoral import Gain, PutBack, RestoreStep, gain_line
from bot.images.restoring import came_back

FOUND_DONE = "Found done on the host, after the daemon's answer was lost."
FOUND_IN_PART = "Found done in part on the host."
FOUND_NOT_DONE = "Found not done on the host."

LONGEST = timedelta(minutes=1)
"""The longest pause between two looks at a host for what is unclear there."""


class Rests:
    """When each host is looked at again for what is unclear: ever later, until something else is unclear there."""

    def __init__(self) -> None:
        self._hosts: dict[str, tuple[frozenset[RequestId], int, datetime]] = {}

    def is_due(self, host: str, unclear: frozenset[RequestId], now: datetime) -> bool:
        """Whether to look at *host* now, where these requests are unclear. If so it counts as looked at."""
        known, looks, again_at = self._hosts.get(host, (frozenset[RequestId](), 0, now))
        looks = looks if unclear <= known else 0
        if looks and now < again_at:
            return False
        self._hosts[host] = (unclear, looks + 1, now + min(pause(looks + 1), LONGEST))
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Recover:
    """Clears up after a process that ended. ``alone`` where no other process can be at work on this database.

    A daemon may still be at a removal whose answer nobody waits for any more: before its longest call is over, that
    everything is still there says nothing.
    """

    store: Store
    daemons: Mapping[str, Daemon]
    now: Clock
    owner: str
    alone: bool
    rests: Rests = field(default_factory=Rests)

    def on(self, host: str) -> None:
        """Clear up on one host: a daemon that does not answer delays no other's."""
        self.orphans(host)
        self.unclear(host)

    def elsewhere(self) -> None:
        """Interrupt the requests whose process is gone on hosts that are no longer in the settings."""
        for request in self._orphans(None):
            if request.plan.host not in self.daemons:
                self._interrupt(request)

    def orphans(self, host: str | None = None) -> None:
        """Interrupt the requests whose process is gone, where *host* is given only those on it."""
        for request in self._orphans(host):
            self._interrupt(request)

    def _orphans(self, host: str | None) -> list[Request]:
        with self.store.reading() as reading:
            under_way = reading.requests(State.REMOVING, host=host)
        return [request for request in under_way if self._is_orphan(request)]

    def _interrupt(self, request: Request) -> None:
        self.interrupted(request, why="The bot ended in the middle of it.")

    def unclear(self, host: str | None = None) -> None:
        """Look again at what is unclear: once at each host for all of its requests, and less and less often."""
        with self.store.reading() as reading:
            interrupted = reading.requests(State.INTERRUPTED, limit=1000, host=host)
        hosts = defaultdict[str, list[Request]](list)
        for request in interrupted:
            if _unclear(request):
                hosts[request.plan.host].append(request)
        for where, unclear in hosts.items():
            if self.rests.is_due(where, frozenset(request.id for request in unclear), self.now()):
                inventory = self._inventory(where)
                for request in unclear:
                    self._clear_up(request, inventory)

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
        if request is not None and request.state is State.INTERRUPTED:
            self._clear_up(request, self._inventory(request.plan.host) if _unclear(request) else None)

    def _clear_up(self, request: Request, inventory: Inventory | None) -> None:
        """Clear up by what the host holds, where that is known."""
        found = self._found(request, inventory) if inventory is not None else []
        with self.store.transaction() as tx:
            current = tx.request(request.id)
            if current is None or current.version != request.version:
                return  # somebody was faster; the next round looks again
            current = must(tx.record_all(current, found))
            if not {step.progress for step in current.steps} & {Progress.WAITING, Progress.UNCLEAR}:
                tx.record(current, Finished(at=self.now()))

    def _inventory(self, host: str) -> Inventory | None:
        daemon = self.daemons.get(host)
        inventory = daemon.inventory() if daemon else None
        return None if isinstance(inventory, Unreachable) else inventory

    def _found(self, request: Request, inventory: Inventory) -> list[Event]:
        if inventory.daemon_id != request.plan.daemon_id:
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
            case NotDone() | Unclear() if self._may_come(request):
                return None
            case NotDone():
                return StepNotDone(at=now, step=number, found=FOUND_NOT_DONE)
            case Unclear(records=records, why=why):  # a daemon that failed half-way, such as with a full disk
                return StepDone(at=now, step=number, outcome=Removed(records=records), found=f"{FOUND_IN_PART} {why}")
            case other:
                assert_never(other)

    def _may_come(self, request: Request) -> bool:
        """Whether the daemon may still be at what is not done yet."""
        return self.now() < request.changed_at + self.daemons[request.plan.host].longest_call

    def _of_restoral(self, request: Request, number: int, there: tuple[Gain, ...]) -> Event | None:
        """Say what came of putting an image back. What is lacking can be done by doing the step again."""
        now, outcome = self.now(), request.plan.steps[number].outcome
        if isinstance(outcome, PutBack) and there == outcome.gains:
            return StepDone(at=now, step=number, outcome=outcome, found=FOUND_DONE)
        if self._may_come(request):
            return None
        found = ", ".join(map(gain_line, there))
        return StepNotDone(
            at=now, step=number, found=f"Found done on the host only: {found}." if found else FOUND_NOT_DONE
        )


def _unclear(request: Request) -> tuple[int, ...]:
    return tuple(number for number, step in enumerate(request.steps) if step.progress is Progress.UNCLEAR)
