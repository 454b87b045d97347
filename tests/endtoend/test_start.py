"""The bot starts, however Slack answers at that moment."""

import random
from itertools import count
from pathlib import Path

import requests

from bot.demo import settings
from bot.playground.demo import RunningWorkspace, workspace
from bot.service import Service
from bot.settings import HostTable
from tests.endtoend.team import DANA, DEADLINE, People

HALF = 0.5


def drawing(wanted: str) -> int:
    """Return a seed by which the first calls do what is *wanted*, a + or a - for each, where half of all fail."""
    for seed in count():
        drawn = random.Random(seed)  # noqa: S311 -- to be repeated, not secret
        if all(("-" if drawn.random() < HALF else "+") == one for one in wanted):
            return seed
    raise AssertionError


def trouble(place: RunningWorkspace, **chances: float) -> None:
    """Have Slack fail by these chances from now on."""
    assert requests.post(f"{place.url}/play/trouble", json=chances, timeout=DEADLINE).ok


def test_slack_fails_once_we_know_who_we_are(tmp_path: Path) -> None:
    """Who we are is asked once: what comes after that and fails ends nothing, and the bot connects."""
    with workspace() as place:
        made = settings(place, {"web-3": HostTable(url=f"unix://{tmp_path}/nothing.sock")}, tmp_path)
        trouble(place, failing=HALF, seed=drawing("+---"))
        service = Service(made)
        service.start()
        try:
            trouble(place)
            assert service.wait_connected(DEADLINE)
            assert People(place.url).type(DANA, "/img help") == "acknowledged"
        finally:
            service.stop()
