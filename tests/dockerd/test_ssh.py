"""A daemon is reached by the system's own ssh: with keys, and to a host that is known alone."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from bot.dockerd.daemon import Daemon
from bot.dockerd.hosts import BadEndpoint, endpoint
from bot.dockerd.ssh import place
from bot.flows.ports import Unreachable
from bot.images.inventory import Inventory
from bot.images.removal import Removal, Removed
from tests.daemons import RunningDaemon
from tests.worlds import Build, load

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """An sshd on loopback, and the file by which ssh finds its way to it."""

    url: str
    config: Path
    known: Path
    key: str


def keyed(file: Path) -> str:
    """Make a key, and return its public part."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)], check=True, timeout=30)
    return file.with_suffix(".pub").read_text()


@contextmanager
def sshd(folder: Path, docker_socket: Path | None, address: str = "127.0.0.1", port: int = 0) -> Iterator[Server]:
    """Run an sshd with keys of its own, whose ``docker`` asks the daemon at *docker_socket*."""
    if not Path(SSHD).exists() or shutil.which("ssh") is None:
        pytest.skip("openssh-server is not installed: nothing is reached by ssh")
    if os.geteuid():
        pytest.skip("sshd needs root")
    Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # its privilege separation wants it
    host_key, _ = keyed(folder / "host"), keyed(folder / "mine")
    (folder / "authorized").write_text((folder / "mine.pub").read_text())
    with socket.socket() as free:
        free.bind((address, port))
        port = free.getsockname()[1]
    server = [
        f"ListenAddress {address}:{port}",
        f"HostKey {folder}/host",
        f"AuthorizedKeysFile {folder}/authorized",
        f"PidFile {folder}/pid",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "StrictModes no",
        "UsePAM no",
        f"SetEnv DOCKER_HOST=unix://{docker_socket}" if docker_socket else "ForceCommand exec sleep 60",
    ]
    (folder / "sshd_config").write_text("\n".join(server) + "\n")
    (folder / "known").write_text(f"[{address}]:{port} {host_key}")
    (folder / "config").write_text(
        f"Host *\n  IdentityFile {folder}/mine\n  IdentitiesOnly yes\n  UserKnownHostsFile {folder}/known\n"
    )
    log = folder / "log"
    process = subprocess.Popen([SSHD, "-D", "-f", str(folder / "sshd_config"), "-E", str(log)])
    try:
        _until_open(address, port)
        user = pwd.getpwuid(os.geteuid()).pw_name
        yield Server(
            url=f"ssh://{user}@{address}:{port}", config=folder / "config", known=folder / "known", key=host_key
        )
    finally:
        process.terminate()
        process.wait(10)


def _until_open(address: str, port: int) -> None:
    for _ in range(100):
        with socket.socket() as tried:
            if tried.connect_ex((address, port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("sshd did not start")


@pytest.fixture
def server(dockerd: RunningDaemon, tmp_path: Path) -> Iterator[Server]:
    """Give an sshd in front of a real daemon."""
    with sshd(tmp_path, dockerd.socket) as running:
        yield running


def reached(server: Server, timeout: timedelta = timedelta(seconds=60)) -> Daemon:
    """Return the daemon as the settings would have it."""
    return Daemon("web-3", endpoint(server.url, ssh_config=server.config, timeout=timeout))


def test_a_daemon_is_asked_and_removes_by_ssh(server: Server, dockerd: RunningDaemon) -> None:
    """What a daemon holds is the same by ssh and by its socket, and so is what it removes; no ssh is left behind."""
    load(dockerd.client, Build(tags=("redis:7.2",), layers=("layer",)))
    daemon, directly = reached(server), Daemon("web-3", endpoint(dockerd.url))
    try:
        seen, there = daemon.inventory(), directly.inventory()
        assert isinstance(seen, Inventory)
        assert isinstance(there, Inventory)
        assert seen.images == there.images
        (image_id,) = seen.images
        outcome = daemon.remove(Removal(word="redis:7.2", target="redis:7.2", image_id=image_id))
        assert isinstance(outcome, Removed)
        assert dockerd.client.images() == []
    finally:
        daemon.close()
        directly.close()
    assert children("ssh") == []


def children(name: str) -> list[str]:
    """Return the command lines of our own children of that name."""
    found = subprocess.run(
        ["ps", "--ppid", str(os.getpid()), "-o", "comm=,args="], capture_output=True, text=True, check=False, timeout=10
    )
    return [line for line in found.stdout.splitlines() if line.split()[0] == name]


def test_a_host_that_is_not_known_is_refused(server: Server) -> None:
    """Nobody is asked whether a key is right: ssh's own sentence is told, and the place."""
    server.known.write_text("")
    daemon = reached(server)
    found = daemon.inventory()
    daemon.close()
    assert isinstance(found, Unreachable)
    assert found.why == f"web-3 cannot be reached at {server.url}: ssh: Host key verification failed."


def test_a_key_that_does_not_count_is_told(server: Server, tmp_path: Path) -> None:
    """Where the account does not let us in, that is the reason that is told."""
    (tmp_path / "authorized").write_text("")
    daemon = reached(server)
    found = daemon.inventory()
    daemon.close()
    assert isinstance(found, Unreachable)
    assert "Permission denied (publickey)" in found.why


def test_a_host_that_hangs_is_given_up(tmp_path: Path) -> None:
    """An ssh whose other end says nothing is given up after the host's own time-out, and ended."""
    with sshd(tmp_path, None) as server:
        daemon = reached(server, timeout=timedelta(seconds=1))
        began = time.monotonic()
        found = daemon.inventory()
        daemon.close()
    assert isinstance(found, Unreachable)
    assert found.why == f"web-3 did not answer at {server.url} within 1 s."
    assert time.monotonic() - began < 8
    assert children("ssh") == []


def test_a_host_that_is_not_there_is_told(tmp_path: Path) -> None:
    """A closed port is told in ssh's words."""
    (tmp_path / "config").write_text("")
    daemon = Daemon("web-3", endpoint("ssh://nobody@127.0.0.1:1", ssh_config=tmp_path / "config"))
    found = daemon.inventory()
    daemon.close()
    assert isinstance(found, Unreachable)
    assert "Connection refused" in found.why


@pytest.mark.parametrize(
    "url",
    [
        "ssh://-oProxyCommand=touch${IFS}/tmp/x",
        "ssh://-l@host",
        "ssh://web-3 -oProxyCommand=x",
        "ssh://user@-oProxyCommand=x",
        "ssh://web-3;reboot",
        "ssh://web-3:99999",
        "ssh://web-3/var/run/docker.sock",
        "ssh://user:password@web-3",
        "ssh://",
    ],
)
def test_nothing_else_than_a_place_is_gone_to(url: str) -> None:
    """An address that ssh or a shell could read as something else is none."""
    with pytest.raises(BadEndpoint, match=r"is no place that ssh could go to: it is ssh://USER@HOST"):
        endpoint(url)


def test_the_command_asks_nothing_and_knows_its_host() -> None:
    """The host stands after ``--``, and ssh is told to ask nobody and to take no new key."""
    there = place("ssh://imgbot@web-3:2222")
    assert there is not None
    command = there.command(10)
    assert command[-3:] == ["--", "web-3", "docker system dial-stdio"]
    assert {"BatchMode=yes", "StrictHostKeyChecking=yes", "ConnectTimeout=10"} <= set(command)
    assert command[command.index("-l") + 1] == "imgbot"
    assert command[command.index("-p") + 1] == "2222"
