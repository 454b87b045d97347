"""A newer daemon beside this machine's own: that of Docker 28, with the containerd store."""

from collections.abc import Iterator

import pytest

from tests.daemons import NEWER, RunningDaemon, dockerd_of


@pytest.fixture(scope="session")
def dockerd_containerd_session(registry: str) -> Iterator[RunningDaemon]:
    """Give one for the whole run."""
    with dockerd_of(NEWER, registry) as running:
        yield running


@pytest.fixture
def dockerd_containerd(dockerd_containerd_session: RunningDaemon) -> RunningDaemon:
    """Give it empty."""
    dockerd_containerd_session.empty()
    return dockerd_containerd_session
