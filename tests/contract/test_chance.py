"""Removals by chance: whatever a daemon holds and whatever is typed, it does what was predicted.

IMGBOT_CONTRACT_REMOVALS says how many words are tried each way (60), IMGBOT_CONTRACT_SEED where the seeds begin (0).
A failure names its seed and prints its world.
"""

import os
from pathlib import Path
from random import Random

import pytest

from bot.dockerd.daemon import Daemon
from tests.contract import chance
from tests.contract.comparing import alike, carry_out, command_line, expected, planned
from tests.contract.making import Command, World, make
from tests.daemons import RunningDaemon

EACH = 6
"""Words tried in one world."""
WORLDS = -(-int(os.environ.get("IMGBOT_CONTRACT_REMOVALS", "60")) // EACH)
FIRST_SEED = int(os.environ.get("IMGBOT_CONTRACT_SEED", "0"))


every_seed = pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + WORLDS))


def drawn(seed: int) -> tuple[World, list[Command]]:
    """Return a world and what is typed into it."""
    random = Random(seed)  # noqa: S311 -- repeatable is what it must be
    world = chance.world(random)
    commands = chance.commands(random, world, EACH)
    print(f"seed {seed}", *world, *commands, sep="\n")  # noqa: T201 -- pytest shows it with a failure
    return world, commands


@every_seed
def test_the_daemon_answers_as_predicted(dockerd: RunningDaemon, daemon: Daemon, registry: str, seed: int) -> None:
    """In a random world each of several commands does what was predicted, on what the ones before it left."""
    world, commands = drawn(seed)
    made = make(dockerd, registry, world)
    for command in commands:
        words = [made.typed(word) for word in command.words]
        carry_out(daemon, dockerd.client, planned(daemon, words, force=command.force, prune=command.prune))


@every_seed
def test_the_command_line_prints_what_was_predicted(
    dockerd: RunningDaemon, daemon: Daemon, registry: str, tmp_path: Path, seed: int
) -> None:
    """In the same world the ``docker`` command prints what was predicted, with its exit code."""
    world, commands = drawn(seed)
    made = make(dockerd, registry, world)
    for command in commands:
        words = [made.typed(word) for word in command.words]
        predicted = planned(daemon, words, force=command.force, prune=command.prune)
        actual = command_line(dockerd.url, words, force=command.force, prune=command.prune, home=tmp_path)
        assert alike(actual) == expected(predicted, actual), command
