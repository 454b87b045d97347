"""Asking registries for the images that go: a few at once, with little patience, and remembered for some minutes."""

import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue

from bot.flows.ports import Clock, Daemon
from bot.images.grades import Graded
from bot.images.grading import Answered, Silent, going, graded, wanted
from bot.images.inventory import Inventory
from bot.images.removal import Plan

AT_ONCE = 4
PATIENCE = timedelta(seconds=3)
"""How long planning waits for all answers together. What comes later is remembered, and known at the click."""
REMEMBERED = timedelta(minutes=10)
ASKED_AGAIN = timedelta(minutes=1)
"""How soon a registry is asked again that did not say."""
MANY = 10_000
LATE = "no registry answered in time"

_Key = tuple[str, str]
_Told = tuple[str, Answered]


class Registries:
    """What registries answer to the daemons. May be used by several threads.

    Each answer counts for the host whose daemon asked: another may reach other registries, or be let in.
    """

    def __init__(self, *, now: Clock, patience: timedelta = PATIENCE) -> None:
        self._now = now
        self._patience = patience.total_seconds()
        self._known: dict[_Key, Answered] = {}
        self._lock = threading.Lock()

    def graded(self, daemon: Daemon, plan: Plan, inventory: Inventory, earlier: Iterable[Graded] = ()) -> Plan:
        """Return *plan* with a grade for each image that it deletes; *earlier* grades as ``grading.graded`` says."""
        if not going(plan):
            return plan
        references = wanted(plan, inventory)
        known = {reference: answered for reference in references if (answered := self._remembered(daemon, reference))}
        new = [reference for reference in references if reference not in known]
        return graded(plan, inventory, known | self._asked(daemon, new), earlier)

    def _asked(self, daemon: Daemon, references: Sequence[str]) -> dict[str, Answered]:
        """Ask for each of *references*, until the patience is at its end."""
        until = time.monotonic() + self._patience
        waiting, told = deque(references), SimpleQueue[_Told]()
        for _ in range(min(AT_ONCE, len(references))):
            # Nothing waits for these when the process ends: a registry may keep one for seconds.
            threading.Thread(target=self._ask, args=(daemon, waiting, told, until), daemon=True).start()
        late = Answered(answer=Silent(why=LATE), at=self._now())
        found: dict[str, Answered] = {}
        while len(found) < len(references):
            try:
                reference, answered = told.get(timeout=max(0.0, until - time.monotonic()))
            except Empty:
                break
            found[reference] = answered
        return {reference: found.get(reference, late) for reference in references}

    def _ask(self, daemon: Daemon, waiting: deque[str], told: SimpleQueue[_Told], until: float) -> None:
        while waiting and time.monotonic() < until:
            try:
                reference = waiting.popleft()
            except IndexError:
                return  # another thread was first
            answered = Answered(answer=daemon.distribution(reference), at=self._now())
            self._remember(daemon, reference, answered)
            told.put((reference, answered))

    def _remembered(self, daemon: Daemon, reference: str) -> Answered | None:
        with self._lock:
            found = self._known.get((daemon.host, reference))
        return found if found is not None and _counts(found, self._now()) else None

    def _remember(self, daemon: Daemon, reference: str, answered: Answered) -> None:
        with self._lock:
            if len(self._known) >= MANY:
                self._known = {key: known for key, known in self._known.items() if _counts(known, answered.at)}
            self._known[daemon.host, reference] = answered


def _counts(known: Answered, now: datetime) -> bool:
    """Whether an answer is new enough to be taken for one of now."""
    return now - known.at < (ASKED_AGAIN if isinstance(known.answer, Silent) else REMEMBERED)
