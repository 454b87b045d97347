"""What happened to a request, one line an event: when, who, what, and why."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import assert_never

from bot.approval.events import (
    Approved,
    Asked,
    CalledFor,
    Claimed,
    Drifted,
    Event,
    Expired,
    Finished,
    Interrupted,
    Joined,
    LookEnded,
    Looking,
    Measured,
    Narrowed,
    Rejected,
    Released,
    Reviewed,
    StepBegun,
    StepDone,
    StepNotDone,
    StepSkipped,
    StepUnclear,
    Withdrawn,
)
from bot.approval.fleet import FleetAsked, FleetNarrowed
from bot.approval.notes import (
    DatabaseAway,
    GroupMembers,
    LayersGone,
    LeftOutside,
    Note,
    PolicyChanged,
    RecordRead,
    Refusal,
    Started,
    Stopped,
)
from bot.approval.proof import Acknowledged, Checkpoint, Disproved, Proof, Proved, Restored
from bot.approval.request import Call
from bot.approval.undo_events import Guarded, Guarding, GuardRemoved, ReclaimBegun, UndoBegun, Undone
from bot.db.store import RecordedEvent
from bot.images.removal import Refused, Removed, Unknown
from bot.images.restoral import PutBack, StepOutcome, gain_line
from bot.slack.blocks import Block, section
from bot.slack.mrkdwn import approver, clipped, code, count, date, escape, mention, prose, size
from bot.slack.undo import undo_told

ROOM = 5000
"""Characters of a message that the timeline may take; the rest is for the plan and what came of it."""
PARAGRAPH = 2900
LONGEST = 500
"""Characters of one event. The whole of it is in the evidence file, and on the command line."""
_GROUP = re.compile("group (S[A-Z0-9]+)")


def timeline(events: Sequence[RecordedEvent]) -> tuple[Block, ...]:
    """Return what happened as paragraphs, oldest first: the newest events, where all are more than fit a message."""
    lines: list[str] = []
    room = ROOM
    for event in reversed(events):
        told = clipped(told_event(event), LONGEST)
        room -= len(told) + 1
        if room < 0:
            break
        lines.insert(0, told)
    hidden = len(events) - len(lines)
    first = [f"… {count(hidden, 'earlier event')}: the evidence file has them all."] if hidden else []
    parts = _parts([*first, *lines])
    return tuple(section("\n".join([*(["*Timeline*"] if at == 0 else []), *part])) for at, part in enumerate(parts))


def _parts(lines: Sequence[str]) -> list[list[str]]:
    """Return *lines* in as many paragraphs as hold them."""
    parts: list[list[str]] = [[]]
    room = PARAGRAPH
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            parts.append([])
            room = PARAGRAPH - len(line) - 1
        parts[-1].append(line)
    return parts


def told_event(recorded: RecordedEvent) -> str:
    """Return one event of a request as a line."""
    return f"{date(recorded.at)} {what(recorded.event)}"


def what(event: Event | Note) -> str:  # a line for each kind of event
    """Return who did what, and why."""
    match event:
        case Asked(by=by):
            return f"{mention(by)} asked"
        case Approved(approval=approval):
            seen = f", seen in it {date(approval.seen_at)}" if approval.seen_at else ""
            return f"{mention(approval.by)} approved ({_basis(approval.basis)}{seen})"
        case Narrowed() | Joined() | Looking() | LookEnded() | CalledFor() | Reviewed():
            return _waiting(event)
        case Released(by=by, basis=basis):
            why = f"{mention(by)} said that it goes on ({_basis(basis)})" if by else "the first hosts went as predicted"
            return f"waits no longer: {why}"
        case Rejected(by=by, why=why):
            return f"{mention(by)} rejected {escape(why)}".rstrip()
        case Withdrawn(by=by):
            return f"{mention(by)} withdrew"
        case Expired():
            return "expired"
        case Drifted(difference=difference):
            return f"drifted: {escape(' '.join(difference))}"
        case Claimed(by=by):
            return "began" if by is None else f"{mention(by)} resumed it"
        case Interrupted(why=why):
            return f"interrupted: {escape(why)}"
        case Finished(by=by):
            return "finished" if by is None else f"{mention(by)} ended it"
        case Measured(freed=freed):
            return f"measured: {size(freed)} freed"
        case Guarding() | Guarded() | UndoBegun() | Undone() | ReclaimBegun() | GuardRemoved():
            return undo_told(event)
        case Refusal(by=by, action=action, answer=answer):
            return f"{mention(by)} {code(action)} did nothing: {prose(answer)}"
        case Started() | Stopped() | DatabaseAway() | PolicyChanged() | GroupMembers() | RecordRead():
            return _beside(event)
        case LeftOutside() | LayersGone():
            return _left(event)
        case FleetAsked(by=by, number=number, parts=parts):
            return f"{mention(by)} asked for {count(len(parts), 'host')} as request {number}"
        case FleetNarrowed(by=by, basis=basis, hosts=hosts, words=words):
            left_out = [count(len(hosts), "host")] * bool(hosts) + [count(len(words), "image")] * bool(words)
            return f"{mention(by)} left {' and '.join(left_out)} out ({_basis(basis)})"
        case Checkpoint() | Proved() | Disproved() | Acknowledged() | Restored():
            return _proof(event)
        case _:
            return _step(event)


def _basis(text: str) -> str:
    """Return what gives somebody the right to decide, a group by its name."""
    group = _GROUP.fullmatch(text)
    return f"group {approver(group[1])}" if group else escape(text)


CALLS: Mapping[Call, str] = MappingProxyType(
    {
        Call.REMIND: "reminded those who may decide",
        Call.ESCALATE: "called more people",
        Call.RUNS_OUT: "told that it runs out",
        Call.REVIEW: "called for a review",
    }
)


def _waiting(event: Narrowed | Joined | Looking | LookEnded | CalledFor | Reviewed) -> str:
    match event:
        case Narrowed(by=by, left_out=left_out):
            return f"{mention(by)} left {count(len(left_out), 'step')} out of the plan"
        case Joined(by=by):
            return f"{mention(by)} asked for the same and follows it"
        case Looking(by=by):
            return f"{mention(by)} is looking"
        case LookEnded():
            return "nobody is looking any more"
        case CalledFor(call=call, to=to):
            return f"{CALLS[call]} {', '.join(map(approver, to))}".rstrip()
        case Reviewed(by=by, basis=basis, note=note):
            return f"{mention(by)} reviewed it ({_basis(basis)}) {escape(note)}".rstrip()
        case _:
            assert_never(event)


def _beside(
    event: Started | Stopped | DatabaseAway | PolicyChanged | GroupMembers | RecordRead,
) -> str:
    match event:
        case Started():
            return "the bot began"
        case Stopped():
            return "the bot ended"
        case DatabaseAway(why=why):
            return f"the database had not answered: {escape(why)}"
        case PolicyChanged(changes=changes):
            return f"the rules changed: {escape('; '.join(changes))}"
        case GroupMembers(group=group):
            return f"other people are in {approver(group)}"
        case RecordRead(by=by, query=query, user=user):
            return f"{mention(by) if by else escape(user)} asked the record {code(query)}"
        case _:
            assert_never(event)


def _left(event: LeftOutside | LayersGone) -> str:
    match event:
        case LeftOutside(host=host, left=left):
            return f"{count(len(left), 'image')} left {escape(host)} outside the bot"
        case LayersGone(layers=layers):
            return f"{count(len(layers), 'layer')} went with it, as the host shows"
        case _:
            assert_never(event)


def _proof(event: Proof) -> str:
    match event:
        case Checkpoint(sequence=sequence):
            return f"checkpoint at event {sequence}"
        case Proved(count=number):
            return f"{count(number, 'event')} verified"
        case Disproved(sequence=sequence, why=why):
            return f"verifying failed at event {sequence}: {escape(why)}"
        case Acknowledged(by=by):
            return f"{mention(by)} acknowledged that verifying failed"
        case Restored(sequence=sequence):
            return f"restored from a backup that ended with event {sequence}"
        case _:
            assert_never(event)


def _step(event: StepBegun | StepDone | StepSkipped | StepNotDone | StepUnclear) -> str:
    step = f"step {event.step + 1}"
    match event:
        case StepBegun():
            return f"{step} begun"
        case StepDone(outcome=outcome, found=found):
            return f"{step}: {_outcome(outcome)} {escape(found)}".rstrip()
        case StepSkipped(why=why) | StepUnclear(why=why):
            return f"{step} {'left out' if isinstance(event, StepSkipped) else 'unclear'}: {escape(why)}"
        case StepNotDone(found=found):
            return f"{step} not done: {escape(found)}"
        case _:
            assert_never(event)


def _outcome(outcome: StepOutcome) -> str:
    match outcome:
        case PutBack(gains=gains, left=left):
            return "; ".join([", ".join(map(gain_line, gains)) or "nothing came of it", *map(prose, left)])
        case Removed(records=records):
            return f"done, {count(len(records), 'record')}"
        case Refused(message=message):
            return f"refused: {escape(message)}"
        case Unknown(message=message):
            return f"no answer: {escape(message)}"
        case _:
            assert_never(outcome)
