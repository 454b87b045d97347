"""Every scenario twice: by the SDK, record by record, and by the command line, line by line with its exit code."""

import pytest

from tests.contract.making import Forced, make
from tests.contract.playing import Stage, play
from tests.contract.scenarios import SCENARIOS
from tests.contract.scenarios.scenario import Scenario
from tests.contract.tally import Score
from tests.contract.words import Way, worded


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_the_daemon_does_what_was_predicted(stage: Stage, score: Score, scenario: Scenario, way: Way) -> None:
    """The answer is the plan's: its records in order, its refusals word for word, and what it leaves."""
    made = make(stage.dockerd, stage.registry, scenario.world)
    holds = stage.inventory()
    forced = {action.image for action in scenario.world if isinstance(action, Forced)}
    assert {made.ids[label] for label in made.ids if label not in forced} <= set(holds.images)  # the IDs are no guess
    for command in scenario.commands:
        holds = play(stage, worded(command, made, way), holds, score.by_name)
