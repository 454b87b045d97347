"""Real daemons for tests: a private dockerd, and a registry on loopback for real digests.

Nothing of the machine's own Docker is touched: each has its own folders and socket, and is gone afterwards.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest
import requests

UP_WITHIN = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningDaemon:
    """A dockerd of our own: its socket, and a client for the test's own use."""

    socket: Path
    client: docker.APIClient

    @property
    def url(self) -> str:
        """The daemon's address."""
        return f"unix://{self.socket}"

    def empty(self) -> None:
        """Remove every container and every image."""
        for container in self.client.containers(all=True):
            self.client.remove_container(container["Id"], force=True, v=True)
        for _ in range(10):  # children before parents: a forced removal refuses parents
            images = self.client.images(all=True)
            if not images:
                return
            for image in images:
                try:
                    self.client.remove_image(image["Id"], force=True)
                except docker.errors.APIError:
                    continue
        raise AssertionError(f"still there: {self.client.images(all=True)}")


@pytest.fixture(scope="session")
def registry() -> Iterator[str]:
    """Give the address of a registry on loopback, such as ``127.0.0.1:5000``."""
    if shutil.which("docker-registry") is None:
        pytest.skip("docker-registry is not installed: no real digests")
    with tempfile.TemporaryDirectory(prefix="imgbot-registry-") as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
        free.close()
        config = Path(folder, "config.yml")
        config.write_text(
            f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {folder}/data}}}}\nhttp: {{addr: '{address}'}}\n"
        )
        with _running(["docker-registry", "serve", str(config)], Path(folder, "log")):
            _until(lambda: requests.get(f"http://{address}/v2/", timeout=1).ok, Path(folder, "log"))
            yield address


@pytest.fixture(scope="session")
def dockerd_session(registry: str) -> Iterator[RunningDaemon]:
    """Give one dockerd for the whole run."""
    if shutil.which("dockerd") is None:
        pytest.skip("dockerd is not installed: nothing is tried on a real daemon")
    if os.geteuid() != 0:
        pytest.skip("dockerd needs root: nothing is tried on a real daemon")
    folder = Path(tempfile.mkdtemp(prefix="imgbot-dockerd-"))
    try:
        command = [
            "dockerd",
            f"--data-root={folder}/data",
            f"--exec-root={folder}/exec",
            f"--pidfile={folder}/pid",
            f"--host=unix://{folder}/docker.sock",
            f"--config-file={folder}/daemon.json",
            f"--insecure-registry={registry}",
            "--bridge=none",
            "--iptables=false",
            "--ip6tables=false",
        ]
        Path(folder, "daemon.json").write_text("{}")
        with _running(command, folder / "log"):
            _until(lambda: _listens(folder / "docker.sock"), folder / "log")
            client = docker.APIClient(base_url=f"unix://{folder}/docker.sock", version="1.41", timeout=60)
            _until(client.ping, folder / "log")
            yield RunningDaemon(socket=folder / "docker.sock", client=client)
            client.close()
    finally:
        _unmount(folder)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def dockerd(dockerd_session: RunningDaemon) -> RunningDaemon:
    """Give a dockerd that holds nothing."""
    dockerd_session.empty()
    return dockerd_session


@contextmanager
def _running(command: list[str], log: Path) -> Iterator[None]:
    """Run a server within the block; everything that it started ends with it."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(timeout=10)


def _until(up: Callable[[], object], log: Path) -> None:
    deadline = time.monotonic() + UP_WITHIN
    while True:
        try:
            if up():
                return
        except (requests.RequestException, docker.errors.DockerException, OSError):
            pass
        if time.monotonic() > deadline:
            raise AssertionError(f"not up after {UP_WITHIN} s:\n{log.read_text(errors='replace')[-3000:]}")
        time.sleep(0.1)


def _listens(at: Path) -> bool:
    """Whether somebody listens on a socket. docker-py would leave one open for each time that nobody does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trying:
        trying.connect(str(at))
        return True


def _unmount(folder: Path) -> None:
    """Let go of what a killed daemon left mounted."""
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for mount in sorted((m for m in mounts if m.startswith(str(folder))), reverse=True):
        subprocess.run(["umount", "-l", mount], check=False)
