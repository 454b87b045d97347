"""A plan of a host as it is now: made when asked, and made again at the click, at the claim, and after an interruption."""

from dataclasses import dataclass

from bot.command.grammar import ImageWord, Remove, Selection, render
from bot.flows.ports import Daemon, Daemons, Unreachable
from bot.images.inventory import Inventory
from bot.images.listing import Filters
from bot.images.predict import Unsupported, plan
from bot.images.removal import Plan, Removed
from bot.images.selection import select


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPlanned:
    """Why there is no plan, and what to do next. ``passing`` where the same may well work in a moment."""

    why: str
    hint: str = ""
    passing: bool = False


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
            return NotPlanned(why=inventory.why, hint="Nothing was removed. Try again in a moment.", passing=True)
        words, notes = _words(command, inventory)
        if not words:
            return NotPlanned(
                why=f"Nothing on {daemon.host} matches, so there is nothing to remove.", hint="\n".join(notes)
            )
        return _measured(daemon, inventory, words, notes, command)

    def again(self, asked: Plan) -> Plan | NotPlanned:
        """Plan the words of an earlier plan on its host as it is now. Lists were frozen when asked and stay so."""
        return self.rest(asked, range(len(asked.steps)))

    def rest(self, asked: Plan, steps: range | tuple[int, ...]) -> Plan | NotPlanned:
        """Plan only these steps of an earlier plan (counted from 0), on its host as it is now."""
        daemon = self.host(asked.host)
        if isinstance(daemon, NotPlanned):
            return daemon
        inventory = daemon.inventory()
        if isinstance(inventory, Unreachable):
            return NotPlanned(why=inventory.why, passing=True)
        if inventory.daemon_id != asked.daemon_id:
            return NotPlanned(why=f"Another daemon answers for {asked.host} than the one that was planned for.")
        removals = [asked.steps[step].removal for step in steps]
        first = removals[0]
        fresh = plan(
            inventory,
            [removal.word for removal in removals],
            command=asked.command,
            force=first.force,
            prune=first.prune,
        )
        return NotPlanned(why=fresh.why) if isinstance(fresh, Unsupported) else fresh


def _words(command: Remove, inventory: Inventory) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the words of *command* with each list expanded, every image once, and notes on the lists."""
    words: dict[str, None] = {}  # a dict keeps the order
    notes: list[str] = []
    for image in command.images:
        if isinstance(image, Selection):
            selection = select(inventory, _filters(image), force=command.force)
            words |= dict.fromkeys(selection.words)
            notes += selection.notes
        else:
            words[image] = None
    return tuple(words), tuple(notes)
