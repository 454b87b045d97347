"""Removing: an approved request is claimed once and carried out step by step.

For each step: the intent is committed, the step is planned once more and compared, the daemon is called with no
transaction open, and the outcome is committed. After a surprise nothing more is sent.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from bot.approval.events import (
    Claimed,
    Drifted,
    Event,
    Finished,
    Interrupted,
    StepBegun,
    StepDone,
    StepNotDone,
    StepSkipped,
)
from bot.approval.lifecycle import Illegal
from bot.approval.policy import Policy
from bot.approval.request import Progress, Request, RequestId, State
from bot.db.store import Store
from bot.flows.planning import NotPlanned, Planner
from bot.flows.ports import Clock, Daemon, Unreachable
from bot.flows.recover import Recover
from bot.flows.standing import moved_on
from bot.images.drift import as_planned, difference
from bot.images.ids import short
from bot.images.removal import (
    DeletedLayer,
    Outcome,
    Refusal,
    Refused,
    Removed,
    Step,
    Unknown,
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Surprise:
    """Something that was not planned; nothing more of the request is sent."""

    why: str


TAKEN_OVER = Surprise(why="Another process took the request over.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """Carries out the approved requests of one host. ``owner`` names this process."""

    store: Store
    planner: Planner
    daemon: Daemon
    policy: Policy
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
        if moved := moved_on(request, fresh, self.policy):
            self._record(request.id, Drifted(at=self.now(), difference=moved))
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
        self._record(request.id, Finished(at=self.now()), request)

    def _step(self, request: Request, number: int) -> Surprise | None:
        step = request.plan.steps[number]
        if isinstance(step.outcome, Refused):
            docker = step.outcome.refusal is not Refusal.PROTECTED
            why = f"Docker would refuse it: {step.outcome.message}" if docker else f"{step.outcome.message}."
            self._record(request.id, StepSkipped(at=self.now(), step=number, why=why), request)
            return None
        if self._record(request.id, StepBegun(at=self.now(), step=number), request) is None:
            return TAKEN_OVER  # no record, no action
        if surprise := self._moved(request, number):
            return surprise
        if not self._extended(request):
            return TAKEN_OVER
        if surprise := self._named_otherwise(request, number):
            return surprise
        outcome = measured(step, self.daemon.remove(step.removal))
        # Whoever has the claim by now: what the daemon answered is the truth, and has to be on record.
        if self._record(request.id, StepDone(at=self.now(), step=number, outcome=outcome)) is None:
            log.error("answer not on record", request=request.id, step=number, outcome=repr(outcome))
        return surprise_of(step, outcome)

    def _moved(self, request: Request, number: int) -> Surprise | None:
        """Plan the step once more, just before the call, and say where it is no longer what was approved."""
        fresh = self.planner.rest(request.plan, (number,))
        if isinstance(fresh, NotPlanned):
            return self._unsent(request, number, fresh.why)
        drift = difference(request.plan.steps[number : number + 1], fresh.steps)
        if not drift.material:
            return None
        return self._left_out(request, number, "It is no longer what was approved:\n" + "\n".join(drift.lines))

    def _named_otherwise(self, request: Request, number: int) -> Surprise | None:
        """Read once more what the target names, as the last thing before the call: nothing can be closer to it."""
        removal = request.plan.steps[number].removal
        now = self.daemon.named(removal.target or removal.word)
        if now == removal.image_id:
            return None
        if isinstance(now, Unreachable):
            return self._unsent(request, number, now.why)
        why = f"{removal.word} now names {short(now) if now else 'nothing'}, not what was approved."
        return self._left_out(request, number, why)

    def _unsent(self, request: Request, number: int, why: str) -> Surprise:
        """Write that a begun step was not sent, so that it can be later: the host did not answer."""
        self._record(request.id, StepNotDone(at=self.now(), step=number, found=why), request)
        return Surprise(why=why)

    def _left_out(self, request: Request, number: int, why: str) -> Surprise:
        """Write that a begun step is not sent at all: it is no longer what was approved."""
        self._record(request.id, StepSkipped(at=self.now(), step=number, why=why), request)
        return Surprise(why=why)

    def _extended(self, request: Request) -> bool:
        """Extend the claim over the next call. False where it is no longer this process's."""
        if request.claim is None:
            return False
        with self.store.transaction() as tx:
            return tx.claim_extended(request.id, self.owner, request.claim.number, self.now() + self.lease)

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
