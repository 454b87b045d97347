"""Planning a removal on several hosts at once: a plan and a verdict for each, or why there is none."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot.approval.digest import digest
from bot.approval.fleet import Unplanned
from bot.approval.policy import Allowed, Forbidden, NeedsApproval
from bot.approval.request import Person, PlanDigest
from bot.command.grammar import Remove
from bot.db.store import Store
from bot.flows.abreast import Abreast
from bot.flows.joining import open_for
from bot.flows.planning import NotPlanned, Planner
from bot.flows.ruled import Ruled
from bot.images.ids import ImageId
from bot.images.inventory import Inventory
from bot.images.reference import Reference, parse
from bot.images.removal import Plan, Refused, Removed, Step, Untagged

PATIENCE = timedelta(seconds=60)
USES = 20
"""Uses of images on other hosts that are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnHost:
    """A plan for one host that removes something, its digest, what the rules say of it, and what the host holds."""

    plan: Plan
    digest: PlanDigest
    ruling: Allowed | NeedsApproval
    inventory: Inventory


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """The plans that there are, the hosts without one, and where images that go are in use; in the order of hosts."""

    planned: tuple[OnHost, ...]
    unplanned: tuple[Unplanned, ...]
    uses: tuple[str, ...] = ()


_Found = tuple[OnHost | Unplanned, Inventory | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPlanner:
    """Plans for several hosts side by side. ``patience`` says how long each may take, as its settings say."""

    store: Store
    planner: Planner
    ruled: Ruled
    patience: Mapping[str, timedelta] = field(default_factory=dict)

    def plans(self, command: Remove, hosts: Sequence[str], person: Person) -> Plans:
        """Plan on every one of *hosts*. One that does not answer in its time holds up nobody."""
        found: list[_Found] = []
        for host, each in Abreast(lambda host: self._on(host, command, person), self._within).each(hosts):
            late = f"{host} did not answer within {self._within(host).total_seconds():g} s."
            found.append(each or (Unplanned(host=host, why=late), None))
        planned = list(self._each_once([each for each, _ in found if isinstance(each, OnHost)]))
        going = [each for each in planned if isinstance(each, OnHost)]
        return Plans(
            planned=tuple(going),
            unplanned=tuple(each for each in _in_order(hosts, found, planned) if isinstance(each, Unplanned)),
            uses=tuple(_uses(going, [inventory for _, inventory in found if inventory]))[:USES],
        )

    def abreast(self, hosts: Sequence[str], work: Callable[[str], object]) -> Mapping[str, object]:
        """Return what *work* makes of each host; None for those that took too long."""
        return dict(Abreast(work, self._within).each(hosts))

    def _within(self, host: str) -> timedelta:
        return self.patience.get(host, PATIENCE)

    def _on(self, host: str, command: Remove, person: Person) -> _Found:
        looked = self.planner.look(host)
        if isinstance(looked, NotPlanned):
            return Unplanned(host=host, why=looked.why), None
        inventory = looked[1]
        plan = self.planner.planned(looked, replace(command, host=host))
        if isinstance(plan, NotPlanned):
            return Unplanned(host=host, why=plan.why), inventory
        plan, ruling = self.ruled.of(plan, person)
        if not plan.removes:
            return Unplanned(host=host, why=_nothing(plan)), inventory
        if isinstance(ruling, Forbidden):
            return Unplanned(host=host, why=ruling.why), inventory
        return OnHost(plan=plan, digest=digest(plan), ruling=ruling, inventory=inventory), inventory

    def _each_once(self, found: Sequence[OnHost]) -> Iterator[OnHost | Unplanned]:
        """Yield the plans that are nobody else's already: no daemon is in it twice, and nothing is asked for twice."""
        seen: dict[str, str] = {}
        with self.store.reading() as reading:
            for each in found:
                host, daemon = each.plan.host, each.plan.daemon_id
                if daemon in seen:
                    yield Unplanned(host=host, why=f"{host} is the same daemon as {seen[daemon]}.")
                    continue
                seen[daemon] = host
                same = open_for(reading.open_on(host), each.plan)
                yield Unplanned(host=host, why=f"It is asked for already, as request {same.id}.") if same else each


def _in_order(
    hosts: Sequence[str], found: Sequence[_Found], planned: Sequence[OnHost | Unplanned]
) -> Iterator[OnHost | Unplanned]:
    """Yield what is known of each host in the end, in the order of *hosts*."""
    known: dict[str, OnHost | Unplanned] = dict(zip(hosts, (each for each, _ in found), strict=True))
    known |= {_host(each): each for each in planned}
    yield from known.values()


def _host(each: OnHost | Unplanned) -> str:
    return each.plan.host if isinstance(each, OnHost) else each.host


def _nothing(plan: Plan) -> str:
    """Return why a plan removes nothing: Docker's own words for its first step, and what was probably meant."""
    told = [(step.outcome.message, step.hint) for step in plan.steps if isinstance(step.outcome, Refused)]
    if not told:
        return "Nothing of it can be removed there."
    message, hint = told[0]
    return f"Nothing of it can be removed there: {message}{f'. {hint}' if hint else ''}"


def _uses(planned: Sequence[OnHost], inventories: Sequence[Inventory]) -> Iterator[str]:
    """Yield where images that are planned to go are in use by containers, by their ID or by their name."""
    steps = [step for each in planned for step in each.plan.steps if isinstance(step.outcome, Removed)]
    names = {familiar for step in steps for familiar in _familiar(step)}
    ids = {step.removal.image_id: next(iter(_familiar(step)), step.word) for step in steps if step.removal.image_id}
    for inventory in inventories:
        for container in inventory.containers:
            called = ids.get(container.image_id) or _named(inventory, container.image_id, names)
            if called:
                yield f"{called} is in use on {inventory.host} by container {container.name} ({container.state})"


def _familiar(step: Step) -> list[str]:
    """Return the tags that go with a step, as Docker prints them."""
    records = step.outcome.records if isinstance(step.outcome, Removed) else ()
    parsed = [parse(record.reference) for record in records if isinstance(record, Untagged)]
    return [reference.familiar for reference in parsed if isinstance(reference, Reference) and reference.tag]


def _named(inventory: Inventory, image_id: ImageId, names: set[str]) -> str:
    image = inventory.images.get(image_id)
    return next((r.familiar for r in image.references if r.familiar in names), "") if image else ""
