"""Requests, plans and events to test with: one plan of two steps, asked by Dana, decided by Olga and Omar."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.approval.events import (
    Approved,
    Asked,
    CalledFor,
    Claimed,
    Drifted,
    Event,
    Expired,
    Finished,
    Interrupted,
    Joined,
    LookEnded,
    Looking,
    Measured,
    Narrowed,
    Rejected,
    Released,
    Reviewed,
    StepBegun,
    StepDone,
    StepNotDone,
    StepSkipped,
    StepUnclear,
    Withdrawn,
)
from bot.approval.lifecycle import Illegal, after, asked
from bot.approval.request import (
    Approval,
    Call,
    Member,
    Needs,
    Person,
    PlanDigest,
    Progress,
    Request,
    RequestId,
    State,
    Token,
)
from bot.approval.undo_events import Guarded, Guarding, GuardRemoved, ReclaimBegun, UndoBegun, Undone
from bot.images.ids import ChainId, ImageId
from bot.images.inventory import Store
from bot.images.layers import freed
from bot.images.removal import (
    DeletedImage,
    DeletedLayer,
    Freed,
    Plan,
    Record,
    Removal,
    Removed,
    Step,
    Untagged,
)
from bot.images.restoral import Pulled, PutBack, Restoral, RestorePlan, RestoreStep, Tagged

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=5)
DANA = Person(team_id="T0", user_id="U0DEV")
OLGA = Person(team_id="T0", user_id="U0LEAD")
OMAR = Person(team_id="T0", user_id="U0LEAD2")
DIGEST = PlanDigest("d" * 64)


def image_id(digit: str) -> ImageId:
    """Return an image ID of one digit, 64 times."""
    return ImageId("sha256:" + digit * 64)


def records(name: str, digit: str) -> tuple[Record, ...]:
    """Return what removing the only name of an image with one layer of 10 bytes answers."""
    image = image_id(digit)
    layer = DeletedLayer(chain_id=ChainId("sha256:" + "c" * 63 + digit), image_id=image, bytes=10)
    return (Untagged(reference=name, image_id=image), DeletedImage(image_id=image), layer)


def step(name: str, digit: str) -> Step:
    """Return the step that removes *name*."""
    removal = Removal(word=name, target=name, image_id=image_id(digit))
    gone = records(name, digit)
    return Step(removal=removal, outcome=Removed(records=gone), freed=Freed(bytes=freed(gone)))


def part(whole: Step, *, later: bool) -> Step:
    """Return what of a step goes at once where it can be undone: its name; or what goes *later*."""
    name, *rest = records(whole.removal.word, (whole.removal.image_id or "")[-1])
    gone = tuple(rest) if later else (name,)
    return replace(whole, outcome=Removed(records=gone), freed=Freed(bytes=freed(gone)))


REMOVALS = (step("redis:7", "1"), step("nginx:1", "2"))
PLAN = Plan(
    host="web-3",
    daemon_id="DAEMON",
    store=Store.CLASSIC,
    command="rm redis:7 nginx:1",
    steps=REMOVALS,
)


def asked_event(*, approvals: int = 1, plan: Plan = PLAN) -> Asked:
    """Return Dana's request for *plan*, good for four hours."""
    return Asked(
        at=NOW,
        by=DANA,
        channel="C0DEV",
        reason="disk full",
        plan=plan,
        digest=DIGEST,
        token=Token("token"),
        needs=Needs(count=approvals, approvers=("S0OPSLEADS",), rule="prod"),
        expires_at=NOW + timedelta(hours=4),
    )


def approved(by: Person = OLGA, at: datetime = NOW, digest: PlanDigest = DIGEST) -> Approved:
    """Return an approval."""
    return Approved(at=at, approval=Approval(by=by, at=at, basis="group S0OPSLEADS"), digest=digest)


def claimed(by: Person | None = None) -> Claimed:
    """Return a claim by one process."""
    return Claimed(at=NOW, owner="bot:1", until=NOW + timedelta(minutes=1), by=by)


def lived(*events: Event, approvals: int = 1) -> Request:
    """Return the request that *events* lead to from Dana's asking."""
    return _after(asked(RequestId(1), asked_event(approvals=approvals)), *events)


def _after(request: Request, *events: Event) -> Request:
    for event in events:
        changed = after(request, event)
        assert not isinstance(changed, Illegal), changed.why
        request = changed
    return request


BOTH_DONE = (
    StepBegun(at=NOW, step=0),
    StepDone(at=NOW, step=0, outcome=Removed(records=records("redis:7", "1"))),
    StepBegun(at=NOW, step=1),
    StepDone(at=NOW, step=1, outcome=Removed(records=records("nginx:1", "2"))),
)


def back(name: str, digit: str) -> RestoreStep:
    """Return the step that puts an image back by a digest and *name*."""
    image, source = image_id(digit), f"{name.partition(':')[0]}@sha256:{digit * 64}"
    gains = (Pulled(reference=source, image_id=image), Tagged(reference=name, image_id=image))
    return RestoreStep(restoral=Restoral(image_id=image, source=source, names=(name,)), outcome=PutBack(gains=gains))


RESTORE_PLAN = RestorePlan(
    host="web-3",
    daemon_id="DAEMON",
    store=Store.CLASSIC,
    command="restore 1",
    of=1,
    steps=(back("redis:7", "1"), back("nginx:1", "2")),
)


def restoring(request: Request) -> Request:
    """Return *request* as one that puts two images back, and stands likewise."""
    outcomes = {Progress.DONE: lambda step: step.outcome}
    states = tuple(
        replace(state, outcome=outcomes[state.progress](step) if state.progress in outcomes else None)
        for step, state in zip(RESTORE_PLAN.steps, request.steps, strict=True)
    )
    return replace(request, plan=RESTORE_PLAN, steps=states)


DAY = timedelta(hours=24)
UNDOABLE = replace(
    PLAN,
    steps=tuple(part(each, later=False) for each in REMOVALS),
    reclaims=tuple(part(each, later=True) for each in REMOVALS),
)
"""The same plan where it can be undone: names go first."""
GUARDING = Guarding(at=NOW, guards=("imgbot.guard/1:x", "imgbot.guard/2:x"))
UNTAGGED = tuple(
    event
    for number, each in enumerate(UNDOABLE.steps)
    for event in (StepBegun(at=NOW, step=number), StepDone(at=NOW, step=number, outcome=each.outcome))
)


def kept(*events: Event, finished: bool = True) -> Request:
    """Return a request that keeps its content for a day, after *events*."""
    event = asked_event(plan=UNDOABLE)
    first = asked(RequestId(1), replace(event, needs=replace(event.needs, undo=DAY)))
    end = (*UNTAGGED, Finished(at=NOW)) if finished else ()
    return _after(first, approved(), claimed(), GUARDING, Guarded(at=NOW), *end, *events)


IN_STATE: dict[State, Request] = {
    State.PENDING: lived(),
    State.APPROVED: lived(approved()),
    State.REMOVING: lived(approved(), claimed()),
    State.FINISHED: lived(approved(), claimed(), *BOTH_DONE, Finished(at=NOW)),
    State.INTERRUPTED: lived(approved(), claimed(), Interrupted(at=NOW, why="killed")),
    State.REJECTED: lived(Rejected(at=NOW, by=OLGA, basis="group S0OPSLEADS")),
    State.WITHDRAWN: lived(Withdrawn(at=NOW, by=DANA)),
    State.EXPIRED: lived(Expired(at=LATER)),
    State.DRIFTED: lived(Drifted(at=NOW, difference=("- a", "+ b"))),
}
"""One request in each state."""

MEMBER = Member(fleet=RequestId(40), digest=DIGEST, ruled=asked_event().needs, waits=True)
HELD = _after(asked(RequestId(42), replace(asked_event(), member=MEMBER)), approved())
"""Approved, and it waits for the first host of its fleet."""
LOOKED_AT = lived(Looking(at=NOW, by=OLGA, until=NOW + timedelta(minutes=10)))
BROKEN_GLASS = replace(IN_STATE[State.FINISHED], break_glass=True)
REMOVING_BEGUN = lived(approved(), claimed(), StepBegun(at=NOW, step=0))
INTERRUPTED_UNCLEAR = lived(
    approved(),
    claimed(),
    StepBegun(at=NOW, step=0),
    StepUnclear(at=NOW, step=0, why="killed"),
    Interrupted(at=NOW, why="killed"),
)

REMOVING_KEPT = kept(finished=False)
KEPT = kept()
UNDOING = kept(UndoBegun(at=NOW, owner="bot:1", by=DANA))
RECLAIMING = kept(ReclaimBegun(at=NOW, owner="bot:1", by=OLGA))

NARROWED = Narrowed(
    at=NOW,
    by=OLGA,
    basis="group S0OPSLEADS",
    plan=replace(PLAN, steps=PLAN.steps[1:]),
    digest=PlanDigest("e" * 64),
    token=Token("token-2"),
    needs=Needs(count=2, approvers=("S0OPSLEADS",), rule="prod"),
    left_out=(0,),
)
"""Only the second step is left of the plan."""

EVENTS: tuple[Event, ...] = (
    asked_event(),
    approved(),
    NARROWED,
    Joined(at=NOW, by=OMAR, channel="C0DEV"),
    Looking(at=NOW, by=OLGA, until=NOW + timedelta(minutes=10)),
    LookEnded(at=LATER),
    CalledFor(at=NOW, call=Call.REMIND),
    Reviewed(at=NOW, by=OLGA, basis="group S0OPSLEADS", note="it was right"),
    Rejected(at=NOW, by=OLGA, basis="group S0OPSLEADS"),
    Released(at=NOW),
    Withdrawn(at=NOW, by=DANA),
    Expired(at=LATER),
    Drifted(at=NOW, difference=("- a",)),
    claimed(by=OLGA),
    StepBegun(at=NOW, step=0),
    StepDone(at=NOW, step=0, outcome=Removed(records=())),
    StepSkipped(at=NOW, step=0, why="Docker would refuse it"),
    StepNotDone(at=NOW, step=0, found="still there"),
    StepUnclear(at=NOW, step=0, why="no answer"),
    Interrupted(at=NOW, why="killed"),
    Finished(at=NOW),
    Finished(at=NOW, by=OLGA),
    Measured(at=NOW, freed=20),
    GUARDING,
    Guarded(at=NOW),
    UndoBegun(at=NOW, owner="bot:1", by=DANA, basis="requester"),
    Undone(at=NOW, back=("redis:7",), left=()),
    ReclaimBegun(at=NOW, owner="bot:1", by=OLGA, basis="group S0OPSLEADS"),
    GuardRemoved(at=NOW, number=0, outcome=Removed(records=()), names=("redis:7",)),
)
"""One event of each kind, and a person's ending besides."""
