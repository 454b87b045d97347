"""Carrying out: an approved request is claimed once, planned once more, and carried out.

That is in ``run.py`` where it removes, and in ``restore.py`` where it puts images back.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import MappingProxyType
from typing import assert_never

from structlog.contextvars import bound_contextvars

from bot.approval.conditions import Group
from bot.approval.events import Claimed, Drifted, Measured
from bot.approval.lifecycle import Illegal
from bot.approval.policy import Policies, changed
from bot.approval.request import Progress, Request, RequestId, State
from bot.approval.ruling import verdict
from bot.db.store import Store as Database
from bot.flows import measure
from bot.flows.guarding import Guards
from bot.flows.planning import FreshPlan, NotPlanned, Planner
from bot.flows.ports import Clock, Daemon
from bot.flows.recover import Recover
from bot.flows.restore import RestoreRun
from bot.flows.run import Means, Pace, Run
from bot.flows.standing import UNTRUE, NotTold, as_recorded, moved_on, regraded
from bot.images.inventory import Store
from bot.images.removal import Plan
from bot.images.restoral import RestorePlan

PACES: Mapping[Store, Pace] = MappingProxyType(
    {
        Store.CLASSIC: Pace(threads=4, begun=32),
        Store.CONTAINERD: Pace(threads=8, begun=64),
        Store.PODMAN: Pace(threads=1, begun=1),
    }
)
"""More threads make no daemon faster (benchmarks/removal.py). Of podman no plan is made, so nothing is removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mine:
    """A request that is this process's to carry out.

    With its plan made now, and the bytes that the host's layers took before; None where it goes on after *Resume*.
    """

    request: Request
    planned: FreshPlan[Plan] | FreshPlan[RestorePlan] | None = None
    used: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """Carries out the approved requests of one host. ``owner`` names this process."""

    store: Database
    planner: Planner
    daemon: Daemon
    policy: Policies
    group: Group
    recover: Recover
    now: Clock
    owner: str
    lease: timedelta
    paces: Mapping[Store, Pace] = field(default_factory=lambda: PACES)
    ending: Callable[[], bool] = lambda: False
    """Whether this process is about to end: then nothing is claimed, and no further step begun."""

    def next(self) -> bool:
        """Carry out the oldest request of this host that may be. Returns whether there was one."""
        with self.store.reading() as reading:
            if reading.unacknowledged():
                return False  # the record did not verify
            under_way = reading.requests(State.REMOVING, host=self.daemon.host)
            waiting = under_way or reading.requests(State.APPROVED, host=self.daemon.host)
        for request in waiting:
            with bound_contextvars(request=request.id):
                mine = self._claimed(request) if request.state is State.APPROVED else self._continued(request)
                if mine is not None:
                    self._carry_out(mine)
                    return True
        return False

    def _claimed(self, request: Request) -> _Mine | None:
        """Claim an approved request, with its plan as it is now. None where it may not be carried out, or not yet."""
        steps = range(len(request.plan.steps))
        fresh = self.planner.afresh(request.plan, steps)
        if isinstance(fresh, NotPlanned):
            return None  # it waits for the host until it expires
        policy = self.policy()
        moved = moved_on(request, regraded(self.planner, policy, fresh, request.plan), policy, self.group)
        if isinstance(moved, NotTold):
            return None  # it waits for Slack likewise
        if moved:
            self._void(request, moved)
            return None
        if self.ending():
            return None
        used = self.daemon.used()  # after the plan, since whose moment the daemon is asked what others did
        now = self.now()
        claimed = self._claim(request, Claimed(at=now, owner=self.owner, until=now + self.lease))
        return None if claimed is None else _Mine(request=claimed, planned=fresh, used=used)

    def _void(self, planned: Request, difference: tuple[str, ...]) -> None:
        """Void what was *planned*, unless somebody was first: whoever claimed it has changed the host by now."""
        with self.store.transaction() as tx:
            if tx.request(planned.id) == planned:
                tx.record(planned, Drifted(at=self.now(), difference=difference))

    def _continued(self, request: Request) -> _Mine | None:
        """Return a request that *Resume* claimed for this process; what is left of it is planned by the run."""
        if request.claim is None or request.claim.owner != self.owner:
            return None
        with self.store.reading() as reading:
            if not as_recorded(reading, request.id):
                self.recover.interrupted(request, why=UNTRUE)
                return None
        if any(step.progress is Progress.BEGUN for step in request.steps):
            self.recover.interrupted(request, why="The record could not be written in the middle of it.")
            return None
        return _Mine(request=request)

    def _carry_out(self, mine: _Mine) -> None:
        request = mine.request
        if request.plan.reclaims:
            guarded = Guards(store=self.store, daemon=self.daemon, now=self.now, lease=self.lease).set(request)
            if guarded is None:
                return
            mine, request = _Mine(request=guarded), guarded  # its plan is made again: the host has the guards now
        means = Means(
            store=self.store,
            planner=self.planner,
            daemon=self.daemon,
            now=self.now,
            lease=self.lease,
            pace=self.paces[request.plan.store],
            rules=self._rules(request),
            ending=self.ending,
        )
        match request.plan:
            case RestorePlan() as plan:
                if not RestoreRun(means, request, plan).to_the_end():
                    self.recover.clear_up(request.id)
            case Plan() as plan:
                self._remove(Run(means, request, plan, _of_removal(mine.planned)), mine)
            case _:
                assert_never(request.plan)

    def _remove(self, run: Run, mine: _Mine) -> None:
        request = mine.request
        if not run.to_the_end():
            self.recover.clear_up(request.id)
            return
        freed = measure.freed(self.daemon, mine.used)
        if freed is not None and run.undisturbed():
            self._measured(request.id, freed)

    def _measured(self, request_id: RequestId, freed: int) -> None:
        with self.store.transaction() as tx:
            request = tx.request(request_id)
            if request is not None:
                tx.record(request, Measured(at=self.now(), freed=freed, predicted=measure.predicted(request)))

    def _rules(self, request: Request) -> Callable[[], str]:
        """Return what says how the rules are other ones by now for *request*; nothing while they are the same."""
        known = self.policy()

        def moved() -> str:
            now = self.policy()
            if now is known:
                return ""
            lines = changed(request.ruled, verdict(now, request.plan, request.requester, group=self.group))
            return "The rules changed:\n" + "\n".join(lines) if lines else ""

        return moved

    def _claim(self, planned: Request, event: Claimed) -> Request | None:
        """Claim the request that was *planned*: it is void where it does not stand as its events say.

        None where that cannot be, because the record did not verify or somebody else was first.
        """
        with self.store.transaction() as tx:
            request = tx.request(planned.id)
            tx.alone()
            if tx.unacknowledged() or request is None or request.version != planned.version:
                return None
            if tx.removing_on(request.plan.host) is not None:
                return None  # one at a time, whichever process it is
            if request != planned or not as_recorded(tx, request.id):
                tx.record(request, Drifted(at=event.at, difference=(UNTRUE,)))
                return None
            claimed = tx.record(request, event)
            return None if isinstance(claimed, Illegal) else claimed


def _of_removal(planned: FreshPlan[Plan] | FreshPlan[RestorePlan] | None) -> FreshPlan[Plan] | None:
    """Return a fresh plan of removals as such."""
    if planned is None or isinstance(planned.plan, RestorePlan):
        return None
    return FreshPlan(plan=planned.plan, inventory=planned.inventory)
