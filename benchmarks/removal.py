"""Removing 100 images with every record written, against ``docker image rm`` of the same 100.

Each image has a layer of its own on a base that stays, and is loaded anew for each round. The peer is one command with
all names. Ours is the flow that carries out an approved request: claimed, planned once more, every intent and outcome
committed to a SQLite file as in production. It was asked for and approved before.
"""

import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import click

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
    """What came of a request: seconds from the claim, and from the plan before it, to the end; what is on record."""

    claimed: float
    whole: float
    events: int
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """The bot, and what came of its requests so far."""

    bot: Bot
    carried: list[Carried] = field(default_factory=list)

    def carry_out(self, names: Sequence[str]) -> float:
        """Ask for the removal of *names* and approve it; then measure. Returns the seconds from the claim to the end.

        Everything must be as planned.
        """
        plan = self.bot.plan(names)
        if isinstance(plan, NotPlanned):
            raise SystemExit(plan.why)
        request = self.bot.approved(plan)
        whole = seconds(self.bot.remove.next)
        end = now()
        finished = self.bot.request(request.id)
        if finished.state is not State.FINISHED or not all_as_planned(finished):
            raise SystemExit(f"It was not carried out as planned: {finished}")
        with self.bot.store.reading() as reading:
            timeline = reading.timeline(request.id)
            records = reading.records_of(request.id)
        claimed = next(event.at for event in timeline if event.kind == "claimed")
        taken = (end - claimed).total_seconds()
        self.carried.append(Carried(claimed=taken, whole=whole, events=len(timeline), records=len(records)))
        return taken


@contextmanager
def _ours(running: RunningDaemon) -> Iterator[Ours]:
    host = Daemon("bench", endpoint(running.url))
    with tempfile.TemporaryDirectory(prefix="imgbot-benchmark-", dir=ON_A_DISK) as folder:
        with bot(host, Path(folder)) as made:
            yield Ours(bot=made)
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
    claimed, whole = [each.claimed for each in carried], [each.whole for each in carried]
    (events,), (records,) = {each.events for each in carried}, {each.records for each in carried}
    print(f"{images} images, {len(peer)} rounds: {events} events and {records} records of each request, all as planned")
    print(machine(running), end="\n\n")
    rows = [
        ("", "median (fastest to slowest)", "ratio"),
        ("`docker image rm`", told(peer), "1"),
        ("imgbot, from the claim to the end", told(claimed), f"{ratio(claimed, peer):.2f}"),
        ("imgbot, with the plan before the claim", told(whole), f"{ratio(whole, peer):.2f}"),
    ]
    print(table(rows))


if __name__ == "__main__":
    main()
