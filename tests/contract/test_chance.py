"""Removals by chance: whatever a daemon holds and whatever is typed, it does what was predicted.

``IMGBOT_CONTRACT_REMOVALS`` says how many words are tried on each daemon, ``IMGBOT_CONTRACT_SEED`` where the seeds
begin. A failure names its seed and prints its world and what was typed. A seed gives the same world again, but for the
IDs of built images: Docker dates those.
"""

from random import Random

import pytest

from tests.contract import chance
from tests.contract.chance_worlds import world
from tests.contract.making import make
from tests.contract.playing import Stage, play
from tests.contract.tally import Score


@pytest.mark.parametrize("seed", range(chance.FIRST_SEED, chance.FIRST_SEED + chance.WORLDS))
def test_the_daemon_does_what_was_predicted(stage: Stage, score: Score, seed: int) -> None:
    """In a random world each of several commands does what was predicted, on what the ones before it left."""
    random = Random(seed)  # noqa: S311 -- repeatable is what it must be
    actions = world(random)
    print(f"seed {seed}", *actions, sep="\n")  # noqa: T201 -- pytest shows it with a failure
    make(stage.dockerd, stage.registry, actions)
    before = holds = stage.inventory()
    words = 0
    while words < chance.EACH:
        command = chance.command(random, holds, before)
        print(command)  # noqa: T201 -- likewise
        holds = play(stage, command, holds, score.by_chance)
        words += len(command.words)
