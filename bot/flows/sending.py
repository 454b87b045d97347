"""Sending one step: what is looked at directly before the call, the call, and what about its answer was not planned."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from bot.flows.lookout import FRESH, Lookout
from bot.flows.ports import Change, Clock, Daemon, Unreachable
from bot.flows.strayed import strayed
from bot.images.drift import as_planned
from bot.images.ids import short
from bot.images.removal import DeletedLayer, Outcome, Refused, Removal, Removed, Step, Unknown, Untagged

TAG = "tag"
OF_IMAGES = frozenset({"pull", "push", "load", "import"})
"""What brings images, by Docker's words for it. It may tell no ID, and not the name that it takes from another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A step that has begun: it is sent before *send_by*, or not at all.

    The host was as planned until *seen*, by the daemon's clock; None where the daemon cannot be asked what happened.
    """

    number: int
    step: Step
    send_by: datetime
    seen: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What the daemon answered, and when; ``strayed`` says that a name was another image's by then."""

    outcome: Outcome
    at: datetime
    strayed: str = ""


class Then(StrEnum):
    """What becomes of a step that was not sent."""

    AGAIN = "again"  # it may be sent after another look at the host
    STOP = "stop"  # it waits for a person


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSent:
    """Why a step that had begun was not sent."""

    why: str
    then: Then = Then.AGAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Sends steps, in several threads at once, until *halted*: by a surprise in one of them, or from outside."""

    daemon: Daemon
    lookout: Lookout
    rules: Callable[[], str]
    now: Clock
    halted: threading.Event

    def send(self, task: Task) -> Sent | NotSent:
        """Look once more, and call the daemon."""
        try:
            answer = self._held_back(task) or self._sent(task)
        except BaseException:
            self.halted.set()
            raise
        if surprise_of(task.step, answer) is not None:
            self.halted.set()
        return answer

    def _sent(self, task: Task) -> Sent:
        removal, at = task.step.removal, self.now
        if removal.target is None and isinstance(task.step.outcome, Removed):
            return Sent(outcome=task.step.outcome, at=at())  # nothing to untag: its guard is all that it needs
        outcome = self.daemon.remove(removal)
        if isinstance(outcome, Removed) and may_move(removal) and task.seen is not None:
            found = strayed(self.daemon, removal, outcome, task.seen)
            if found is not None:
                return Sent(outcome=measured(task.step, found.outcome), at=at(), strayed=found.why)
        return Sent(outcome=measured(task.step, outcome), at=at())

    def _held_back(self, task: Task) -> NotSent | None:
        """Return why the step is not to be sent.

        An image may have got another name or a container meanwhile, which by ID, by digest or with force would go along
        or not be in the way. What a name names is read as the last thing; an ID or a digest is never another image's.
        """
        if task.seen is not None and (touched := self._touched(task.step, task.seen)):
            return touched
        if may_move(task.step.removal) and (moved := self._named_otherwise(task.step)):
            return moved
        if self.halted.is_set():
            return NotSent(why="Nothing more was sent.")
        if why := self.rules():
            return NotSent(why=why, then=Then.STOP)
        if self.now() >= task.send_by:
            return NotSent(why="It could not be sent in time.")
        return None

    def _named_otherwise(self, step: Step) -> NotSent | None:
        """Read once more what the target names."""
        removal = step.removal
        now = self.daemon.named(removal.target or removal.image_id or removal.word)
        if now == removal.image_id:
            return None
        if isinstance(now, Unreachable):
            return NotSent(why=now.why, then=Then.STOP)
        named = short(now) if now else "nothing"
        return NotSent(why=f"{removal.word} now names {named}, not what was approved.")

    def _touched(self, step: Step, seen: int) -> NotSent | None:
        """Ask once more what happened to the image, and to containers where one would not be in the way of the call."""
        changes = self.lookout.changes(seen, within=0 if may_move(step.removal) else FRESH)
        if isinstance(changes, Unreachable):
            return NotSent(why=changes.why, then=Then.STOP)
        blocked = not step.removal.force and step.removal.target == step.removal.image_id
        if not changes.complete or any(_concerns(change, step, blocked=blocked) for change in changes.changes):
            return NotSent(why="Something happened on the host just before the call.")
        return None


def may_move(removal: Removal) -> bool:
    """Whether what is sent is a tag, which can be given to another image at any time."""
    target = removal.target or ""
    return target != removal.image_id and "@" not in target


def names_of(step: Step) -> frozenset[str]:
    """Return the names that go with a step, as it was planned."""
    records = step.outcome.records if isinstance(step.outcome, Removed) else ()
    return frozenset(record.reference for record in records if isinstance(record, Untagged))


def _concerns(change: Change, step: Step, *, blocked: bool) -> bool:
    """Whether what happened may be about the image: to it, or to a name of it that another image has now.

    Whatever brings images may take a name along, of which nothing is told; and containers tell no image at all.

    By ID and unforced a call is refused where a container uses the image by now, so it is *blocked* by itself.
    """
    if change.image_id == step.removal.image_id:
        return True
    if change.action == TAG:
        return change.name in names_of(step)
    return change.action in OF_IMAGES or (change.image_id is None and not blocked)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surprise:
    """Something that was not planned; nothing more of the request is sent.

    ``drift`` is set where nothing of it was sent either: how the host is no longer as it was, in at most three lines.
    """

    why: str
    drift: tuple[str, ...] = ()


def surprise_of(step: Step, answer: Sent | NotSent) -> Surprise | None:
    """Return what about *answer* was not as planned."""
    if isinstance(answer, NotSent):
        return None if answer.then is Then.AGAIN else Surprise(why=answer.why)
    if answer.strayed:
        return Surprise(why=answer.strayed)
    match answer.outcome:
        case Unknown(message=message):
            return Surprise(why=message)
        case Refused(message=message):
            return Surprise(why=f"Docker refused it: {message}")
        case Removed() as removed if not as_planned(step, removed):
            return Surprise(why="Docker removed other things than it was expected to.")
        case _:
            return None


def measured(step: Step, outcome: Outcome) -> Outcome:
    """Return *outcome* with the sizes that the plan has of its layers: Docker names layers and never says how large."""
    if not isinstance(outcome, Removed) or not isinstance(step.outcome, Removed):
        return outcome
    sizes = {record.chain_id: record.bytes for record in step.outcome.records if isinstance(record, DeletedLayer)}
    return replace(
        outcome,
        records=tuple(
            replace(record, bytes=sizes.get(record.chain_id)) if isinstance(record, DeletedLayer) else record
            for record in outcome.records
        ),
    )
