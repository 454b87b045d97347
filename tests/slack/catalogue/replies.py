"""Private answers, and what is said beside a file."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

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
from bot.approval.policy import Allowed, Forbidden, NeedsApproval
from bot.approval.proof import Acknowledged, Checkpoint, Disproved, Occasion, Proved, Restored
from bot.approval.request import Needs, RequestId, State
from bot.audit.chain import Broken, Head, Verified
from bot.audit.course import DAY, Freed, course, number
from bot.audit.query import HistoryRecord, Summary
from bot.audit.stats import Accuracy, Stats, Went
from bot.command.help import help_text
from bot.command.refusal import not_for_a_shell
from bot.db.store import RecordedEvent
from bot.flows.answers import (
    STOPPED,
    Answer,
    AskedFor,
    Counted,
    Detailed,
    Explained,
    Given,
    Gone,
    Held,
    JoinedTo,
    Listed,
    Planned,
    Sentence,
    Told,
    TooLate,
    Verification,
)
from bot.flows.uploads import About, Evidence, Export, Format
from bot.images.ids import ChainId, ImageId
from bot.images.inventory import Image, Inventory, Store
from bot.images.leaving import Left
from bot.images.listing import Row
from bot.images.reference import Reference
from bot.images.removal import DeletedLayer, Holder
from bot.images.why import Share, Why
from bot.slack import given
from bot.slack.blocks import Said
from bot.slack.replies import reply
from tests.approval.examples import DANA, EVENTS, NOW, OLGA
from tests.slack import lives
from tests.slack.catalogue.drawn import Entry
from tests.slack.catalogue.fleets import ASKED as FLEET_ASKED
from tests.slack.catalogue.fleets import NARROWED as FLEET_NARROWED

HASH = "9c1e" * 16
HEAD = Head(sequence=48_213, hash=HASH)
LEAVING = Left(
    image_id=ImageId("sha256:" + "77ab" * 16),
    names=("redis:7.0",),
    untagged=("redis:7.0",),
    deleted=True,
    earliest=NOW,
    latest=NOW,
)
NOTES: tuple[Note, ...] = (
    Refusal(at=NOW, by=OLGA, action="img_approve", answer="You approved already.", request_id=RequestId(1042)),
    Started(at=NOW, owner="bot:1", version="1.0"),
    Stopped(at=NOW, owner="bot:1"),
    DatabaseAway(at=NOW, since=NOW, why="connection refused", owner="bot:1"),
    PolicyChanged(at=NOW, digest=HASH, before="", changes=("rule prod: 2 approvals instead of 1",)),
    GroupMembers(at=NOW, group="S0OPSLEADS", added=("U0LEAD2",), removed=()),
    RecordRead(at=NOW, by=DANA, query="history redis"),
    LeftOutside(at=NOW, host="web-3", daemon_id="DAEMON", store=Store.CLASSIC, left=(LEAVING,)),
    LayersGone(
        at=NOW,
        request_id=RequestId(1042),
        step=0,
        host="web-3",
        daemon_id="DAEMON",
        store=Store.CONTAINERD,
        layers=(DeletedLayer(chain_id=ChainId(LEAVING.image_id), image_id=LEAVING.image_id, bytes=76),),
    ),
    Checkpoint(at=NOW, sequence=48_213, hash=HASH, why="daily"),
    Proved(at=NOW, occasion=Occasion.NIGHTLY, count=48_213, sequence=48_213, hash=HASH),
    Disproved(at=NOW, occasion=Occasion.NIGHTLY, sequence=7, why="Removal record 3 is not as it was written."),
    Acknowledged(at=NOW, by=OLGA, basis="group S0OPSLEADS", failure=48_214),
    Restored(at=NOW, sequence=48_213, hash=HASH, made_at=NOW, user="root@ops-1"),
    FLEET_ASKED,
    FLEET_NARROWED,
)
"""One note of each kind."""


def _recorded(*events: object) -> tuple[RecordedEvent, ...]:
    return tuple(
        RecordedEvent(sequence=at, at=NOW, kind="x", version=None, event=event, hash=HASH)  # type: ignore[arg-type]
        for at, event in enumerate(events, start=1)
    )


def record(at: int, kind: str, *, reference: str | None = None, layer: str | None = None) -> HistoryRecord:
    """Return a record of the example's request: a name, an image or a layer of redis:7.2 that went."""
    return HistoryRecord(
        number=at,
        request=RequestId(1042),
        host="web-3",
        kind=kind,
        reference=reference,
        names=("redis:7.2",),
        image_id=str(lives.REDIS.removal.image_id),
        chain_id=layer,
        bytes=76_000_000 if layer else None,
        at=NOW,
        requester=DANA,
        approvers=(OLGA,),
        reason="OPS-123 disk full before the release",
        via="bot",
        source="reported",
        predicted=True,
        event=5,
        step=1,
        daemon_id="D1",
        store="classic",
    )


WENT = (
    record(3, "untagged", reference="redis:7.2"),
    record(2, "deleted"),
    record(1, "deleted", layer="sha256:" + "1e2f" * 16),
)
OUTSIDE = replace(
    WENT[1],
    request=None,
    requester=None,
    approvers=(),
    reason="",
    via="external",
    earliest=NOW - timedelta(minutes=5),
)
PENDING, FINISHED = lives.REMOVALS[State.PENDING], lives.REMOVALS[State.FINISHED]
NEEDS = NeedsApproval(needs=PENDING.needs, expires=timedelta(hours=4))
FREE = Allowed(needs=Needs(count=0, approvers=(), rule="ci"), expires=timedelta(hours=4))
NOTHING = replace(lives.PLAN, steps=(lives.IN_USE,), graded=(), command="rm postgres:16")
COURSE = course(
    NOW - 6 * DAY, NOW, DAY, [Freed(host="web-3", span=number(NOW - DAY * n, DAY), bytes=10**9) for n in range(3)]
)
STATS = Stats(
    since=NOW - 7 * DAY,
    hosts=tuple(Went(name=f"web-{n}", images=n, names=n, layers=2 * n, bytes=n * 10**8) for n in range(12, 0, -1)),
    people=(
        Went(name="U0DEV", images=40, names=50, layers=60, bytes=4 * 10**9),
        Went(name="", images=41, names=41, layers=9, bytes=10**9),
    ),
    repositories=(Went(name="ghcr.io/acme/a-service-with-a-long-name", images=1, names=1, layers=1, bytes=10**8),),
    requests=((State.FINISHED, 11), (State.REJECTED, 1)),
    refused=2,
    accuracy=Accuracy(steps=120, as_planned=120, measured=11, near=11, predicted=10**9, freed=10**9),
)
REFERENCE = Reference(domain="docker.io", path="library/redis", tag="7.2")
IMAGE = Image(
    id=ImageId(str(lives.REDIS.removal.image_id)), references=(REFERENCE,), size=117_000_000, created=1_792_000_000
)
WHY = Why(
    host="web-3",
    image=IMAGE,
    references=(REFERENCE, replace(REFERENCE, tag="latest")),
    containers=(Holder(kind="container", name="container cache-1", detail="running"),),
    children=("acme/cache:2",),
    rules=(Holder(kind="rule", name='rule "base-images"', detail="owner @dba"),),
    shares=(
        Share(layers=1, bytes=76_000_000),
        Share(layers=5, bytes=41_000_000, holders=(Holder(kind="image", name="postgres:16"),), more=2),
    ),
    removal=lives.REDIS,
    kept="kept for the undo of request 1042",
)
LISTED = Listed(
    inventory=Inventory(
        host="web-3", daemon_id="DAEMON", store=Store.CLASSIC, version="29.1", taken_at=0, images={IMAGE.id: IMAGE}
    ),
    rows=(Row(image=IMAGE, references=(REFERENCE,)), Row(image=replace(IMAGE, id=LEAVING.image_id), references=())),
    digests=False,
    no_trunc=False,
    quiet=False,
)
GOOD, BAD = Verified(count=48_213, head=HEAD), Broken(sequence=7, why="Removal record 3 is not as it was written.")
(FAILURE,) = _recorded(Disproved(at=NOW, occasion=Occasion.NIGHTLY, sequence=7, why=BAD.why))
SUMMARY = Summary(records=3, images=1, names=1, layers=1, bytes=76_000_000, people=1, outside=0)
EXPORT = Export(words=("host:web-3", "since:7d"), form=Format.CSV, records=128)
EVIDENCE = Evidence(request=RequestId(1042), last=HEAD, posted=True)
SHELL = not_for_a_shell("|")

ANSWERS: dict[str, Answer] = {
    "sentence": Sentence(text="You approved already. One more approval is needed.", hint="Somebody else has to press."),
    "sentence with people": Sentence(text="x", parts=(DANA, " asked at ", NOW, ". ", OLGA, " may decide.")),
    "not understood": Sentence(text=SHELL.message, hint=SHELL.hint),
    "plan": Planned(plan=lives.PLAN, verdict=NEEDS, ask="rm redis:7.2"),
    "plan that is allowed": Planned(plan=lives.PLAN, verdict=FREE, ask="rm redis:7.2"),
    "plan that is forbidden": Planned(plan=lives.PLAN, verdict=Forbidden(why="Rule prod forbids --force."), ask="x"),
    "plan that wants a reason": Planned(plan=lives.PLAN, verdict=NEEDS, ask="x", wants="A ticket, such as OPS-123."),
    "plan behind a glass": Planned(plan=lives.PLAN, verdict=NEEDS, ask="x", glass=True),
    "plan that changed": Planned(plan=lives.PLAN, verdict=NEEDS, ask="x", changed=True),
    "plan of nothing": Planned(plan=NOTHING, verdict=NEEDS, ask="x"),
    "plan to put back": Planned(plan=lives.RESTORE_PLAN, verdict=NEEDS, ask="restore 1042"),
    "plan of a batch": Planned(plan=lives.BATCH, verdict=NEEDS, ask="x"),
    "asked for": AskedFor(request=PENDING),
    "asked for and allowed": AskedFor(request=lives.REMOVALS[State.APPROVED]),
    "asked to put back": AskedFor(request=lives.RESTORALS[State.PENDING]),
    "joined": JoinedTo(request=PENDING),
    "too late": TooLate(request=lives.REMOVALS[State.REJECTED]),
    "listed": LISTED,
    "listed quietly": replace(LISTED, quiet=True),
    "held": Held(why=WHY),
    "held by its name alone": Held(
        why=replace(WHY, references=(REFERENCE,), containers=(), children=(), rules=(), shares=(), kept="")
    ),
    "gone": Gone(host="web-3", word="redis:7.2", message="No such image: redis:7.2", hint="", records=WENT),
    "gone outside": Gone(host="web-3", word="redis", message="No such image: redis", hint="", records=(OUTSIDE,)),
    "never there": Gone(
        host="web-3", word="redsi", message="No such image: redsi", hint="Did you mean redis:7.2?", records=()
    ),
    "history": Told(words=("redis",), records=WENT, older=1, newer=3, summary=SUMMARY),
    "history in a table": Told(
        words=(),
        records=tuple(replace(each, image_id=f"sha256:{at:064}") for at in range(4) for each in (*WENT, OUTSIDE)),
        older=1,
        summary=SUMMARY,
    ),
    "history of nothing": Told(words=("redsi",), records=(), older=None),
    "history of requests": Told(words=("status:rejected",), records=tuple(lives.REMOVALS.values()), older=None),
    "history of refusals": Told(words=("status:refused",), records=_recorded(NOTES[0]), older=None),
    "show": Detailed(
        request=FINISHED,
        timeline=_recorded(*EVENTS, *NOTES),
        records=WENT,
        restorals=(lives.RESTORALS[State.FINISHED], lives.RESTORALS[State.PENDING]),
        back=True,
    ),
    "stats": Counted(period="week", stats=STATS, course=COURSE),
    "file": Given(name="imgbot-week.csv", length=12_345, about=EXPORT, link="https://slack.example/files/F1"),
    "file without a link": Given(name="imgbot-1042.json", length=12_345, about=EVIDENCE, link=""),
    "help": Explained(help=help_text(None)),
    "help on rm": Explained(help=help_text("rm")),
    "verified": Verification(found=GOOD, since=0, stopped=None, may_go_on=False),
    "not verified": Verification(found=BAD, since=0, stopped=FAILURE, may_go_on=True),
    "stopped": Sentence(text=STOPPED, hint="/img verify says what was found."),
}


def _beside_files() -> Iterator[Entry]:
    abouts: dict[str, About] = {
        "export": EXPORT,
        "evidence": EVIDENCE,
        "evidence without a checkpoint": replace(EVIDENCE, posted=False),
    }
    for name, about in abouts.items():
        yield Entry(name=f"file/{name}", example=about, draw=_beside_file)


def _beside_file(about: About) -> Said:
    """Return what is said beside a file as a message of text alone, which it is."""
    return Said(text=f"{given.title(about)}\n{given.comment(about)}", blocks=())


REPLIES = (
    *(Entry(name=f"reply/{name}", example=answer, draw=reply) for name, answer in ANSWERS.items()),
    *_beside_files(),
)
