"""The contract holds on several daemons: each of its tests runs on all of them, and at the end it is told how often.

``IMGBOT_CONTRACT_DAEMONS`` has their names (``tests/daemons.py``); in an ordinary run there is one of either store.
"""

import base64
import os
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.dockerd.daemon import Daemon
from tests.contract.chance import FIRST_SEED
from tests.contract.playing import Stage
from tests.contract.tally import Score
from tests.daemons import NEWER, OWN, Kind, RunningDaemon, dockerd_of

CHOSEN = os.environ.get("IMGBOT_CONTRACT_DAEMONS", "").split()
DAEMONS = CHOSEN or [OWN.name, NEWER.name]
SENT = "imgbot_scores"
SCORES = pytest.StashKey[dict[str, Score]]()


@pytest.fixture(scope="session", params=DAEMONS)
def contracted(request: pytest.FixtureRequest, registry: str) -> Iterator[RunningDaemon]:
    """Give each daemon in turn; the machine's own is the one that other tests have, too."""
    kind = Kind.named(request.param)
    if kind == OWN:
        yield request.getfixturevalue("dockerd_session")
        return
    with dockerd_of(kind, registry) as running:
        yield running


@pytest.fixture
def dockerd(contracted: RunningDaemon) -> RunningDaemon:
    """Give a dockerd with what the last test left: a world that is made begins with nothing."""
    return contracted


@pytest.fixture
def stage(dockerd: RunningDaemon, daemon: Daemon, registry: str, tmp_path: Path) -> Stage:
    """Give everything that a command needs."""
    return Stage(dockerd=dockerd, daemon=daemon, registry=registry, home=tmp_path)


@pytest.fixture
def score(request: pytest.FixtureRequest, dockerd: RunningDaemon) -> Score:
    """Give what was compared on this daemon until now."""
    scores = request.config.stash.setdefault(SCORES, {})
    name = f"Docker {dockerd.version}, {dockerd.kind.store} store"
    return scores.setdefault(name, Score(daemon=name))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    """Take over what one of several processes compared."""
    config, output = getattr(node, "config"), getattr(node, "workeroutput", {})  # noqa: B009 -- xdist has no types
    for score in pickle.loads(base64.b64decode(output[SENT])) if SENT in output else ():  # noqa: S301 -- our own process
        scores = config.stash.setdefault(SCORES, {})
        scores.setdefault(score.daemon, Score(daemon=score.daemon)).adds(score)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand over what was compared, where this is one of several processes."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[SENT] = base64.b64encode(pickle.dumps(list(session.config.stash.get(SCORES, {}).values()))).decode()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Tell what was compared on each daemon."""
    for score in config.stash.get(SCORES, {}).values():
        terminalreporter.section(score.daemon, sep="-")
        terminalreporter.line(f"by chance (seed {FIRST_SEED}): {score.by_chance.line}")
        terminalreporter.line(f"in named scenarios: {score.by_name.line}")
