"""How soon a delivery is acknowledged, beside a Bolt app in its default configuration that does nothing with it.

From the envelope sent to the acknowledgement received, over Socket Mode; ours has the delivery committed by then. One
at a time and 32 at once, the two taking turns; then with every daemon hanging, and 200 a second; and how soon a
connection is there again that was closed, refreshed, reset, half-closed and frozen.
"""

import asyncio
import socket
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import click
import sqlalchemy as sa

from benchmarks.apps import BOT, IDLE, NOTHING, environment, started
from benchmarks.machine import bare, table
from benchmarks.slack import Lost, Slack
from bot.db import database
from tests.databases import new_postgresql, running_postgresql

KINDS = ("SQLite", "PostgreSQL")
AT_ONCE = 32
TWICE = 2
DURABLE = ("server_version", "fsync", "synchronous_commit")
HANGING_MOST = 0.5
BACK_WITHIN = 10.0
CONFIG = """
[slack]
approvals_channel = "C0BENCH"
[hosts.web-1]
url = "unix://{daemon}"
[[rules]]
name = "leads"
approvers = ["U0LEAD"]
"""


def ours(folder: Path, url: str) -> dict[str, str]:
    """Return the environment of the bot, whose one daemon listens and never answers."""
    return environment(folder, CONFIG.format(daemon=folder / "docker.sock"), url)


@contextmanager
def hanging(path: Path) -> Iterator[None]:
    """Listen like a daemon that takes calls and answers none."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as daemon:
        daemon.bind(str(path))
        daemon.listen(1000)
        yield


async def one_by_one(server: Slack, count: int, text: str = IDLE) -> list[float]:
    """Return the times of so many deliveries, one after the other."""
    return [await server.command(text) for _ in range(count)]


async def at_once(server: Slack, count: int, text: str = IDLE) -> list[float]:
    """Return the times of so many deliveries, 32 at any time."""
    found: list[float] = []
    left = iter(range(count))

    async def some() -> None:
        for _ in left:
            found.append(await server.command(text))  # noqa: PERF401 -- several do this at once

    await asyncio.gather(*(some() for _ in range(AT_ONCE)))
    return found


async def steadily(server: Slack, per_second: int, seconds: int) -> tuple[int, int]:
    """Send so many a second. Returns how many were acknowledged and how many were not."""
    began, sent = time.perf_counter(), []
    for number in range(per_second * seconds):
        await asyncio.sleep(max(0.0, began + number / per_second - time.perf_counter()))
        sent.append(asyncio.create_task(server.command(IDLE)))
    done = await asyncio.gather(*sent, return_exceptions=True)
    return sum(isinstance(one, float) for one in done), sum(isinstance(one, Lost) for one in done)


async def back(server: Slack) -> dict[str, float]:
    """Return for each way in which a connection ends in how many seconds a delivery is acknowledged again."""
    found = {}
    for way in ("close", "refresh", "reset", "half_close", "freeze"):
        began = time.perf_counter()
        ended = getattr(server, way)()
        if asyncio.iscoroutine(ended):
            await ended
        await server.command(IDLE)
        found[way.replace("_", "-")] = time.perf_counter() - began
    return found


def percentile(times: Sequence[float], hundredths: int) -> float:
    """Return the time that so many of a hundred are within."""
    return statistics.quantiles(times, n=100, method="inclusive")[hundredths - 1]


async def measured(kind: str, url: str, folder: Path, *, count: int, rounds: int, seconds: int) -> list[str]:
    """Measure one database; print what is found, and return what is not as promised."""
    async with AsyncExitStack() as stack:
        stack.enter_context(hanging(folder / "docker.sock"))
        bot = (await stack.enter_async_context(started(BOT, folder / "ours.log", ours(folder, url)))).slack
        bolt = (await stack.enter_async_context(started(NOTHING, folder / "peer.log", {}))).slack
        times: dict[str, list[float]] = {"ours 1": [], "bolt 1": [], "ours 32": [], "bolt 32": []}
        for _ in range(rounds):
            for name, server in (("bolt", bolt), ("ours", bot)):
                times[f"{name} 1"] += await one_by_one(server, count)
                times[f"{name} 32"] += await at_once(server, count)
        acknowledged, lost = await steadily(bot, 200, seconds)
        waiting = await one_by_one(bot, count, "rm redis")
        again = await back(bot)
    kept = _kept(url)
    sent = 1 + rounds * 2 * count + acknowledged + lost + count + len(again)
    return _told(kind, times, waiting, again, (acknowledged, lost, kept, sent))


def _kept(url: str) -> int:
    engine = database.engine(url)
    with engine.connect() as connection:
        return int(connection.execute(sa.text("SELECT count(*) FROM inbox")).scalar_one())


def _told(
    kind: str,
    times: dict[str, list[float]],
    waiting: Sequence[float],
    again: dict[str, float],
    counts: tuple[int, int, int, int],
) -> list[str]:
    rows = [(kind, "median", "p99", "ratio of p99")]
    ratios = {}
    for alone in ("1", "32"):
        bolt, bot = (percentile(times[f"{who} {alone}"], 99) for who in ("bolt", "ours"))
        ratios[alone] = bot / bolt
        how = "one at a time" if alone == "1" else f"{AT_ONCE} at once"
        rows.append((f"Bolt that does nothing, {how}", *_both(times[f"bolt {alone}"]), "1"))
        rows.append((f"imgbot, {how}", *_both(times[f"ours {alone}"]), f"{ratios[alone]:.2f}"))
    rows.append(("imgbot, while its daemon hangs", *_both(waiting), ""))
    print(table(rows))
    acknowledged, lost, kept, sent = counts
    print(f"\n200 a second: {acknowledged:,} acknowledged, {lost} not; {kept:,} deliveries kept of {sent:,} sent")
    print("back after: " + ", ".join(f"{way} {seconds:.1f} s" for way, seconds in again.items()) + "\n")
    return [
        *(["one at a time it is slower than Bolt"] if ratios["1"] > 1 else []),
        *(["32 at once it is more than twice as slow as Bolt"] if ratios["32"] > TWICE else []),
        *(["it waits for a daemon that hangs"] if percentile(waiting, 99) > HANGING_MOST else []),
        *(["deliveries were lost or doubled"] if lost or kept != sent else []),
        *(f"it was not back within {BACK_WITHIN:g} s after {w}" for w, s in again.items() if s > BACK_WITHIN),
    ]


def _both(times: Sequence[float]) -> tuple[str, str]:
    return f"{statistics.median(times) * 1000:.1f} ms", f"{percentile(times, 99) * 1000:.1f} ms"


@click.command()
@click.option("--count", default=500, show_default=True, help="Deliveries of one round.")
@click.option("--rounds", default=4, show_default=True)
@click.option("--seconds", default=60, show_default=True, help="For how long 200 are sent each second.")
@click.option("--database", "kinds", type=click.Choice(KINDS), multiple=True, default=KINDS, show_default=True)
def main(*, count: int, rounds: int, seconds: int, kinds: Sequence[str]) -> None:
    """Print a table for SQLite and for PostgreSQL. Exits with 1 where something is not as promised."""
    print(f"{bare()}\n")
    faults = []
    with tempfile.TemporaryDirectory(prefix="imgbot-acknowledging-") as made:
        for kind in kinds:
            folder = Path(made) / kind
            folder.mkdir()
            with _database(kind, folder) as url:
                print(f"{_waits(url)}\n")
                found = asyncio.run(measured(kind, url, folder, count=count, rounds=rounds, seconds=seconds))
            faults += [f"{kind}: {fault}" for fault in found]
    if faults:
        raise SystemExit("\n".join(faults))


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "SQLite":
        yield f"sqlite:///{folder / 'imgbot.db'}"
        return
    with running_postgresql(hurries=False) as server, new_postgresql(server) as url:
        yield url


def _waits(url: str) -> str:
    """Return whether a commit waits for the disk, in the database's own words."""
    engine = database.engine(url)
    with engine.connect() as connection:
        ask, names = ("PRAGMA ", ["synchronous"]) if engine.dialect.name == "sqlite" else ("SHOW ", DURABLE)
        said = [f"{name} {connection.exec_driver_sql(ask + name).scalar_one()}" for name in names]
    engine.dispose()
    return f"{engine.dialect.name}: {', '.join(said)}"


if __name__ == "__main__":
    main()
