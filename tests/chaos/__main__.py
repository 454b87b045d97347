"""``python -m tests.chaos --requests 500 --kills 200 --seed 7 --database postgresql --replicas 2``."""

import random
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import count

import click

from tests.chaos.accounts import Differences, differences
from tests.chaos.crowd import Crowd, Job, jobs
from tests.chaos.points import ELSEWHERE, points
from tests.chaos.scene import TROUBLE, Ear, Process, Scene, scene
from tests.daemons import NEWER, OWN

PEOPLE = 6
"""How many requests are under way at the same time."""
LIVES = (4.0, 12.0)
"""For how many seconds a process lives, at least and at most, that does not pass the point at which it is to die."""
MOSTLY = 0.8
SETTLES_WITHIN = 120.0


class Reaper:
    """Kills one replica over and over: at the points that nobody died at yet, and at random times."""

    def __init__(self, process: Process, wanted: "Wanted") -> None:
        self._process = process
        self._wanted = wanted
        self.faults: list[str] = []

    def reap(self, done: Callable[[], bool]) -> None:
        """Go on until it is *done*, and leave the process running then."""
        while not done():
            self._process.start(*self._wanted.next())
            ended = self._process.ends_within(self._wanted.life())
            if not ended:
                self._process.kill()
            if not self._process.was_killed:
                self.faults.append(f"{self._process.name} ended by itself:\n{self._process.log()}")
            self._wanted.killed()
        self._process.start()


class Wanted:
    """Which points are still to be died at, and how many processes were killed. Used by several threads."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self._scene = scene
        self._random = random.Random(seed)  # noqa: S311 -- to be repeated, not secret
        self._lock = threading.Lock()
        self._points = sorted(points() - set(ELSEWHERE))
        self.kills = 0

    def next(self) -> tuple[str, int]:
        """Return a point and for the how manieth time it is to be passed."""
        with self._lock:
            left = set(self._points) - set(self._scene.killed_at()) or set(self._points)
            common = left & self._scene.passed() or left  # what others passed will be passed again soon
            often = self._random.choice((1, 1, 2, 4))
            return self._random.choice(sorted(common if self._random.random() < MOSTLY else left)), often

    def life(self) -> float:
        """Return for how many seconds the next process may live."""
        with self._lock:
            return self._random.uniform(*LIVES)

    def killed(self) -> None:
        """Count a process that was killed."""
        with self._lock:
            self.kills += 1


@click.command()
@click.option("--requests", "number", default=500, show_default=True, help="Requests to make.")
@click.option("--kills", default=200, show_default=True, help="Processes to kill, at least.")
@click.option("--seed", default=None, type=int, help="What is drawn; a new one each time, and printed.")
@click.option(
    "--database", "kind", type=click.Choice(["sqlite", "postgresql"]), default="postgresql", show_default=True
)
@click.option("--replicas", default=2, show_default=True, help="Processes on one database; one with SQLite.")
@click.option("--every-point/--some-points", default=True, help="Fail where a point of the code was never died at.")
def chaos(*, number: int, kills: int, seed: int | None, kind: str, replicas: int, every_point: bool) -> None:
    """Make requests while the bot is killed and Slack fails, and compare three accounts of it afterwards."""
    seed = seed if seed is not None else time.time_ns() % 1_000_000
    click.echo(f"seed {seed}, {kind}")
    with scene((OWN, NEWER), kind) as place, ExitStack() as stack:
        todo = jobs(place, number, seed)
        ears = {name: Ear(daemon) for name, daemon in place.daemons.items()}
        processes = [Process(place, f"replica-{n}") for n in range(1 if kind == "sqlite" else replicas)]
        for process in processes:
            stack.callback(process.kill)
        found, wanted, crowd, faults = _run(place, todo, ears, processes, kills=kills, seed=seed)
        _until_connected(place, len(processes))
        ended = [process.stop() for process in processes]
        missed = _missed(place) if every_point else []
        _print(place, todo, wanted, crowd, found)
        for line in [*faults, *missed, *(f"exit code {code} after SIGTERM" for code in ended if code)]:
            click.echo(line)
    if not found.none or crowd.tally.lost or faults or missed or any(ended):
        sys.exit(1)


def _run(
    place: Scene, todo: list[Job], ears: dict[str, Ear], processes: list[Process], *, kills: int, seed: int
) -> tuple[Differences, Wanted, Crowd, list[str]]:
    crowd, wanted = Crowd(place, seed), Wanted(place, seed)
    finished = threading.Event()
    reapers = [Reaper(process, wanted) for process in processes]
    place.trouble(**TROUBLE, seed=seed)
    with ThreadPoolExecutor(PEOPLE + len(reapers) + 1) as pool:
        enough = lambda: finished.is_set() and wanted.kills >= kills  # noqa: E731 -- said once, asked by each
        reaping = [pool.submit(reaper.reap, enough) for reaper in reapers]
        aside = pool.submit(_aside, crowd, finished)
        carried = [pool.submit(crowd.carry, job) for job in todo]
        for each in carried:
            each.result()
        finished.set()
        for each in (*reaping, aside):
            each.result()
    place.trouble()
    crowd.end_the_rest()
    _settle(place)
    for ear in ears.values():
        ear.close()
    return differences(place, ears), wanted, crowd, [fault for reaper in reapers for fault in reaper.faults]


def _aside(crowd: Crowd, finished: threading.Event) -> None:
    for second in count(1):
        if finished.wait(1.0):
            return
        crowd.aside()
        if second % 10 == 0:
            click.echo(f"{second} s: {crowd.told}", err=True)


def _settle(place: Scene) -> None:
    """Wait until no message is behind any more, or too long."""
    until = time.monotonic() + SETTLES_WITHIN
    while time.monotonic() < until:
        time.sleep(1.0)
        with place.store.reading() as reading:
            if not reading.messages_behind(datetime.now(UTC) + timedelta(days=1)):
                return


def _until_connected(place: Scene, processes: int) -> None:
    """Wait until every process is there: one that has just begun does not know yet how to stop."""
    until = time.monotonic() + SETTLES_WITHIN
    while place.connected() < processes and time.monotonic() < until:
        time.sleep(0.2)


def _missed(place: Scene) -> list[str]:
    """Return the points at which nobody died, and those that are said to be passed by others and were passed here."""
    unkilled = points() - set(ELSEWHERE) - set(place.killed_at())
    passed = place.passed()
    return [
        f"never killed at {point}{'' if point in passed else ', which was never passed'}" for point in sorted(unkilled)
    ]


def _print(place: Scene, todo: list[Job], wanted: Wanted, crowd: Crowd, found: Differences) -> None:
    tally = crowd.tally
    counts = place.trouble()
    ended = ", ".join(f"{number} {state}" for state, number in sorted(tally.ended.items()))
    click.echo(f"requests {len(todo)} ({ended}); kills {wanted.kills}, {len(set(place.killed_at()))} named points")
    click.echo("faults of Slack: " + ", ".join(f"{number} {name}" for name, number in sorted(counts.items())))
    told = {
        "doubled": found.doubled,
        "lost": [*found.lost, *tally.lost],
        "unexplained": found.unexplained,
        "stale messages": found.stale,
        "chain": found.chain,
    }
    click.echo(", ".join(f"{name} {len(lines)}" for name, lines in told.items()))
    for name, lines in told.items():
        for line in lines[:20]:
            click.echo(f"  {name}: {line}")


if __name__ == "__main__":
    chaos()
