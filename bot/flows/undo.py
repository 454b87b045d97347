"""Undoing, and reclaiming: what a request keeps gets its names back, or goes when its time is over.

Both are begun on record, by a click or by the clock; the process that is named there does it, and each thing that it
does may be done twice: after a crash another takes it up.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from bot.approval.events import Event
from bot.approval.lifecycle import Illegal
from bot.approval.request import Progress, Request, RequestId, Window
from bot.approval.undo_events import GuardRemoved, ReclaimBegun, UndoBegun
from bot.approval.undoing import goes
from bot.db.store import StaleRequest, Store
from bot.flows.beat import UNDO
from bot.flows.duty import Hold
from bot.flows.guarding import guards_of
from bot.flows.letting_go import LettingGo
from bot.flows.pauses import pause
from bot.flows.ports import Clock, Daemon, Unreachable
from bot.flows.putting_back import Name, PuttingBack, is_named
from bot.images.ids import ImageId
from bot.images.inventory import Inventory
from bot.images.layers import deleted_images
from bot.images.removal import Plan, Removed, Step, Untagged

log = structlog.get_logger()

STOPPED_FOR = timedelta(seconds=5)
"""How soon it is asked again whether the record is still to be acknowledged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """Sees to what the requests of one host keep. ``owner`` names this process, ``alone`` whether there is no other.

    While it is at one request no other process is, by a lease; what that one began it takes up ``lease`` after the last
    thing that it did. Nothing is done while it ``observes``: what is kept is kept for longer.
    """

    store: Store
    daemon: Daemon
    now: Clock
    owner: str
    alone: bool
    lease: timedelta
    observes: Callable[[], bool] = lambda: False
    together: int = 20
    """Requests that are read at once."""
    rests: dict[RequestId, tuple[int, datetime]] = field(default_factory=dict)
    """How often a request could not be seen to in a row, and when that is tried again."""
    sent: set[tuple[RequestId, int]] = field(default_factory=set)
    """Guards whose removal was sent, by this process or perhaps by one before it, and has no outcome on record."""

    def due(self) -> None:
        """Put back, or let go of, what is to be."""
        if self.observes():
            return
        now = self.now()
        resting = {request_id for request_id, (_, at) in self.rests.items() if at > now}
        with self.store.reading() as reading:
            stopped = reading.unacknowledged() is not None
            due = reading.undo_due(self.daemon.host, now, limit=self.together, but=resting)
        for request in due:
            failures, _ = self.rests.get(request.id, (0, now))
            if stopped and request.undo and request.undo.window is not Window.UNDOING:
                self.rests[request.id] = (failures, now + STOPPED_FOR)  # it must not keep others from their turn
            elif self._see_to(request):
                self.rests.pop(request.id, None)
            else:
                self.rests[request.id] = (failures + 1, self.now() + pause(failures + 1))

    def _see_to(self, request: Request) -> bool:
        """Put a request's names back, or let go of what it keeps. Returns whether that is done."""
        hold = Hold(self.store, f"{UNDO}{request.id}", owner=self.owner, now=self.now, lease=self.lease)
        if self._is_anothers(request) or not hold.take():
            return False
        try:
            return self._done(request, hold)
        except StaleRequest as error:
            log.warning("undo taken over", request=request.id, why=str(error))
            return False
        finally:
            hold.end()

    def _done(self, request: Request, hold: Hold) -> bool:
        mine = self._mine(request)
        if mine is None or mine.undo is None:
            return False
        inventory = self.daemon.inventory()
        if isinstance(inventory, Unreachable) or inventory.daemon_id != mine.plan.daemon_id:
            return False  # it is kept for longer
        if mine.undo.window is not Window.UNDOING:
            return self._reclaim(mine, inventory, hold)
        names = list(_went(mine))
        if mine is request and request.id not in self.rests:
            went = set(_surely_went(mine))  # else a name that is still there never went: nobody can have given it yet
            names = [each for each in names if each in went or not is_named(inventory, *each)]
        putting_back = PuttingBack(daemon=self.daemon, now=self.now, still_ours=hold.keep)
        undone = putting_back.put_back(inventory, names, guards_of(mine))
        return undone is not None and self._record(mine, undone) is not None

    def _is_anothers(self, request: Request) -> bool:
        """Whether another process has begun, and may not have come to it yet."""
        owner = request.undo.owner if request.undo else ""
        return bool(owner) and owner != self.owner and not self.alone and request.changed_at + self.lease > self.now()

    def _mine(self, request: Request) -> Request | None:
        """Return *request* with its undo begun by this process, on record; None where it changed, or cannot be done."""
        undo = request.undo
        if undo is None or undo.owner == self.owner:
            return request
        if isinstance(self.daemon.inventory(), Unreachable):
            return None  # two processes would take it from each other for as long as the host is away
        begun = UndoBegun if undo.window is Window.UNDOING else ReclaimBegun
        if undo.window is not Window.OPEN:  # whoever was at it may have sent any of them
            self.sent.update((request.id, number) for number in range(len(undo.guards)))
        return self._record(request, begun(at=self.now(), owner=self.owner, by=None))

    def _reclaim(self, request: Request, inventory: Inventory, hold: Hold) -> bool:
        """Let go of each guard that is there. Returns whether none is left."""
        going = {i for i, state in zip(_images(request), request.steps, strict=True) if i and goes(state)}
        planned = frozenset(deleted_images(step.outcome for step in request.plan.reclaims))
        letting_go = LettingGo(daemon=self.daemon, inventory=inventory, still_ours=hold.keep, going=planned)
        for number, (image_id, name) in enumerate(guards_of(request)):
            if request.undo is None or request.undo.reclaims[number].progress is Progress.DONE:
                continue
            step, key = request.plan.reclaims[number], (request.id, number)
            gone = letting_go.let_go(step, name, may_delete=image_id in going, sent=key in self.sent)
            if gone is None:
                self.sent.add(key)
                continue
            names = tuple(name for name, loser in _went(request) if loser == image_id)
            event = GuardRemoved(
                at=self.now(),
                number=number,
                outcome=replace(gone.outcome, answer=""),
                names=names,
                found=gone.found,
                answer=gone.outcome.answer,
            )
            written = self._record(request, event)
            if written is None:
                return False  # another process is at it by now
            request = written
        return request.undo_at is None

    def _record(self, request: Request, event: Event) -> Request | None:
        """Write *event* where nobody changed the request since; None where somebody did."""
        with self.store.transaction() as tx:
            now = tx.request(request.id)
            if now is None or now.version != request.version:
                return None
            made = tx.record(now, event)
        if isinstance(made, Illegal):
            log.error("undo not on record", request=request.id, why=made.why)
            return None
        return made


def _removals(request: Request) -> Sequence[Step]:
    """Return the steps of a request that keeps something: it removes."""
    return request.plan.steps if isinstance(request.plan, Plan) else ()


def _images(request: Request) -> Sequence[ImageId | None]:
    return [step.removal.image_id for step in _removals(request)]


def _went(request: Request) -> Iterator[Name]:
    """Yield the names that went, and those that may have, each with the image that had it."""
    for step, state in zip(_removals(request), request.steps, strict=True):
        if goes(state):
            yield from _untagged(state.outcome if isinstance(state.outcome, Removed) else step.outcome)


def _surely_went(request: Request) -> Iterator[Name]:
    """Yield those that went by what is on record."""
    for state in request.steps:
        yield from _untagged(state.outcome)


def _untagged(outcome: object) -> Iterator[Name]:
    if isinstance(outcome, Removed):
        yield from ((r.reference, r.image_id) for r in outcome.records if isinstance(r, Untagged))
