"""Removing: an approved request is claimed once and carried out step by step.

For each step: the intent is committed, what the target names is read again and compared, the daemon is called with no
transaction open, and the outcome is committed. After a surprise nothing more is sent.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.approval.events import Claimed, Drifted, Event, Finished, Interrupted, StepBegun, StepDone, StepSkipped
from bot.approval.lifecycle import Illegal
from bot.approval.request import Progress, Request, RequestId, State
from bot.db.store import Store
from bot.flows.planning import NotPlanned, Planner
from bot.flows.ports import Clock, Daemon, Unreachable
from bot.flows.recover import Recover
from bot.images.drift import difference
from bot.images.ids import short
from bot.images.removal import (
    Certainty,
    DeletedLayer,
    Outcome,
    Record,
    Refused,
    Removed,
    Step,
    Unknown,
    line,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surprise:
    """Something that was not planned; nothing more of the request is sent."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """Carries out the approved requests of one host. ``owner`` names this process."""

    store: Store
    planner: Planner
    daemon: Daemon
    recover: Recover
    now: Clock
    owner: str
    lease: timedelta

    def next(self) -> bool:
        """Carry out the oldest request of this host that may be. Returns whether there was one."""
        with self.store.reading() as reading:
            waiting = reading.requests(State.APPROVED, State.REMOVING, host=self.daemon.host)
        for request in waiting:
            claimed = self._mine(request)
            if claimed is not None:
                self._carry_out(claimed)
                return True
        return False

    def _mine(self, request: Request) -> Request | None:
        """Return the request where this process may carry it out: claimed now, or claimed for it by *Resume*."""
        if request.state is State.REMOVING:
            return self._continued(request)
        fresh = self.planner.again(request.plan)
        if isinstance(fresh, NotPlanned):
            return None  # it waits for the host until it expires
        drift = difference(request.plan.steps, fresh.steps)
        if drift.material:
            self._record(request.id, Drifted(at=self.now(), difference=drift.lines))
            return None
        now = self.now()
        return self._record(request.id, Claimed(at=now, owner=self.owner, until=now + self.lease))

    def _continued(self, request: Request) -> Request | None:
        if request.claim is None or request.claim.owner != self.owner:
            return None
        if any(step.progress is Progress.BEGUN for step in request.steps):
            self.recover.interrupted(request, why="The record could not be written in the middle of it.")
            return None
        return request

    def _carry_out(self, request: Request) -> None:
        for number, state in enumerate(request.steps):
            if state.progress is not Progress.WAITING:
                continue
            surprise = self._step(request, number)
            if surprise is not None:
                self._record(request.id, Interrupted(at=self.now(), why=surprise.why), request)
                self.recover.clear_up(request.id)
                return
            self._extend(request)
        self._record(request.id, Finished(at=self.now()), request)

    def _step(self, request: Request, number: int) -> Surprise | None:
        step = request.plan.steps[number]
        if isinstance(step.outcome, Refused):
            why = f"Docker would refuse it: {step.outcome.message}"
            self._record(request.id, StepSkipped(at=self.now(), step=number, why=why), request)
            return None
        if self._record(request.id, StepBegun(at=self.now(), step=number), request) is None:
            return Surprise(why="Another process took the request over.")  # no record, no action
        if moved := self._moved(step):
            self._record(request.id, StepSkipped(at=self.now(), step=number, why=moved.why), request)
            return moved
        outcome = measured(step, self.daemon.remove(step.removal))
        self._record(request.id, StepDone(at=self.now(), step=number, outcome=outcome), request)
        return surprise_of(step, outcome)

    def _moved(self, step: Step) -> Surprise | None:
        """Say what is different where the target no longer names the image that was approved."""
        target, image_id = step.removal.target, step.removal.image_id
        if target is None or image_id is None:
            return Surprise(why="The plan names no image for it.")
        match self.daemon.named(target):
            case Unreachable(why=why):
                return Surprise(why=why)
            case None:
                return Surprise(why=f"{step.removal.word} is no longer there.")
            case now if now != image_id:
                return Surprise(why=f"{step.removal.word} now names {short(now)}, not {short(image_id)} as approved.")
            case _:
                return None

    def _extend(self, request: Request) -> None:
        if request.claim is None:
            return
        with self.store.transaction() as tx:
            tx.claim_extended(request.id, self.owner, request.claim.number, self.now() + self.lease)

    def _record(self, request_id: RequestId, event: Event, claimed: Request | None = None) -> Request | None:
        """Write *event*; where *claimed* is given, only while that claim is still the request's.

        None where it cannot be written any more, because somebody else was first.
        """
        with self.store.transaction() as tx:
            request = tx.request(request_id)
            if request is None or (claimed is not None and not _same_claim(request, claimed)):
                return None
            changed = tx.record(request, event)
            return None if isinstance(changed, Illegal) else changed


def _same_claim(request: Request, claimed: Request) -> bool:
    if request.claim is None or claimed.claim is None:
        return False
    return (request.claim.owner, request.claim.number) == (claimed.claim.owner, claimed.claim.number)


def measured(step: Step, outcome: Outcome) -> Outcome:
    """Return *outcome* with the sizes that the plan has of its layers: Docker names layers and never says how large."""
    if not isinstance(outcome, Removed) or not isinstance(step.outcome, Removed):
        return outcome
    sizes = {record.chain_id: record.bytes for record in step.outcome.records if isinstance(record, DeletedLayer)}
    return Removed(
        records=tuple(
            replace(record, bytes=sizes.get(record.chain_id)) if isinstance(record, DeletedLayer) else record
            for record in outcome.records
        )
    )


def surprise_of(step: Step, outcome: Outcome) -> Surprise | None:
    """Return what about *outcome* was not as planned."""
    match outcome:
        case Unknown(message=message):
            return Surprise(why=message)
        case Refused(message=message):
            return Surprise(why=f"Docker refused it: {message}")
        case Removed() if not as_planned(step, outcome):
            return Surprise(why="Docker removed other things than it was expected to.")
        case _:
            return None


def as_planned(step: Step, outcome: Removed) -> bool:
    """Whether the daemon's records are the predicted ones, in order; layers may be fewer where they are *at most*."""
    if not isinstance(step.outcome, Removed):
        return False
    predicted, actual = _lines(step.outcome.records), _lines(outcome.records)
    if step.certainty is Certainty.AT_MOST:
        layers = set(_lines(r for r in step.outcome.records if isinstance(r, DeletedLayer)))
        predicted = [line for line in predicted if line not in layers or line in actual]
    return predicted == actual


def _lines(records: Iterable[Record]) -> list[str]:
    """Return Docker's lines: what makes two records the same, whatever is known of their sizes."""
    return [line(record) for record in records]
