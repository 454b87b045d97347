"""Where a request stands, in words: the headline, and who decided, when, and what happens next."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import assert_never

from bot.approval.request import Progress, Request, State, Window
from bot.images.layers import total
from bot.images.removal import Plan, Removed, Untagged
from bot.images.restoral import RestorePlan
from bot.slack import restorals
from bot.slack.mrkdwn import approver, count, date, escape, listed, mention, quoted, size
from bot.slack.steps import bytes_of, differs, freed_by, removals, removed, underway
from bot.slack.undo import reclaimed_bytes, to_come

GLASS = "🚨 Not approved: the glass was broken"
"""What stands in the place of those who approved."""
DECIDERS = 500
"""Characters of those who may decide."""


def went_wrong(request: Request) -> bool:
    """Whether nothing was removed, or put back, or something in another way than planned."""
    if isinstance(request.plan, RestorePlan):
        return restorals.went_wrong(request.plan, request.steps)
    return differs(request.plan, request.steps) or not any(isinstance(s.outcome, Removed) for s in request.steps)


def headline(request: Request) -> str:
    """Return the request's state in one plain sentence that names what, how many and where."""
    match request.plan:
        case Plan() as plan:
            return _of_removal(request, plan)
        case RestorePlan() as plan:
            return restorals.headline(request, plan, _leave(request))
        case _:
            assert_never(request.plan)


def _of_removal(request: Request, plan: Plan) -> str:
    goes = Goes(
        what=removals(plan),
        forced=forced(plan),
        where=plan.host,
        frees=frees(plan),
        leave=_leave(request),
        underway=f"Removing {underway(request.steps)} from {plan.host} …",
        done=done(request, plan, f" from {plan.host}") if request.state is State.FINISHED else "",
    )
    return removal_headline(request.state, goes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Goes:
    """What the headline of a removal is made of, on one host or on several: what goes, and from where.

    ``leave`` is what lets it go, ``underway`` and ``done`` are the whole sentences of these states; ``done`` is read
    where it has ended and nowhere else.
    """

    what: str
    forced: str
    where: str
    frees: str
    leave: str
    underway: str
    done: str


def removal_headline(state: State, goes: Goes) -> str:
    """Return the state of a removal in one plain sentence."""
    what, where = goes.what, goes.where
    match state:
        case State.PENDING:
            return f"Remove {what}{goes.forced} from {where}? Frees {goes.frees}"
        case State.APPROVED:
            return f"{goes.leave}: {what} will be removed{goes.forced} from {where}"
        case State.REMOVING:
            return goes.underway
        case State.FINISHED:
            return goes.done
        case State.INTERRUPTED:
            return f"Interrupted on {where}: look before it goes on"
        case State.REJECTED | State.WITHDRAWN | State.EXPIRED:
            return f"{state.capitalize()}: {what} not removed from {where}"
        case State.DRIFTED:
            return f"Not removed: the plan for {what} on {where} changed"


def frees(plan: Plan) -> str:
    """Return how much a plan gives back, and when."""
    if plan.reclaims:
        return f"{to_come(plan)} when it can no longer be undone"
    return bytes_of(total(step.freed for step in plan.steps))


def forced(plan: Plan) -> str:
    """Return the option that makes Docker remove what it would refuse to, where it was given."""
    return " with --force" if any(step.removal.force for step in plan.steps) else ""


def _leave(request: Request) -> str:
    if request.break_glass:
        return "Not approved, the glass was broken"
    return "Approved" if request.needs.count else "Allowed"


def done(request: Request, plan: Plan, where: str = "") -> str:
    """Return what came of a removal that has ended; *where* names the host, where nothing else does."""
    what = removed(plan, request.steps)
    kept = request.undo.window if request.undo else None
    if kept is Window.UNDONE:
        return _undone(request, what)
    if kept in {Window.OPEN, Window.UNDOING, Window.RECLAIMING}:
        return f"Removed {what}{where}, and kept the content for an undo"
    if kept is Window.RECLAIMED:
        return f"Removed {what}{where}, {reclaimed_bytes(request)} freed"
    return f"Removed {what}{where}, {bytes_of(freed_by(plan, request.steps))} freed"


def _undone(request: Request, what: str) -> str:
    """Return how much of it is back: a name that another image has by now is not, and a digest cannot be."""
    host, outcomes = request.plan.host, [state.outcome for state in request.steps]
    went = {
        r.reference for each in outcomes if isinstance(each, Removed) for r in each.records if isinstance(r, Untagged)
    }
    tags = {name for name in went if "@" not in name}
    back = tags & set(request.undo.back if request.undo else ())
    if tags and not back:
        return f"Undone: the content stays on {host}, and no name is back"
    return (
        f"Undone: {len(back)} of {count(len(tags), 'name')} back on {host}"
        if back < tags
        else f"Undone: {what} back on {host}"
    )


def _measured(request: Request) -> str:
    return "" if request.measured is None else f" Measured: {size(request.measured)} freed."


def standing(request: Request) -> str:
    """Return where the request stands: who decided, when, and what happens next."""
    closing = request.closing
    by = mention(closing.by) if closing and closing.by else ""
    approved, broken = approved_by(request), f"{GLASS}. " if request.break_glass else ""
    when, restores = date(request.changed_at), isinstance(request.plan, RestorePlan)
    removed, removing = ("put back", "Putting back") if restores else ("removed", "Removing")
    texts: Mapping[State, Callable[[], str]] = {
        State.PENDING: lambda: f"{needs(request)} · expires {date(request.expires_at)} · nothing has been {removed}",
        State.APPROVED: lambda: f"{approved}. It begins when {escape(request.plan.host)} answers.",
        State.REMOVING: lambda: f"{approved}. {removing} since {when}.",
        State.FINISHED: lambda: (
            f"{approved}. " + (f"Ended by {by} {when}." if by else f"Finished {when}.") + _measured(request)
        ),
        State.INTERRUPTED: lambda: f"{broken}{escape(closing.why if closing else '')} {left(request)}",
        State.REJECTED: lambda: f"Rejected by {by} {when}. Nothing was {removed}.{_why(request)}",
        State.WITHDRAWN: lambda: f"{broken}Withdrawn by {by} {when}. Nothing was {removed}.",
        State.EXPIRED: lambda: _expired(request),
        State.DRIFTED: lambda: f"{broken}Nothing was touched. The new plan needs an approval of its own.",
    }
    return texts[request.state]()


def _why(request: Request) -> str:
    return f"\n{quoted(request.closing.why)}" if request.closing and request.closing.why else ""


def approved_by(request: Request) -> str:
    """Return who approved a request, or why nobody had to."""
    if request.approvals:
        return f"Approved by {_given(request)}"
    return GLASS if request.break_glass else "Allowed without an approval"


def _given(request: Request) -> str:
    return ", ".join(f"{mention(each.by)} {date(each.at)}" for each in request.approvals)


def _expired(request: Request) -> str:
    """Return what was lacking: a decision, some of the approvals, or the host."""
    late, given = date(request.expires_at), len(request.approvals)
    if request.break_glass or given >= request.needs.count:
        host = escape(request.plan.host)
        return f"{approved_by(request)}, but it had not begun by {late}: it waited for {host}. Nothing was done."
    if given:
        return f"Only {given} of {request.needs.count} approvals by {late}: {_given(request)}. It was not rejected."
    return f"Nobody decided before {late}. It was not rejected."


def needs(request: Request) -> str:
    """Return whose approvals a request has, and whose it needs."""
    needed, given = request.needs.count, len(request.approvals)
    done = {approval.by.user_id for approval in request.approvals}
    whom = listed([approver(each) for each in request.deciders if each not in done], DECIDERS)
    if not given:
        return f"Needs {count(needed, 'approval')} from {whom}"
    return f"{given} of {needed} approvals: {_given(request)} · needs {needed - given} more from {whom}"


def left(request: Request) -> str:
    """Return how far its steps have come."""
    progress = [step.progress for step in request.steps]
    done = progress.count(Progress.DONE)
    parts = [f"{done} of {len(progress)} done"]
    if waiting := progress.count(Progress.WAITING):
        parts.append(f"{waiting} not started")
    if unclear := progress.count(Progress.UNCLEAR):
        parts.append(f"{unclear} unclear")
    return ", ".join(parts) + "."


def puts_back(request: Request) -> str:
    """Return what a restoral puts back; nothing of a removal."""
    return f"puts back what request {request.plan.of} removed" if isinstance(request.plan, RestorePlan) else ""


def put_back_by(restoral: Request) -> str:
    """Return how a request that is to put images back stands."""
    if restoral.state is State.FINISHED:
        return f"put back by request {restoral.id} {date(restoral.changed_at)}: {escape(headline(restoral))}"
    return f"request {restoral.id} to put it back is {restoral.state}"
