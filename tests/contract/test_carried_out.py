"""Approved requests carried out on real daemons, several steps at once: each answer is still the predicted one.

And of everything that the daemon tells meanwhile it is known that it was our own doing: the host is looked at once, for
the plan at the claim.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from bot.approval.request import State
from bot.dockerd.daemon import Daemon
from bot.dockerd.hosts import endpoint
from bot.flows.ports import Unreachable
from bot.images.inventory import ContainerState, Inventory
from bot.images.removal import Part, Plan
from tests.carrying import Bot, all_as_planned, bot
from tests.contract import chance
from tests.contract.chance_worlds import world
from tests.contract.conftest import CHOSEN, DAEMONS
from tests.contract.making import make
from tests.contract.playing import Stage
from tests.contract.scenarios import SCENARIOS
from tests.contract.scenarios.scenario import Scenario
from tests.contract.words import Typed, Way, worded
from tests.daemons import RunningDaemon


class Watched(Daemon):
    """A daemon that counts how often it is looked at."""

    looks = 0

    def inventory(self, *, kept: bool = False) -> Inventory | Unreachable:
        """Count, and look."""
        self.looks += 1
        return super().inventory(kept=kept)


@pytest.fixture
def watched(dockerd: RunningDaemon) -> Iterator[Watched]:
    """Give the empty dockerd as the bot sees it."""
    daemon = Watched("web-3", endpoint(dockerd.url))
    yield daemon
    daemon.close()


@pytest.fixture
def at_work(watched: Watched, tmp_path: Path) -> Iterator[Bot]:
    """Give a bot over that dockerd."""
    with bot(watched, tmp_path) as made:
        yield made


def carried_out(at_work: Bot, daemon: Watched, command: Typed) -> None:
    """Ask for what a command says, carry it out, and hold it against its plan.

    What a mount leaves in doubt is not held to it: Docker may refuse it. A container that restarts all the time is
    somebody else's doing, so that the host is looked at again.
    """
    plan = at_work.plan(command.words, force=command.force, prune=command.prune)
    assert isinstance(plan, Plan), plan.why
    if not plan.removes or any(step.doubtful(Part.OUTCOME) for step in plan.steps):
        return
    restarts = _restarts(daemon)
    request = at_work.approved(plan)
    before = daemon.looks
    assert at_work.remove.next()
    finished = at_work.request(request.id)
    assert (finished.state, all_as_planned(finished)) == (State.FINISHED, True), finished.closing
    assert restarts or daemon.looks == before + 1


def _restarts(daemon: Daemon) -> bool:
    inventory = daemon.inventory()
    assert isinstance(inventory, Inventory)
    return any(container.state is ContainerState.RESTARTING for container in inventory.containers)


IN_TURN = {
    f"{daemon}-{name}": (daemon, scenario)
    for number, (name, scenario) in enumerate(SCENARIOS.items())
    for daemon in CHOSEN or DAEMONS[number % len(DAEMONS) :][:1]
}
"""Each scenario on one of the daemons, in turn; ``make contract`` has it on all: ``test_scenarios.py`` always does."""


@pytest.mark.parametrize(("contracted", "scenario"), IN_TURN.values(), ids=IN_TURN, indirect=["contracted"])
def test_a_request_does_what_was_approved(
    dockerd: RunningDaemon, watched: Watched, registry: str, at_work: Bot, scenario: Scenario
) -> None:
    """In every scenario each command, asked for, approved and carried out, has the planned outcome."""
    made = make(dockerd, registry, scenario.world)
    for command in scenario.commands:
        carried_out(at_work, watched, worded(command, made, Way.SDK))


@pytest.mark.parametrize("seed", range(chance.FIRST_SEED, chance.FIRST_SEED + chance.WORLDS))
def test_a_request_of_many_words_does_what_was_approved(
    stage: Stage, watched: Watched, at_work: Bot, seed: int
) -> None:
    """In a random world one request has many words at once: names, IDs and digests of what is there."""
    random = Random(seed)  # noqa: S311 -- repeatable is what it must be
    actions = world(random)
    print(f"seed {seed}", *actions, sep="\n")  # noqa: T201 -- pytest shows it with a failure
    make(stage.dockerd, stage.registry, actions)
    holds = stage.inventory()
    commands = [chance.command(random, holds, holds) for _ in range(8)]
    words = dict.fromkeys(word for command in commands for word in command.words)
    carried_out(at_work, watched, replace(commands[0], words=tuple(words)))
