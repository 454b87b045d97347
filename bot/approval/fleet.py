"""A request for several hosts: a fleet. Its members are ordinary requests of one host each, bound together.

The fleet's number comes directly before those of its members. What is decided is the digest over all of them, and it
is decided for all of them at once. Beyond that each member lives as any other request does: planned, compared, carried
out, interrupted and recorded by itself.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.approval.request import Look, Person, PlanDigest, Request, RequestId, State, Token
from bot.images.drift import as_planned
from bot.images.removal import Plan, Refused, Removed


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplanned:
    """A host that is no part of it, and why: it did not answer, there is nothing to remove, or a rule forbids it."""

    host: str
    why: str

    @property
    def alike(self) -> str:
        """Why, without the host's name: the same for all hosts of which the same is so."""
        return re.sub(rf"(?<![\w.-]){re.escape(self.host)}(?![\w-])", "HOST", self.why)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostPlan:
    """A host, and the digest of its member's plan. ``left_out`` where somebody who decides left the host out."""

    host: str
    digest: PlanDigest
    left_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetAsked:
    """Several hosts were asked for at once. The members' own events follow it, in the order of ``parts``.

    ``command`` is what was asked, ``digest`` covers it with every part and the hosts that are ``unplanned``. The first
    ``canary`` parts are carried out before the rest; 0 where all are at once. ``uses`` are sentences that say where
    images that go are in use.
    """

    at: datetime
    number: RequestId
    by: Person
    channel: str
    reason: str
    command: str
    digest: PlanDigest
    token: Token
    parts: tuple[HostPlan, ...]
    unplanned: tuple[Unplanned, ...] = ()
    canary: int = 0
    uses: tuple[str, ...] = ()

    @property
    def members(self) -> tuple[RequestId, ...]:
        """The numbers of the members."""
        return tuple(RequestId(self.number + 1 + place) for place in range(len(self.parts)))

    @property
    def kept(self) -> tuple[RequestId, ...]:
        """The numbers of the members whose hosts were not left out."""
        return tuple(number for number, part in zip(self.members, self.parts, strict=True) if not part.left_out)

    @property
    def first(self) -> tuple[RequestId, ...]:
        """The numbers of the members that go before the rest."""
        return self.kept[: self.canary]


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetNarrowed:
    """Somebody who may decide left hosts or images out: ``asked`` is what is asked for from now on.

    Its digest, token and parts are new. ``hosts`` and ``words`` are what was left out in all, ``version`` is that of
    the messages about all hosts with it. Approvals from before are void.
    """

    at: datetime
    by: Person
    basis: str
    asked: FleetAsked
    hosts: tuple[str, ...]
    words: tuple[str, ...]
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """The first hosts are not done yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """The first hosts went as predicted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """One of the first hosts did not go as predicted, so somebody has to say whether the rest goes on."""

    why: str


Outlook = Waits | Passed | Stuck
_TOLD = 5
"""Members whose numbers are told one by one."""
_GOING = frozenset({State.PENDING, State.APPROVED, State.REMOVING})
_SAYS = {
    State.DRIFTED: "the plan changed",
    State.INTERRUPTED: "it was interrupted",
    State.EXPIRED: "it ran out before it began",
    State.WITHDRAWN: "it was withdrawn",
    State.REJECTED: "it was rejected",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """A fleet with its members as they stand, in the order of its parts. ``narrowed`` says who left what out of it."""

    asked: FleetAsked
    members: tuple[Request, ...]
    narrowed: FleetNarrowed | None = None

    @property
    def number(self) -> RequestId:
        """Its number."""
        return self.asked.number

    @property
    def lead(self) -> Request:
        """The first member, by whose number the messages about all of them are kept."""
        return self.members[0]

    @property
    def kept(self) -> tuple[Request, ...]:
        """The members whose hosts were not left out."""
        pairs = zip(self.members, self.asked.parts, strict=False)  # a row may be gone: then nothing is approved
        return tuple(member for member, part in pairs if not part.left_out)

    @property
    def first(self) -> tuple[Request, ...]:
        """The members that go before the rest."""
        return self.kept[: self.asked.canary]

    @property
    def look(self) -> Look | None:
        """Who looks at it, so that the others need not."""
        return next((member.look for member in self.pending if member.look is not None), None)

    @property
    def pending(self) -> tuple[Request, ...]:
        """The members that are still to be decided."""
        return tuple(member for member in self.members if member.state is State.PENDING)

    @property
    def held(self) -> tuple[Request, ...]:
        """The members that are approved and wait for the first hosts."""
        return tuple(member for member in self.members if member.state is State.APPROVED and member.held)

    @property
    def stuck(self) -> str:
        """Why the rest does not go on by itself; empty where it does, or nothing waits."""
        found = outlook(self.first) if self.held else Waits()
        return found.why if isinstance(found, Stuck) else ""

    @property
    def state(self) -> State:
        """Where it stands as a whole: what is still to be decided or looked at comes before what goes on by itself."""
        states = [member.state for member in self.kept or self.members]
        if State.PENDING in states:
            return State.PENDING
        if State.INTERRUPTED in states or self.stuck:
            return State.INTERRUPTED
        if State.REMOVING in states or (State.APPROVED in states and State.FINISHED in states):
            return State.REMOVING
        for state in (State.APPROVED, State.FINISHED):
            if state in states:
                return state
        return states[0]


def members_told(fleet: Fleet) -> str:
    """Return under which numbers the hosts of a fleet are, as one sentence for whoever named the fleet's."""
    first = ", ".join(f"{member.id} for {member.plan.host}" for member in fleet.members[:_TOLD])
    more = f", and so on up to {fleet.members[-1].id}" if len(fleet.members) > _TOLD else ""
    return f"Each host has a number of its own: {first}{more}."


def outlook(first: Sequence[Request]) -> Outlook:
    """Return whether what was carried out first says that the rest may go on."""
    for member in first:
        if member.state not in _GOING and (why := _wrong(member)):
            return Stuck(why=f"{member.plan.host} was to go first, and {why}")
    return Passed() if all(member.state is State.FINISHED for member in first) else Waits()


def _wrong(member: Request) -> str:
    """Return what went otherwise than predicted on a host; nothing where all went as it was."""
    if member.state is not State.FINISHED:
        return _SAYS[member.state]
    if member.closing is not None and member.closing.by is not None:
        return "somebody ended it before it was done"
    return "" if went_as_planned(member) else "not all of it went as predicted"


def went_as_planned(member: Request) -> bool:
    """Whether every step of a request that removes had the outcome that its plan predicts."""
    if not isinstance(member.plan, Plan):
        return False
    for step, state in zip(member.plan.steps, member.steps, strict=True):
        match step.outcome, state.outcome:
            case Removed(), Removed() as removed if as_planned(step, removed):
                continue
            case Refused(refusal=expected), Refused(refusal=refusal) if expected is refusal:
                continue
            case Refused(), None:  # what Docker would refuse is not sent
                continue
        return False
    return True
