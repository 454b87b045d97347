"""A team at work: people in a workspace, the bot as it is shipped, and one real daemon behind a tap."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import requests

from bot.approval.request import Request, RequestId, State
from bot.audit.query import HistoryRecord
from bot.db import database
from bot.db.store import RecordedEvent, Store
from bot.demo import settings
from bot.images.removal import Removed, Step, line
from bot.playground.demo import RunningWorkspace
from bot.service import Service
from bot.settings import HostTable, Settings
from tests.endtoend.tap import Tap
from tests.plans import removal_plan

DANA, OLGA, OMAR, SAM = "U0DEV", "U0LEAD", "U0LEAD2", "U0SAM"
DEV, APPROVALS = "C0DEV", "C0APPROVALS"
HOST = "web-3"
DEADLINE = 20.0

T = TypeVar("T")
Said = dict[str, Any]


def until(look: Callable[[], T | None], within: float = DEADLINE) -> T:
    """Return what *look* gives as soon as that is something; fail where it stays nothing for so many seconds."""
    deadline = time.monotonic() + within
    while True:
        seen = look()
        if seen:
            return seen
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


class People:
    """What the people of the workspace type, press and see."""

    def __init__(self, url: str) -> None:
        self._url = url

    def type(self, user: str, text: str, channel: str = DEV) -> str:
        """Type a command, and return how it was acknowledged."""
        return str(self._do("command", user=user, channel=channel, text=text)["outcome"])

    def press(self, user: str, message: Said, button: str) -> str:
        """Press a button of a message, and return how that was acknowledged."""
        answer = self._do("click", user=user, channel=message["channel"], ts=message["ts"], action_id=button)
        return str(answer["outcome"])

    def form(self, user: str) -> Said:
        """Return the form that *user* has before them."""
        return until(lambda: self._state(user).get("modal") or None)

    def submit(self, user: str, form: Said, **filled: str | list[str]) -> dict[str, str]:
        """Fill in a form by the names of its blocks, and return what is wrong with it."""
        values = {block: {block.partition("-")[0]: value} for block, value in filled.items()}
        answer = self._do("submit", user=user, view_id=form["id"], values=values)
        return dict(answer["errors"])

    def reject(self, user: str, message: Said, why: str) -> None:
        """Press *Reject…* and say why."""
        self.press(user, message, "img_reject")
        assert self.submit(user, self.form(user), text=why) == {}

    def messages(self, user: str, channel: str) -> list[Said]:
        """Return what *user* sees in *channel*, oldest first, without what is in threads."""
        return [message for message in self.all_messages(user, channel) if not message.get("thread_ts")]

    def all_messages(self, user: str, channel: str) -> list[Said]:
        """Return what *user* sees in *channel*, oldest first, with what is in threads."""
        return [message for message in self._state(user)["messages"] if message["channel"] == channel]

    def answer(self, user: str, channel: str = DEV, *, after: int = 0) -> Said:
        """Return the private answer that comes after so many others."""

        def look() -> list[Said]:
            private = [said for said in self.messages(user, channel) if said.get("only_for") == user]
            return private[after:]

        return until(look)[0]

    def ask(self, user: str, text: str, *, after: int = 0) -> tuple[Said, Said]:
        """Type a command that asks for approval; return the private answer and the message in the approvals channel."""
        before = len(self.messages(OLGA, APPROVALS))
        answers = len([said for said in self.messages(user, DEV) if said.get("only_for") == user])
        assert self.type(user, text) == "acknowledged"
        answer = self.answer(user, after=answers + after)
        return answer, until(lambda: self.messages(OLGA, APPROVALS)[before:])[0]

    def _state(self, user: str) -> dict[str, Any]:
        answer = requests.get(f"{self._url}/play/state", params={"user": user}, timeout=DEADLINE)
        return dict(answer.json())

    def _do(self, what: str, **given: object) -> dict[str, Any]:
        answer = requests.post(f"{self._url}/play/{what}", json=given, timeout=DEADLINE)
        assert answer.ok, answer.text
        return dict(answer.json())


@dataclass(frozen=True, kw_only=True)
class Team:
    """People, the bot's database, and the tap on the daemon."""

    people: People
    store: Store
    tap: Tap
    settings: Settings

    def request(self, number: int) -> Request:
        """Return a request as it is stored."""
        with self.store.reading() as reading:
            request = reading.request(RequestId(number))
        assert request is not None
        return request

    def records(self, number: int) -> tuple[HistoryRecord, ...]:
        """Return the records of a request."""
        with self.store.reading() as reading:
            return reading.records_of(RequestId(number))

    def timeline(self, number: int) -> tuple[RecordedEvent, ...]:
        """Return what happened to a request."""
        with self.store.reading() as reading:
            return reading.timeline(RequestId(number))

    def reaches(self, number: int, *states: State) -> Request:
        """Wait until a request is in one of *states*, and return it."""

        def look() -> Request | None:
            with self.store.reading() as reading:
                request = reading.request(RequestId(number))
            return request if request and request.state in states else None

        return until(look)

    def shows(self, words: str) -> Said:
        """Wait until the newest message in the approvals channel says *words*, and return it."""

        def look() -> Said | None:
            newest = self.people.messages(OLGA, APPROVALS)[-1]
            return newest if words in str(newest) else None

        return until(look)

    def remove(self, text: str) -> Request:
        """Let Dana ask and Olga approve; return the finished request, where plan, answer and record are equal."""
        _, message = self.people.ask(DANA, text)
        self.people.press(OLGA, message, "img_approve")
        with self.store.reading() as reading:
            newest = reading.requests(*State, limit=1000)[-1]
        finished = self.reaches(newest.id, State.FINISHED)
        steps = [lines for step in removal_plan(finished).steps if (lines := lines_of(step))]
        assert sorted(steps) == sorted(self.tap.answers())  # those that share nothing are answered in any order
        assert planned_lines(finished) == recorded_lines(self.records(newest.id))
        self.shows("Finished")
        return finished


def lines_of(step: Step) -> list[str]:
    """Return the lines that Docker was predicted to print of one step."""
    return [line(record) for record in step.outcome.records] if isinstance(step.outcome, Removed) else []


def planned_lines(request: Request) -> list[str]:
    """Return the lines that Docker was predicted to print."""
    return [text for step in removal_plan(request).steps for text in lines_of(step)]


def recorded_lines(records: tuple[HistoryRecord, ...]) -> list[str]:
    """Return the records as lines of Docker."""
    return [
        f"Untagged: {record.reference}" if record.reference else f"Deleted: {record.chain_id or record.image_id}"
        for record in records
    ]


@contextmanager
def team(place: RunningWorkspace, tapped: Tap, socket: Path, folder: Path, **others: object) -> Iterator[Team]:
    """Run the bot in *place*, with the daemon behind *socket*, within the block; *others* are more of the settings."""
    made = settings(place, {HOST: HostTable(url=f"unix://{socket}")}, folder)
    if others:
        made = made.model_copy(update={"file": made.file.model_copy(update=others)})
    service = Service(made)
    service.start()
    try:
        assert service.wait_connected(DEADLINE)
        yield Team(people=People(place.url), store=opened(made), tap=tapped, settings=made)
    finally:
        service.stop()


def opened(made: Settings) -> Store:
    """Return the bot's database, as somebody else looks into it."""
    url = made.environment.imgbot_database_url
    assert url is not None
    return Store(database.engine(url))
