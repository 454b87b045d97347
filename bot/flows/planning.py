"""A plan of a host as it is now: made when asked, at the click, at the claim, and after an interruption."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar, overload

from bot.approval.request import Needs, Request
from bot.command.grammar import Remove, Selection, render
from bot.command.reading import closest
from bot.flows.choosing import chosen
from bot.flows.hosts_of import GROUP, Groups, hosts_of, no_group, several, strange
from bot.flows.ports import Daemon, Daemons, Unreachable
from bot.flows.registries import Registries
from bot.flows.windows import Windows, dated, unknown
from bot.images.grades import Graded
from bot.images.guards import label
from bot.images.inventory import Inventory
from bot.images.layers import deleted_images
from bot.images.listing import BadFilter
from bot.images.predict import Unsupported, Wanted
from bot.images.predict import plan as predict
from bot.images.protection import Protection
from bot.images.removal import Plan
from bot.images.restoral import AnyPlan, Restoral, RestorePlan
from bot.images.restoring import restore_plan
from bot.images.selection import Listing
from bot.images.undoable import Undoable, undoable

NAMED = 10
"""Hosts of a group that a hint names."""
FROZEN = Undoable(frozen=True)
KNOWN = 20
"""Hosts that an error names."""

SILENT = "Nothing was done. Try again in a moment; /img hosts shows which hosts answer."
"""What can be done where a host did not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPlanned:
    """Why there is no plan, and what to do next."""

    why: str
    hint: str = ""


P = TypeVar("P", bound=AnyPlan)


@dataclass(frozen=True, slots=True, kw_only=True)
class FreshPlan(Generic[P]):
    """A plan, and the inventory that it was made of."""

    plan: P
    inventory: Inventory


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Makes plans of the hosts, in which what *protections* cover when they are made stays.

    *registries* are asked which of the images that go they have; without, no image has a grade. *windows* tells until
    when the record says that guards keep an image.
    """

    daemons: Daemons
    protections: Callable[[], tuple[Protection, ...]] = tuple
    registries: Registries | None = None
    groups: Callable[[], Groups] = dict
    windows: Windows = unknown

    def host(self, name: str | None) -> Daemon | NotPlanned:
        """Return the daemon of the host called *name*, or of the only one."""
        if not self.daemons:
            return NotPlanned(why="No host is configured.", hint="The operator adds one to imgbot.toml: [hosts.NAME].")
        if name is None:
            if len(self.daemons) == 1:
                return next(iter(self.daemons.values()))
            return NotPlanned(why="There is more than one host.", hint=_name_one(tuple(self.daemons)))
        if (daemon := self.daemons.get(name)) is not None:
            return daemon
        return self._only_one(name) if several(name) else self.unknown(name)

    def unknown(self, name: str) -> NotPlanned:
        """Return why a name, or a group, stands for no host, and what was probably meant."""
        if name.startswith(GROUP):
            why, hint = no_group(name, self.groups())
            return NotPlanned(why=why, hint=hint)
        meant = closest(name, tuple(self.daemons))
        question = f" Did you mean {meant}?" if meant else ""
        known = ", ".join(list(self.daemons)[:KNOWN])
        return NotPlanned(
            why=f'There is no host "{name}".{question}', hint=f"I know {known}. /img hosts shows how they are."
        )

    def _only_one(self, word: str) -> NotPlanned:
        """Return why a word for several hosts will not do."""
        if (part := strange(word, self.daemons, self.groups())) is not None:
            return self.unknown(part)
        hosts = hosts_of(word, self.daemons, self.groups())
        return NotPlanned(
            why="I look at one host at a time here.", hint=f"Name one of {word}: {', '.join(hosts[:NAMED])}."
        )

    def look(self, name: str | None) -> tuple[Daemon, Inventory] | NotPlanned:
        """Return the daemon of a host, as ``host`` does, and what it holds now."""
        daemon = self.host(name)
        if isinstance(daemon, NotPlanned):
            return daemon
        inventory = daemon.inventory(kept=True)  # at the click and at the claim it is looked at anew
        if isinstance(inventory, Unreachable):
            return NotPlanned(why=inventory.why, hint=SILENT)
        return daemon, inventory

    def plan(self, command: Remove) -> Plan | NotPlanned:
        """Plan what *command* asks for, on its host as it is now."""
        looked = self.look(command.host)
        return looked if isinstance(looked, NotPlanned) else self.planned(looked, command)

    def planned(self, looked: tuple[Daemon, Inventory], command: Remove) -> Plan | NotPlanned:
        """Plan what *command* asks for, on a host that was looked at just now."""
        daemon, inventory = looked
        text = render(replace(command, reason="", dry_run=False, break_glass=False))
        words = _words(daemon, inventory, command)
        if isinstance(words, NotPlanned):
            return words
        made = self._planned(daemon, inventory, self._wanted(words, text, force=command.force, prune=command.prune))
        if isinstance(made, NotPlanned):
            return made
        if made.steps:
            return self.graded(FreshPlan(plan=made, inventory=inventory))
        hint = " ".join((*made.notes, "/img ls shows what is there."))
        return NotPlanned(why=f"Nothing on {daemon.host} matches, so nothing can be removed.", hint=hint)

    def again(self, asked: AnyPlan) -> AnyPlan | NotPlanned:
        """Plan the words of an earlier plan on its host as it is now. Lists were frozen when asked and stay so."""
        fresh = self.afresh(asked, range(len(asked.steps)))
        return fresh if isinstance(fresh, NotPlanned) else self.graded(fresh, asked.graded)

    @overload
    def graded(self, fresh: FreshPlan[Plan], earlier: Iterable[Graded] = ()) -> Plan: ...

    @overload
    def graded(self, fresh: FreshPlan[RestorePlan], earlier: Iterable[Graded] = ()) -> RestorePlan: ...

    def graded(self, fresh: FreshPlan[Plan] | FreshPlan[RestorePlan], earlier: Iterable[Graded] = ()) -> AnyPlan:
        """Return a plan with the grade of each image that it deletes; seconds may pass where registries are slow.

        *earlier* grades stand for an hour where registries do not answer.
        """
        plan, daemon = fresh.plan, self.daemons.get(fresh.plan.host)
        if self.registries is None or daemon is None or isinstance(plan, RestorePlan):
            return plan
        return self.registries.graded(daemon, plan, fresh.inventory, earlier)

    def rest(self, asked: AnyPlan, steps: Sequence[int], how: Undoable | None = None) -> AnyPlan | NotPlanned:
        """Plan only these steps of an earlier plan (counted from 0), on its host as it is now. Nothing is graded."""
        fresh = self.afresh(asked, steps, how=how)
        return fresh if isinstance(fresh, NotPlanned) else fresh.plan

    def under(self, plan: Plan, needs: Needs, inventory: Inventory | None = None) -> Plan | NotPlanned:
        """Return *plan* as a rule wants it, planned once more where need be: to be undone for a while, or at once."""
        if bool(needs.undo) is bool(plan.reclaims) or not plan.removes:
            return plan
        how = Undoable() if needs.undo else None
        fresh = self.afresh(replace(plan, reclaims=()), range(len(plan.steps)), inventory, how=how)
        return fresh if isinstance(fresh, NotPlanned) else replace(fresh.plan, graded=plan.graded)

    def plainly(self, asked: AnyPlan) -> AnyPlan | NotPlanned:
        """Do as ``again``, as if no rule wanted that it can be undone."""
        return self.again(replace(asked, reclaims=()) if isinstance(asked, Plan) else asked)

    @overload
    def afresh(
        self,
        asked: Plan,
        steps: Sequence[int],
        inventory: Inventory | None = None,
        *,
        how: Undoable | None = None,
    ) -> FreshPlan[Plan] | NotPlanned: ...

    @overload
    def afresh(
        self,
        asked: RestorePlan,
        steps: Sequence[int],
        inventory: Inventory | None = None,
        *,
        how: Undoable | None = None,
    ) -> FreshPlan[RestorePlan] | NotPlanned: ...

    def afresh(
        self,
        asked: AnyPlan,
        steps: Sequence[int],
        inventory: Inventory | None = None,
        *,
        how: Undoable | None = None,
    ) -> FreshPlan[Plan] | FreshPlan[RestorePlan] | NotPlanned:
        """Do as ``rest``, and return the inventory too; or plan for one that was taken just now.

        A plan that can be undone is planned so again, its guards being there or not; *how* says otherwise.
        """
        daemon = self.host(asked.host)
        if isinstance(daemon, NotPlanned):
            return daemon
        holds = inventory or daemon.inventory()
        if isinstance(holds, Unreachable):
            return NotPlanned(why=holds.why)
        if holds.daemon_id != asked.daemon_id:
            return NotPlanned(why=f"Another daemon answers for {asked.host} than the one that was planned for.")
        if isinstance(asked, RestorePlan):
            wanted_back = [asked.steps[step].restoral for step in steps]
            back = restore_plan(asked.of, asked.command, wanted_back, holds)
            return FreshPlan(plan=back, inventory=holds)
        removals = [asked.steps[step].removal for step in steps]
        words = tuple(removal.word for removal in removals)
        wanted = self._wanted(words, asked.command, force=removals[0].force, prune=removals[0].prune)
        fresh = self._planned(daemon, holds, wanted, how or (FROZEN if asked.reclaims else None))
        if isinstance(fresh, NotPlanned):
            return fresh
        return FreshPlan(plan=replace(fresh, notes=asked.notes), inventory=holds)

    def restore(self, host: str, of: int, command: str, wanted: Sequence[Restoral]) -> RestorePlan | NotPlanned:
        """Plan to put back what request *of* removed from *host*."""
        looked = self.look(host)
        return looked if isinstance(looked, NotPlanned) else restore_plan(of, command, wanted, looked[1])

    def _wanted(self, words: tuple[str | Listing, ...], text: str, *, force: bool, prune: bool) -> Wanted:
        return Wanted(words=words, command=text, force=force, prune=prune, protections=self.protections())

    def _planned(
        self, daemon: Daemon, inventory: Inventory, wanted: Wanted, how: Undoable | None = None
    ) -> Plan | NotPlanned:
        """Plan, and once more where layers go whose sizes were not known yet."""
        inventory = dated(inventory, self.windows)
        first = _predicted(inventory, wanted, how)
        if isinstance(first, NotPlanned):
            return first
        going = deleted_images(step.outcome for step in (*first.steps, *first.reclaims))
        unmeasured = [i for i in going if any(c not in inventory.layer_bytes for c in inventory.images[i].layers)]
        return _predicted(daemon.measured(inventory, unmeasured), wanted, how) if unmeasured else first


def as_asked(request: Request) -> Undoable | None:
    """Return how the plan of a request is made again while its guards are there; None where it has none."""
    return Undoable(frozen=True, tag=label(request.id, request.digest)) if request.plan.reclaims else None


def _words(daemon: Daemon, inventory: Inventory, command: Remove) -> tuple[str | Listing, ...] | NotPlanned:
    """Return what is asked for, with the daemon's own answer where only it can tell what a list is of."""
    words: list[str | Listing] = []
    for image in command.images:
        if not isinstance(image, Selection):
            words.append(image)
            continue
        listing = Listing(pattern=image.pattern, filters=image.filters, everything=image.all)
        found = chosen(daemon, inventory, listing)
        if not isinstance(found, Listing):
            return not_listed(found)
        words.append(found)
    return tuple(words)


def not_listed(found: BadFilter | Unreachable) -> NotPlanned:
    """Return why there is no list."""
    if isinstance(found, Unreachable):
        return NotPlanned(why=found.why, hint=SILENT)
    return NotPlanned(why=f"Docker would refuse the list: {found.message}.", hint="/img help ls")


def _predicted(inventory: Inventory, wanted: Wanted, how: Undoable | None) -> Plan | NotPlanned:
    made = undoable(inventory, wanted, how) if how else predict(inventory, wanted)
    match made:
        case Unsupported(why=why):
            return NotPlanned(why=why)
        case BadFilter():
            return not_listed(made)
    return made


def _name_one(hosts: tuple[str, ...]) -> str:
    """Return how a host is named."""
    named = " or ".join(f"-H {host}" for host in hosts[:2])
    return f"Name one, such as {named}; to remove from all of them, -H all. /img hosts lists them."
