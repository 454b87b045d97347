"""A request: one plan, asked for by one person, decided by others, carried out once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from bot.images.restoral import AnyPlan, StepOutcome

RequestId = NewType("RequestId", int)
PlanDigest = NewType("PlanDigest", str)
Token = NewType("Token", str)
"""What a button carries: opaque, and good for one request with one plan."""


class State(StrEnum):
    """Where a request stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REMOVING = "removing"
    FINISHED = "finished"
    INTERRUPTED = "interrupted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    DRIFTED = "drifted"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Person:
    """Somebody, by the two IDs that Slack never gives to anybody else. A name is never part of an identity."""

    team_id: str
    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """The approvals that a request needs, fixed when it was asked.

    How many, by whom (user IDs and user group IDs), and the rule that says so. After ``remind_after`` without a
    decision they are reminded, and after ``escalate_after`` those in ``escalate_to`` may decide as well. For ``undo``
    after the names went, content is kept.
    """

    count: int
    approvers: tuple[str, ...]
    rule: str
    remind_after: timedelta | None = None
    escalate_after: timedelta | None = None
    escalate_to: tuple[str, ...] = ()
    undo: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What binds a request to others on other hosts (``fleet.py``): the fleet's number, and the digest over all.

    ``ruled`` is what the request's own rules ask for, where the fleet asks for what the strictest of all do.
    ``waits`` is whether it is carried out only after the first hosts.
    """

    fleet: RequestId
    digest: PlanDigest
    ruled: Needs
    waits: bool = False

    @property
    def lead(self) -> RequestId:
        """The number of the first member."""
        return RequestId(self.fleet + 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One approval: by whom, when, and what gave the right ("user U1", "group S1").

    ``seen_at`` is when Slack said that the person is in the group; None where it was asked about none.
    """

    by: Person
    at: datetime
    basis: str
    seen_at: datetime | None = None


class Progress(StrEnum):
    """How far one step of a plan has come."""

    WAITING = "waiting"
    BEGUN = "begun"  # the intent is on record; the daemon may or may not have been called
    DONE = "done"  # the outcome is on record
    SKIPPED = "skipped"  # never sent, and why is on record
    UNCLEAR = "unclear"  # begun, and what came of it could not be told


@dataclass(frozen=True, slots=True, kw_only=True)
class StepState:
    """How far a step has come.

    ``outcome`` once it is done, ``note`` where it was skipped, is unclear or was found done after a restart.
    """

    progress: Progress = Progress.WAITING
    outcome: StepOutcome | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Which process carries a request out, and until when it may be thought alive.

    ``number`` counts the claims of this request.
    """

    owner: str
    number: int
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Who or what ended a request, and why. ``by`` is None where nobody did (expired, drifted)."""

    by: Person | None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Somebody who may decide is looking at a request, so that the others need not; others still may decide."""

    by: Person
    until: datetime


class Call(StrEnum):
    """Why those who may decide are written to while a request waits."""

    REMIND = "remind"
    ESCALATE = "escalate"
    RUNS_OUT = "runs-out"  # most of its time has passed
    REVIEW = "review"  # the glass was broken, and a lead has to look at it afterwards


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """One call to those who may decide. ``version`` is the request's with it."""

    call: Call
    at: datetime
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """Steps that somebody who may decide took out of the plan, by their words. ``version`` is the request's then."""

    by: Person
    at: datetime
    words: tuple[str, ...]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A lead's look at what was done without an approval: what gave the right to close it, and what was found."""

    by: Person
    at: datetime
    basis: str
    note: str


class Window(StrEnum):
    """How far it has come with what a request keeps for a while."""

    GUARDED = "guarded"  # guards are there, or some of them; the request has not ended
    OPEN = "open"
    UNDOING = "undoing"
    RECLAIMING = "reclaiming"
    UNDONE = "undone"
    RECLAIMED = "reclaimed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """What is kept by guards after the names went: one guard, and its state, for each reclaim of the plan.

    ``until`` is when the window ends, once it is open; ``by`` who ended it before, ``owner`` the process that is at it.
    ``back`` are the names that were put back, ``left`` sentences about what was not. ``ended`` is the request's version
    with which nothing was kept any more; 0 before.
    """

    window: Window
    guards: tuple[str, ...]
    reclaims: tuple[StepState, ...]
    until: datetime | None = None
    owner: str = ""
    by: Person | None = None
    back: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    ended: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it stands. It changes only by ``lifecycle.after``; ``version`` counts its events.

    ``channel`` is where it was asked; ``digest`` is of ``plan``; ``steps`` has one state per step of the plan;
    ``measured`` is how many bytes less the host's layers took in the end, None where that was not measured.
    ``followers`` asked for the same while it was open. ``break_glass`` is whether it was carried out without the
    approvals that its rule asks for; ``review`` is None until a lead has looked at that. ``undo`` is what it keeps.
    ``member`` is what binds it to requests on other hosts, ``held`` whether it still waits for the first of these.
    """

    id: RequestId
    version: int
    state: State
    requester: Person
    channel: str
    reason: str
    plan: AnyPlan
    digest: PlanDigest
    token: Token
    needs: Needs
    asked_at: datetime
    expires_at: datetime
    approvals: tuple[Approval, ...] = ()
    steps: tuple[StepState, ...] = ()
    claim: Claim | None = None
    closing: Closing | None = None
    measured: int | None = None
    followers: tuple[Person, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    look: Look | None = None
    calls: tuple[Called, ...] = ()
    break_glass: bool = False
    review: Review | None = None
    undo: Undo | None = None
    member: Member | None = None
    held: bool = False
    changed_at: datetime

    @property
    def ruled(self) -> Needs:
        """What its own rules asked for when it was asked."""
        return self.needs if self.member is None else self.member.ruled

    @property
    def escalated(self) -> bool:
        """Whether those that the rule escalates to may decide too."""
        return any(called.call is Call.ESCALATE for called in self.calls)

    @property
    def deciders(self) -> tuple[str, ...]:
        """The user IDs and user group IDs of those who may decide now."""
        return (*self.needs.approvers, *(self.needs.escalate_to if self.escalated else ()))

    @property
    def awaits_review(self) -> bool:
        """Whether a lead has still to look at what was done without an approval."""
        return self.break_glass and self.review is None

    @property
    def undo_at(self) -> datetime | None:
        """When something is to be done about what it keeps; None where nothing is, or it is not known yet."""
        if self.undo is None or self.undo.window in {Window.GUARDED, Window.UNDONE, Window.RECLAIMED}:
            return None
        return self.undo.until if self.undo.window is Window.OPEN else self.changed_at
