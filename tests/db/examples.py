"""One value of everything that is stored, with every field filled: what the golden files hold."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.approval import digest
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
from bot.approval.fleet import FleetAsked, FleetNarrowed, HostPlan, Unplanned
from bot.approval.notes import (
    DatabaseAway,
    GroupMembers,
    LayersGone,
    LeftOutside,
    Note,
    PolicyChanged,
    RecordRead,
    Refusal,
    Started,
    Stopped,
)
from bot.approval.proof import Acknowledged, Checkpoint, Disproved, Occasion, Proved, Restored
from bot.approval.request import (
    Approval,
    Call,
    Called,
    Closing,
    LeftOut,
    Look,
    Member,
    Needs,
    Person,
    PlanDigest,
    Progress,
    Request,
    RequestId,
    Review,
    State,
    StepState,
    Token,
    Undo,
    Window,
)
from bot.approval.undo_events import Guarded, Guarding, GuardRemoved, ReclaimBegun, UndoBegun, Undone
from bot.images import removal
from bot.images.grades import Grade, Graded
from bot.images.ids import ChainId, ImageId
from bot.images.inventory import Store
from bot.images.leaving import Left
from bot.images.removal import (
    Certainty,
    DeletedImage,
    DeletedLayer,
    Doubt,
    Freed,
    Holder,
    Part,
    Plan,
    Refused,
    Removal,
    Removed,
    Stays,
    Step,
    Unknown,
    Untagged,
)
from bot.images.restoral import (
    NotPutBack,
    Obstacle,
    Pulled,
    PutBack,
    Restoral,
    RestorePlan,
    RestoreStep,
    Tagged,
)

AT = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
DANA = Person(team_id="T0TEAM", user_id="U0DANA")
OLGA = Person(team_id="T0TEAM", user_id="U0OLGA")
REDIS = ImageId("sha256:" + "a1" * 32)
NGINX = ImageId("sha256:" + "b2" * 32)
BASE = ChainId("sha256:" + "c3" * 32)
TOP = ChainId("sha256:" + "d4" * 32)

RECORDS = (
    Untagged(reference="redis:7", image_id=REDIS),
    DeletedImage(image_id=REDIS),
    DeletedLayer(chain_id=TOP, image_id=REDIS, bytes=7_340_032),
    DeletedLayer(chain_id=BASE, image_id=REDIS),
)
STAYS = Stays(
    image_id=NGINX,
    layers=3,
    more=4,
    bytes=None,
    of_layers=5,
    of_bytes=41_000_000,
    holders=(Holder(kind="container", name="web", detail="running"), Holder(kind="image", name="nginx:1")),
)
PLAN = Plan(
    host="web-3",
    daemon_id="7TRN:IPZB:QYBB:VPBQ:UMPP:KARE:6ZNR:XE6T:7EWV:PKF4:ZOJD:TPYS",
    store=Store.CONTAINERD,
    command="rm --force --no-prune redis:7 nginx:1 redsi",
    steps=(
        Step(
            removal=Removal(word="redis:7", target="redis:7", image_id=REDIS, force=True, prune=False),
            outcome=Removed(records=RECORDS),
            stays=(STAYS,),
            doubts=(
                Doubt(part=Part.OUTCOME, why="a container has some image mounted"),
                Doubt(part=Part.LAYERS, why="the build cache may hold some"),
            ),
            freed=Freed(bytes=7_340_032, certainty=Certainty.AT_MOST, why="the build cache may hold some"),
        ),
        Step(
            removal=Removal(word="redsi", target=None, image_id=None),
            outcome=Refused(refusal=removal.Refusal.NOT_FOUND, message="No such image: redsi:latest"),
            hint="Did you mean redis:7? \N{SPARKLES}",
        ),
    ),
    notes=("redis means redis:latest here.",),
)

GRADED_PLAN = replace(
    PLAN,
    graded=(
        Graded(image_id=REDIS, grade=Grade.REPULLABLE, reference=f"redis@{REDIS}", asked_at=AT),
        Graded(image_id=NGINX, grade=Grade.ONLY_COPY, why="it has no name that a registry could be asked for"),
    ),
)
"""One whose images were graded; others have no such key."""
UNDOABLE = replace(
    PLAN,
    steps=(replace(PLAN.steps[0], outcome=Removed(records=RECORDS[:1]), freed=Freed()), PLAN.steps[1]),
    reclaims=(replace(PLAN.steps[0], outcome=Removed(records=RECORDS[1:])),),
)
"""The plan where it can be undone for a while."""

PLAN_1 = replace(
    PLAN,
    steps=(
        replace(
            PLAN.steps[0],
            stays=(replace(STAYS, of_layers=0, of_bytes=None),),
            doubts=(Doubt(part=Part.LAYERS, why="Another image was never measured."),),
            freed=Freed(bytes=None, certainty=Certainty.AT_MOST, why="Another image was never measured."),
        ),
        PLAN.steps[1],
    ),
)
"""What a plan that was stored in format 1 is now."""

RESTORED = PutBack(
    gains=(
        Pulled(reference="redis@sha256:" + "e5" * 32, image_id=REDIS),
        Tagged(reference="redis:7", image_id=REDIS),
    ),
    left=("redis:latest now names another image on web-3 (b2b2b2b2b2b2): left as it is",),
)
RESTORE_PLAN = RestorePlan(
    host="web-3",
    daemon_id=PLAN.daemon_id,
    store=Store.CONTAINERD,
    command="restore 7",
    of=7,
    steps=(
        RestoreStep(
            restoral=Restoral(image_id=REDIS, source="redis@sha256:" + "e5" * 32, names=("redis:7", "redis:latest")),
            outcome=RESTORED,
        ),
        RestoreStep(
            restoral=Restoral(image_id=NGINX, source=None, names=()),
            outcome=NotPutBack(obstacle=Obstacle.NO_DIGEST, message="no digest of b2b2b2b2b2b2 is on record"),
        ),
    ),
    notes=("The digest stays as a name",),
)

LEFT = Left(
    image_id=REDIS,
    names=("redis:7", "redis:latest"),
    untagged=("redis:7",),
    deleted=True,
    layers=(DeletedLayer(chain_id=TOP, image_id=REDIS, bytes=7_340_032), DeletedLayer(chain_id=BASE, image_id=REDIS)),
    size=41_000_000,
    created=1_760_000_000,
    earliest=AT - timedelta(hours=1),
    latest=AT,
)

ASKED = Asked(
    at=AT,
    by=DANA,
    channel="C0DEV",
    reason='disk full: "now"\n\N{EURO SIGN}',
    plan=PLAN,
    digest=digest.digest(PLAN),
    token=Token("t0ken"),
    needs=Needs(
        count=2,
        approvers=("S0OPSLEADS", "U0OLGA"),
        rule="prod",
        remind_after=timedelta(minutes=30),
        escalate_after=timedelta(hours=1),
        escalate_to=("S0ONCALL",),
    ),
    expires_at=AT + timedelta(hours=4),
    again_of=RequestId(41),
    break_glass=True,
)
ASKED_1 = replace(ASKED, needs=Needs(count=2, approvers=("S0OPSLEADS", "U0OLGA"), rule="prod"), break_glass=False)
"""What was stored of it in format 1."""

APPROVED_1 = Approved(
    at=AT, approval=Approval(by=OLGA, at=AT - timedelta(seconds=1), basis="user U0OLGA"), digest=ASKED.digest
)

FLEET_ASKED = FleetAsked(
    at=AT,
    number=RequestId(40),
    by=DANA,
    channel="C0DEV",
    reason="disk full",
    command="rm -H @prod redis:7",
    digest=PlanDigest("f" * 64),
    token=Token("fl33t"),
    parts=(HostPlan(host="web-3", digest=ASKED.digest), HostPlan(host="web-4", digest=ASKED.digest)),
    unplanned=(Unplanned(host="web-5", why="web-5 did not answer."),),
    canary=1,
    uses=("redis:7 is in use on web-6 by container web",),
)
MEMBER = Member(fleet=RequestId(40), digest=FLEET_ASKED.digest, ruled=ASKED_1.needs, waits=True)
NARROWED = Narrowed(
    at=AT,
    by=OLGA,
    basis="user U0OLGA",
    plan=PLAN,
    digest=ASKED.digest,
    token=Token("t0ken-2"),
    needs=Needs(count=1, approvers=("S0OPSLEADS",), rule="rest"),
    left_out=(1, 3),
)

STORED: dict[str, Event | Note] = {
    "asked": ASKED,
    "asked-with-others": replace(ASKED, again_of=None, break_glass=False, member=MEMBER),
    "fleet-asked": FLEET_ASKED,
    "fleet-narrowed": FleetNarrowed(
        at=AT + timedelta(minutes=5),
        by=OLGA,
        basis="group S0OPSLEADS",
        asked=replace(
            FLEET_ASKED,
            parts=(FLEET_ASKED.parts[0], replace(FLEET_ASKED.parts[1], left_out=True)),
            digest=PlanDigest("e" * 64),
            token=Token("fl33t-2"),
            canary=0,
        ),
        hosts=("web-4",),
        words=("nginx:1",),
        version=7,
    ),
    "released": Released(at=AT, by=OLGA, basis="group S0OPSLEADS"),
    "asked-to-restore": replace(
        ASKED, plan=RESTORE_PLAN, digest=digest.digest(RESTORE_PLAN), again_of=None, break_glass=False
    ),
    "step-done-restored": StepDone(at=AT, step=0, outcome=RESTORED),
    "approved": replace(APPROVED_1, approval=replace(APPROVED_1.approval, seen_at=AT - timedelta(seconds=9))),
    "narrowed": NARROWED,
    "narrowed-with-others": replace(NARROWED, left_out=(), member=replace(MEMBER, waits=False)),
    "joined": Joined(at=AT, by=OLGA, channel="C0DEV"),
    "looking": Looking(at=AT, by=OLGA, until=AT + timedelta(minutes=10)),
    "look-ended": LookEnded(at=AT),
    "called": CalledFor(at=AT, call=Call.ESCALATE, to=("S0ONCALL",)),
    "reviewed": Reviewed(at=AT, by=OLGA, basis="group S0OPSLEADS", note="it was right"),
    "rejected": Rejected(at=AT, by=OLGA, basis="group S0OPSLEADS", why="not today"),
    "withdrawn": Withdrawn(at=AT, by=DANA),
    "expired": Expired(at=AT),
    "drifted": Drifted(at=AT, difference=("redis:7 names another image", "one layer less")),
    "claimed": Claimed(at=AT, owner="host:1a2b", until=AT + timedelta(minutes=1), by=OLGA),
    "step-begun": StepBegun(at=AT, step=0),
    "step-done": StepDone(at=AT, step=0, outcome=Removed(records=RECORDS), found="found done"),
    "step-done-answered": StepDone(
        at=AT,
        step=0,
        outcome=Removed(records=RECORDS[:1]),
        answer='[{"Untagged":"redis:7"}]\n',
    ),
    "step-done-refused": StepDone(
        at=AT, step=1, outcome=Refused(refusal=removal.Refusal.CONFLICT, message="image is being used")
    ),
    "step-done-unknown": StepDone(at=AT, step=1, outcome=Unknown(message="no answer in 60 s")),
    "step-skipped": StepSkipped(at=AT, step=1, why="Docker would refuse it"),
    "step-not-done": StepNotDone(at=AT, step=0, found="still there"),
    "step-unclear": StepUnclear(at=AT, step=0, why="half of it is gone"),
    "interrupted": Interrupted(at=AT, why="The bot ended in the middle of it."),
    "finished": Finished(at=AT, by=OLGA),
    "finished-by-nobody": Finished(at=AT),
    "measured": Measured(at=AT, freed=7_340_032),
    "measured-predicted": Measured(at=AT, freed=7_340_032, predicted=7_340_000),
    "guarding": Guarding(at=AT, guards=("imgbot.guard/a1:request-7-0a1b2c3d",)),
    "guarded": Guarded(at=AT),
    "undo-begun": UndoBegun(at=AT, owner="host:1a2b", by=DANA, basis="requester"),
    "undone": Undone(at=AT, back=("redis:7",), left=("redis:8 names b2b2b2b2b2b2 by now, and was left to it.",)),
    "reclaim-begun": ReclaimBegun(at=AT, owner="host:1a2b", by=None),
    "guard-removed": GuardRemoved(
        at=AT,
        number=0,
        outcome=Removed(records=RECORDS[1:]),
        names=("redis:7",),
        found="Found gone on the host.",
        answer='[{"Deleted":"sha256:a1"}]\n',
    ),
    "asked-undoable": replace(ASKED, plan=UNDOABLE, needs=replace(ASKED.needs, undo=timedelta(hours=24))),
    "refusal": Refusal(at=AT, by=DANA, action="approve", answer="Someone else has to decide.", request_id=RequestId(7)),
    "started": Started(at=AT, owner="host:1a2b", version="0.1.0"),
    "stopped": Stopped(at=AT, owner="host:1a2b"),
    "database-away": DatabaseAway(at=AT, since=AT - timedelta(seconds=90), why="connection refused", owner="host:1a2b"),
    "policy-changed": PolicyChanged(at=AT, digest="e" * 64, before="d" * 64, changes=('+ rule "prod"',)),
    "group-members": GroupMembers(at=AT, group="S0OPSLEADS", added=("U0OLGA",), removed=("U0OMAR",)),
    "record-read": RecordRead(at=AT, by=DANA, query="history image:redis"),
    "record-read-on-the-command-line": RecordRead(at=AT, by=None, query="show 7", user="olga@bastion"),
    "checkpoint": Checkpoint(at=AT, sequence=41, hash="f" * 64, why="daily"),
    "proved": Proved(at=AT, occasion=Occasion.NIGHTLY, count=41, sequence=41, hash="f" * 64),
    "proved-on-the-command-line": Proved(
        at=AT, occasion=Occasion.COMMAND_LINE, count=41, sequence=41, hash="f" * 64, user="olga@bastion"
    ),
    "disproved": Disproved(at=AT, occasion=Occasion.SLACK, sequence=7, why="It is not as it was written.", by=DANA),
    "acknowledged": Acknowledged(at=AT, by=OLGA, basis="group S0OPSLEADS", failure=43),
    "restored": Restored(
        at=AT,
        sequence=41,
        hash="f" * 64,
        made_at=AT - timedelta(hours=9),
        user="olga@bastion",
        known_sequence=58,
        known_hash="e" * 64,
    ),
    "left-outside": LeftOutside(
        at=AT, host="web-3", daemon_id=PLAN.daemon_id, store=Store.CLASSIC, left=(LEFT,), pruned=True
    ),
    "layers-gone": LayersGone(
        at=AT,
        request_id=RequestId(7),
        step=0,
        host="web-3",
        daemon_id=PLAN.daemon_id,
        store=Store.CONTAINERD,
        layers=LEFT.layers,
        names=("redis:7",),
    ),
}
"""Every kind of event, by the name of its golden file."""

IN_FORMAT_1 = frozenset(STORED) - {
    "guarding",
    "guarded",
    "undo-begun",
    "undone",
    "reclaim-begun",
    "guard-removed",
    "measured-predicted",
    "asked-undoable",
    "asked",
    "asked-to-restore",
    "step-done-restored",
    "approved",
    "narrowed",
    "joined",
    "looking",
    "look-ended",
    "called",
    "reviewed",
    "record-read",
    "record-read-on-the-command-line",
    "proved-on-the-command-line",
    "policy-changed",
    "group-members",
    "checkpoint",
    "proved",
    "disproved",
    "acknowledged",
    "restored",
    "left-outside",
    "layers-gone",
    "database-away",
    "step-done-answered",
    "asked-with-others",
    "fleet-asked",
    "fleet-narrowed",
    "narrowed-with-others",
    "released",
}
"""Those that have been stored the same since the first format."""

CLOSED = Request(
    id=RequestId(1),
    version=9,
    state=State.FINISHED,
    requester=DANA,
    channel="C0DEV",
    reason=ASKED.reason,
    plan=PLAN,
    digest=ASKED.digest,
    token=ASKED.token,
    needs=ASKED.needs,
    asked_at=AT,
    expires_at=ASKED.expires_at,
    approvals=(),
    steps=(
        StepState(progress=Progress.DONE, outcome=Removed(records=RECORDS), note="found done"),
        StepState(progress=Progress.UNCLEAR, outcome=Unknown(message="no answer in 60 s"), note="no answer in 60 s"),
    ),
    closing=Closing(by=OLGA, why="enough"),
    measured=7_340_032,
    followers=(OLGA,),
    left_out=(LeftOut(by=OLGA, at=AT, words=("nginx:1",), version=3),),
    look=Look(by=OLGA, until=AT + timedelta(minutes=10)),
    calls=(Called(call=Call.REVIEW, at=AT, version=8),),
    break_glass=True,
    review=Review(by=OLGA, at=AT, basis="group S0OPSLEADS", note="it was right"),
    changed_at=AT,
)
"""A request with everything in it that is kept as JSON beside its plan."""

HELD = replace(CLOSED, member=MEMBER, held=True)
"""The same where it waits for other hosts."""
KEPT = replace(
    CLOSED,
    plan=UNDOABLE,
    needs=replace(CLOSED.needs, undo=timedelta(hours=24)),
    undo=Undo(
        window=Window.RECLAIMING,
        guards=("imgbot.guard/a1:request-7-0a1b2c3d",),
        reclaims=(StepState(progress=Progress.DONE, outcome=Removed(records=RECORDS[1:]), note="found gone"),),
        until=AT + timedelta(hours=24),
        owner="host:1a2b",
        by=OLGA,
        back=("redis:7",),
        left=("redis:8 names b2b2b2b2b2b2 by now, and was left to it.",),
    ),
)
"""A request that keeps content for an undo."""
