"""One claimed request, carried out: its steps side by side where they share nothing, in rounds.

A round is one transaction: what the daemon has answered meanwhile, and the intents of the next steps. Before it the
daemon is asked what happened on the host; where that is not our own doing the rest is planned anew. Then the steps are
sent by a few threads. After a surprise nothing more is sent, what is under way is waited for, and the run ends.
"""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from bot.approval.events import Drifted, Event, Finished, Interrupted, StepBegun, StepDone, StepNotDone, StepSkipped
from bot.approval.request import Request
from bot.db.store import Store
from bot.flows.answers import STOPPED
from bot.flows.ledger import Ledger
from bot.flows.lookout import Lookout
from bot.flows.outlook import Outlook
from bot.flows.planning import FreshPlan, NotPlanned, Planner, as_asked
from bot.flows.ports import Clock, Daemon
from bot.flows.schedule import Schedule, refusals, waiting
from bot.flows.sending import NotSent, Sender, Sent, Surprise, Task, Then, surprise_of
from bot.flows.workers import Workers
from bot.images.drift import difference
from bot.images.order import waits
from bot.images.removal import Plan

LINGER = 0.1
"""Seconds that an answer may wait for others, so that they are written together."""
SEND_WITHIN = timedelta(seconds=20)
"""How old an intent may be when its step is sent: whoever was paused since may have lost the claim.

A third of the lease, where that is less. While the call is under way the claim is extended (``beat.py``).
"""
ENDED = "The bot was told to stop in the middle of it. What was under way had ended."
TRIES = 3
"""How often a step is begun where something keeps happening on the host directly before the call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How many steps are sent at once, by a thread each; and how many have begun, these and the next ones, at most.

    Those that have begun are found by the threads without waiting for the next transaction, and may have to be cleared
    up where the process ends.
    """

    threads: int
    begun: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a run works with.

    ``lease`` is how long a claim is good for; ``rules`` says how the rules are other ones by now, or nothing;
    ``ending`` whether the process is about to end.
    """

    store: Store
    planner: Planner
    daemon: Daemon
    now: Clock
    lease: timedelta
    pace: Pace
    rules: Callable[[], str]
    ending: Callable[[], bool] = lambda: False


class Run:
    """Carries *request* out, whose *plan* removes. *planned* is that made now; None where none was."""

    def __init__(self, means: Means, request: Request, plan: Plan, planned: FreshPlan[Plan] | None) -> None:
        self._means = means
        self._plan = plan
        self._how = as_asked(request)
        self._ledger = Ledger(means.store, request, now=means.now, lease=means.lease)
        self._refused = list(refusals(request))
        refused = {number for number, _ in self._refused}
        left = [number for number in waiting(request) if number not in refused]
        threads = max(1, min(means.pace.threads, len(left)))
        self._schedule = Schedule(left)
        self._halted = threading.Event()
        sender = Sender(
            daemon=means.daemon,
            lookout=Lookout(means.daemon),
            rules=means.rules,
            now=means.now,
            halted=self._halted,
        )
        self._workers = Workers(sender.send, count=threads, name=f"send-{self._plan.host}")
        self._outlook = Outlook(means.daemon, self._plan.store)
        self._disturbed = planned is None
        self._steps = dict(enumerate(self._plan.steps))
        self._sent: set[int] = set()
        self._tries: Counter[int] = Counter()
        self._surprise: Surprise | None = None
        self._failure: BaseException | None = None
        if planned is not None:
            self._go_by(planned, range(len(self._plan.steps)))

    def to_the_end(self) -> bool:
        """Go on until everything is done or something was not as planned. Returns whether everything is done.

        Raises what sending a step raised, once what came of the others is on record.
        """
        try:
            while self._round():
                pass
        except BaseException:
            self._halted.set()
            while self._sent:
                self._take_answers()
            self._ledger.keep_answers()
            raise
        finally:
            self._workers.end()
        return self._surprise is None and not self._ledger.lost

    def undisturbed(self) -> bool:
        """Whether nothing but our own steps happened on the host since *planned* was made, as far as it tells."""
        if not self._disturbed and not self._outlook.is_stale:
            self._outlook.look(frozenset())
        return not self._disturbed and not self._outlook.is_stale

    def _round(self) -> bool:
        """Write what was answered and begin what may be next. Returns whether anything is under way then."""
        if self._schedule.under_way:
            self._take_answers()
        begin = self._next()
        for number in begin:
            self._schedule.begin(number)
            self._ledger.happened(StepBegun(at=self._means.now(), step=number))
        self._pass_over_refused()
        if not self._schedule.under_way and self._failure is None:
            self._close()
        written, send_by = False, self._means.now() + min(SEND_WITHIN, self._means.lease / 3)
        try:
            written = self._ledger.write(goes_on=bool(begin))
        finally:
            self._send(begin, send_by, written=written)
        if self._failure is not None and not self._schedule.under_way:
            raise self._failure
        return bool(self._schedule.under_way)

    @property
    def _stopped(self) -> bool:
        return self._surprise is not None or self._failure is not None or self._ledger.lost

    def _next(self) -> list[int]:
        """Return the steps to begin. Where the host is not as it was, those under way are waited for first."""
        if self._stopped or not self._schedule.ready(self._room):
            return []
        if self._means.ending() or self._is_disproved():
            self._surprise = Surprise(why=ENDED if self._means.ending() else STOPPED)
            return []
        if not self._outlook.is_stale:
            self._outlook.look(self._schedule.under_way)
        if self._outlook.is_stale and (self._schedule.under_way or not self._planned_anew()):
            return []
        return self._schedule.ready(self._room)

    def _is_disproved(self) -> bool:
        """Whether verifying the record has failed meanwhile."""
        with self._means.store.reading() as reading:
            return reading.unacknowledged() is not None

    @property
    def _room(self) -> int:
        """How many steps may be under way: one by one, each planned anew, where nobody tells what happens meanwhile."""
        return self._means.pace.begun if self._outlook.tells else 1

    def _planned_anew(self) -> bool:
        """Plan what is left, on the host as it is now. Returns whether that is what was approved."""
        self._disturbed = True
        if not self._ledger.write(goes_on=True):  # a look may take long, and answers are not to wait for it
            return False
        left = tuple(self._schedule.left)
        fresh = self._means.planner.afresh(self._plan, left, how=self._how)
        if isinstance(fresh, NotPlanned):
            self._surprise = Surprise(why=fresh.why)
            return False
        drift = difference([self._plan.steps[number] for number in left], fresh.plan.steps)
        if drift.material and self._ledger.nothing_sent:
            self._surprise = Surprise(why="It is no longer what was approved.", drift=drift.lines)
            return False
        for number, now in zip(left, fresh.plan.steps, strict=True):
            drift = difference((self._plan.steps[number],), (now,))
            if drift.material:
                self._leave_out(number, "It is no longer what was approved:\n" + "\n".join(drift.lines))
        self._go_by(fresh, left)
        self._outlook.ask()
        return self._surprise is None

    def _leave_out(self, number: int, why: str) -> None:
        self._ledger.happened(StepSkipped(at=self._means.now(), step=number, why=why))
        self._surprise = self._surprise or Surprise(why=why)

    def _go_by(self, planned: FreshPlan[Plan], numbers: Sequence[int]) -> None:
        """Take the host to be as it was when these steps were *planned*."""
        found = waits(planned.plan.steps, planned.inventory)
        self._schedule.wait(
            {number: {numbers[earlier] for earlier in each} for number, each in zip(numbers, found, strict=True)}
        )
        for number, step in zip(numbers, planned.plan.steps, strict=True):
            self._steps[number] = step  # what is sent for a word may differ, where it does the same
        self._outlook.taken(planned.inventory)

    def _pass_over_refused(self) -> None:
        """Skip the steps that Docker would refuse, as far as all before them have begun."""
        left = self._schedule.left
        while self._refused and not self._stopped and (not left or self._refused[0][0] < left[0]):
            number, why = self._refused.pop(0)
            self._ledger.happened(StepSkipped(at=self._means.now(), step=number, why=why))

    def _close(self) -> None:
        now = self._means.now()
        match self._surprise:
            case None:
                self._ledger.happened(Finished(at=now))
            case Surprise(drift=lines) if lines:
                self._ledger.happened(Drifted(at=now, difference=lines))
            case Surprise(why=why):
                self._ledger.happened(Interrupted(at=now, why=why))

    def _send(self, begin: Sequence[int], send_by: datetime, *, written: bool) -> None:
        """Send the steps whose intents were *written*, before *send_by*: the claim was extended after that was set."""
        for number in begin:
            if not written:
                self._schedule.end(number)
                continue
            step = self._steps[number]
            self._outlook.begun(number, step)
            seen = self._outlook.seen if self._outlook.tells else None
            self._sent.add(number)
            self._workers.begin(Task(number=number, step=step, send_by=send_by, seen=seen))

    def _take_answers(self) -> None:
        """Wait for an answer, and take in all that are there."""
        enough = min(self._means.pace.begun // 2, len(self._schedule.under_way))
        answers = self._workers.answers(enough, LINGER)
        self._sent -= {task.number for task, _ in answers}
        for task, answer in answers:
            again = isinstance(answer, NotSent) and answer.then is Then.AGAIN
            self._schedule.end(task.number, again=again)
            if isinstance(answer, BaseException):
                self._failure = self._failure or answer
                continue
            self._ledger.happened(_event(task.number, answer, self._means.now))
            self._surprise = self._surprise or surprise_of(task.step, answer)
            if isinstance(answer, NotSent) and again:
                self._again(task.number, answer)

    def _again(self, number: int, answer: NotSent) -> None:
        self._outlook.is_stale = True
        self._tries[number] += 1
        if self._tries[number] == TRIES:
            self._surprise = self._surprise or Surprise(why=answer.why)


def _event(number: int, answer: Sent | NotSent, now: Clock) -> Event:
    match answer:
        case Sent(outcome=outcome, at=at, strayed=found):
            return StepDone(at=at, step=number, outcome=outcome, found=found, answer=outcome.answer)
        case NotSent(why=why):
            return StepNotDone(at=now(), step=number, found=why)
        case _:
            assert_never(answer)
