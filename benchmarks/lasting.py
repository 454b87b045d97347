"""What running for long costs: memory over many requests, a processor while many wait, and starting on a long record.

Beside a Bolt app in its default configuration that does nothing, in the same run. The bot's daemon is the simulated
one, and everybody may have a name removed at once, so that each command is a request that is carried out.
"""

import asyncio
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import click
import docker

from benchmarks.apps import BOT, NOTHING, App, environment, started
from benchmarks.machine import bare, table
from benchmarks.verifying import EVENTS, filled
from bot.approval.request import Token
from bot.db import database
from bot.db.store import Store
from bot.playground.demo import simulated_daemon
from tests.approval import examples

AT_ONCE = 8
SAMPLES = 20
WARM = 0.25
"""The part of the requests after which memory is looked at: what is loaded once has been by then."""
MEGABYTE = 1_000_000
IDLE_BELOW, READY_BELOW = 0.02, 2.0
"""What is promised: the share of a processor, and seconds."""
CONFIG = """
[slack]
approvals_channel = "C0BENCH"
message_pause = "0s"
[hosts.web-3]
url = "{daemon}"
[[rules]]
name = "at once"
approvals = {approvals}
approvers = ["U0LEAD"]
"""


async def memory(folder: Path, count: int) -> tuple[list[int], float, float]:
    """Carry out so many requests. Returns when memory was looked at, MB per 1,000 requests, and MB at the end."""
    file = folder / "imgbot.db"
    with simulated_daemon(folder / "docker.sock") as daemon, closing(docker.APIClient(daemon)) as client:
        given = environment(folder, CONFIG.format(daemon=daemon, approvals=0), f"sqlite:///{file}")
        async with started(BOT, folder / "log", given) as app:
            numbers, sizes, done = [], [], 0
            for _ in range(SAMPLES):
                await _some(app, client, done, count // SAMPLES)
                done += count // SAMPLES
                await _finished(file, done)
                numbers.append(done)
                sizes.append(app.memory / MEGABYTE)
    warm = int(len(numbers) * WARM)
    slope = statistics.linear_regression(numbers[warm:], sizes[warm:]).slope
    return numbers, slope * 1000, sizes[-1]


async def _some(app: App, client: docker.APIClient, first: int, count: int) -> None:
    for number in range(first, first + count):  # before: what changes a host just before a call interrupts a request
        await asyncio.to_thread(client.tag, "redis:alpine", "scratch", f"t{number}")
    left = iter(range(first, first + count))

    async def one_by_one() -> None:
        for number in left:
            await app.slack.command(f"rm scratch:t{number}")

    await asyncio.gather(*(one_by_one() for _ in range(AT_ONCE)))


async def _finished(file: Path, count: int) -> None:
    """Wait until so many requests are finished."""
    with closing(sqlite3.connect(file)) as connection:
        while True:
            (number,) = connection.execute("SELECT count(*) FROM removal_request WHERE state = 'finished'").fetchone()
            if number >= count:
                return
            await asyncio.sleep(0.2)


async def waiting(folder: Path, count: int, seconds: int) -> float:
    """Return the share of a processor that the bot takes while so many requests wait."""
    url = f"sqlite:///{folder / 'imgbot.db'}"
    engine = database.engine(url)
    database.upgrade(engine)
    store, now = Store(engine), datetime.now(UTC)
    for number in range(count):
        asked = replace(examples.asked_event(), at=now, expires_at=now + timedelta(days=1), token=Token(f"t{number}"))
        with store.transaction() as tx:
            tx.ask(asked)
    with simulated_daemon(folder / "docker.sock") as daemon:
        given = environment(folder, CONFIG.format(daemon=daemon, approvals=1), url)
        async with started(BOT, folder / "log", given) as app:
            await _all_shown(store)
            began, used = time.perf_counter(), app.processor
            await asyncio.sleep(seconds)
            share = (app.processor - used) / (time.perf_counter() - began)
    store.close()
    return share


async def _all_shown(store: Store) -> None:
    while True:
        with store.reading() as reading:
            if not reading.messages_behind(datetime.now(UTC) + timedelta(days=1)):
                return
        await asyncio.sleep(0.5)


async def starting(folder: Path, count: int) -> tuple[float, float, App]:
    """Return in how many seconds the bot is connected with so many events on record, and Bolt that does nothing."""
    filled(folder / "imgbot.db", count // EVENTS).close()
    with simulated_daemon(folder / "docker.sock") as daemon:
        given = environment(folder, CONFIG.format(daemon=daemon, approvals=1), f"sqlite:///{folder / 'imgbot.db'}")
        async with AsyncExitStack() as stack:
            app = await stack.enter_async_context(started(BOT, folder / "ours.log", given))
            bolt = await stack.enter_async_context(started(NOTHING, folder / "peer.log", {}))
            return app.ready_after, bolt.ready_after, app


Found = tuple[list[tuple[str, str]], list[str]]
"""Rows of the table, and what is not as promised."""


def grown(folder: Path, count: int) -> Found:
    """Return how memory grows."""
    _, slope, size = asyncio.run(memory(folder, count))
    rows = [
        (f"memory, after {count:,} requests", f"{size:.0f} MB"),
        ("and how it grows, for each 1,000 more", f"{slope:+.2f} MB"),
    ]
    return rows, ["memory grows"] if slope > 1 else []


def waited(folder: Path, count: int) -> Found:
    """Return what it costs that requests wait."""
    share = asyncio.run(waiting(folder, count, 30))
    fault = f"{count:,} that wait cost 2 % of a processor or more"
    return [(f"a processor, while {count:,} requests wait", f"{share:.1%}")], [fault] if share >= IDLE_BELOW else []


def began(folder: Path, count: int) -> Found:
    """Return how long it takes to start."""
    ready, bolt, _ = asyncio.run(starting(folder, count))
    rows = [
        (f"from start to connected, with {count:,} events", f"{ready:.1f} s"),
        ("the same of a Bolt app that does nothing", f"{bolt:.1f} s"),
    ]
    return rows, ["it takes 2 s or more to start"] if ready >= READY_BELOW else []


PARTS: Mapping[str, Callable[[Path, int], Found]] = MappingProxyType(
    {"memory": grown, "waiting": waited, "starting": began}
)


@click.command()
@click.option("--requests", default=10_000, show_default=True, help="Requests over which memory is looked at.")
@click.option("--pending", default=1_000, show_default=True, help="Requests that wait.")
@click.option("--events", default=1_000_000, show_default=True, help="Events on record at the start.")
@click.option("--part", "parts", type=click.Choice(list(PARTS)), multiple=True, default=list(PARTS), show_default=True)
def main(*, requests: int, pending: int, events: int, parts: Sequence[str]) -> None:
    """Print a table. Exits with 1 where something is not as promised."""
    counts = {"memory": requests, "waiting": pending, "starting": events}
    rows, faults = [("what", "how much")], list[str]()
    with tempfile.TemporaryDirectory(prefix="imgbot-lasting-") as made:
        for part in parts:
            folder = Path(made) / part
            folder.mkdir()
            told, wrong = PARTS[part](folder, counts[part])
            rows += told
            faults += wrong
    print(f"{bare()}; load {os.getloadavg()[0]:.1f}\n")
    print(table(rows))
    if faults:
        raise SystemExit("\n".join(faults))


if __name__ == "__main__":
    main()
