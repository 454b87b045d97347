"""Plans of a daemon with a thousand images: warm against ``docker image ls -q``, cold against docker-py's list.

A warm plan is one of a bot that has looked at the host before, a cold plan the first of a bot that was just started.
What is planned is ``rm $(ls -q …)`` of every image, and of ten of them. Before anything is measured, what a plan asks
for is counted by a tap between the bot and the daemon.
"""

import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

import click
import docker

from benchmarks.machine import daemon, in_turn, machine, ratio, seconds, table, told
from bot.command.grammar import Remove, parse
from bot.dockerd.daemon import Daemon
from bot.dockerd.hosts import endpoint
from bot.flows.planning import Planner
from bot.images.inventory import Store
from bot.images.removal import Plan, Removed
from tests.daemons import RunningDaemon
from tests.endtoend.tap import Tap, tap
from tests.worlds import Build, container, load

IMAGES, FEW = 1000, 10
FAMILY = 100
"""Images that share a layer above the base that all have; two more are each image's own."""
CONTAINERS = 10
ROUNDS = 7
QUESTIONS = ("list of images", "list of containers", "image inspected", "history", "info", "disk usage", "events")
MOST = {Store.CLASSIC: 1, Store.CONTAINERD: 2}
"""Lists of images that a warm plan may ask for: the containerd store's hidden records want a second."""


def fill(running: RunningDaemon, images: int) -> Mapping[str, int]:
    """Load the images, and some containers of another, and return the patterns to list by, with how many match."""
    names = [f"bench/few:{n}" if n < FEW else f"bench/many:{n}" for n in range(images)]
    builds = [
        Build(tags=[name], layers=["base", f"family{number // FAMILY}", f"own{number}", f"top{number}"])
        for number, name in enumerate(names)
    ]
    load(running.client, Build(tags=["other:1"], layers=["other"]), *builds)
    for number in range(CONTAINERS):
        container(running.client, "other:1", f"container-{number}")
    time.sleep(1)  # what loading left to do is not to be measured
    return {"bench/*": images, "bench/few": FEW}


def plan(host: Daemon, pattern: str, steps: int) -> None:
    """Plan, and see that the plan has so many removals, all of which would succeed."""
    command = parse(f"rm $(ls -q {pattern})")
    made = Planner(daemons={host.host: host}).plan(command) if isinstance(command, Remove) else command
    if not isinstance(made, Plan) or [type(step.outcome) for step in made.steps] != [Removed] * steps:
        raise SystemExit(f"That is not what was to be planned: {made}"[:1000])


def cold(url: str, pattern: str, steps: int) -> None:
    """Plan as a bot does that was just started."""
    with closing(Daemon("bench", endpoint(url))) as host:
        plan(host, pattern, steps)


def by_docker_py(url: str, images: int) -> None:
    """List by docker-py's own list, which inspects every image."""
    with closing(docker.DockerClient(base_url=url)) as client:
        if len(client.images.list()) != images + 1:
            raise SystemExit("docker-py lists other images.")


def by_command(url: str, pattern: str) -> None:
    """List by the docker command."""
    command = ["docker", "--host", url, "image", "ls", "-q", pattern]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def counted(running: RunningDaemon, patterns: Mapping[str, int]) -> list[Sequence[str]]:
    """Return a row for each plan with what it asks for, seen between the bot and the daemon."""
    rows: list[Sequence[str]] = [("", *QUESTIONS)]
    with tempfile.TemporaryDirectory(prefix="imgbot-tap-") as folder, tap(running.socket, Path(folder) / "s") as tapped:
        for pattern, steps in patterns.items():
            with closing(Daemon("bench", endpoint(f"unix://{folder}/s"))) as host:
                again = partial(plan, host, pattern, steps)
                rows.append((f"cold plan of these {steps}", *_asked(tapped, again)))
                rows.append((f"warm plan of these {steps}", *_asked(tapped, again)))
            _is_little(rows[-1], running)
    return rows


def _asked(tapped: Tap, work: Callable[[], None]) -> list[str]:
    tapped.calls.clear()
    work()
    seen = Counter(_question(call.path.partition("?")[0]) for call in tapped.calls if "/version" not in call.path)
    if unknown := seen.keys() - set(QUESTIONS):
        raise SystemExit(f"Something else was asked: {unknown}")
    return [str(seen[question]) for question in QUESTIONS]


def _question(path: str) -> str:
    ends = {"/images/json": 0, "/containers/json": 1, "/history": 3, "/info": 4, "/system/df": 5, "/events": 6}
    return next((QUESTIONS[number] for end, number in ends.items() if path.endswith(end)), QUESTIONS[2])


def _is_little(row: Sequence[str], running: RunningDaemon) -> None:
    store = Store.CONTAINERD if running.containerd else Store.CLASSIC
    lists, containers, inspected, histories = map(int, row[1:5])
    if lists > MOST[store] or containers > 1 or inspected or histories:
        raise SystemExit(f"A warm plan asks for more than it should: {row}")


def measured(running: RunningDaemon, patterns: Mapping[str, int], rounds: int) -> list[Sequence[str]]:
    """Return a row for each contestant, its ratio being to the peer above it."""
    rows: list[Sequence[str]] = [("", "median (fastest to slowest)", "ratio")]
    url = running.url
    with closing(Daemon("bench", endpoint(url))) as host:
        for pattern, steps in patterns.items():
            plan(host, pattern, steps)
            peer, ours = f"`docker image ls -q {pattern}`", f"warm plan of these {steps}"
            contestants = {peer: partial(by_command, url, pattern), ours: partial(plan, host, pattern, steps)}
            rows += _rows(_in_turn(contestants, rounds), peer)
    peer = "docker-py's `images.list()`"
    others = {f"cold plan of these {steps}": partial(cold, url, pattern, steps) for pattern, steps in patterns.items()}
    return [*rows, *_rows(_in_turn({peer: partial(by_docker_py, url, max(patterns.values())), **others}, rounds), peer)]


def _in_turn(contestants: Mapping[str, Callable[[], None]], rounds: int) -> Mapping[str, Sequence[float]]:
    return in_turn({name: partial(seconds, work) for name, work in contestants.items()}, rounds)


def _rows(times: Mapping[str, Sequence[float]], peer: str) -> list[Sequence[str]]:
    return [(name, told(of), f"{ratio(of, times[peer]):.2f}") for name, of in times.items()]


@click.command()
@click.option("--store", type=click.Choice([Store.CLASSIC.value, Store.CONTAINERD.value]), default=Store.CLASSIC.value)
@click.option("--suite", help="The Debian suite whose dockerd to take, such as forky.")
@click.option("--url", help="An empty daemon to take instead of one that is started for this.")
@click.option("--rounds", default=ROUNDS, show_default=True)
@click.option("--images", default=IMAGES, show_default=True)
def main(store: str, suite: str | None, url: str | None, rounds: int, images: int) -> None:
    """Print what plans ask for and how long they take, for one image store."""
    with daemon(Store(store), url, suite=suite) as running:
        try:
            patterns = fill(running, images)
            asked = counted(running, patterns)
            taken = measured(running, patterns, rounds)
            print(f"{images} images, {rounds} rounds, the contestants in turn", machine(running), sep="\n", end="\n\n")
            print(table(asked), table(taken), sep="\n\n")
        finally:
            running.empty()


if __name__ == "__main__":
    main()
