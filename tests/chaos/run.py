"""A run: people and reapers at the same time, until there were enough requests and kills, and until it is quiet."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from itertools import count

import click

from tests.chaos.crowd import Crowd
from tests.chaos.jobs import Job, Stock
from tests.chaos.lives import Lives, Reaper
from tests.chaos.process import Process
from tests.chaos.scene import Scene

PEOPLE = 20
"""How many requests are under way at the same time."""
PORTION = 14
"""How many requests' images come to the hosts at once: a daemon with a thousand images is slow, and that is all."""
SETTLES_WITHIN = 120.0
TELL_EVERY = 10
"""Seconds between two lines about how far it is, and between two changes of the rules."""


class Run:
    """The people, and one reaper for each process."""

    def __init__(self, scene: Scene, stock: Stock, crowd: Crowd, lives: Lives, processes: Sequence[Process]) -> None:
        self._scene = scene
        self._stock = stock
        self._reapers = [Reaper(scene, process, lives) for process in processes]
        self._finished = threading.Event()
        self.crowd = crowd
        self.lives = lives

    @property
    def faults(self) -> list[str]:
        """What no process may do, as sentences."""
        return [fault for reaper in self._reapers for fault in reaper.faults]

    def to_the_end(self, number: int, *, kills: int, every_point: bool) -> None:
        """Carry so many requests to their ends, and as many more as it takes for the kills and the points."""
        with ThreadPoolExecutor(PEOPLE + len(self._reapers) + 1) as pool:
            reaping = [pool.submit(reaper.reap, self._finished.is_set) for reaper in self._reapers]
            aside = pool.submit(self._aside)
            under_way: set[Future[None]] = set()
            begun = 0
            try:
                while begun < number or self._wants_more(kills, every_point=every_point):
                    made = self._stock.next(min(PORTION, number - begun if begun < number else PORTION))
                    if not made:
                        break
                    begun += len(made)
                    under_way |= {pool.submit(self._carry, job) for job in made}
                    while len(under_way) >= PEOPLE:
                        done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                        for each in done:
                            each.result()
                for each in under_way:
                    each.result()
            finally:
                self._finished.set()
            for each in (*reaping, aside):
                each.result()

    def _wants_more(self, kills: int, *, every_point: bool) -> bool:
        return self.lives.kills < kills or (every_point and bool(self.lives.unkilled))

    def _carry(self, job: Job) -> None:
        with self.lives.one():
            self.crowd.carry(job)

    def _aside(self) -> None:
        for second in count(1):
            if self._finished.wait(1.0):
                return
            self.crowd.aside()
            if second % TELL_EVERY == 0:
                self._scene.change_rules(other=second % (2 * TELL_EVERY) == 0)
                told = f"{self.lives.kills} kills, {len(self.lives.unkilled)} points left, {len(self.faults)} faults"
                click.echo(f"{second} s: {self.crowd.told}; {told}", err=True)


def settled(scene: Scene) -> None:
    """Wait until no message is behind any more, or too long."""
    until = time.monotonic() + SETTLES_WITHIN
    while time.monotonic() < until:
        time.sleep(1.0)
        with scene.store.reading() as reading:
            if not reading.messages_behind(datetime.now(UTC) + timedelta(days=1)):
                return


def connected(scene: Scene, processes: int) -> None:
    """Wait until every process is there: one that has just begun does not know yet how to stop."""
    until = time.monotonic() + SETTLES_WITHIN
    while scene.connected() < processes and time.monotonic() < until:
        time.sleep(0.2)
