"""Removals by chance: whatever a daemon holds and whatever is typed, it does what was predicted.

IMGBOT_CONTRACT_REMOVALS says how many words are tried (60), IMGBOT_CONTRACT_SEED where the seeds begin (0). A failure
names its seed and prints its world.
"""

import os
from random import Random

import pytest

from bot.dockerd.daemon import Daemon
from tests.contract import chance
from tests.contract.comparing import carry_out, planned
from tests.contract.making import make
from tests.daemons import RunningDaemon

EACH = 6
"""Words tried in one world."""
WORLDS = -(-int(os.environ.get("IMGBOT_CONTRACT_REMOVALS", "60")) // EACH)
FIRST_SEED = int(os.environ.get("IMGBOT_CONTRACT_SEED", "0"))


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + WORLDS))
def test_the_daemon_answers_as_predicted(dockerd: RunningDaemon, daemon: Daemon, registry: str, seed: int) -> None:
    """In a random world each of several commands does what was predicted, on what the ones before it left."""
    random = Random(seed)  # noqa: S311 -- repeatable is what it must be
    world = chance.world(random)
    commands = chance.commands(random, world, EACH)
    print(f"seed {seed}", *world, *commands, sep="\n")  # noqa: T201 -- pytest shows it with a failure
    made = make(dockerd, registry, world)
    for command in commands:
        words = [made.typed(word) for word in command.words]
        carry_out(daemon, dockerd.client, planned(daemon, words, force=command.force, prune=command.prune))
