"""What removals would do: words left to right, each on what the ones before it leave."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never

from bot.images.doubts import Doubts
from bot.images.guards import is_guard, not_ours_to_remove, visible
from bot.images.inventory import Image, Inventory, Store
from bot.images.layers import freed_by, left_behind
from bot.images.listing import BadFilter, Row
from bot.images.protection import Guard, Protection, guard, protected
from bot.images.reference import unmistakable
from bot.images.removal import Part, Plan, Refusal, Refused, Removal, Removed, Stays, Step, line
from bot.images.resolve import Aimed, Identified, Meaning, Named, resolve
from bot.images.selection import Listing, united, words_for
from bot.images.stores import remove, same_by_id
from bot.images.suggest import suggestion
from bot.images.world import World

CONTAINERD_SINCE = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsupported:
    """Why no plan is made of a daemon: a sentence."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for: words and lists, removed with *force* or not, and untagged parents too with *prune*.

    ``command`` is the canonical text of it; ``protections`` are rules that keep names, whatever is asked for. Only
    where ``guards`` says so may a guard go (``guards.py``).
    """

    words: Sequence[str | Listing]
    command: str = ""
    force: bool = False
    prune: bool = True
    protections: tuple[Protection, ...] = ()
    guards: bool = False


def plan(inventory: Inventory, wanted: Wanted) -> Plan | Unsupported | BadFilter:
    """Predict what ``docker image rm`` would do to the daemon that *inventory* is of.

    Lists are of what is there before anything goes; an image that a word before it took along is not asked for again.
    """
    if (why := _unsupported(inventory)) is not None:
        return why
    simulation = Simulation(
        inventory=inventory,
        wanted=wanted,
        guard=guard(inventory, wanted.protections),
        world=World(inventory),
        doubts=Doubts.of(inventory),
    )
    rows = united(visible(inventory), [word for word in wanted.words if isinstance(word, Listing)])
    if isinstance(rows, BadFilter):
        return rows
    for word in wanted.words:
        if isinstance(word, str):
            simulation.step(word)
        else:
            simulation.every(rows.pop(0))
    return Plan(
        host=inventory.host,
        daemon_id=inventory.daemon_id,
        store=inventory.store,
        command=wanted.command,
        steps=tuple(simulation.steps),
        notes=tuple(dict.fromkeys(simulation.notes)),
    )


def _unsupported(inventory: Inventory) -> Unsupported | None:
    """Return why nothing can be predicted: before Docker 25 the containerd store was an experiment of other rules."""
    if inventory.store is Store.PODMAN:
        return Unsupported(
            why=f"{inventory.host} is podman, which removes images by other rules than Docker. I only list them there."
        )
    major = inventory.version.partition(".")[0]
    if inventory.store is Store.CLASSIC or (major.isdecimal() and int(major) >= CONTAINERD_SINCE):
        return None
    return Unsupported(
        why=f"{inventory.host} keeps its images in the containerd store of Docker {inventory.version}. I can predict"
        f" removals there from version {CONTAINERD_SINCE} on, so I remove nothing."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """Words one after the other: the steps so far, and the world as they leave it."""

    inventory: Inventory
    wanted: Wanted
    guard: Guard
    world: World
    doubts: Doubts
    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def every(self, rows: Sequence[Row]) -> None:
        """Remove what a list is of, as far as it is still there."""
        for row in rows:
            note = self._each(words_for(self.world, row, force=self.wanted.force))
            self.notes.extend([note] if note else [])

    def _each(self, words: Generator[str, None, str]) -> str:
        """Remove words as they come, for each depends on what the one before left; return the note at the end."""
        while True:
            try:
                self.step(next(words))
            except StopIteration as end:
                return str(end.value)

    def step(self, word: str) -> None:
        """Remove what one word means."""
        world, force, prune = self.world, self.wanted.force, self.wanted.prune
        meaning = resolve(world, word)
        removal = self._removal(word, meaning)
        after_doubt = bool(self.steps) and self.steps[-1].doubtful(Part.OUTCOME)  # then all that follows is in doubt
        hinges = after_doubt or self.doubts.hinges(world, meaning, force=force)
        kept = self._kept_for_undo(meaning) or protected(world, meaning, self.guard, prune=prune)
        outcome = kept or remove(world, word, meaning, force=force, prune=prune)
        if isinstance(outcome, Refused):
            self.steps.append(self._refused(removal, meaning, outcome, hinges=after_doubt))
        else:
            self.steps.append(self._removed(removal, outcome, hinges=hinges))

    def _kept_for_undo(self, meaning: Meaning) -> Refused | None:
        """Return why a guard is not to go: by its own name, or with the ID of its image."""
        if self.wanted.guards or isinstance(meaning, Refused):
            return None
        if isinstance(meaning, Named | Aimed) and not is_guard(meaning.typed):
            return None
        references = self.world.references[meaning.image_id]
        return not_ours_to_remove(meaning.image_id, references, self.world.windows)

    def _removal(self, word: str, meaning: Meaning) -> Removal:
        """Return the call: the full ID where the word meant one or does the same, or else the whole reference."""
        force, prune = self.wanted.force, self.wanted.prune
        match meaning:
            case Named(image_id=image_id) if not force and not self.doubts.outcome and same_by_id(self.world, meaning):
                return Removal(word=word, target=image_id, image_id=image_id, prune=prune)
            case Named(image_id=image_id, typed=typed) | Aimed(image_id=image_id, typed=typed):
                return Removal(word=word, target=unmistakable(typed), image_id=image_id, force=force, prune=prune)
            case Identified(image_id=image_id, spelled=spelled):
                # By such a name the answer is the same, and a child keeps the image; force deletes it by its ID only.
                target = unmistakable(spelled) if spelled and not force else image_id
                return Removal(word=word, target=target, image_id=image_id, force=force, prune=prune)
            case Refused():
                return Removal(word=word, target=None, image_id=None, force=force, prune=prune)
            case _:
                assert_never(meaning)

    def _refused(self, removal: Removal, meaning: Meaning, outcome: Refused, *, hinges: bool) -> Step:
        if isinstance(meaning, Identified) and meaning.spelled:
            removal = replace(removal, target=None)  # neither name nor ID need be refused where the word is
        image = self.inventory.images.get(removal.image_id) if removal.image_id else None
        return Step(
            removal=removal,
            outcome=outcome,
            hint=suggestion(self.world, removal.word) if outcome.refusal is Refusal.NOT_FOUND else "",
            stays=self._kept(image, outcome) if image else (),
            doubts=self.doubts.about(outcome, hinges=hinges),
        )

    def _kept(self, image: Image, outcome: Refused) -> tuple[Stays, ...]:
        kept = left_behind(self.world, image, outcome)
        if outcome.refusal is not Refusal.PROTECTED:
            return kept
        rules = tuple(self.guard.holders(image, self.world.references[image.id]))
        stays = kept or (Stays(image_id=image.id, layers=0, bytes=image.size, holders=()),)
        return tuple(replace(each, holders=(*rules, *each.holders)) for each in stays)

    def _removed(self, removal: Removal, outcome: Removed, *, hinges: bool) -> Step:
        image = self.inventory.images.get(removal.image_id) if removal.image_id else None
        doubts = self.doubts.about(outcome, hinges=hinges)
        return Step(
            removal=removal,
            outcome=outcome,
            stays=left_behind(self.world, image, outcome) if image else (),
            doubts=doubts,
            freed=freed_by(self.inventory, self.world, outcome.records, doubts),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """What ``docker image rm`` prints, and its exit code."""

    stdout: tuple[str, ...]
    stderr: tuple[str, ...]
    exit_code: int


def printed(made: Plan) -> Printed:
    """Return what the command line would print: records as they come, then every error.

    With ``--force`` it exits with 0 where only "not found" went wrong (docker/cli, ``cli/command/image/remove.go``).
    """
    refused = [step.outcome for step in made.steps if isinstance(step.outcome, Refused)]
    removed = [step.outcome for step in made.steps if isinstance(step.outcome, Removed)]
    forgiven = all(step.removal.force for step in made.steps) and all(
        refusal.refusal is Refusal.NOT_FOUND for refusal in refused
    )
    return Printed(
        stdout=tuple(line(record) for outcome in removed for record in outcome.records),
        stderr=tuple(f"Error response from daemon: {refusal.message}" for refusal in refused),
        exit_code=1 if refused and not forgiven else 0,
    )
