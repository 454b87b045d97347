"""The lives of one replica: how each is to end, and what happens in it so that it comes to the point where it ends."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType

from tests.chaos.away import away
from tests.chaos.points import elsewhere, points
from tests.chaos.process import Process
from tests.chaos.scene import LEASE, Scene

LIVES = (2.0, 9.0)
"""For how many seconds a process lives once it is at work, that does not pass the point at which it is to die."""
AHEAD, LONGER = 5, 2.5
"""How many kills more than are due by the requests make lives longer, and how much: or no request would ever end."""
IMPATIENT, CALM = 150.0, 25.0
"""Seconds after which somebody waited long, and for how long processes live then: a form is to be opened in three."""
YOUNG = 0.1
"""How likely these seconds begin with its start, whether it is at work or not."""
LONG = 75.0
"""Seconds for one that stands still on the way, or has no database for a while."""
MOSTLY = 0.8
ALONE = 0.4
"""How likely one point is waited for, and not any of those that nobody died at yet."""
STOPS, PAUSES = 0.08, 0.08
"""How likely a life ends by SIGTERM, and stands still for longer than its lease."""
AT_AN_END = frozenset(
    {"bot.flows.beat:Beat.give_back", "bot.service:Service._write_the_end"}
    | {"bot.flows.checkpoint:Checkpoints.at_stop"}
)
"""Points that only a process passes that was told to stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What brings a process to a point: it stands still at another one, ``at``, for ``still`` seconds.

    And then, or at once where it does not stand still, the database is away for ``away`` seconds.
    """

    at: str = ""
    still: float = 0.0
    away: float = 0.0


_GUARDING = Way(at="after Daemon.tag", still=LEASE / 2)
WAYS: Mapping[str, Mapping[str, Way]] = MappingProxyType(
    {
        "sqlite": {
            "bot.flows.outage:TellOutages.due": Way(away=17.0),
            "bot.flows.receive:Receive.next": Way(away=17.0),
            "bot.flows.guarding:Guards._goes_on": _GUARDING,
            "bot.flows.ledger:Ledger._kept": Way(at="after Daemon.remove", still=0.2, away=50.0),
            "bot.flows.receive:Receive._stay.<locals>.stay": Way(at="before Conversation.give", still=LEASE / 2),
        },
        "postgresql": {
            "bot.flows.outage:TellOutages.due": Way(away=1.0),
            "bot.flows.receive:Receive.next": Way(away=1.0),
            "bot.flows.guarding:Guards._goes_on": _GUARDING,
            "bot.flows.ledger:Ledger._kept": Way(at="after Daemon.remove", still=1.6 * LEASE),
            "bot.flows.receive:Receive._stay.<locals>.stay": Way(at="before Conversation.give", still=LEASE / 2),
            "bot.flows.decide:Decide.is_its_message": Way(at="after Conversation.show", still=1.6 * LEASE),
            "bot.flows.remove:Remove._void": Way(at="before Daemon.inventory in Remove._claimed", still=LEASE / 2),
            "Conversation.unsay": Way(at="before Conversation.tell", still=1.6 * LEASE),
        },
    }
)
"""How the points are come to that need something else to go wrong before, by the kind of the database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """How a process is to die: at the first of ``points`` that it passes for the n-th time, or after some ``seconds``.

    ``stops`` says that it is told to stop then, and ``pauses`` that it stands still halfway.
    """

    points: tuple[str, ...]
    nth: int
    seconds: float
    way: Way
    stops: bool
    pauses: bool
    young: bool


class Lives:
    """Draws lives, and counts how they ended. Used by several threads."""

    def __init__(self, scene: Scene, kind: str, seed: int, *, kills_each: float) -> None:
        self._scene = scene
        self._kind = kind
        self._random = random.Random(seed)  # noqa: S311 -- to be repeated, not secret
        self._lock = threading.Lock()
        self._kills_each = kills_each
        self._requests = 0
        self._under_way: list[float] = []
        self._points = sorted(points() - set(elsewhere(kind)))
        self.kills = self.stops = self.pauses = self.outages = 0

    @property
    def unkilled(self) -> list[str]:
        """The points at which nobody died yet."""
        return sorted(set(self._points) - set(self._scene.killed_at()))

    def next(self) -> Life:
        """Return the next life: most are to end at a point that nobody died at yet and that others passed."""
        with self._lock:
            left = self.unkilled or self._points
            common = sorted(set(left) & self._scene.passed()) or left  # what others passed will be passed again soon
            point = self._random.choice(common if self._random.random() < MOSTLY else left)
            way = WAYS[self._kind].get(point, Way())
            often = 1 if way != Way() or point in AT_AN_END else self._random.choice((1, 1, 2, 4))
            ahead = self.kills > self._kills_each * self._requests + AHEAD
            seconds = self._random.uniform(*LIVES) * (LONGER if ahead else 1)
            stops = point in AT_AN_END or self._random.random() < STOPS
            pauses = way == Way() and self._random.random() < PAUSES
            young = not stops and not pauses and way == Way() and self._random.random() < YOUNG
            if self._under_way and time.monotonic() - min(self._under_way) > IMPATIENT and way == Way():
                return Life(points=(point,), nth=often, seconds=CALM, way=way, stops=stops, pauses=False, young=False)
            points = (point,) if ahead or way != Way() or point in AT_AN_END else self._like(point, left)
            return Life(points=points, nth=often, seconds=seconds, way=way, stops=stops, pauses=pauses, young=young)

    def _like(self, point: str, left: Sequence[str]) -> tuple[str, ...]:
        """Return *point* alone, or all that are *left*: whichever comes first, or by a way that another takes."""
        if self._random.random() < ALONE:
            return (point,)
        return tuple(left)

    @contextmanager
    def one(self) -> Iterator[None]:
        """Carry one request to its end within the block.

        Processes live longer where more of them were killed than requests ended, and where somebody waits for long.
        """
        began = time.monotonic()
        with self._lock:
            self._under_way.append(began)
        yield
        with self._lock:
            self._under_way.remove(began)
            self._requests += 1

    def ended(self, *, killed: bool) -> None:
        """Count a process that was killed, or that stopped."""
        with self._lock:
            self.kills += killed
            self.stops += not killed

    def stood_still(self) -> None:
        """Count a process that stood still."""
        with self._lock:
            self.pauses += 1

    def was_away(self) -> None:
        """Count a time at which the database was away."""
        with self._lock:
            self.outages += 1


class Reaper:
    """Starts one replica over and over, and sees it through its lives."""

    def __init__(self, scene: Scene, process: Process, lives: Lives) -> None:
        self._scene = scene
        self._process = process
        self._lives = lives
        self.faults: list[str] = []

    def reap(self, done: Callable[[], bool]) -> None:
        """Go on until it is *done*, and leave the process running then."""
        while not done():
            self._live(self._lives.next())
        self._process.start()

    def _live(self, life: Life) -> None:
        process = self._process
        process.start(life.points, life.nth, pause=life.way.at)
        if not life.young:
            process.is_at_work_within(LONG)
        self._on_its_way(life)
        if life.pauses and not process.ends_within(life.seconds / 2):
            self._stand_still(1.6 * LEASE)
        stopped = not process.ends_within(life.seconds) and life.stops
        code = process.stop() if stopped else process.kill()
        killed = process.was_killed
        self._lives.ended(killed=killed)
        if not killed and not (stopped and code == 0):
            self.faults.append(f"{process.name} ended by itself with {code}:\n{process.log()}")

    def _on_its_way(self, life: Life) -> None:
        """Have happen what brings it to its point."""
        way, until = life.way, time.monotonic() + LONG
        if way.at:
            while not self._process.stands_still:
                if time.monotonic() > until or self._process.ends_within(0.1):
                    return
            self._stand_still(way.still, then_away=way.away)
        elif way.away:
            if self._process.ends_within(life.seconds):
                return
            self._away(way.away)

    def _stand_still(self, seconds: float, then_away: float = 0.0) -> None:
        self._process.stand_still()
        time.sleep(seconds)
        if not then_away:
            self._process.go_on()
        else:
            self._away(then_away, begun=self._process.go_on)
        self._lives.stood_still()

    def _away(self, seconds: float, begun: Callable[[], None] = lambda: None) -> None:
        """Have the database be away for a while, from before *begun* on."""
        with away(self._scene.url):
            begun()
            time.sleep(seconds)
        self._lives.was_away()
