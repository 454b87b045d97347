"""What the people do, and do again until it shows: a command, a click or a form may get lost on its way to the bot."""

import random
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from bot.approval.fleet import Fleet
from bot.approval.lifecycle import ENDED
from bot.approval.request import Request, RequestId, State, Window
from bot.flows.fleet_narrow import can_be_narrowed, choices
from bot.images.restoral import RestorePlan
from tests.chaos.hands import Hands
from tests.chaos.jobs import Job, Script
from tests.chaos.scene import DANA, OLGA, OMAR, SAM, Scene

GIVES_UP_AFTER = 900.0
"""Seconds after which a request that has not ended counts as lost."""
AGAIN_AFTER, LONGEST_PAUSE = 1.5, 12.0
"""Seconds between two looks; ever longer while nothing changes, as people do who see that it takes time."""
ASIDE = (
    "ls",
    "history redis",
    "history",
    "stats week",
    "verify",
    "why base:1 -H web-1",
    "show 1",
    "rm nothing -H web-1",
    "rm base:1 -H web-1 --break-glass",
    "rm `",
    "help",
    "mine",
    "pending",
    "hosts",
)
"""What is typed beside the requests."""
FILES = ("img_csv", "img_json_lines", "img_evidence")
"""The buttons that give a file."""
NEARBY = 40
"""How many numbers of requests are looked at around the newest: those of several replicas come in any order."""
CALLED = (OLGA, OMAR)
ENDS_WINDOW: Mapping[Script, str] = MappingProxyType({Script.UNDO: "img_undo", Script.RECLAIM: "img_reclaim"})


@dataclass(slots=True)
class Tally:
    """What the people saw go wrong: requests that never ended, and how often something was tried."""

    lost: list[str] = field(default_factory=list)
    ended: dict[State, int] = field(default_factory=dict)
    scripts: dict[Script, int] = field(default_factory=dict)
    tried: int = 0


class Found:
    """The requests by what was asked for: the first of each, where a command that was typed again was the second."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._lock = threading.Lock()
        self._seen: dict[RequestId, str] = {}
        self._newest = 0

    def of(self, job: Job) -> Request | None:
        """Return the request of a job as it stands; None where there is none yet."""
        with self._lock, self._scene.store.reading() as reading:
            for number in range(max(1, self._newest - NEARBY), self._newest + NEARBY):
                if (n := RequestId(number)) not in self._seen and (request := reading.request(n)) is not None:
                    self._seen[n] = request.plan.command
                    self._newest = max(self._newest, number)
            found = min((n for n, command in self._seen.items() if job.mark in command), default=None)
            return None if found is None else reading.request(found)

    def fleet(self, request: Request) -> Fleet | None:
        """Return what a request is a member of."""
        with self._scene.store.reading() as reading:
            return reading.fleet(request.member.fleet) if request.member else None

    def back(self, request: Request) -> Request | None:
        """Return the first request to put back what *request* removed."""
        with self._scene.store.reading() as reading:
            return next(iter(reading.restorals_of(request.id)), None)


class Crowd:
    """The people, through the page, and a look at the record instead of at the screen: what shows is asked later."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self._scene = scene
        self._random = random.Random(seed)  # noqa: S311 -- to be repeated, not secret
        self._hands = Hands(scene)
        self._found = Found(scene)
        self.tally = Tally()

    @property
    def told(self) -> str:
        """How far the people have come."""
        return f"{sum(self.tally.ended.values())} requests have ended, {len(self.tally.lost)} are lost"

    def carry(self, job: Job) -> None:
        """Do all that a job takes until its request has ended; it counts as lost where it does not."""
        until, pause, stood = time.monotonic() + GIVES_UP_AFTER, AGAIN_AFTER, (0, 0)
        while True:
            request = self._found.of(job)
            current = self._found.back(request) or request if request and job.script is Script.RESTORE else request
            if current is not None and self._is_over(job, current):
                self.tally.ended[current.state] = self.tally.ended.get(current.state, 0) + 1
                self.tally.scripts[job.script] = self.tally.scripts.get(job.script, 0) + 1
                return
            if time.monotonic() > until:
                self.tally.lost.append(f"{job.command}: {_stand(current)}")
                return
            self._on(job, current)
            stands = (current.id, current.version) if current else (0, 0)  # of several hosts, the first
            pause = AGAIN_AFTER if stands != stood else min(pause * 1.5, LONGEST_PAUSE)
            stood = stands
            time.sleep(pause)

    def _is_over(self, job: Job, request: Request) -> bool:
        fleet = self._found.fleet(request)
        if any(each.state not in ENDED or _keeps(each) for each in (fleet.members if fleet else (request,))):
            return False
        back_to_come = job.script is Script.RESTORE and request.state is State.FINISHED
        return not back_to_come or isinstance(request.plan, RestorePlan)

    def end_the_rest(self) -> None:
        """Reject what still waits, resume what does, and end windows: what was typed again may have been the second."""
        until = time.monotonic() + GIVES_UP_AFTER
        while time.monotonic() < until:
            with self._scene.store.reading() as reading:
                left = [r for r in reading.requests(*State, limit=100_000) if r.state not in ENDED or _keeps(r)]
            if not left:
                return
            for request in left:
                self._end(request)
            time.sleep(AGAIN_AFTER)

    def _end(self, request: Request) -> None:
        if (fleet := self._found.fleet(request)) is not None:
            self._of_all(fleet, rejects=True)
        elif request.state is State.PENDING:
            self._hands.fill(OLGA, request, "img_reject", {"text": "asked twice"})
        elif request.state is State.INTERRUPTED:
            self._hands.press(OLGA, request, "img_resume")
        elif request.undo is not None and request.undo.window is Window.OPEN:
            self._hands.press(OLGA, request, "img_reclaim")

    def _of_all(self, fleet: Fleet, *, rejects: bool) -> None:
        """Do what brings a request for several hosts on: its one message is kept by its first member's number."""
        if fleet.state is State.INTERRUPTED:  # "Go on" comes first where all others wait for that
            self._hands.press(OLGA, fleet.lead, "img_resume")
        elif fleet.state is State.PENDING and rejects:
            self._hands.fill(OLGA, fleet.lead, "img_reject", {"text": "asked twice"})
        elif fleet.state is State.PENDING:
            self._hands.press(self._random.choice((OLGA, OMAR)), fleet.lead, "img_approve")

    def aside(self) -> None:
        """Do something that changes nothing: type something, ask for a file, open a tab or a form."""
        person = self._random.choice(CALLED)
        match self._random.random():
            case chance if chance < 0.3:
                self._hands.press_newest(person, self._random.choice(FILES))
            case chance if chance < 0.4:
                self._hands.open_home(person)
                self._hands.read_on(person)
            case chance if chance < 0.5:
                self._hands.choose(person, self._random.choice(list(self._scene.daemons)))
            case _:
                self._hands.type(person, self._random.choice(ASIDE))

    def _on(self, job: Job, request: Request | None) -> None:
        """Do what brings a job on from where its request stands."""
        self.tally.tried += 1
        if request is not None and (fleet := self._found.fleet(request)) is not None:
            if job.script is Script.PART and fleet.narrowed is None and fleet.pending and can_be_narrowed(fleet):
                self._hands.fill(OMAR, fleet.lead, "img_some", {"steps-0": self._some(choices(fleet).numbers)})
            else:
                self._of_all(fleet, rejects=False)
            return
        match request:
            case None if job.script is Script.GLASS:
                self._hands.break_glass(job.command, job.mark)
            case None if job.script is Script.LEAVE:
                self._hands.deactivate(SAM, deleted=False)
                self._hands.type(SAM, job.command)
            case None:
                self._hands.type(DANA, job.command)
            case Request(state=State.PENDING):
                self._decide(job, request)
            case Request(state=State.INTERRUPTED):
                self._hands.press(OLGA, request, "img_resume")
            case Request(state=State.FINISHED) if job.script is Script.RESTORE and not _keeps(request):
                self._hands.type(DANA, f"restore {request.id}")
            case Request(undo=undo) if undo is not None and undo.window is Window.OPEN and job.script in ENDS_WINDOW:
                self._hands.press(self._random.choice((OLGA, OMAR)), request, ENDS_WINDOW[job.script])
            case _:
                pass  # it is carried out, or its time runs

    def _decide(self, job: Job, request: Request) -> None:
        match job.script:
            case Script.EXPIRE:
                pass
            case Script.REJECT:
                self._hands.fill(OLGA, request, "img_reject", {"text": "no"})
            case Script.WITHDRAW:
                self._hands.type(DANA, f"cancel {request.id}")
            case Script.LOOK if request.look is None:
                self._hands.press(OMAR, request, "img_look")
            case Script.SOME if not request.left_out:
                self._hands.fill(OMAR, request, "img_some", {"steps-0": self._some(range(len(job.names)))})
            case Script.REGROUP if self._random.random() < 0.5:
                self._hands.regroup([OLGA] if self._random.random() < 0.5 else [OLGA, OMAR])
            case _:
                if job.script is Script.LEAVE:
                    self._hands.deactivate(SAM, deleted=True)
                self._hands.press(self._random.choice((OLGA, OMAR)), request, "img_approve")

    def _some(self, steps: Sequence[int]) -> list[str]:
        """Return what stays ticked: all but one."""
        without = self._random.choice(steps)
        return [str(step) for step in steps if step != without]


def _keeps(request: Request) -> bool:
    """Whether a request still keeps something for an undo."""
    return request.undo is not None and request.undo.window not in {Window.UNDONE, Window.RECLAIMED}


def _stand(request: Request | None) -> str:
    if request is None:
        return "never asked for"
    window = f", {request.undo.window}" if request.undo else ""
    return f"request {request.id} is {request.state}{window}"
