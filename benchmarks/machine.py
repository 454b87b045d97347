"""What every benchmark needs: a daemon, rounds that take turns, and a table with the machine it was measured on."""

import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import docker

from bot.images.inventory import Store
from tests.daemons import NEWER, OWN, Kind, RunningDaemon, root_for, running_dockerd
from tests.newer import Missing

NO_REGISTRY = "127.0.0.1:1"
ROUNDS = 5
"""Rounds at least; what is told is their median."""


@contextmanager
def daemon(store: Store, url: str | None = None, *, suite: str | None = None) -> Iterator[RunningDaemon]:
    """Give an empty daemon: the one at *url* (``unix://…``), or one that is started for this.

    Unless a Debian *suite* is named, the classic store is that of this machine's dockerd, and the containerd store that
    of the newer suite of the tests. A daemon that holds anything is refused, for it is somebody's.
    """
    if url:
        with _given(url) as given:
            yield given
        return
    kind = OWN if store is Store.CLASSIC else NEWER
    kind = kind if suite is None else Kind(store=store, suite=suite)
    root = root_for(kind)
    if isinstance(root, Missing):
        raise SystemExit(f"{root.why}: there is no daemon with the {store} store")
    with running_dockerd(kind, root, NO_REGISTRY) as running:
        yield running


@contextmanager
def _given(url: str) -> Iterator[RunningDaemon]:
    client = docker.APIClient(base_url=url, version="auto", timeout=60)
    try:
        if client.images(all=True) or client.containers(all=True):
            raise SystemExit(f"{url} holds images or containers, and these would be removed: give an empty daemon")
        containerd = ["driver-type", "io.containerd.snapshotter.v1"] in client.info()["DriverStatus"]
        kind = Kind(store=Store.CONTAINERD if containerd else Store.CLASSIC)
        yield RunningDaemon(socket=Path(url.removeprefix("unix://")), client=client, kind=kind)
    finally:
        client.close()


def seconds(work: Callable[[], object]) -> float:
    """Return the wall time of *work*."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def in_turn(contestants: Mapping[str, Callable[[], float]], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Let each contestant measure itself once a round, each round beginning with another, and return the seconds."""
    names = list(contestants)
    measured: dict[str, list[float]] = {name: [] for name in names}
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            measured[name].append(contestants[name]())
    return measured


def told(times: Sequence[float]) -> str:
    """Return the median in milliseconds, with the fastest and the slowest."""
    low, middle, high = (1000 * value for value in (min(times), statistics.median(times), max(times)))
    return f"{middle:.0f} ms ({low:.0f} to {high:.0f})"


def ratio(ours: Sequence[float], peers: Sequence[float]) -> float:
    """Return the median of ours over the median of the peer's."""
    return statistics.median(ours) / statistics.median(peers)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows, the first of them the head, as a table in Markdown."""
    head, *rest = rows
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rest))


def machine(running: RunningDaemon) -> str:
    """Return what it was measured on, in a line: cores, processor, Python, the docker command and the daemon."""
    client = subprocess.run(["docker", "--version"], check=True, capture_output=True, text=True).stdout
    info = running.client.info()
    store = "containerd store" if running.containerd else "classic store"
    return f"{bare()}; {client.strip()}; daemon {info['ServerVersion']}, {store} on {info['Driver']}"


def bare() -> str:
    """Return the same where no daemon takes part: cores, processor, Linux and Python."""
    return f"{os.cpu_count()} cores, {processor()}, Linux {platform.release()}, Python {platform.python_version()}"


def processor() -> str:
    """Return the name of the processor."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
