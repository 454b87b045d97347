"""Every scenario twice: by the SDK, record by record, and by the command line, line by line with its exit code."""

from pathlib import Path

import pytest

from bot.dockerd.daemon import Daemon
from tests.contract.comparing import alike, carry_out, command_line, expected, planned
from tests.contract.making import make
from tests.contract.scenarios import SCENARIOS, Scenario
from tests.daemons import RunningDaemon

every_scenario = pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)


@every_scenario
def test_the_daemon_answers_as_predicted(
    dockerd: RunningDaemon, daemon: Daemon, registry: str, scenario: Scenario
) -> None:
    """The records of the answer are those of the plan, in order; refusals are the plan's, word for word."""
    made = make(dockerd, registry, scenario.world)
    for command in scenario.commands:
        words = [made.typed(word) for word in command.words]
        carry_out(daemon, dockerd.client, planned(daemon, words, force=command.force, prune=command.prune))


@every_scenario
def test_the_command_line_prints_what_was_predicted(
    dockerd: RunningDaemon, daemon: Daemon, registry: str, tmp_path: Path, scenario: Scenario
) -> None:
    """What ``imgbot plan`` prints is what ``docker image rm`` then prints, with its exit code."""
    made = make(dockerd, registry, scenario.world)
    for command in scenario.commands:
        words = [made.typed(word) for word in command.words]
        predicted = planned(daemon, words, force=command.force, prune=command.prune)
        actual = command_line(dockerd.url, words, force=command.force, prune=command.prune, home=tmp_path)
        assert alike(actual) == expected(predicted, actual), command
