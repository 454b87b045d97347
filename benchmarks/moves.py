"""Removals that another client of the daemon races: what goes that nobody approved, and how long the window for it is.

For each move an image is loaded, its removal approved and carried out, and the other client moves its tag at a random
moment. Half of these moments are spread over the whole of carrying it out, half are aimed: they come within
some milliseconds of the bot's last question before the call. What happened is read from the daemon itself.
"""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Any

import docker

from bot.approval.request import Request
from bot.dockerd.daemon import Daemon
from bot.dockerd.hosts import endpoint
from bot.flows.planning import NotPlanned
from bot.flows.ports import Changes, Unreachable
from bot.images.ids import ImageId
from bot.images.removal import Outcome, Removal, Removed, Untagged
from tests.carrying import Bot, all_as_planned, bot
from tests.daemons import RunningDaemon
from tests.worlds import Build, load

AIMED_WITHIN = 0.006
"""Seconds after the bot's last question within which an aimed move comes."""
SPREAD_WITHIN = 0.15
TAG = "race:1"
SECOND = 1_000_000_000


class Way(StrEnum):
    """How an image is removed, and what the other client does."""

    BY_ID = "by ID, the tag goes to another image"
    SWAPPED = "by ID, the tag is swapped for another"
    BY_NAME = "by name, the tag goes to another image"
    ONLY_NAME = "by name, the tag becomes another image's only name"


NAMES: Mapping[Way, tuple[str, ...]] = {
    Way.BY_ID: (TAG,),
    Way.SWAPPED: (TAG,),
    Way.BY_NAME: (TAG, "kept:1"),
    Way.ONLY_NAME: (TAG, "kept:1"),
}


BY_NAME = frozenset({Way.BY_NAME, Way.ONLY_NAME})
Event = Mapping[str, Any]
"""One of the daemon's events, in JSON."""


class Watched(Daemon):
    """A daemon of the bot that keeps when it was asked: ``looked`` is called with the question that is the ``last``.

    What happened is asked before the intent and before the call; then what a name names, where it goes by one.
    """

    def __init__(self, running: RunningDaemon) -> None:
        super().__init__("bench", endpoint(running.url))
        self.looked: Callable[[], None] = lambda: None
        self.last = 0
        self.questions: list[int] = []
        self.sent: list[tuple[int, int]] = []

    def changes(self, since: int) -> Changes | Unreachable:
        """Note when, and ask."""
        self._note()
        return super().changes(since)

    def named(self, target: str) -> ImageId | Unreachable | None:
        """Note when, and ask."""
        self._note()
        return super().named(target)

    def remove(self, removal: Removal) -> Outcome:
        """Keep when the last question before it was asked, and send it."""
        self.sent.append((self.questions[-1], time.time_ns()))
        return super().remove(removal)

    def _note(self) -> None:
        self.questions.append(time.time_ns())
        if len(self.questions) == self.last:
            self.looked()


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What came of one move.

    ``wrong_image`` is whether an image went that the plan did not have; ``wrong_name`` whether a name did, which
    ``given_back`` says was undone. ``untold`` is whether the record has no word of it. ``window`` is the time from
    the bot's last question to the daemon's first event of the call, in milliseconds; None where nothing was sent.
    """

    way: Way
    sent: bool
    wrong_image: bool
    wrong_name: bool
    given_back: bool
    untold: bool
    window: float | None


@dataclass(kw_only=True)
class Race:
    """The bot, another client, and what came of their moves so far."""

    running: RunningDaemon
    watched: Watched
    bot: Bot
    random: Random
    other: docker.APIClient
    moved: list[Moved] = field(default_factory=list)

    def run(self, way: Way, number: int) -> None:
        """Load, approve, carry out, and move the tag meanwhile."""
        approved, other = self._loaded(way, number)
        plan = self.bot.plan([TAG])
        if isinstance(plan, NotPlanned):
            raise SystemExit(plan.why)
        by_name = plan.steps[0].removal.target != approved
        if by_name != (way in BY_NAME):
            raise SystemExit(f"{way}: it was planned to be sent as {plan.steps[0].removal.target}")
        request = self.bot.approved(plan)
        self.watched.sent.clear()
        self.watched.questions.clear()
        self.watched.last = 3 if by_name else 2
        begun = time.time_ns()
        with self._other_client(way, other):
            self.bot.remove.next()
        self.moved.append(self._judged(way, self.bot.request(request.id), approved, other, begun))
        self.running.empty()

    def _loaded(self, way: Way, number: int) -> tuple[str, str]:
        others = [] if way is Way.ONLY_NAME else ["other:1"]
        mine, theirs = Build(tags=NAMES[way], layers=["mine"]), Build(tags=others, layers=["theirs"])
        stamp = {"move": str(number)}
        builds = [Build(tags=each.tags, layers=each.layers, labels=stamp) for each in (mine, theirs)]
        approved, other = load(self.running.client, *builds, containerd=self.running.containerd)
        return approved, other

    @contextmanager
    def _other_client(self, way: Way, other: str) -> Iterator[None]:
        """Let the other client move the tag at its moment, while the block runs; and wait for it."""
        go, aimed = threading.Event(), self.random.choice((True, False))
        pause = self.random.uniform(0, AIMED_WITHIN if aimed else SPREAD_WITHIN)
        if aimed:
            self.watched.looked = go.set
        else:
            go.set()
        thread = threading.Thread(target=self._move, args=(way, other, go, pause))
        thread.start()
        try:
            yield
        finally:
            self.watched.looked = lambda: None
            go.set()
            thread.join()

    def _move(self, way: Way, other: str, go: threading.Event, pause: float) -> None:
        go.wait()
        time.sleep(pause)
        try:
            if way is Way.SWAPPED:
                self.other.tag(TAG, "swapped", "1")
                self.other.remove_image(TAG)
            else:
                self.other.tag(other, "race", "1")
        except docker.errors.APIError:
            return  # the bot was first, and the image is gone

    def _judged(self, way: Way, request: Request, approved: str, other: str, begun: int) -> Moved:
        """Return what happened, by the daemon's own events and lists."""
        told = self._events(begun)
        ids = {image["Id"] for image in self.other.images(all=True)}
        names = {name for image in self.other.images(all=True) for name in image["RepoTags"] or []}
        lost = [event for event in told if event["Action"] == "untag" and event["Actor"]["ID"] == other]
        sent = bool(self.watched.sent)
        swapped = way is Way.SWAPPED and sent and approved not in ids and _answered(request, "swapped:1")
        wrong_name = bool(lost) or swapped
        wrong_image = other not in ids
        told_so = any(step.note for step in request.steps) or not all_as_planned(request)
        return Moved(
            way=way,
            sent=sent,
            wrong_image=wrong_image,
            wrong_name=wrong_name,
            given_back=bool(lost) and TAG in names and not wrong_image,
            untold=(wrong_name or wrong_image) and not told_so,
            window=self._window(told),
        )

    def _events(self, begun: int) -> Sequence[Event]:
        since, until = f"{begun // SECOND}.{begun % SECOND:09}", time.time()
        return list(self.other.events(since=since, until=until, decode=True))  # type: ignore[call-overload]  # it is sent on as it is

    def _window(self, told: Sequence[Event]) -> float | None:
        """Return the milliseconds from the last question to what the daemon tells of the call first."""
        if not self.watched.sent:
            return None
        asked, sent = self.watched.sent[0]
        later = [e["timeNano"] for e in told if e["Action"] in {"untag", "delete"} and e["timeNano"] > sent]
        return (min(later) - asked) / 1e6 if later else None


def _answered(request: Request, name: str) -> bool:
    outcomes = [step.outcome for step in request.steps if isinstance(step.outcome, Removed)]
    return any(isinstance(r, Untagged) and r.reference == name for outcome in outcomes for r in outcome.records)


def race(running: RunningDaemon, moves: int, seed: int, progress: Callable[[], object] = lambda: None) -> list[Moved]:
    """Let so many moves race on an empty daemon, and return what came of each."""
    watched, other = Watched(running), docker.APIClient(base_url=running.url, version="auto", timeout=60)
    with tempfile.TemporaryDirectory(prefix="imgbot-racing-") as folder, bot(watched, Path(folder)) as made:
        racing = Race(running=running, watched=watched, bot=made, random=Random(seed), other=other)  # noqa: S311 -- moments, no secret
        for number in range(moves):
            racing.run(list(Way)[number % len(Way)], number)
            progress()
    other.close()
    watched.close()
    return racing.moved


def faults(moved: Sequence[Moved]) -> list[str]:
    """Return what must not be: another image that went by an ID, and what the record has no word of."""
    by_id = sum(each.wrong_image for each in moved if each.way not in BY_NAME)
    untold = sum(each.untold for each in moved)
    found = [f"{by_id} times another image went where the removal was by ID"] if by_id else []
    return [*found, f"{untold} times the record did not tell what went wrong"] if untold else found
