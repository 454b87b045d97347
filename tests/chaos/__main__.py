"""``python -m tests.chaos --requests 500 --kills 200 --seed 7 --database postgresql --replicas 2``."""

import sys
import time
from contextlib import ExitStack

import click

from tests.chaos.accounts import differences
from tests.chaos.crowd import Crowd
from tests.chaos.hosts import Differences
from tests.chaos.jobs import Script, Stock
from tests.chaos.lives import Lives
from tests.chaos.points import elsewhere, points
from tests.chaos.process import Process
from tests.chaos.run import Run, connected, settled
from tests.chaos.scene import TROUBLE, Ear, Scene, scene
from tests.daemons import NEWER, OWN

AT_MOST = 10
"""How often each script is tried once more where the kills or the points are not enough yet."""


@click.command()
@click.option("--requests", "number", default=500, show_default=True, help="Requests to make, at least.")
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
        ears = {name: Ear(daemon) for name, daemon in place.daemons.items()}
        processes = [Process(place, f"replica-{n}") for n in range(1 if kind == "sqlite" else replicas)]
        for process in processes:
            stack.callback(process.close)
        place.trouble(**TROUBLE, seed=seed)
        stock = Stock(place, number, seed, again=AT_MOST * len(Script))
        run = Run(place, stock, Crowd(place, seed), Lives(place, kind, seed, kills_each=kills / number), processes)
        run.to_the_end(number, kills=kills, every_point=every_point)
        place.trouble()
        run.crowd.end_the_rest()
        settled(place)
        for ear in ears.values():
            ear.close()
        found = differences(place, ears, stock.names)
        connected(place, len(processes))
        ended = [process.stop() for process in processes]
        _print(place, run, found, kind)
        faults = [*run.faults, *(f"exit code {code} after SIGTERM" for code in ended if code)]
        faults += _missed(place, kind) if every_point else []
        for line in faults:
            click.echo(line)
    if not found.none or run.crowd.tally.lost or faults:
        sys.exit(1)


def _missed(place: Scene, kind: str) -> list[str]:
    """Return the points at which nobody died, and those that are said not to be passed and were."""
    passed, killed, others = place.passed(), set(place.killed_at()), set(elsewhere(kind))
    unkilled = sorted(points() - others - killed)
    return [
        *(f"never killed at {point}{'' if point in passed else ', which was never passed'}" for point in unkilled),
        *(f"passed {point}, which is said not to be passed" for point in sorted(passed & others)),
    ]


def _print(place: Scene, run: Run, found: Differences, kind: str) -> None:
    tally, lives = run.crowd.tally, run.lives
    ended = ", ".join(f"{number} {state}" for state, number in sorted(tally.ended.items()))
    scripts = ", ".join(f"{number} {script}" for script, number in sorted(tally.scripts.items()))
    wanted, others = points(), elsewhere(kind)
    click.echo(f"requests {sum(tally.ended.values())} ({ended}): {scripts}")
    click.echo(
        f"kills {lives.kills}, at {len(set(place.killed_at()))} of {len(wanted - set(others))} named points;"
        f" ended by SIGTERM {lives.stops}; stood still {lives.pauses}; without a database {lives.outages}"
    )
    click.echo("".join(f"not passed here: {point} ({why})\n" for point, why in others.items()).rstrip())
    faults = ", ".join(f"{number} {name}" for name, number in sorted(place.trouble().items()))
    click.echo(f"faults of Slack: {faults}")
    told = {
        "doubled": found.doubled,
        "lost": [*found.lost, *tally.lost],
        "unexplained": found.unexplained,
        "stale messages": found.stale,
        "chain broken": found.chain,
    }
    click.echo(", ".join(f"{name} {len(lines)}" for name, lines in told.items()))
    if not found.chain:
        click.echo("chain verified")
    for name, lines in told.items():
        for line in lines[:20]:
            click.echo(f"  {name}: {line}")


if __name__ == "__main__":
    chaos()
