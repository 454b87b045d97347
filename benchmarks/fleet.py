"""Two hundred simulated hosts asked for at once: against the slowest of them alone, and how much memory that takes.

The daemons are in other processes, each at a socket of its own, and each answers late by a time of its own. The goal:
all of them take at most 1.5 times as long as the slowest one and a second, and the bot's process at most 400 MB.
"""

import asyncio
import contextlib
import multiprocessing
import resource
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import click
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from benchmarks.machine import bare
from bot.app import new_token, now
from bot.approval.conditions import unread
from bot.approval.policy import Policy, Rule
from bot.approval.request import Person
from bot.command.grammar import Remove, parse
from bot.db import database
from bot.db.store import Store
from bot.dockerd.daemon import Daemon
from bot.dockerd.hosts import endpoint
from bot.flows.answers import FleetAskedFor
from bot.flows.ask import Ask
from bot.flows.planning import Planner
from bot.flows.ports import ReplyTo, Typed
from bot.flows.registries import Registries
from bot.playground.daemon import SimulatedDaemon
from bot.playground.seed import seeded

HOSTS, PROCESSES = 200, 2
SLOWEST = 0.4
"""Seconds by which every answer of the slowest daemon is late; the others' are between nothing and that."""
FACTOR, MORE, MOST = 1.5, 1.0, 400_000_000
COMMAND = "rm -H all redis:alpine"
DANA = Person(team_id="T0", user_id="U0DEV")


class Late:
    """The daemons of one process, told apart by their sockets."""

    def __init__(self, apps: dict[str, tuple[ASGIApp, float]]) -> None:
        self._apps = apps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the daemon at that socket does, late."""
        app, late = self._apps[scope["server"][0]]
        await asyncio.sleep(late)
        await app(scope, receive, send)


def serve(folder: str, numbers: Sequence[int], hosts: int) -> None:
    """Be some of the daemons."""
    apps: dict[str, tuple[ASGIApp, float]] = {}
    sockets = []
    for number in numbers:
        world = seeded(time.time())
        world = replace(world, inventory=replace(world.inventory, daemon_id=f"DAEMON:{number}"))
        path = f"{folder}/{number}.sock"
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(path)
        listening.listen(64)
        sockets.append(listening)
        apps[path] = (SimulatedDaemon(world, time.time).app(), SLOWEST * number / max(1, hosts - 1))
    # dockerd keeps a connection that nobody uses; uvicorn would close it after five seconds, as the next call is sent.
    config = uvicorn.Config(Late(apps), log_level="error", lifespan="off", timeout_keep_alive=600)
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=sockets)


@contextmanager
def daemons(hosts: int) -> Iterator[dict[str, Daemon]]:
    """Run the daemons, and give the bot's side of them."""
    with tempfile.TemporaryDirectory(prefix="imgbot-fleet-") as folder, ExitStack() as stack:
        started = multiprocessing.get_context("spawn")
        for first in range(PROCESSES):
            numbers = range(first, hosts, PROCESSES)
            process = started.Process(target=serve, args=(folder, numbers, hosts), daemon=True)
            process.start()
            stack.callback(process.join)
            stack.callback(process.terminate)
        until = time.monotonic() + 60
        while len(list(Path(folder).glob("*.sock"))) < hosts and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(1)
        made = {f"web-{n}": Daemon(f"web-{n}", endpoint(f"unix://{folder}/{n}.sock")) for n in range(hosts)}
        yield made
        for daemon in made.values():
            daemon.close()


def asked(hosts: dict[str, Daemon], folder: Path, *, command: str = COMMAND) -> tuple[float, int]:
    """Ask for something as a bot does that was just started; return the seconds, and how many hosts were planned."""
    engine = database.engine(f"sqlite:///{folder}/{time.monotonic_ns()}.db")
    database.upgrade(engine)
    store = Store(engine)
    policy = Policy(rules=(Rule(name="all", approvers=("S0OPSLEADS",), expires=timedelta(hours=4)),))
    planner = Planner(daemons=hosts, registries=Registries(now=now))
    ask = Ask(store=store, planner=planner, policy=lambda: policy, group=unread, now=now, new_token=new_token)
    read, reply = parse(command), ReplyTo(person=DANA, channel="C0DEV", url="")
    if not isinstance(read, Remove):
        raise SystemExit(f"That is no command: {command}")
    with store.transaction() as tx:
        tx.receive("one", "command", "{}", now())
    began = time.monotonic()
    answer = ask.remove(Typed(key="one", text=command, reply_to=reply), read)
    took = time.monotonic() - began
    store.close()
    if not isinstance(answer, FleetAskedFor):
        return took, 1
    for each in answer.fleet.asked.unplanned:
        print(f"not planned: {each.host}: {each.why}")
    return took, len(answer.fleet.members)


@click.command()
@click.option("--hosts", default=HOSTS)
def main(hosts: int) -> None:
    """Measure, and end with exit code 1 where a goal is missed."""
    print(bare())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    with daemons(hosts) as all_hosts, tempfile.TemporaryDirectory() as folder:
        name, slowest = list(all_hosts.items())[-1]
        alone, _ = asked({name: slowest}, Path(folder), command="rm redis:alpine")
        slowest.close()
        together, planned = asked(all_hosts, Path(folder))
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    allowed = alone * FACTOR + MORE
    print(f"the slowest alone: {alone:.2f} s; {planned} of {hosts} at once: {together:.2f} s (at most {allowed:.2f} s)")
    print(f"memory: {most / 1e6:.0f} MB at its peak (at most {MOST / 1e6:.0f} MB), {before / 1e6:.0f} MB before")
    if together > allowed or most > MOST or planned != hosts:
        sys.exit("A goal is missed.")


if __name__ == "__main__":
    main()
