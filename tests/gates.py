"""The gate that is shipped, before a daemon: HAProxy with the very file of ``docs/deploy``."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.daemons import server, until_up

CONFIG = Path(__file__).parents[1] / "docs" / "deploy" / "docker-gate.cfg"
PATHS = ("/usr/sbin", "/usr/local/sbin", "/usr/bin", "/usr/local/bin")


def haproxy() -> str | None:
    """Return where HAProxy is; None where it is not installed. Debian has it where only root looks."""
    return shutil.which("haproxy", path=":".join(PATHS))


@contextmanager
def gate(daemon: Path, folder: Path) -> Iterator[Path]:
    """Run the gate before the socket *daemon* within the block, and give the socket that it listens on."""
    program = haproxy()
    if program is None:
        pytest.skip("haproxy is not installed: no gate")
    socket = folder / "gate.sock"
    environment = {"DOCKER_SOCKET": str(daemon), "GATE": f"unix@{socket}"}
    with server([program, "-f", str(CONFIG)], folder, environment):
        until_up(socket.is_socket, folder)
        yield socket
