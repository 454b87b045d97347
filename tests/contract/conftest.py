"""The contract holds on both image stores: each of its tests runs on a daemon of either."""

import pytest

from tests.daemons import RunningDaemon


@pytest.fixture(params=["dockerd_classic", "dockerd_containerd"])
def dockerd(request: pytest.FixtureRequest) -> RunningDaemon:
    """Give an empty dockerd with one of the stores."""
    running: RunningDaemon = request.getfixturevalue(request.param)
    return running


@pytest.fixture
def dockerd_classic(dockerd_session: RunningDaemon) -> RunningDaemon:
    """Give the dockerd with the classic store, empty."""
    dockerd_session.empty()
    return dockerd_session
