"""What the people do, and do again until it shows: a command, a click or a form may get lost on its way to the bot."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import Any

import requests

from bot.approval.lifecycle import ENDED
from bot.approval.request import Request, RequestId, State
from tests.chaos.scene import APPROVALS, DANA, DEV, OLGA, OMAR, Scene
from tests.worlds import Build, load

GIVES_UP_AFTER = 240.0
"""Seconds after which a request that has not ended counts as lost."""
AGAIN_AFTER = 1.5
ASIDE = (
    "ls",
    "history redis",
    "stats week",
    "verify",
    "why base:1 -H web-1",
    "show 1",
    "rm nothing -H web-1",
    "rm `",
    "help",
)
"""What is typed beside the requests."""
CALLED = (DANA, OLGA, OMAR)


class Script(StrEnum):
    """What becomes of a request, as far as people have a say in it."""

    APPROVE = "approve"
    LOOK = "look, then approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    GLASS = "break the glass"
    REGROUP = "approve, while a group changes"


WEIGHTS = (10, 2, 1, 1, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One request to be: its script, its host, and the images that it is about."""

    script: Script
    host: str
    names: tuple[str, ...]

    @property
    def command(self) -> str:
        """What is typed."""
        return f"rm {' '.join(self.names)} -H {self.host}"


@dataclass(slots=True)
class Tally:
    """What the people saw go wrong: requests that never ended, and how often something was tried."""

    lost: list[str] = field(default_factory=list)
    ended: dict[State, int] = field(default_factory=dict)
    tried: int = 0


def jobs(scene: Scene, number: int, seed: int) -> list[Job]:
    """Put so many requests' images on the daemons, and return what is to be done with them."""
    drawn = random.Random(seed)  # noqa: S311 -- to be repeated, not secret
    numbers, made = count(1), []
    hosts = list(scene.daemons)
    for host, daemon in scene.daemons.items():  # it stays, and so do the layers that others share with it
        load(daemon.client, Build(tags=["base:1"], layers=["base"]), containerd=daemon.containerd)
        assert host in hosts
    for _ in range(number):
        host = drawn.choice(hosts)
        names = tuple(f"app{next(numbers)}:1" for _ in range(drawn.choice((1, 1, 2, 3))))
        builds = [Build(tags=[name], layers=["base", name]) for name in names]
        load(scene.daemons[host].client, *builds, containerd=scene.daemons[host].containerd)
        made.append(Job(script=drawn.choices(list(Script), WEIGHTS)[0], host=host, names=names))
    return made


class Crowd:
    """The people, through the page, and a look at the record instead of at the screen: what shows is asked later."""

    def __init__(self, scene: Scene, seed: int) -> None:
        self._scene = scene
        self._random = random.Random(seed)  # noqa: S311 -- as above
        self.tally = Tally()

    @property
    def told(self) -> str:
        """How far the people have come."""
        return f"{sum(self.tally.ended.values())} requests have ended, {len(self.tally.lost)} are lost"

    def carry(self, job: Job) -> None:
        """Do all that a job takes until its request has ended; it counts as lost where it does not."""
        until = time.monotonic() + GIVES_UP_AFTER
        request: Request | None = None
        for pause in _pauses():
            if time.monotonic() > until:
                self.tally.lost.append(f"{job.command}: {request.state if request else 'never asked for'}")
                return
            request = self._asked(job)
            if request is not None and request.state in ENDED:
                self.tally.ended[request.state] = self.tally.ended.get(request.state, 0) + 1
                return
            self._on(job, request)
            time.sleep(pause)

    def end_the_rest(self) -> None:
        """Reject what still waits, and resume what does: a command that was typed again may have been the second."""
        until = time.monotonic() + GIVES_UP_AFTER
        while time.monotonic() < until:
            with self._scene.store.reading() as reading:
                left = reading.requests(*(state for state in State if state not in ENDED), limit=100_000)
            if not left:
                return
            for request in left:
                self._end(request)
            time.sleep(AGAIN_AFTER)

    def _end(self, request: Request) -> None:
        if request.state is State.PENDING:
            self._press(OLGA, request, "img_reject")
            self._submit(OLGA, {"text": "asked twice"})
        elif request.state is State.INTERRUPTED:
            self._press(OLGA, request, "img_resume")

    def aside(self) -> None:
        """Type something that changes nothing."""
        self._type(self._random.choice(CALLED), self._random.choice(ASIDE))

    def _asked(self, job: Job) -> Request | None:
        with self._scene.store.reading() as reading:
            found = [r for r in reading.requests(*State, limit=100_000, host=job.host) if _is_of(r, job)]
        return found[-1] if found else None

    def _on(self, job: Job, request: Request | None) -> None:
        """Do what brings a job on from where its request stands."""
        self.tally.tried += 1
        match request:
            case None if job.script is Script.GLASS:
                self._break_glass(job)
            case None:
                self._type(DANA, job.command)
            case Request(state=State.PENDING):
                self._decide(job, request)
            case Request(state=State.INTERRUPTED):
                self._press(OLGA, request, "img_resume")
            case _:
                pass  # it is carried out

    def _decide(self, job: Job, request: Request) -> None:
        match job.script:
            case Script.REJECT:
                self._press(OLGA, request, "img_reject")
                self._submit(OLGA, {"text": "no"})
            case Script.WITHDRAW:
                self._type(DANA, f"cancel {request.id}")
            case Script.LOOK if request.look is None:
                self._press(OMAR, request, "img_look")
            case Script.REGROUP if self._random.random() < 0.5:
                members = [OLGA] if self._random.random() < 0.5 else [OLGA, OMAR]
                self._do("group", group="S0OPSLEADS", members=members)
            case _:
                self._press(self._random.choice((OLGA, OMAR)), request, "img_approve")

    def _break_glass(self, job: Job) -> None:
        """Ask for the plan, press the button of the newest answer, and fill in the form with the plan's code."""
        self._type(DANA, f"{job.command} --break-glass")
        time.sleep(AGAIN_AFTER)
        for message in reversed(self._state(DANA)["messages"]):
            if message.get("only_for") == DANA and "img_break_glass" in str(message) and job.names[0] in str(message):
                where = {"channel": message["channel"], "ts": message["ts"], "action_id": "img_break_glass"}
                self._do("click", user=DANA, **where)
                break
        form = self._form(DANA)
        if form is not None:
            code = str(form["blocks"]).partition("Type the plan's code: ")[2][:9]
            self._submit(DANA, {"text": "it is on fire, and nobody is awake", "code": code}, form)

    def _press(self, user: str, request: Request, button: str) -> None:
        with self._scene.store.reading() as reading:
            message = reading.message(RequestId(request.id), "approvals")
        if message and message.channel and message.ts:
            self._do("click", user=user, channel=message.channel, ts=message.ts, action_id=button)

    def _form(self, user: str) -> dict[str, Any] | None:
        for _ in range(10):
            if form := self._state(user).get("modal"):
                return dict(form)
            time.sleep(0.1)
        return None

    def _submit(self, user: str, filled: dict[str, str], form: dict[str, Any] | None = None) -> None:
        form = form or self._form(user)
        if form is not None:
            values = {block: {block: value} for block, value in filled.items()}
            self._do("submit", user=user, view_id=form["id"], values=values)
            self._do("close", user=user, view_id=form["id"])

    def _type(self, user: str, text: str) -> None:
        self._do("command", user=user, channel=DEV if user == DANA else APPROVALS, text=f"/img {text}")

    def _do(self, what: str, **given: object) -> None:
        """Do it; whether it arrived shows in what comes of it."""
        requests.post(f"{self._scene.place.url}/play/{what}", json=given, timeout=30)

    def _state(self, user: str) -> dict[str, Any]:
        return dict(requests.get(f"{self._scene.place.url}/play/state", params={"user": user}, timeout=30).json())


def _is_of(request: Request, job: Job) -> bool:
    return {step.word for step in request.plan.steps} == set(job.names)


def _pauses() -> Iterator[float]:
    """Yield the seconds between two looks."""
    while True:
        yield AGAIN_AFTER
