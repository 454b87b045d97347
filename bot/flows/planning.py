"""A plan of a host as it is now: made when asked, at the click, at the claim, and after an interruption."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.command.grammar import Remove, Selection, render
from bot.flows.ports import Daemon, Daemons, Unreachable
from bot.images.inventory import Inventory
from bot.images.layers import deleted_images
from bot.images.listing import BadFilter
from bot.images.predict import Unsupported
from bot.images.predict import plan as predict
from bot.images.removal import Plan
from bot.images.selection import select


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPlanned:
    """Why there is no plan, and what to do next."""

    why: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Makes plans of the hosts."""

    daemons: Daemons

    def host(self, name: str | None) -> Daemon | NotPlanned:
        """Return the daemon of the host called *name*, or of the only one."""
        if not self.daemons:
            return NotPlanned(why="No host is configured.", hint="The operator adds one to imgbot.toml: [hosts.NAME].")
        if name is None:
            if len(self.daemons) == 1:
                return next(iter(self.daemons.values()))
            return NotPlanned(why="There is more than one host.", hint=f"Name one: -H {next(iter(self.daemons))}.")
        if (daemon := self.daemons.get(name)) is not None:
            return daemon
        return NotPlanned(why=f'There is no host "{name}".', hint=f"I know {', '.join(self.daemons)}.")

    def plan(self, command: Remove) -> Plan | NotPlanned:
        """Plan what *command* asks for, on its host as it is now."""
        daemon = self.host(command.host)
        if isinstance(daemon, NotPlanned):
            return daemon
        inventory = daemon.inventory()
        if isinstance(inventory, Unreachable):
            return NotPlanned(why=inventory.why, hint="Nothing was removed. Try again in a moment.")
        expanded = _words(command, inventory)
        if isinstance(expanded, NotPlanned):
            return expanded
        words, notes = expanded
        if not words:
            hint = " ".join((*notes, "/img ls shows what is there."))
            return NotPlanned(why=f"Nothing on {daemon.host} matches, so nothing can be removed.", hint=hint)
        text = render(replace(command, reason="", dry_run=False))
        return _planned(daemon, inventory, words, notes, Wanted(text=text, force=command.force, prune=command.prune))

    def again(self, asked: Plan) -> Plan | NotPlanned:
        """Plan the words of an earlier plan on its host as it is now. Lists were frozen when asked and stay so."""
        return self.rest(asked, range(len(asked.steps)))

    def rest(self, asked: Plan, steps: Sequence[int]) -> Plan | NotPlanned:
        """Plan only these steps of an earlier plan (counted from 0), on its host as it is now."""
        daemon = self.host(asked.host)
        if isinstance(daemon, NotPlanned):
            return daemon
        inventory = daemon.inventory()
        if isinstance(inventory, Unreachable):
            return NotPlanned(why=inventory.why)
        if inventory.daemon_id != asked.daemon_id:
            return NotPlanned(why=f"Another daemon answers for {asked.host} than the one that was planned for.")
        removals = [asked.steps[step].removal for step in steps]
        wanted = Wanted(text=asked.command, force=removals[0].force, prune=removals[0].prune)
        return _planned(daemon, inventory, tuple(removal.word for removal in removals), asked.notes, wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is the same for all words of a command, and its text."""

    text: str
    force: bool
    prune: bool


def _words(command: Remove, inventory: Inventory) -> tuple[tuple[str, ...], tuple[str, ...]] | NotPlanned:
    """Return the words of *command* with each list expanded, and notes on the lists."""
    words: list[str] = []
    notes: list[str] = []
    for image in command.images:
        if not isinstance(image, Selection):
            words.append(image)
            continue
        selected = select(
            inventory, image.pattern, image.filters, everything=image.all, force=command.force, prune=command.prune
        )
        if isinstance(selected, BadFilter):
            return NotPlanned(why=f"Docker would refuse the list: {selected.message}.", hint="/img help ls")
        words += selected.words
        notes += selected.notes
    return tuple(words), tuple(notes)


def _planned(
    daemon: Daemon, inventory: Inventory, words: tuple[str, ...], notes: tuple[str, ...], wanted: Wanted
) -> Plan | NotPlanned:
    """Plan twice: first to learn which images would go, then with the sizes of their layers."""
    first = _predicted(inventory, words, wanted)
    if isinstance(first, NotPlanned):
        return first
    going = deleted_images(step.outcome for step in first.steps)
    fresh = _predicted(daemon.measured(inventory, going), words, wanted) if going else first
    if isinstance(fresh, NotPlanned):
        return fresh
    return replace(fresh, notes=tuple(dict.fromkeys((*notes, *fresh.notes))))


def _predicted(inventory: Inventory, words: tuple[str, ...], wanted: Wanted) -> Plan | NotPlanned:
    made = predict(inventory, words, command=wanted.text, force=wanted.force, prune=wanted.prune)
    return NotPlanned(why=made.why) if isinstance(made, Unsupported) else made
