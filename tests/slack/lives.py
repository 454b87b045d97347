"""A removal and a restoral as a team would have them, in every state: what goldens and pictures show."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

from bot.approval.events import (
    Approved,
    Asked,
    Claimed,
    Drifted,
    Event,
    Expired,
    Finished,
    Interrupted,
    Rejected,
    StepBegun,
    StepDone,
    StepSkipped,
    StepUnclear,
    Withdrawn,
)
from bot.approval.lifecycle import Illegal, after, asked
from bot.approval.request import Approval, Needs, PlanDigest, Request, RequestId, State, Token
from bot.approval.undo_events import Guarded, Guarding, GuardRemoved, ReclaimBegun, UndoBegun, Undone
from bot.images.grades import Grade, Graded
from bot.images.ids import ChainId, ImageId
from bot.images.inventory import Store
from bot.images.layers import freed
from bot.images.removal import (
    DeletedImage,
    DeletedLayer,
    Freed,
    Holder,
    Plan,
    Record,
    Refusal,
    Refused,
    Removal,
    Removed,
    Stays,
    Step,
    Untagged,
)
from bot.images.restoral import (
    AnyPlan,
    Gain,
    NotPutBack,
    Obstacle,
    Pulled,
    PutBack,
    Restoral,
    RestorePlan,
    RestoreStep,
    Tagged,
    steps_of,
)
from tests.approval.examples import DANA, NOW, OLGA

MINUTE = timedelta(minutes=1)
DIGEST = PlanDigest(sha256(b"plan").hexdigest())


def _id(text: str) -> ImageId:
    return ImageId(f"sha256:{sha256(text.encode()).hexdigest()}")


def _chain(text: str) -> ChainId:
    return ChainId(_id(f"layer {text}"))


def removal(name: str, megabytes: tuple[int, ...], *stays: Stays, digest: bool = False) -> Step:
    """Return the step that untags *name*, and deletes its image with layers of so many MB each, where there are any."""
    image = _id(name)
    repository = name.partition(":")[0]
    records: list[Record] = [Untagged(reference=name, image_id=image)]
    if digest:
        records.append(Untagged(reference=f"{repository}@{_id(f'digest {name}')}", image_id=image))
    if megabytes:
        records.append(DeletedImage(image_id=image))
    for number, size in enumerate(megabytes):
        layer = DeletedLayer(chain_id=_chain(f"{name} {number}"), image_id=image, bytes=size * 1_000_000)
        records.append(layer)
    return Step(
        removal=Removal(word=name, target=name, image_id=image),
        outcome=Removed(records=tuple(records)),
        stays=stays,
        freed=Freed(bytes=freed(tuple(records))),
    )


def records_of(step: Step) -> tuple[Record, ...]:
    """Return what a step is predicted to untag and delete."""
    return step.outcome.records if isinstance(step.outcome, Removed) else ()


def _shared(name: str, layers: int, of: int, megabytes: int, of_megabytes: int, *others: str) -> Stays:
    return Stays(
        image_id=_id(name),
        layers=layers,
        bytes=megabytes * 1_000_000,
        of_layers=of,
        of_bytes=of_megabytes * 1_000_000,
        holders=tuple(Holder(kind="image", name=other) for other in others),
    )


REDIS = removal("redis:7.2", (76,), _shared("redis:7.2", 5, 6, 41, 117, "postgres:16", "acme/api:2.3"), digest=True)
BRANCH = removal("ci/api:pr-881", (188, 47, 1), _shared("ci/api:pr-881", 5, 8, 41, 277, "postgres:16"))
IN_USE = Step(
    removal=Removal(word="postgres:16", target="postgres:16", image_id=_id("postgres:16")),
    outcome=Refused(
        refusal=Refusal.CONFLICT,
        message='conflict: unable to remove repository reference "postgres:16" (must force) - container 4f1a2b3c4d5e is'
        " using its referenced image " + _id("postgres:16")[7:19],
    ),
    stays=(
        Stays(
            image_id=_id("postgres:16"),
            layers=0,
            bytes=None,
            holders=(Holder(kind="container", name="container db-1", detail="running"),),
        ),
    ),
)
GRADED = (
    Graded(
        image_id=_id("redis:7.2"),
        grade=Grade.REPULLABLE,
        reference=f"redis@{_id('digest redis:7.2')}",
        asked_at=NOW - MINUTE,
    ),
    Graded(
        image_id=_id("ci/api:pr-881"),
        grade=Grade.ONLY_COPY,
        why="there is no digest of it that a registry could be asked for",
    ),
)
PLAN = Plan(
    host="web-3",
    daemon_id="DAEMON",
    store=Store.CLASSIC,
    command="rm redis:7.2 ci/api:pr-881 postgres:16",
    steps=(REDIS, BRANCH, IN_USE),
    graded=GRADED,
)
BATCH = Plan(
    host="build-1",
    daemon_id="DAEMON",
    store=Store.CLASSIC,
    command="rm $(ls -q 'ghcr.io/acme/*')",
    steps=tuple(removal(f"ghcr.io/acme/service-{n}:2026-02-{n % 28 + 1:02}", (40 + n, 2)) for n in range(1, 201)),
    notes=("$(ls -q 'ghcr.io/acme/*') stands for 200 images. Nothing was run in a shell.",),
)


def _back(name: str, *, pulled: bool = True) -> RestoreStep:
    image, source = _id(name), f"{name.partition(':')[0]}@{_id(f'digest {name}')}"
    gains: tuple[Gain, ...] = (Tagged(reference=name, image_id=image),)
    if pulled:
        gains = (Pulled(reference=source, image_id=image), *gains)
    return RestoreStep(restoral=Restoral(image_id=image, source=source, names=(name,)), outcome=PutBack(gains=gains))


LOST = RestoreStep(
    restoral=Restoral(image_id=_id("ci/api:pr-881"), source=None, names=("ci/api:pr-881",)),
    outcome=NotPutBack(
        obstacle=Obstacle.NO_DIGEST, message="it went, and there is no digest on record by which it could be pulled"
    ),
)
RESTORE_PLAN = RestorePlan(
    host="web-3",
    daemon_id="DAEMON",
    store=Store.CLASSIC,
    command="restore 1042",
    of=1042,
    steps=(_back("redis:7.2"), _back("nginx:1.27", pulled=False), LOST),
)

DAY = timedelta(hours=24)
GOING = (REDIS, BRANCH)


def _part(step: Step, *, later: bool) -> Step:
    gone = tuple(record for record in records_of(step) if isinstance(record, Untagged) is not later)
    return replace(step, outcome=Removed(records=gone), freed=Freed(bytes=freed(gone)))


UNDOABLE = replace(
    PLAN,
    command="rm redis:7.2 ci/api:pr-881",
    steps=tuple(_part(step, later=False) for step in GOING),
    reclaims=tuple(_part(step, later=True) for step in GOING),
)

APPROVED = Approved(
    at=NOW + 9 * MINUTE,
    approval=Approval(by=OLGA, at=NOW + 9 * MINUTE, basis="group S0OPSLEADS", seen_at=NOW - DAY),
    digest=DIGEST,
)
CLAIMED = Claimed(at=NOW + 9 * MINUTE, owner="bot:1", until=NOW + 10 * MINUTE)


def asking(plan: AnyPlan, needs: Needs | None = None) -> Asked:
    """Return Dana's asking for *plan*."""
    return Asked(
        at=NOW,
        by=DANA,
        channel="C0DEV",
        reason="OPS-123 disk full before the release",
        plan=plan,
        digest=DIGEST,
        token=Token("token"),
        needs=needs or Needs(count=1, approvers=("S0OPSLEADS",), rule="prod"),
        expires_at=NOW + timedelta(hours=4),
    )


def life(plan: AnyPlan, *events: Event, needs: Needs | None = None, number: int = 1042) -> Request:
    """Return the request that *events* lead to from Dana's asking for *plan*."""
    request = asked(RequestId(number), asking(plan, needs))
    for event in events:
        changed = after(request, event)
        assert not isinstance(changed, Illegal), changed.why
        request = changed
    return request


def done(number: int, step: Step | RestoreStep) -> tuple[Event, ...]:
    """Return what is on record of a step: that it went as planned, or was left out as Docker would refuse it."""
    if isinstance(step.outcome, Removed | PutBack):
        return (
            StepBegun(at=NOW + 9 * MINUTE, step=number),
            StepDone(at=NOW + 9 * MINUTE, step=number, outcome=step.outcome),
        )
    return (StepSkipped(at=NOW + 9 * MINUTE, step=number, why=step.outcome.message),)


def all_done(plan: AnyPlan) -> tuple[Event, ...]:
    """Return what is on record of all steps, when all went as planned."""
    return tuple(event for number, step in enumerate(steps_of(plan)) for event in done(number, step))


END = Finished(at=NOW + 10 * MINUTE)
DRIFT = (
    f"- redis:7.2  {_id('redis:7.2')[7:19]}  (approved)",
    f"+ redis:7.2  {_id('moved')[7:19]}  tagged meanwhile",
    "No image is in use that was not before.",
)


def states(plan: AnyPlan) -> dict[State, Request]:
    """Return a request for *plan* in each state."""
    began = (APPROVED, CLAIMED, *done(0, steps_of(plan)[0]))
    return {
        State.PENDING: life(plan),
        State.APPROVED: life(plan, APPROVED),
        State.REMOVING: life(plan, *began, StepBegun(at=NOW + 9 * MINUTE, step=1)),
        State.FINISHED: life(plan, APPROVED, CLAIMED, *all_done(plan), END),
        State.INTERRUPTED: life(
            plan,
            *began,
            StepBegun(at=NOW + 9 * MINUTE, step=1),
            StepUnclear(at=NOW + 10 * MINUTE, step=1, why="the daemon did not answer for 60 s"),
            Interrupted(at=NOW + 10 * MINUTE, why="The daemon of web-3 did not answer."),
        ),
        State.REJECTED: life(
            plan,
            Rejected(
                at=NOW + 9 * MINUTE, by=OLGA, basis="group S0OPSLEADS", why="We still test with it.\nAsk on Monday."
            ),
        ),
        State.WITHDRAWN: life(plan, Withdrawn(at=NOW + 9 * MINUTE, by=DANA)),
        State.EXPIRED: life(plan, Expired(at=NOW + timedelta(hours=4))),
        State.DRIFTED: life(plan, Drifted(at=NOW + 9 * MINUTE, difference=DRIFT)),
    }


REMOVALS = states(PLAN)
RESTORALS = states(RESTORE_PLAN)
BATCHES = states(BATCH)


def _kept(*events: Event, finished: bool = True) -> Request:
    needs = Needs(count=1, approvers=("S0OPSLEADS",), rule="only copies", undo=DAY)
    guards = Guarding(at=NOW + 9 * MINUTE, guards=("imgbot.guard/1:x", "imgbot.guard/2:x"))
    end = (*all_done(UNDOABLE), END) if finished else ()
    return life(UNDOABLE, APPROVED, CLAIMED, guards, Guarded(at=NOW + 9 * MINUTE), *end, *events, needs=needs)


_RECLAIM = ReclaimBegun(at=NOW + 30 * MINUTE, owner="bot:1", by=OLGA, basis="group S0OPSLEADS")
_UNDO = UndoBegun(at=NOW + 30 * MINUTE, owner="bot:1", by=DANA, basis="requester")
UNDOS = {
    "ahead": life(UNDOABLE, needs=Needs(count=1, approvers=("S0OPSLEADS",), rule="only copies", undo=DAY)),
    "guarded": _kept(finished=False),
    "open": _kept(),
    "undoing": _kept(_UNDO),
    "undone": _kept(_UNDO, Undone(at=NOW + 31 * MINUTE, back=("redis:7.2", "ci/api:pr-881"), left=())),
    "undone in part": _kept(
        _UNDO,
        Undone(
            at=NOW + 31 * MINUTE,
            back=("redis:7.2",),
            left=("ci/api:pr-881 is the name of another image by now, so it stays with that.",),
        ),
    ),
    "reclaiming": _kept(_RECLAIM),
    "reclaimed": _kept(
        _RECLAIM,
        *(
            GuardRemoved(at=NOW + 31 * MINUTE, number=n, outcome=step.outcome, names=(step.word,))
            for n, step in enumerate(UNDOABLE.reclaims)
        ),
    ),
}
