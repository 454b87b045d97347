"""How soon imgbot is there and how much memory it takes, beside a Bolt app in its default configuration in one run.

``imgbot --help`` against Python that imports click; ``imgbot serve`` from its start to its connection, and its memory
while nothing happens, against the Bolt app that does nothing. They take turns.
"""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import click

from benchmarks.apps import BOT, NOTHING, App, environment, started
from benchmarks.lasting import CONFIG, MEGABYTE
from benchmarks.machine import bare, in_turn, ratio, table, told
from bot.playground.demo import simulated_daemon

HELP_WITHIN, READY_WITHIN, IDLE_MOST = 0.3, 2.0, 90 * MEGABYTE
SETTLES = 2.0
"""Seconds until what is done at the start is over."""


def took(*words: str) -> float:
    """Return how many seconds a Python command takes."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def own_share(app: App) -> int:
    """Return the bytes that a process has in memory, with its share of what it has in common with others (PSS)."""
    lines = Path(f"/proc/{app.pid}/smaps_rollup").read_text().splitlines()
    (kilobytes,) = (int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kilobytes * 1024


async def served(command: Sequence[str], folder: Path, given: dict[str, str]) -> tuple[float, float, int, int]:
    """Return the seconds until an app was connected, those of the processor, and its memory when idle (RSS, PSS)."""
    async with started(command, folder / "log", given) as app:
        used = app.processor
        await asyncio.sleep(SETTLES)
        return app.ready_after, used, app.memory, own_share(app)


@click.command()
@click.option("--rounds", default=5, show_default=True)
def main(*, rounds: int) -> None:
    """Print a table. Exits with 1 where something is not as promised."""
    helps = in_turn(
        {"imgbot": lambda: took("-m", "bot", "--help"), "click": lambda: took("-c", "import click")}, rounds
    )
    ours, peers = [], []
    with tempfile.TemporaryDirectory(prefix="imgbot-starting-") as made:
        folder = Path(made)
        with simulated_daemon(folder / "docker.sock") as daemon:
            given = environment(folder, CONFIG.format(daemon=daemon, approvals=1), f"sqlite:///{folder / 'imgbot.db'}")
            asyncio.run(served(BOT, folder, given))  # makes the database, as only the first start does
            for _ in range(rounds):
                ours.append(asyncio.run(served(BOT, folder, given)))
                peers.append(asyncio.run(served(NOTHING, folder, {})))
    print(f"{bare()}; load {os.getloadavg()[0]:.1f}\n")
    (ready, used, rss, pss), (ready_, used_, rss_, pss_) = (list(zip(*each, strict=True)) for each in (ours, peers))
    rows = [
        ("median (fastest to slowest)", "imgbot", "peer", "ratio"),
        ("`imgbot --help`, and `import click`", *_times(helps["imgbot"], helps["click"])),
        ("`serve`, from start to connected, and Bolt", *_times(ready, ready_)),
        ("the processor's time of that", *_times(used, used_)),
        ("memory when idle (RSS)", *_sizes(rss, rss_)),
        ("with its share of what is in common (PSS)", *_sizes(pss, pss_)),
    ]
    print(table(rows))
    if faults := [
        *(["--help takes too long"] if statistics.median(helps["imgbot"]) > HELP_WITHIN else []),
        *(["it takes too long to start"] if statistics.median(ready) > READY_WITHIN else []),
        *(["it takes too much memory"] if statistics.median(rss) > IDLE_MOST else []),
    ]:
        raise SystemExit("\n".join(faults))


def _times(ours: Sequence[float], peers: Sequence[float]) -> tuple[str, str, str]:
    return told(ours), told(peers), f"{ratio(ours, peers):.1f}"


def _sizes(ours: Sequence[float], peers: Sequence[float]) -> tuple[str, str, str]:
    mine, theirs = statistics.median(ours), statistics.median(peers)
    return f"{mine / MEGABYTE:.0f} MB", f"{theirs / MEGABYTE:.0f} MB", f"{mine / theirs:.1f}"


if __name__ == "__main__":
    main()
