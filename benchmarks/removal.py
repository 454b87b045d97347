"""Removing 100 images with every record written, against ``docker image rm`` of the same 100.

Each image has a layer of its own on a base that stays, and is loaded anew for each round. The peer is one command with
all names. Ours is the flow that carries out a request that was asked for and approved before: it is planned once more
and claimed, every intent and every answer is committed to a SQLite file as in production, and after the end it is
measured what was freed. Each of these parts is told by itself; the peer does the middle one alone.
"""

import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import click
import sqlalchemy as sa

from benchmarks.machine import ROUNDS, daemon, in_turn, machine, ratio, seconds, table, told
from bot.app import now
from bot.approval.request import State
from bot.dockerd.daemon import Daemon
from bot.dockerd.hosts import endpoint
from bot.flows.planning import NotPlanned
from bot.images.inventory import Store
from tests.carrying import Bot, all_as_planned, bot
from tests.daemons import RunningDaemon
from tests.worlds import Build, load

IMAGES = 100
ON_A_DISK = "/var/tmp"  # noqa: S108 -- /tmp may be memory, and the folder in it gets a name that nobody can guess


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What came of a request, in seconds, and what is on record of it.

    ``planned`` is from the beginning to the claim, ``removed`` from there until the end is committed, and ``measured``
    until the flow is through.
    """

    planned: float
    removed: float
    measured: float
    events: int
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """The bot, when it gave back a connection to its database, and what came of its requests so far."""

    bot: Bot
    given_back: list[datetime] = field(default_factory=list)
    carried: list[Carried] = field(default_factory=list)

    def carry_out(self, names: Sequence[str]) -> float:
        """Ask for the removal of *names* and approve it; then measure. Returns the seconds from the claim to the end.

        Everything must be as planned.
        """
        plan = self.bot.plan(names)
        if isinstance(plan, NotPlanned):
            raise SystemExit(plan.why)
        request = self.bot.approved(plan)
        begun = now()
        self.bot.remove.next()
        through = now()
        finished = self.bot.request(request.id)
        if finished.state is not State.FINISHED or not all_as_planned(finished):
            raise SystemExit(f"It was not carried out as planned: {finished}")
        with self.bot.store.reading() as reading:
            at = {event.kind: event.at for event in reading.timeline(request.id)}
            events, records = len(reading.timeline(request.id)), len(reading.records_of(request.id))
        committed = min(moment for moment in self.given_back if moment >= at["finished"])
        carried = Carried(
            planned=(at["claimed"] - begun).total_seconds(),
            removed=(committed - at["claimed"]).total_seconds(),
            measured=(through - committed).total_seconds(),
            events=events,
            records=records,
        )
        self.carried.append(carried)
        return carried.removed


@contextmanager
def _ours(running: RunningDaemon) -> Iterator[Ours]:
    host = Daemon("bench", endpoint(running.url))
    with tempfile.TemporaryDirectory(prefix="imgbot-benchmark-", dir=ON_A_DISK) as folder:
        with bot(host, Path(folder)) as made:
            ours = Ours(bot=made)
            sa.event.listen(made.engine, "checkin", lambda *_: ours.given_back.append(now()))
            yield ours
        host.close()


def _loaded(running: RunningDaemon, count: int) -> list[str]:
    """Load the images and their base, and return their names."""
    names = [f"bench:{number}" for number in range(count)]
    builds = [Build(tags=[name], layers=["base", name]) for name in names]
    load(running.client, Build(tags=["base:1"], layers=["base"]), *builds)
    time.sleep(1)  # what loading left to do is not to be measured
    return names


def _by_command(running: RunningDaemon, names: list[str]) -> float:
    command = ["docker", "--host", running.url, "image", "rm", *names]
    return seconds(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))


@click.command()
@click.option("--store", type=click.Choice([Store.CLASSIC.value, Store.CONTAINERD.value]), default=Store.CLASSIC.value)
@click.option("--url", help="An empty daemon to take instead of one that is started for this.")
@click.option("--rounds", default=ROUNDS, show_default=True)
@click.option("--images", default=IMAGES, show_default=True)
def main(store: str, url: str | None, rounds: int, images: int) -> None:
    """Print a table for one image store."""
    with daemon(Store(store), url) as running, _ours(running) as ours:

        def by_flow() -> float:
            return ours.carry_out(_loaded(running, images))

        def by_command() -> float:
            return _by_command(running, _loaded(running, images))

        times = in_turn({"docker image rm": by_command, "imgbot": by_flow}, rounds)
        _print(running, ours.carried, times["docker image rm"], images)
        running.empty()


def _print(running: RunningDaemon, carried: list[Carried], peer: list[float], images: int) -> None:
    parts = {
        "imgbot, from the claim to the end": [each.removed for each in carried],
        "with the plan before it": [each.planned + each.removed for each in carried],
        "and with the measurement after it": [each.planned + each.removed + each.measured for each in carried],
    }
    (events,), (records,) = {each.events for each in carried}, {each.records for each in carried}
    print(f"{images} images, {len(peer)} rounds: {events} events and {records} records of each request, all as planned")
    print(machine(running), end="\n\n")
    rows = [(name, told(taken), f"{ratio(taken, peer):.2f}") for name, taken in parts.items()]
    print(table([("", "median (fastest to slowest)", "ratio"), ("`docker image rm`", told(peer), "1"), *rows]))


if __name__ == "__main__":
    main()
