"""Real daemons for tests: a private dockerd, and a registry on loopback for real digests.

Nothing of the machine's own Docker is touched: each has its own folder and socket, and is gone afterwards.
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

from bot.dockerd.daemon import Daemon
from bot.dockerd.hosts import endpoint
from tests.newer import Missing, entered, root_of

SUITE = "forky"
"""The Debian suite with Docker 28.5; one that is being tested has nothing that cannot be installed."""
API = "1.41"
CONTAINERD = '{"features": {"containerd-snapshotter": true}}'
CONTAINERD_API = "1.44"
"""That of Docker 25, where the containerd store became what it is."""
UP_WITHIN = 60.0
DOWN_WITHIN = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningDaemon:
    """A dockerd of our own: its socket, a client for the test's own use, and whether it has the containerd store."""

    socket: Path
    client: docker.APIClient
    containerd: bool = False

    @property
    def url(self) -> str:
        """The daemon's address."""
        return f"unix://{self.socket}"

    def empty(self) -> None:
        """Remove every container and every image."""
        for container in self.client.containers(all=True):
            self.client.remove_container(container["Id"], force=True, v=True)
        while images := self.client.images(all=True):
            parents = {image["ParentId"] for image in images}
            for image in images:
                if image["Id"] not in parents:  # with it go the parents that nothing else needs
                    self.client.remove_image(image["Id"], force=True)


@pytest.fixture(scope="session")
def registry() -> Iterator[str]:
    """Give the address of a registry on loopback, such as ``127.0.0.1:5000``."""
    if shutil.which("docker-registry") is None:
        pytest.skip("docker-registry is not installed: no real digests")
    with tempfile.TemporaryDirectory(prefix="imgbot-registry-") as made:
        folder = Path(made)
        address = f"127.0.0.1:{_free_port()}"
        config = folder / "config.yml"
        config.write_text(
            f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {folder}/data}}}}\nhttp: {{addr: '{address}'}}\n"
        )
        with _running(["docker-registry", "serve", str(config)], folder):
            _until(lambda: requests.get(f"http://{address}/v2/", timeout=1).ok, folder)
            yield address


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="session")
def dockerd_session(registry: str) -> Iterator[RunningDaemon]:
    """Give one dockerd for the whole run, that may push to the registry and pull from it.

    It takes overlay2 where the file system can, and otherwise the next best, down to vfs.
    """
    if shutil.which("dockerd") is None:
        pytest.skip("dockerd is not installed: nothing is tried on a real daemon")
    if os.geteuid() != 0:
        pytest.skip("dockerd needs root: nothing is tried on a real daemon")
    with running_dockerd(registry, "{}", API) as running:
        yield running


@pytest.fixture(scope="session")
def dockerd_containerd_session(registry: str) -> Iterator[RunningDaemon]:
    """Give one dockerd of a newer Debian suite with the containerd store, likewise.

    The suite is that of IMGBOT_TEST_SUITE, or else SUITE.
    """
    root = root_of(os.environ.get("IMGBOT_TEST_SUITE", SUITE))
    if isinstance(root, Missing):
        pytest.skip(f"{root.why}: nothing is tried on the containerd store")
    with running_dockerd(registry, CONTAINERD, CONTAINERD_API, root) as running:
        yield running


@contextmanager
def running_dockerd(registry: str, config: str, api: str, root: Path | None = None) -> Iterator[RunningDaemon]:
    """Run a dockerd of this machine, or of another *root*, with the text of a daemon.json."""
    folder = Path(tempfile.mkdtemp(prefix="imgbot-dockerd-"))
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
    (folder / "daemon.json").write_text(config)
    started = entered(root, folder, command) if root else command
    try:
        with _running(started, folder), _client(folder, api) as client:
            running = RunningDaemon(socket=folder / "docker.sock", client=client, containerd=config == CONTAINERD)
            yield running
            running.empty()
    finally:
        _unmount(folder)
        shutil.rmtree(folder)


@contextmanager
def _client(folder: Path, api: str) -> Iterator[docker.APIClient]:
    client = docker.APIClient(base_url=f"unix://{folder}/docker.sock", version=api, timeout=60)
    try:
        _until(client.ping, folder)
        yield client
    finally:
        client.close()


@pytest.fixture
def dockerd(dockerd_session: RunningDaemon) -> RunningDaemon:
    """Give a dockerd that holds nothing."""
    dockerd_session.empty()
    return dockerd_session


@pytest.fixture
def dockerd_containerd(dockerd_containerd_session: RunningDaemon) -> RunningDaemon:
    """Give a dockerd with the containerd store that holds nothing."""
    dockerd_containerd_session.empty()
    return dockerd_containerd_session


@pytest.fixture
def daemon(dockerd: RunningDaemon) -> Iterator[Daemon]:
    """Give the empty dockerd as the bot sees it."""
    daemon = Daemon("web-3", endpoint(dockerd.url))
    yield daemon
    daemon.close()


@contextmanager
def _running(command: list[str], folder: Path) -> Iterator[None]:
    """Run a server that keeps to *folder* within the block; everything that it started ends with it.

    It also ends, by ``setpriv``, where the run is killed.
    """
    bound = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*bound, *command], stdout=log, stderr=log, start_new_session=True)
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(timeout=DOWN_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            _end_the_rest(folder)


def _end_the_rest(folder: Path) -> None:
    """End what the server left running, known by its command line: a dockerd's containerd has a session of its own."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            mine = os.fsencode(folder) + b"/" in (entry / "cmdline").read_bytes()
        except OSError:  # it ended
            continue
        if mine:
            os.kill(int(entry.name), signal.SIGKILL)


def _until(up: Callable[[], object], folder: Path) -> None:
    deadline = time.monotonic() + UP_WITHIN
    while True:
        try:
            if up():
                return
        except (requests.RequestException, docker.errors.DockerException, OSError):
            pass
        if time.monotonic() > deadline:
            log = (folder / "log").read_text(errors="replace")[-3000:]
            raise AssertionError(f"not up after {UP_WITHIN:g} s:\n{log}")
        time.sleep(0.05)


def _unmount(folder: Path) -> None:
    """Let go of what a killed daemon left mounted."""
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for mount in sorted((mount for mount in mounts if mount.startswith(f"{folder}/")), reverse=True):
        subprocess.run(["umount", "-l", mount], check=False)
