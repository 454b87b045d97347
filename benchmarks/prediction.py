"""Planning in process: time and memory for thousands of images, and how both grow with their number.

Each image has a name of its own, four layers that a hundred others have too, and six that only it has. What is planned
is ``rm $(ls -q 'acme/*')``: every image there is. Each size is measured in a process of its own, where the inventory is
made first. Plain dictionaries are the peer: filling one with every image ID and every chain ID, one by one, and taking
them out again, is the least that anything could do that looks at each of them once.
"""

import cProfile
import json
import math
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256

import click

from benchmarks.machine import processor, table
from bot.images.ids import PREFIX, ChainId, ImageId
from bot.images.inventory import Image, Inventory, Store
from bot.images.predict import Wanted, plan
from bot.images.reference import Reference
from bot.images.removal import Plan, Removed
from bot.images.selection import Listing

SIZES = (1_000, 10_000, 100_000)
ROUNDS = 5
SHARED, OWN = 4, 6
FAMILY = 100
"""Images that have the same four layers at the bottom."""
MEGABYTE = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One size: images, their distinct layers, the medians of the seconds, and the process's memory in bytes.

    ``calls`` is how many functions Python called for one plan, builtins too: that does not depend on the machine.
    ``before`` is the memory with the inventory made and nothing planned, ``peak`` the most there ever was.
    """

    images: int
    layers: int
    seconds: float
    peer: float
    calls: int
    before: int
    peak: int


def inventory_of(images: int, store: Store) -> Inventory:
    """Return an inventory of so many images."""
    made: dict[ImageId, Image] = {}
    sizes: dict[ChainId, int] = {}
    for number in range(images):
        family = number // FAMILY
        layers = tuple(
            ChainId(_sha(name))
            for name in (
                *(f"shared {family} {layer}" for layer in range(SHARED)),
                *(f"own {number} {layer}" for layer in range(OWN)),
            )
        )
        sizes |= dict.fromkeys(layers, 1_000_000)
        image = Image(
            id=ImageId(_sha(f"image {number}")),
            references=(Reference(domain="docker.io", path=f"acme/app-{number % 50}", tag=str(number)),),
            layers=layers,
            size=len(layers) * 1_000_000,
            created=1_700_000_000 + number,
        )
        made[image.id] = image
    return Inventory(
        host="bench", daemon_id="D", store=store, version="28.5.2", taken_at=0, images=made, layer_bytes=sizes
    )


def _sha(text: str) -> str:
    return PREFIX + sha256(text.encode()).hexdigest()


def measure(images: int, store: Store) -> Measured:
    """Plan the removal of every one of so many images, several times over."""
    inventory = inventory_of(images, store)
    before = _memory()
    wanted = Wanted(words=(Listing(pattern="acme/*"),))
    ours, peer = [], []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        made = plan(inventory, wanted)
        ours.append(time.perf_counter() - begun)
        _all_go(made, images)
        del made
        peer.append(_peer(inventory))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return Measured(
        images=images,
        layers=len(inventory.layer_bytes),
        seconds=statistics.median(ours),
        peer=statistics.median(peer),
        calls=_calls(inventory, wanted),
        before=before,
        peak=peak,
    )


def _calls(inventory: Inventory, wanted: Wanted) -> int:
    profile = cProfile.Profile()
    profile.runcall(plan, inventory, wanted)
    return sum(entry.callcount for entry in profile.getstats())


def _all_go(made: object, images: int) -> None:
    if not isinstance(made, Plan) or sum(isinstance(step.outcome, Removed) for step in made.steps) != images:
        raise SystemExit("Not every image was planned to go.")


def _peer(inventory: Inventory) -> float:
    """Return the seconds that a dictionary takes for the same IDs: in, counted, and out again."""
    begun = time.perf_counter()
    held: dict[str, int] = {}
    for image in inventory.images.values():
        for key in (image.id, *image.layers):
            held[key] = held.get(key, 0) + 1
    for image in inventory.images.values():
        for key in (image.id, *image.layers):
            held[key] -= 1
            if not held[key]:
                del held[key]
    return time.perf_counter() - begun


def _memory() -> int:
    """Return the memory of this process, in bytes."""
    with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 -- a file of the kernel's
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def slope(measured: Sequence[Measured], value: Callable[[Measured], float]) -> float:
    """Return the exponent by which *value* grows between the smallest and the largest: 1 is linear."""
    first, last = measured[0], measured[-1]
    return math.log(value(last) / value(first)) / math.log(last.images / first.images)


def _in_a_process(images: int, store: Store) -> Measured:
    command = [sys.executable, "-m", "benchmarks.prediction", "--one", str(images), "--store", store.value]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    return Measured(**json.loads(ran.stdout))


def report(measured: Sequence[Measured], store: Store) -> str:
    """Return the results as text."""
    rows = [("images", "layers", "plan", "per image", "calls", "dictionary", "ratio", "memory before", "at most")]
    rows += [
        (
            f"{m.images:,}",
            f"{m.layers:,}",
            f"{1000 * m.seconds:.0f} ms",
            f"{1e6 * m.seconds / m.images:.0f} µs",
            f"{m.calls:,}",
            f"{1000 * m.peer:.0f} ms",
            f"{m.seconds / m.peer:.1f}",
            f"{m.before / MEGABYTE:.0f} MiB",
            f"{m.peak / MEGABYTE:.0f} MiB",
        )
        for m in measured
    ]
    machine = f"{os.cpu_count()} cores, {processor()}, Python {platform.python_version()}"
    plan_, calls = slope(measured, lambda m: m.seconds), slope(measured, lambda m: m.calls)
    growth = f"of the time {plan_:.2f}, of the calls {calls:.2f}, of the dictionary's time"
    peer = slope(measured, lambda m: m.peer)
    return f"{store.value} store; {machine}\n\n{table(rows)}\n\nexponents of growth: {growth} {peer:.2f}\n"


@click.command()
@click.option("--one", type=int, hidden=True, help="Measure one size in this process and print JSON.")
@click.option("--store", type=click.Choice(["classic", "containerd"]), help="Only this store.")
def main(one: int | None, store: str | None) -> None:
    """Measure planning for 1,000, 10,000 and 100,000 images, on each store."""
    if one is not None:
        print(json.dumps(asdict(measure(one, Store(store or "classic")))))
        return
    for each in (Store(store),) if store else (Store.CLASSIC, Store.CONTAINERD):
        print(report([_in_a_process(size, each) for size in SIZES], each))


if __name__ == "__main__":
    main()
