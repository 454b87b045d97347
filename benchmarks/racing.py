"""How far a removal can be raced by another client of the daemon: 1,000 moves of a tag around the call."""

import statistics
import sys
from collections.abc import Sequence

import click

from benchmarks.machine import daemon, machine, table
from benchmarks.moves import Moved, Way, faults, race
from bot.images.inventory import Store

MOVES = 1000


@click.command()
@click.option("--store", type=click.Choice([Store.CLASSIC.value, Store.CONTAINERD.value]), default=Store.CLASSIC.value)
@click.option("--url", help="An empty daemon to take instead of one that is started for this.")
@click.option("--moves", default=MOVES, show_default=True)
@click.option("--seed", default=0, show_default=True)
def main(store: str, url: str | None, moves: int, seed: int) -> None:
    """Print a table for one image store. Exits with 1 where the wrong image went by an ID, or something went untold."""
    with daemon(Store(store), url) as running:
        with click.progressbar(length=moves, file=sys.stderr) as bar:
            moved = race(running, moves, seed, lambda: bar.update(1))
        print(f"{moves} moves, seed {seed}")
        print(machine(running), end="\n\n")
        print(table([HEAD, *(_row(way, [each for each in moved if each.way is way]) for way in Way)]))
    if found := faults(moved):
        raise SystemExit("; ".join(found))


HEAD = (
    *("removed", "moves", "not sent", "wrong image", "wrong name", "given back", "untold"),
    *("window, median", "99 of 100"),
)


def _row(way: Way, moved: Sequence[Moved]) -> tuple[str, ...]:
    windows = sorted(each.window for each in moved if each.window is not None)
    counts = [
        len(moved),
        sum(not each.sent for each in moved),
        sum(each.wrong_image for each in moved),
        sum(each.wrong_name for each in moved),
        sum(each.given_back for each in moved),
        sum(each.untold for each in moved),
    ]
    most = windows[min(len(windows) - 1, len(windows) * 99 // 100)] if windows else None
    middle = statistics.median(windows) if windows else None
    return (way.value, *map(str, counts), _ms(middle), _ms(most))


def _ms(value: float | None) -> str:
    return "" if value is None else f"{value:.1f} ms"


if __name__ == "__main__":
    main()
