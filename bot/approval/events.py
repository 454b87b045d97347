"""What happens to a request, and what is worth a line in the record beside it."""

from dataclasses import dataclass
from datetime import datetime

from bot.approval.request import Approval, Call, Member, Needs, Person, PlanDigest, RequestId, Token
from bot.approval.undo_events import UndoEvent
from bot.images.restoral import AnyPlan, StepOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A plan was shown and asked for. The first event of each request.

    Where somebody pressed *Ask again* on an earlier request, ``again_of`` is that one. ``break_glass`` is whether it
    is carried out at once, without the approvals that the rule asks for. ``member`` is what binds it to other hosts.
    """

    at: datetime
    by: Person
    channel: str
    reason: str
    plan: AnyPlan
    digest: PlanDigest
    token: Token
    needs: Needs
    expires_at: datetime
    again_of: RequestId | None = None
    break_glass: bool = False
    member: Member | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """One person approved the plan with this digest."""

    at: datetime
    approval: Approval
    digest: PlanDigest


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """Somebody who may decide left out steps of the plan, counted from 0. Approvals of the whole plan are void.

    ``needs`` is what the rules ask for what is left. Of several hosts ``member`` is what binds what is left together;
    then steps of another host may have been left out, and none of this.
    """

    at: datetime
    by: Person
    basis: str
    plan: AnyPlan
    digest: PlanDigest
    token: Token
    needs: Needs
    left_out: tuple[int, ...]
    member: Member | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Somebody else asked for the same, and follows this request."""

    at: datetime
    by: Person
    channel: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """Somebody who may decide is looking at it."""

    at: datetime
    by: Person
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LookEnded:
    """Whoever was looking has not decided in time."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledFor:
    """Those who may decide were called, and in an escalation those in ``to`` as well."""

    at: datetime
    call: Call
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """A lead looked at what was done without an approval, and closed the matter."""

    at: datetime
    by: Person
    basis: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """The first hosts of its fleet went as predicted, so it need not wait; or ``by`` said that it goes on all the same.

    ``basis`` is what gave that person the right.
    """

    at: datetime
    by: Person | None = None
    basis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An approver said no; of what waits for the first hosts of its fleet, after it was approved too."""

    at: datetime
    by: Person
    basis: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """The requester took the request back."""

    at: datetime
    by: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired:
    """Nobody decided, or nobody began, in time. It was not rejected."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Drifted:
    """The host is no longer as it was when the plan was made.

    Nothing was removed; approvals are void. ``difference`` has at most three lines.
    """

    at: datetime
    difference: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A process began to carry the request out, or (from *interrupted*) went on with it because ``by`` said so."""

    at: datetime
    owner: str
    until: datetime
    by: Person | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepBegun:
    """The daemon is about to be called for this step (counted from 0)."""

    at: datetime
    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    """What the daemon answered; or, where ``found`` is set, what was found on the host beside that.

    After an interruption there is no answer; and a name may have been another image's by the time of the call.
    ``answer`` is the text that it answered with, as it was; of a very long one the beginning.
    """

    at: datetime
    step: int
    outcome: StepOutcome
    found: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSkipped:
    """The step was not sent, and why."""

    at: datetime
    step: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepNotDone:
    """The step had begun when the process ended, and the host shows that nothing came of it."""

    at: datetime
    step: int
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUnclear:
    """The step had begun, and what came of it cannot be told."""

    at: datetime
    step: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted:
    """The process that carried it out ended in the middle, or lost the host."""

    at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """Every step is done, skipped or left. ``by`` is set where a person ended an interrupted request."""

    at: datetime
    by: Person | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How many bytes less the daemon's layers take after a finished request than before it began.

    Written only where nothing else happened on the host meanwhile. ``predicted`` is what its plan said of the steps
    that were done, None where that was not known.
    """

    at: datetime
    freed: int
    predicted: int | None = None


Event = (
    Asked
    | Approved
    | Narrowed
    | Joined
    | Looking
    | LookEnded
    | CalledFor
    | Reviewed
    | Released
    | Rejected
    | Withdrawn
    | Expired
    | Drifted
    | Claimed
    | StepBegun
    | StepDone
    | StepSkipped
    | StepNotDone
    | StepUnclear
    | Interrupted
    | Finished
    | Measured
    | UndoEvent
)
"""What changes a request."""
