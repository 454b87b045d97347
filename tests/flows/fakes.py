"""What stands where a daemon, Slack and its directory stand: the same ports, in memory, and able to fail on demand."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from bot.approval.authority import Member
from bot.approval.fleet import Fleet
from bot.approval.notice import Notice
from bot.approval.request import Called, Person, Request
from bot.flows.answers import Answer, AnyForm
from bot.flows.overviews import Home
from bot.flows.ports import Change, Changes, Drawn, ReplyTo, Shown, Undelivered, Unreachable, Unsaid
from bot.flows.uploads import NotUploaded, Upload, Uploaded
from bot.images.grading import Answer as Registry
from bot.images.grading import Silent
from bot.images.ids import ImageId
from bot.images.inventory import Image, Inventory
from bot.images.leaving import Told
from bot.images.listing import BadFilter, Filters, listed
from bot.images.reference import Reference, parse, with_default_tag
from bot.images.removal import DeletedImage, Outcome, Refusal, Refused, Removal, Removed, Unknown, Untagged
from bot.images.selection import Among
from bot.playground.seed import seeded
from bot.playground.world import World, in_registries, meant, predicted, pulled, removed, tagged
from tests.approval.examples import NOW


class Clock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> datetime:
        """Return the time."""
        return self.time

    def goes_on(self, by: timedelta) -> None:
        """Let time pass."""
        self.time += by


class FakeDaemon:
    """A daemon with the images of the playground."""

    def __init__(self, host: str = "web-3") -> None:
        self._host = host
        self.world: World = seeded(0)
        self.reachable = True
        self.longest_call = timedelta(seconds=60)
        self.sent: list[Removal] = []
        self.before: Callable[[], None] = lambda: None
        self.happened: list[Change] = []
        self.forgot = False
        self._lock = threading.Lock()
        self.loses_answers = False
        self.says: Outcome | None = None
        self.registry: dict[str, Registry] = {}
        self.asked_for: list[str] = []
        self.to_pull = dict(in_registries(self.world))
        self.pulled: list[str] = []
        self.says_of_pulls: Refused | Unknown | ImageId | None = None

    @property
    def host(self) -> str:
        """The host's name."""
        return self._host

    def inventory(self, *, kept: bool = False) -> Inventory | Unreachable:
        """Return what the daemon holds."""
        del kept
        if not self.reachable:
            return self._silent()
        with self._lock:
            return replace(self.world.inventory, host=self._host, seen=len(self.happened))

    def changes(self, since: int) -> Changes | Unreachable:
        """Return what happened since: its clock counts what happened."""
        if not self.reachable:
            return self._silent()
        with self._lock:
            return Changes(changes=tuple(self.happened[since:]), seen=len(self.happened), complete=not self.forgot)

    def listen(self, since: int, tell: Callable[[Told], None]) -> int | Unreachable:
        """Tell nothing of its own accord."""
        del tell
        return since if self.reachable else self._silent()

    def measured(self, inventory: Inventory, image_ids: Iterable[ImageId]) -> Inventory:
        """Return the inventory: the playground knows its sizes."""
        assert set(image_ids) <= set(inventory.images)
        return inventory

    def used(self) -> int | None:
        """Return the bytes of all layers that images have."""
        inventory = self.world.inventory
        held = {chain for image in inventory.images.values() for chain in image.layers}
        return sum(inventory.layer_bytes[chain] for chain in held) if self.reachable else None

    def listed(self, filters: Filters) -> Among | BadFilter | Unreachable:
        """Return what the playground lists."""
        if not self.reachable:
            return self._silent()
        rows = listed(self.world.inventory, None, filters, everything=True)
        return rows if isinstance(rows, BadFilter) else {row.image.id: frozenset(row.references) for row in rows}

    def named(self, target: str) -> ImageId | Unreachable | None:
        """Return what *target* names."""
        if not self.reachable:
            return self._silent()
        found = meant(self.world, target)
        return found.id if isinstance(found, Image) else None

    def distribution(self, reference: str) -> Registry:
        """Return what the registry is said to have."""
        self.asked_for.append(reference)
        return self.registry.get(reference, Silent(why="no registry is there"))

    def remove(self, removal: Removal) -> Outcome:
        """Remove, or fail as it was told to."""
        self.sent.append(removal)
        self.before()
        if self.says is not None:
            return self.says
        with self._lock:
            outcome = self._removed(removal)
        return (
            Unknown(message=f"{self._host} did not say what came of it: timed out.") if self.loses_answers else outcome
        )

    def _removed(self, removal: Removal) -> Outcome:
        assert removal.target is not None
        outcome: Removed | Refused = predicted(self.world, removal.target, force=removal.force, prune=removal.prune)
        if isinstance(outcome, Removed):
            self.world = removed(self.world, outcome.records)
            self._tell(outcome, by_id=removal.target == removal.image_id)
        return outcome

    def _tell(self, outcome: Removed, *, by_id: bool) -> None:
        """Tell what the classic store tells: by name one event for the first name alone, by ID one for each."""
        untagged = [record.image_id for record in outcome.records if isinstance(record, Untagged)]
        self.happened += [Change(action="untag", image_id=i) for i in (untagged if by_id else untagged[:1])]
        deleted = [record.image_id for record in outcome.records if isinstance(record, DeletedImage)]
        self.happened += [Change(action="delete", image_id=i) for i in deleted]

    def tag(self, image_id: str, name: str) -> None:
        """Give an image, by any word for it, another name."""
        found, reference = meant(self.world, image_id), parse(name)
        assert isinstance(found, Image)
        assert isinstance(reference, Reference)
        with self._lock:
            self.world = tagged(self.world, found.id, with_default_tag(reference))
            self.happened.append(Change(action="tag", image_id=found.id, name=with_default_tag(reference).familiar))

    def pull(self, source: str, alive: Callable[[], None]) -> ImageId | Refused | Unknown:
        """Pull what the playground had at the start, or fail as it was told to."""
        self.pulled.append(source)
        alive()
        self.before()
        if self.says_of_pulls is not None:
            return self.says_of_pulls
        reference = parse(source)
        image = self.to_pull.get(reference) if isinstance(reference, Reference) else None
        if image is None or not isinstance(reference, Reference):
            return Refused(refusal=Refusal.NOT_FOUND, message="manifest unknown")
        with self._lock:
            self.world = pulled(self.world, image, reference)
            self.happened.append(Change(action="pull", image_id=None))
        return image.id

    def names(self) -> set[str]:
        """Return every tag that is there."""
        images = self.world.inventory.images.values()
        return {reference.familiar for image in images for reference in image.references if reference.tag}

    def _silent(self) -> Unreachable:
        return Unreachable(host=self._host, why=f"{self._host} did not answer.")


class FakeConversation:
    """Slack, as the bot speaks in it: everything that was said, and failures on demand."""

    def __init__(self) -> None:
        self.answers: list[tuple[Person, Answer]] = []
        self.shown: list[tuple[Request, Shown | None]] = []
        self.fleets: list[Fleet] = []
        self.told_of_fleets: list[Fleet] = []
        self.told: list[Request] = []
        self.told_whom: list[Person] = []
        self.called: list[tuple[Request, Called]] = []
        self.printed: list[Request] = []
        self.printed_fleets: list[Fleet] = []
        self.forms: list[tuple[Person, AnyForm]] = []
        self.updated: list[tuple[str, AnyForm]] = []
        self.homes: list[Home] = []
        self.takes_forms = True
        self.announced: list[Notice] = []
        self.numbers: list[int] = []
        self.tried: list[bool] = []
        self.unsaid: list[Shown] = []
        self.given: list[tuple[Person, Upload, bytes]] = []
        self.takes_no_files = ""
        self.takes_no_answers: Undelivered | None = None
        self.late: list[tuple[ReplyTo, Drawn]] = []
        self.refuses: Undelivered | None = None

    def answer(self, to: ReplyTo, answer: Answer | Drawn) -> Unsaid | None:
        """Keep an answer; what was drawn once is kept as it was drawn."""
        if self.takes_no_answers:
            drawn = answer if isinstance(answer, str) else Drawn(repr(answer))
            return Unsaid(drawn=drawn, failed=self.takes_no_answers)
        if isinstance(answer, str):
            self.late.append((to, answer))
        else:
            self.answers.append((to.person, answer))
        return None

    def show(self, request: Request, at: Shown | None, *, tried: bool = False) -> Shown | Undelivered:
        """Keep what is shown in the approvals channel."""
        self.tried.append(tried)
        if self.refuses:
            return self.refuses
        self.shown.append((request, at))
        return at or Shown(channel="C0APPROVALS", ts=f"{request.id}.0")

    def show_fleet(self, fleet: Fleet, at: Shown | None, *, tried: bool = False) -> Shown | Undelivered:
        """Keep what is shown of several hosts in the approvals channel."""
        self.tried.append(tried)
        if self.refuses:
            return self.refuses
        self.fleets.append(fleet)
        return at or Shown(channel="C0APPROVALS", ts=f"{fleet.lead.id}.0")

    def tell_fleet(self, fleet: Fleet, version: int, *, tried: bool = False) -> Shown | Undelivered:
        """Keep what the requester is told of several hosts."""
        del version
        self.tried.append(tried)
        if self.refuses:
            return self.refuses
        self.told_of_fleets.append(fleet)
        return Shown(channel="D0", ts=f"{len(self.told_of_fleets)}.3")

    def tell(self, request: Request, person: Person, *, tried: bool = False) -> Shown | Undelivered:
        """Keep what the requester, or somebody who follows, is told."""
        self.tried.append(tried)
        if self.refuses:
            return self.refuses
        self.told.append(request)
        self.told_whom.append(person)
        return Shown(channel="D0", ts=f"{len(self.told)}.1")

    def call(self, request: Request, called: Called, below: Shown, *, tried: bool = False) -> Shown | Undelivered:
        """Keep what those who may decide are called for."""
        self.tried.append(tried)
        if self.refuses:
            return self.refuses
        self.called.append((request, called))
        return Shown(channel=below.channel, ts=f"{len(self.called)}.2")

    def print(self, request: Request, below: Shown, *, tried: bool = False) -> Shown | Undelivered:
        """Keep the request whose lines are written in the thread."""
        self.tried.append(tried)
        if self.refuses:
            return self.refuses
        self.printed.append(request)
        return Shown(channel=below.channel, ts=f"{len(self.printed)}.3")

    def print_fleet(self, fleet: Fleet, below: Shown, *, tried: bool = False) -> Shown | Undelivered:
        """Keep the request for several hosts whose lines are written in the thread."""
        self.tried.append(tried)
        if self.refuses:
            return self.refuses
        self.printed_fleets.append(fleet)
        return Shown(channel=below.channel, ts=f"{len(self.printed_fleets)}.4")

    def open(self, trigger: str, form: AnyForm, reply_to: ReplyTo) -> bool:
        """Keep the form that is shown to somebody."""
        if self.takes_forms and trigger:
            self.forms.append((reply_to.person, form))
        return self.takes_forms and bool(trigger)

    def update(self, view: str, form: AnyForm, reply_to: ReplyTo) -> bool:
        """Keep the form that takes the place of one."""
        del reply_to
        if self.takes_forms and view:
            self.updated.append((view, form))
        return self.takes_forms and bool(view)

    def home(self, home: Home) -> Undelivered | None:
        """Keep what somebody's Home tab shows."""
        if self.refuses:
            return self.refuses
        self.homes.append(home)
        return None

    def give(self, person: Person, upload: Upload) -> Uploaded | NotUploaded:
        """Keep the file that somebody is given."""
        if self.takes_no_files:
            return NotUploaded(why=self.takes_no_files)
        self.given.append((person, upload, b"".join(iter(lambda: upload.content.read(1000), b""))))
        return Uploaded(id=f"F{len(self.given)}", link=f"https://slack.example/files/F{len(self.given)}")

    def announce(self, notice: Notice, number: int, *, tried: bool = False) -> Shown | Undelivered:
        """Keep what is told in the audit channel."""
        self.tried.append(tried)
        if self.refuses:
            return self.refuses
        self.announced.append(notice)
        self.numbers.append(number)
        return Shown(channel="C0AUDIT", ts=f"{len(self.announced)}.2")

    def unsay(self, shown: Shown) -> None:
        """Keep what is deleted again."""
        self.unsaid.append(shown)


class FakeDirectory:
    """A workspace whose group of leads can change, or not be read."""

    def __init__(self) -> None:
        self.leads: frozenset[str] | None = frozenset({"U0LEAD", "U0LEAD2"})
        self.others: dict[str, frozenset[str]] = {}
        self.guests: set[str] = set()
        self.asked = 0

    @property
    def team_id(self) -> str:
        """Return the workspace of the examples."""
        return "T0"

    def member(self, person: Person) -> Member:
        """Return what is known of a person."""
        return Member(person=person, not_a_member="Guests cannot use me." if person.user_id in self.guests else "")

    def group(self, group_id: str) -> frozenset[str] | None:
        """Return the leads, or one of the others."""
        if group_id in self.others:
            return self.others[group_id]
        assert group_id == "S0OPSLEADS"
        self.asked += 1
        return self.leads
