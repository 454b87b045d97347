"""Guarding: before anything of a request goes that can be undone, each of its images gets a guard tag, read back."""

from dataclasses import dataclass
from datetime import timedelta

from bot.approval.events import Event, Interrupted
from bot.approval.lifecycle import Illegal
from bot.approval.request import Request, State
from bot.approval.undo_events import Guarded, Guarding
from bot.db.store import Store
from bot.flows.ports import Clock, Daemon, Unreachable
from bot.images.guards import guard_of, label
from bot.images.ids import ImageId, short
from bot.images.undoable import images_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """Sets the guards of one claimed request."""

    store: Store
    daemon: Daemon
    now: Clock
    lease: timedelta

    def set(self, request: Request) -> Request | None:
        """Return *request* with all of its guards set; None where that could not be, which is on record then."""
        guards = guards_of(request)
        begun = self._record(request, Guarding(at=self.now(), guards=tuple(name for _, name in guards)))
        if begun is None:
            return None
        until = self.now() + self.lease / 3
        for image_id, name in guards:
            if self.now() >= until:  # whoever stood still may have lost the claim, and nobody takes away what it sets
                if not self._goes_on(begun):
                    return None
                until = self.now() + self.lease / 3
            if why := self._set(image_id, name):
                self._record(begun, Interrupted(at=self.now(), why=why))
                return None
        return self._record(begun, Guarded(at=self.now()))

    def _set(self, image_id: ImageId, name: str) -> str:
        """Set a guard and read it back. Returns why it could not be, or nothing."""
        failed = self.daemon.tag(image_id, name)
        if isinstance(failed, Unreachable):
            return f"{short(image_id)} could not be kept for an undo: {failed.why}"
        if self.daemon.named(name) != image_id:
            return f"{short(image_id)} could not be kept for an undo: its guard tag is not there."
        return ""

    def _goes_on(self, request: Request) -> bool:
        claim = request.claim
        with self.store.transaction() as tx:
            until = self.now() + self.lease
            return claim is not None and tx.claim_extended(request.id, claim.owner, claim.number, until)

    def _record(self, request: Request, event: Event) -> Request | None:
        """Write *event* while the claim is ours. None where it is not any more."""
        with self.store.transaction() as tx:
            now = tx.request(request.id)
            if now is None or now.state is not State.REMOVING or now.version != request.version:
                return None
            made = tx.record(now, event)
            return None if isinstance(made, Illegal) else made


def guards_of(request: Request) -> list[tuple[ImageId, str]]:
    """Return the images that *request* keeps, each with its guard's name, in the order of the plan's reclaims."""
    tag = label(request.id, request.digest)
    return [(image_id, guard_of(image_id, tag).familiar) for image_id in images_of(request.plan.reclaims)]
