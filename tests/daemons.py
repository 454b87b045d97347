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
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import docker
import pytest
import requests

from bot.dockerd.daemon import Daemon
from bot.dockerd.hosts import endpoint
from bot.images.inventory import Store
from tests.newer import Missing, entered, root_of

CONFIG = '{"features": {"containerd-snapshotter": %s}}'
UP_WITHIN = 60.0
DOWN_WITHIN = 30.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Which dockerd to start: this machine's own, or that of a Debian *suite*; and with which store."""

    store: Store = Store.CLASSIC
    suite: str = ""

    @classmethod
    def named(cls, name: str) -> "Kind":
        """Return the kind that goes by a name such as ``classic``, of this machine, or ``forky/containerd``."""
        suite, _, store = name.rpartition("/")
        return cls(store=Store(store), suite=suite)

    @property
    def name(self) -> str:
        """What it goes by."""
        return f"{self.suite}/{self.store}" if self.suite else str(self.store)


OWN = Kind()
NEWER = Kind(store=Store.CONTAINERD, suite="forky")
"""That of Docker 28.5; a suite that is being tested has nothing that cannot be installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningDaemon:
    """A dockerd of our own: its socket, a client for the test's own use, and which one it is.

    ``root`` is where all of a newer one is, and None for this machine's own.
    """

    socket: Path
    client: docker.APIClient
    kind: Kind
    root: Path | None = None

    @property
    def url(self) -> str:
        """The daemon's address."""
        return f"unix://{self.socket}"

    @property
    def version(self) -> str:
        """The daemon's version, such as ``28.5.2``."""
        return str(self.client.version()["Version"])

    @property
    def containerd(self) -> bool:
        """Whether it has the containerd store."""
        return self.kind.store is Store.CONTAINERD

    def empty(self) -> None:
        """Remove every container, every image and the build cache."""
        for container in self.client.containers(all=True):
            self.client.remove_container(container["Id"], force=True, v=True)
        while images := self.client.images(all=True):
            parents = {image["ParentId"] for image in images}
            for image in images:
                if image["Id"] not in parents:  # with it go the parents that nothing else needs
                    self.client.remove_image(image["Id"], force=True)
        self.client.prune_builds(all=True)


@pytest.fixture(scope="session")
def registry() -> Iterator[str]:
    """Give the address of a registry on loopback, such as ``127.0.0.1:5000``."""
    with running_registry() as address:
        yield address


PASSWORD = "hunter2"  # noqa: S105 -- of a registry that lives as long as a test
"""The password of ``bob`` in a registry that wants one; the line below it is what ``htpasswd -B`` makes of it."""
_PASSWORDS = "bob:$2b$04$rYUlaN27J0F5sC7c3jPr2umThyApkn.JpHb5WqvrvsoUxG78AMhyi\n"


@contextmanager
def running_registry(*, closed: bool = False) -> Iterator[str]:
    """Run a registry on loopback, from which manifests may be deleted; *closed* to all but ``bob``."""
    if shutil.which("docker-registry") is None:
        pytest.skip("docker-registry is not installed: no real digests")
    with tempfile.TemporaryDirectory(prefix="imgbot-registry-") as made:
        folder = Path(made)
        address = f"127.0.0.1:{_free_port()}"
        config = folder / "config.yml"
        config.write_text(
            f"version: 0.1\nstorage: {{filesystem: {{rootdirectory: {folder}/data}}, delete: {{enabled: true}}}}\n"
            f"http: {{addr: '{address}'}}\n"
            + (f"auth: {{htpasswd: {{realm: closed, path: {folder}/passwords}}}}\n" if closed else "")
        )
        (folder / "passwords").write_text(_PASSWORDS)
        with server(["docker-registry", "serve", str(config)], folder):
            until_up(lambda: requests.get(f"http://{address}/v2/", timeout=1).status_code in {200, 401}, folder)
            yield address


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture(scope="session")
def dockerd_session(registry: str) -> Iterator[RunningDaemon]:
    """Give one dockerd for the whole run: this machine's, with the classic store."""
    with dockerd_of(OWN, registry) as running:
        yield running


@contextmanager
def dockerd_of(kind: Kind, registry: str) -> Iterator[RunningDaemon]:
    """Run a dockerd that may push to the registry and pull from it; skip where it cannot be had."""
    root = root_for(kind)
    if isinstance(root, Missing):
        pytest.skip(f"{root.why}: nothing is tried on {kind.name}")
    with running_dockerd(kind, root, registry) as running:
        yield running


def root_for(kind: Kind) -> Path | Missing | None:
    """Return where a newer dockerd is, which may be downloaded for it, or None for this machine's own."""
    if kind.suite:
        return root_of(kind.suite)
    if shutil.which("dockerd") is None:
        return Missing(why="dockerd is not installed")
    return Missing(why="dockerd needs root") if os.geteuid() else None


@contextmanager
def running_dockerd(kind: Kind, root: Path | None, registry: str) -> Iterator[RunningDaemon]:
    """Run a dockerd. It takes overlay2 where the file system can, and otherwise the next best, down to vfs."""
    with folder_of_dockerd() as folder, dockerd_in(folder, kind, root, registry) as running:
        yield running
        running.empty()


@contextmanager
def folder_of_dockerd() -> Iterator[Path]:
    """Give a folder in which a dockerd may run, and run again, within the block."""
    folder = Path(tempfile.mkdtemp(prefix="imgbot-dockerd-"))
    try:
        yield folder
    finally:
        unmount(folder)
        shutil.rmtree(folder)


@contextmanager
def dockerd_in(folder: Path, kind: Kind, root: Path | None, registry: str) -> Iterator[RunningDaemon]:
    """Run a dockerd on what is in *folder*; it ends with the block, and what it holds stays there."""
    (folder / "daemon.json").write_text(_config(kind))
    command = _command(folder, registry)
    with server(entered(root, folder, command) if root else command, folder), closing(_client(folder)) as client:
        yield RunningDaemon(socket=folder / "docker.sock", client=client, kind=kind, root=root)


def _config(kind: Kind) -> str:
    """Return the text of the daemon.json; a daemon that is too old for that feature takes it all the same."""
    return CONFIG % ("true" if kind.store is Store.CONTAINERD else "false")


def _command(folder: Path, registry: str) -> list[str]:
    return [
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


def _client(folder: Path) -> docker.APIClient:
    """Return a client that speaks the newest API that the daemon does, once that is up."""
    url = f"unix://{folder}/docker.sock"
    return until_up(lambda: docker.APIClient(base_url=url, version="auto", timeout=60), folder)


@pytest.fixture
def dockerd(dockerd_session: RunningDaemon) -> RunningDaemon:
    """Give a dockerd that holds nothing."""
    dockerd_session.empty()
    return dockerd_session


@pytest.fixture
def daemon(dockerd: RunningDaemon) -> Iterator[Daemon]:
    """Give the empty dockerd as the bot sees it."""
    daemon = Daemon("web-3", endpoint(dockerd.url))
    yield daemon
    daemon.close()


@contextmanager
def server(command: list[str], folder: Path, environment: Mapping[str, str] | None = None) -> Iterator[None]:
    """Run a server that keeps to *folder* within the block; everything that it started ends with it.

    It also ends, by ``setpriv``, where the run is killed.
    """
    bound = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*bound, *command],
            stdout=log,
            stderr=log,
            start_new_session=True,
            env={**os.environ, **(environment or {})},
        )
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


def until_up(up: Callable[[], T], folder: Path) -> T:
    """Return what *up* returns, as soon as it returns something."""
    deadline = time.monotonic() + UP_WITHIN
    while True:
        try:
            if found := up():
                return found
        except (requests.RequestException, docker.errors.DockerException, OSError):
            pass
        if time.monotonic() > deadline:
            log = (folder / "log").read_text(errors="replace")[-3000:]
            raise AssertionError(f"not up after {UP_WITHIN:g} s:\n{log}")
        time.sleep(0.05)


def unmount(folder: Path) -> None:
    """Let go of what a killed daemon left mounted."""
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for mount in sorted((mount for mount in mounts if mount.startswith(f"{folder}/")), reverse=True):
        subprocess.run(["umount", "-l", mount], check=False)
