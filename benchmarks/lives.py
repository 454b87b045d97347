"""Years of a believable record, as rows: requests and what happened to them, refusals, bursts outside the bot.

Each event is one that the bot's own codec wrote, with other names, numbers and times in it, so the record verifies.
"""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import accumulate

from bot.approval import lifecycle
from bot.approval.events import (
    Approved,
    Claimed,
    Event,
    Finished,
    Joined,
    Looking,
    Measured,
    Rejected,
    StepBegun,
    StepDone,
)
from bot.approval.lifecycle import Illegal
from bot.approval.notes import LeftOutside, Note, RecordRead, Refusal
from bot.approval.request import Approval, Person, PlanDigest, RequestId, Token
from bot.audit.chain import NOTHING, Fields, seal
from bot.db import event_codec, hours
from bot.db.columns import micros, moment
from bot.db.finding import GRADE, Said, asked_for_as, text_of
from bot.db.plan_codec import dump_plan
from bot.db.request_codec import dump_progress
from bot.images.grades import Grade, Graded
from bot.images.ids import ChainId, ImageId
from bot.images.inventory import Store
from bot.images.leaving import Left
from bot.images.removal import DeletedImage, DeletedLayer, Freed, Plan, Removal, Removed, Step, Untagged
from tests.approval import examples

HOSTS, PEOPLE, LEADS, REPOSITORIES = 200, 300, 12, 1500
DAY = 86_400_000_000
SPAN = 3 * 365 * DAY
END = micros(examples.NOW)
PRUNE = 5
AT_HAND = 20_000
"""Images that go from one host after another."""
WORDS = ("disk", "full", "old", "release", "cleanup", "migration", "rollback", "unused", "nightly", "security", "space")
Row = tuple[object, ...]
_NUMBER = 9_000_000_000
_TIME = 8_000_000_000_000_000
_TIMES = ("at", "expires")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prototype:
    """What is written of one request with so many layers, with gaps."""

    plan: str
    progress: str
    bodies: tuple[tuple[str, str], ...]


def _gaps(text: str) -> str:
    """Return *text* so that ``%`` fills in what stands for something else in it."""
    text = re.sub(r"@(\w+)@", r"%(\1)s", text.replace("%", "%%"))
    for number, name in enumerate(_TIMES):
        text = text.replace(str(_TIME + number), f"%({name})s")
    return re.sub(r"90000000(\d\d)", lambda found: f"%(b{int(found[1])})s", text)


@cache
def prototype(layers: int, grade: Grade, *, rejected: bool) -> Prototype:
    """Return what is written of a request that takes an image with *layers* layers, or that is rejected."""
    image = ImageId("sha256:@image@")
    gone = tuple(
        DeletedLayer(chain_id=ChainId(f"sha256:@c{n}@"), image_id=image, bytes=_NUMBER + n) for n in range(layers)
    )
    names = (Untagged(reference="@name@", image_id=image), Untagged(reference="@repo@@sha256:@digest@", image_id=image))
    outcome = Removed(records=(*names, DeletedImage(image_id=image), *gone))
    freed = Freed(bytes=_NUMBER + 99)
    step = Step(removal=Removal(word="@name@", target="@name@", image_id=image), outcome=outcome, freed=freed)
    plan = Plan(
        host="@host@",
        daemon_id="@daemon@",
        store=Store.CLASSIC,
        command="rm @name@",
        steps=(step,),
        graded=(Graded(image_id=image, grade=grade),),
    )
    at, digest = moment(_TIME), PlanDigest("@plan@")
    lead, dev = Person(team_id="T0", user_id="@lead@"), Person(team_id="T0", user_id="@dev@")
    asked = replace(examples.asked_event(plan=plan), at=at, by=dev, reason="@reason@", digest=digest)
    asked = replace(asked, token=Token("@token@"), expires_at=moment(_TIME + 1))
    approved = Approved(at=at, approval=Approval(by=lead, at=at, basis="group S0OPSLEADS"), digest=digest)
    events: tuple[Event, ...] = (
        Looking(at=at, by=lead, until=moment(_TIME + 1)),
        Joined(at=at, by=lead, channel="C0DEV"),
        approved,
        Claimed(at=at, owner="bot:1", until=moment(_TIME + 1)),
        StepBegun(at=at, step=0),
        StepDone(at=at, step=0, outcome=outcome),
        Finished(at=at),
        Measured(at=at, freed=_NUMBER + 99, predicted=_NUMBER + 99),
    )
    if rejected:
        events = (Rejected(at=at, by=lead, why="@reason@", basis="group S0OPSLEADS"),)
    request = lifecycle.asked(RequestId(1), asked)
    for event in events:
        changed = lifecycle.after(request, event)
        if isinstance(changed, Illegal):
            raise SystemExit(changed.why)
        request = changed
    bodies = tuple((event_codec.KINDS[type(each)], _gaps(event_codec.dump_event(each))) for each in (asked, *events))
    return Prototype(plan=_gaps(dump_plan(plan)), progress=_gaps(dump_progress(request)), bodies=bodies)


@cache
def note(kind: type[Note]) -> str:
    """Return what is written of a refusal, or of somebody who asks the record."""
    by, at = Person(team_id="T0", user_id="@dev@"), moment(_TIME)
    made: Note = RecordRead(at=at, by=by, query="history image:@repo@ since:7d")
    if kind is Refusal:
        made = Refusal(at=at, by=by, action="approve", answer="You may not decide on request @number@.")
    return _gaps(event_codec.dump_event(made))


@cache
def left(images: int, layers: int) -> str:
    """Return what is written of *images* images that left outside the bot."""
    each = [
        Left(
            image_id=ImageId(f"sha256:@i{n}@"),
            names=(f"@n{n}@",),
            untagged=(f"@n{n}@",),
            deleted=True,
            layers=tuple(
                DeletedLayer(chain_id=ChainId(f"sha256:@l{n}x{k}@"), image_id=ImageId(f"sha256:@i{n}@"), bytes=4096)
                for k in range(layers)
            ),
            earliest=moment(_TIME),
            latest=moment(_TIME),
        )
        for n in range(images)
    ]
    outside = LeftOutside(at=moment(_TIME), host="@host@", daemon_id="@daemon@", store=Store.CLASSIC, left=tuple(each))
    return _gaps(event_codec.dump_event(replace(outside, pruned=images >= PRUNE)))


@dataclass(slots=True)
class Writer:
    """Rows by the names of their tables, and the last numbers given."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in TABLES})
    hash: str = NOTHING
    sequence: int = 0
    record: int = 0
    request: int = 0
    went: dict[hours.Key, list[int]] = field(default_factory=dict)
    foretold: dict[int, list[int]] = field(default_factory=dict)

    def event(self, request: int | None, version: int | None, kind: str, at: int, body: str) -> int:
        """Write the next event. Returns its number."""
        self.sequence += 1
        fields = Fields(
            sequence=self.sequence,
            request=request,
            version=version,
            kind=kind,
            at=at,
            format=event_codec.FORMAT,
            body=body,
        )
        sealed = seal(self.hash, fields)
        row = (self.sequence, request, version, kind, at, event_codec.FORMAT, body, self.hash, sealed)
        self.rows["audit_event"].append(row)
        self.hash = sealed
        return self.sequence

    def records(  # noqa: PLR0913, PLR0917 -- what stands in each row
        self,
        event: int,
        at: int,
        host: str,
        request: int | None,
        rows: list[Row],
        said: Said | None,
        grades: tuple[str, ...] = (),
    ) -> None:
        """Write the records of an event: kind, reference, names, image ID, chain ID and bytes of each."""
        via, source = ("bot", "reported") if request else ("external", "derived")
        step, first = (0 if request else None), self.record + 1
        for kind, reference, names, image, chain, size in rows:
            self.record += 1
            place = (
                self.record,
                event,
                request,
                step,
                host,
                f"D-{host}",
                "classic",
                kind,
                reference,
                names,
                image,
                chain,
            )
            self.rows["removal_record"].append((*place, size, source, bool(request), at, via, None))
        names = dict.fromkeys(str(row[2]) for row in rows)
        text = text_of(names, host, said)
        self.rows["removal_search"].append((first, event, at, host, request, said.requester if said else None, text))
        wanted = {name for each in names for reference in each.split() for name in asked_for_as(reference)}
        wanted |= {GRADE + grade for grade in grades}
        self.rows["removal_search_name"] += [(name, at, first) for name in wanted]
        columns = ("reference", "names", "chain_id", "bytes")
        common = {"host": host, "request_id": request, "at": moment(at)}
        told = [{**common, **dict(zip(columns, (row[1], row[2], row[4], row[5]), strict=True))} for row in rows]
        requesters = {request: said.requester} if request and said else {}
        for key, counts in hours.sums_of(told, requesters).items():
            self.went[key] = [a + b for a, b in zip(self.went.get(key, (0, 0, 0, 0)), counts, strict=True)]

    def foretell(self, at: int, freed: int) -> None:
        """Count a request of one step that went and freed as was predicted."""
        step, measured = (self.foretold.setdefault(each // hours.HOUR, [0] * 6) for each in (at, at + 10_000_000))
        step[0] += 1
        step[1] += 1
        measured[2:] = [a + b for a, b in zip(measured[2:], (1, 1, freed, freed), strict=True)]

    def settle(self, before: int) -> None:
        """Write the sums of the hours before one: nothing is added to them any more."""
        done = [key for key in self.went if key[1] < before]
        self.rows["removal_hour"] += [(*key, *self.went.pop(key)) for key in done]
        told = [hour for hour in self.foretold if hour < before]
        self.rows["prediction_hour"] += [(hour, *self.foretold.pop(hour)) for hour in told]


TABLES: Mapping[str, str] = {
    "removal_request": "id version state host requester_team requester_user channel reason token digest asked_at"
    " expires_at changed_at claim_owner claim_number claim_until plan progress due_at break_glass",
    "request_approval": "request_id team_id user_id position at basis seen_at",
    "request_freed": "request_id bytes",
    "audit_event": "sequence request_id version kind at format body previous_hash hash",
    "removal_record": "number event request_id step host daemon_id store kind reference names image_id chain_id bytes"
    " source predicted at via earliest",
    "removal_search": "number event at host request_id requester_user text",
    "removal_search_name": "name at number",
    "removal_hour": "part hour name images names layers bytes",
    "prediction_hour": "hour steps as_planned measured near predicted freed",
}
"""The tables and their columns, in the order in which they are filled."""


class World:
    """Who and what there is, each used for a while and some much more than others."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 -- it has to come out the same again
        self.hosts = [f"{kind}-{n}" for n in range(HOSTS // 4) for kind in ("web", "db", "build", "worker")]
        self.people = [self._id("U") for _ in range(PEOPLE)]
        self.leads = [self._id("U") for _ in range(LEADS)]
        parts = ("api", "web", "cache", "proxy", "worker", "search", "billing", "auth")
        self.repositories = [f"registry.example/team-{n // 30}/{parts[n % 8]}-{n}" for n in range(REPOSITORIES)]
        self.repositories[0:5] = ["redis", "nginx", "postgres", "node", "python"]
        self._spans = {kind: [self._span() for _ in all_] for kind, all_ in self._kinds().items()}
        self._now: dict[str, tuple[list[str], list[float]]] = {}
        self.at_hand: list[tuple[str, str, tuple[str, ...]]] = []

    def _kinds(self) -> Mapping[str, list[str]]:
        return {"host": self.hosts, "dev": self.people, "lead": self.leads, "repo": self.repositories}

    def _id(self, first: str) -> str:
        return first + "".join(self.chance.choices("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ", k=10))

    def _span(self) -> tuple[float, float]:
        """Return from when to when something is in use, as parts of the whole time: much of it always is."""
        if self.chance.random() < 0.6:  # noqa: PLR2004
            return (0, 1)
        begin = self.chance.random()
        return (begin - 0.2, begin + 0.2)

    def day(self, when: float) -> None:
        """Let it be this part of the whole time: choose who and what is in use."""
        for kind, names in self._kinds().items():
            there = [n for n, (begin, end) in enumerate(self._spans[kind]) if begin <= when <= end] or [0]
            self._now[kind] = ([names[n] for n in there], list(accumulate(1 / (n + 5) for n in there)))

    def one(self, kind: str) -> str:
        """Return one of a kind that is in use."""
        names, weights = self._now[kind]
        return self.chance.choices(names, cum_weights=weights)[0]

    def hex(self, digits: int = 64) -> str:
        """Return so many hexadecimal digits."""
        return f"{self.chance.getrandbits(4 * digits):0{digits}x}"

    def image(self) -> tuple[str, str, tuple[str, ...]]:
        """Return an image as its name, its ID and its layers: one that went elsewhere before, or a new one."""
        if len(self.at_hand) > AT_HAND // 2 and self.chance.random() < 0.4:  # noqa: PLR2004
            return self.chance.choice(self.at_hand)
        tag = f"{self.chance.randrange(9)}.{self.chance.randrange(40)}" if self.chance.random() < 0.3 else None  # noqa: PLR2004
        name = f"{self.one('repo')}:{tag or f'build-{self.chance.randrange(10**6)}'}"
        layers = tuple(self.hex() for _ in range(self.chance.randint(1, 7)))
        made = (name, self.hex(), layers)
        if len(self.at_hand) < AT_HAND:
            self.at_hand.append(made)
        else:
            self.at_hand[self.chance.randrange(AT_HAND)] = made
        return made

    def reason(self) -> str:
        """Return a reason, or none."""
        if self.chance.random() < 0.3:  # noqa: PLR2004
            return ""
        return f"{' '.join(self.chance.sample(WORDS, 3))} OPS-{self.chance.randrange(200_000)}"


def rows(records: int, *, seed: int = 1, batch: int = 20_000) -> Iterator[Writer]:
    """Yield the rows of so many removal records and at least as many events, some thousand at a time.

    The caller empties ``rows`` of what it gets; the same writer comes again.
    """
    world, writer, day = World(seed), Writer(), -1
    chance = world.chance
    while writer.record < records:
        done = writer.record / records
        at = END - SPAN + int(SPAN * done) + chance.randrange(60_000_000)
        if int(done * 3 * 365) != day:
            day = int(done * 3 * 365)
            world.day(done)
        lot = chance.random()
        if lot < 0.04:  # noqa: PLR2004
            _outside(world, writer, at)
        elif lot < 0.16:  # noqa: PLR2004
            _request(world, writer, at, rejected=True)
        else:
            _request(world, writer, at, rejected=False)
        while chance.random() < 0.2 or writer.sequence < writer.record:  # noqa: PLR2004
            kind = Refusal if chance.random() < 0.2 else RecordRead  # noqa: PLR2004
            said = {"dev": world.one("dev"), "repo": world.one("repo"), "number": writer.request}
            about = writer.request if kind is Refusal and writer.request else None
            writer.event(about, None, event_codec.KINDS[kind], at, note(kind) % said)
        if len(writer.rows["removal_record"]) >= batch:
            writer.settle(at // hours.HOUR - 1)
            yield writer
    writer.settle(END)
    yield writer


def _outside(world: World, writer: Writer, at: int) -> None:
    """Write a removal outside the bot: mostly of one image, now and then a prune."""
    images = world.chance.choice((1, 1, 1, 2, 3, 40))
    layers, host = 4, world.one("host")
    said: dict[str, object] = {"host": host, "daemon": f"D-{host}", "at": at}
    gone: list[Row] = []
    for n in range(images):
        name, image, _ = world.image()
        said |= {f"n{n}": name, f"i{n}": image}
        gone += [("untagged", name, name, f"sha256:{image}", None, None)]
        gone += [("deleted", None, name, f"sha256:{image}", None, None)]
        for k in range(layers):
            said[f"l{n}x{k}"] = chain = world.hex()
            gone.append(("deleted", None, name, f"sha256:{image}", f"sha256:{chain}", 4096))
    event = writer.event(None, None, "left-outside", at, left(images, layers) % said)
    writer.records(event, at, host, None, gone, None)


def _request(world: World, writer: Writer, at: int, *, rejected: bool) -> None:
    """Write a request, and all that happened to it."""
    writer.request += 1
    number, (name, image, layers) = writer.request, world.image()
    host, reason, sizes = world.one("host"), world.reason(), [_size(world) for _ in layers]
    said: dict[str, object] = {f"c{n}": chain for n, chain in enumerate(layers)}
    said |= {f"b{n}": size for n, size in enumerate(sizes)} | {"b99": sum(sizes)}
    said |= {"host": host, "daemon": f"D-{host}", "dev": world.one("dev"), "lead": world.one("lead"), "name": name}
    said |= {"repo": name.rpartition(":")[0], "digest": world.hex(), "image": image, "reason": reason}
    said |= {"plan": world.hex(), "token": f"token-{number}", "at": at, "expires": at + DAY // 6}
    grade = world.chance.choices((Grade.REPULLABLE, Grade.UNKNOWN, Grade.ONLY_COPY), (0.7, 0.25, 0.05))[0]
    made = prototype(len(layers), grade, rejected=rejected)
    for version, (kind, body) in enumerate(made.bodies, start=1):
        at += 5_000_000 if version > 1 else 0
        said["at"] = at
        event = writer.event(number, version, kind, at, body % said)
        if kind == "step-done":
            gone = _gone(said, layers, sizes)
            about = Said(requester=str(said["dev"]), reason=reason, approvers=(str(said["lead"]),))
            writer.records(event, at, host, number, gone, about, (grade.value,))
            writer.foretell(at, sum(sizes))
    state = "rejected" if rejected else "finished"
    asked_at = at - 5_000_000 * (len(made.bodies) - 1)
    who = (number, len(made.bodies), state, host, "T0", said["dev"], "C0DEV", reason, said["token"], said["plan"])
    when = (asked_at, said["expires"], at, None, None, None)
    writer.rows["removal_request"].append((*who, *when, made.plan % said, made.progress % said, None, False))
    if not rejected:
        basis = "group S0OPSLEADS"
        writer.rows["request_approval"].append((number, "T0", said["lead"], 0, asked_at + 15_000_000, basis, None))
        writer.rows["request_freed"].append((number, sum(sizes)))


def _size(world: World) -> int:
    return int(world.chance.lognormvariate(16.5, 1.8))


def _gone(said: Mapping[str, object], layers: tuple[str, ...], sizes: list[int]) -> list[Row]:
    """Return the records of a request as the codec's outcome has them."""
    image, repository = f"sha256:{said['image']}", f"{said['repo']}@sha256:{said['digest']}"
    names = f"{said['name']} {repository}"
    gone: list[Row] = [("untagged", name, names, image, None, None) for name in names.split()]
    gone.append(("deleted", None, names, image, None, None))
    deleted = zip(layers, sizes, strict=True)
    return [*gone, *(("deleted", None, names, image, f"sha256:{chain}", size) for chain, size in deleted)]
