"""A command played on a daemon: predicted, done, compared, and counted."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import assert_never

from bot.dockerd.daemon import Daemon
from bot.images.afterwards import Done, NotDone, afterwards
from bot.images.ids import ImageId
from bot.images.inventory import Inventory
from bot.images.predict import Wanted, plan
from bot.images.reference import Reference
from bot.images.removal import Part, Plan, Removed, Step
from bot.images.resolve import resolve
from bot.images.stores import remove
from bot.images.world import World
from tests.contract import command_line, comparing, sdk
from tests.contract.comparing import Compared
from tests.contract.tally import Tally
from tests.contract.words import Typed, Way
from tests.daemons import RunningDaemon

SETTLED_WITHIN = 20.0
State = dict[ImageId, tuple[set[Reference], bool]]
"""Every image with its references, and whether the containerd store has its dangling record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A daemon, as the test and as the bot see it, the registry that it pushes to, and a home for its command line."""

    dockerd: RunningDaemon
    daemon: Daemon
    registry: str
    home: Path

    def inventory(self) -> Inventory:
        """Return what the daemon holds now, of one moment: a container that restarts lets few of them pass."""
        deadline = time.monotonic() + SETTLED_WITHIN
        while True:
            found = self.daemon.inventory()
            assert isinstance(found, Inventory), found.why
            if not found.changed:
                return found
            assert time.monotonic() < deadline, "the daemon does not come to rest"
            time.sleep(0.1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a daemon may hold, and what is then predicted."""

    inventory: Inventory
    plan: Plan


def play(stage: Stage, command: Typed, before: Inventory, tally: Tally) -> Inventory:
    """Give a command to a daemon that holds *before*; return what it holds then, which is all as predicted."""
    cases = _cases(before, command)
    predicted = cases[0].plan
    tally.compares(command.way, predicted)
    came = _held(stage, command, cases)
    after = stage.inventory()
    assert _state(World(after)) == _state(_left(came)), command
    if len(cases) == 1:
        _is_recognised(predicted, before, after)
    tally.agrees(predicted)
    return after


def _cases(before: Inventory, command: Typed) -> list[Case]:
    """Return what is predicted, and with an outcome in doubt what would be if the mount in doubt were of that image.

    A command of several words is compared only where no outcome is in doubt: each rests on the one before.
    """
    wanted = Wanted(words=command.words, force=command.force, prune=command.prune)
    made = plan(before, wanted)
    assert isinstance(made, Plan), made
    found = [Case(inventory=before, plan=made)]
    if any(comparing.doubtful(step, Part.OUTCOME) for step in made.steps):
        (step,) = made.steps
        mounted = _mounted(before, step)
        sent = step.removal.target if command.way is Way.SDK else None  # a refusal repeats what it was given
        other = plan(mounted, replace(wanted, words=[sent or step.removal.word]))
        assert isinstance(other, Plan), other
        found.append(Case(inventory=mounted, plan=other))
    return found


def _mounted(before: Inventory, step: Step) -> Inventory:
    """Return an inventory in which the mounts that are not told are of the image that goes."""
    containers = (
        replace(
            container,
            mounts=tuple(
                replace(mount, image_id=mount.image_id or step.removal.image_id) for mount in container.mounts
            ),
        )
        for container in before.containers
    )
    return replace(before, containers=tuple(containers))


def _held(stage: Stage, command: Typed, cases: Sequence[Case]) -> Case:
    """Give the command, and return the case in which all came as predicted."""
    match command.way:
        case Way.SDK:
            answers = sdk.removals(stage.dockerd, stage.daemon, cases[0].plan)
            return _matching(cases, lambda case: comparing.answers(case.plan, case.inventory, answers))
        case Way.COMMAND_LINE:
            printed = command_line.removal(stage.dockerd, stage.home, command)
            version = command_line.version(stage.dockerd.root)
            return _matching(cases, lambda case: comparing.output(case.plan, case.inventory, printed, version))
        case _:
            assert_never(command.way)


def _matching(cases: Sequence[Case], compare: Callable[[Case], Compared]) -> Case:
    compared = [compare(case) for case in cases]
    if len(cases) == 1:
        told = f"Docker said {compared[0].actual}, predicted was {compared[0].predicted}: {cases[0].plan}"
        assert compared[0].actual == compared[0].predicted, told
    equal = [case for case, pair in zip(cases, compared, strict=True) if pair.actual == pair.predicted]
    assert equal, (cases[0].plan, compared)
    return equal[0]


def _left(case: Case) -> World:
    """Return what should be left."""
    world = World(case.inventory)
    for step in case.plan.steps:
        word = step.removal.word
        remove(world, word, resolve(world, word), force=step.removal.force, prune=step.removal.prune)
    return world


def _state(world: World) -> State:
    return {image_id: (set(world.references[image_id]), image_id in world.dangling) for image_id in world.images}


def _is_recognised(made: Plan, before: Inventory, after: Inventory) -> None:
    """See that what came of a single removal can be told from the host, had nobody seen its answer."""
    if len(made.steps) > 1 or not isinstance(made.steps[0].outcome, Removed):
        return
    (step,) = made.steps
    assert afterwards(step, before) == NotDone(), step
    done = afterwards(step, after)
    assert isinstance(done, Done), (step, done)
    assert comparing.doubtful(step, Part.LAYERS) or done.records == made.steps[0].outcome.records, step
