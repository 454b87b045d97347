"""What the command line prints of the record: tables for people, JSON for programs."""

from collections.abc import Mapping, Sequence
from typing import IO, assert_never

import humanize
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.approval.digest import code, digest
from bot.approval.fleet import Fleet
from bot.approval.request import Request, StepState
from bot.audit.export import JsonValue, record_json
from bot.audit.query import HistoryRecord, Summary
from bot.audit.stats import Stats
from bot.db.reading import Entry
from bot.db.store import RecordedEvent
from bot.flows.exporting import entry_json
from bot.images.grading import deleted_by
from bot.images.guards import is_guard_name
from bot.images.ids import short
from bot.images.removal import Plan, Refused, Removed, Step, Untagged, line
from bot.images.restoral import AnyPlan, AnyStep, NotPutBack, RestorePlan, steps_of
from bot.images.why import Share, Why
from bot.slack.against import came_lines, planned_lines, went_as_planned
from bot.slack.grades import in_words
from bot.slack.mrkdwn import unmarked
from bot.slack.standing import put_back_by, puts_back
from bot.slack.stats import accuracy_lines, asked_line, charts
from bot.slack.steps import name_of
from bot.slack.timeline import what

Nested = JsonValue | Sequence["Nested"] | Mapping[str, "Nested"]


_RECORDS = ("WHEN", "REQUEST", "HOST", "WHAT", "NAME OR ID", "SIZE", "ASKED BY", "APPROVED BY")
_REQUESTS = ("ASKED", "REQUEST", "HOST", "COMMAND", "ASKED BY", "STATUS", "BY", "WHY")
_REFUSALS = ("WHEN", "REQUEST", "REFUSED TO", "WHAT", "ANSWER")
_WHOLE = {"WHEN": 19, "ASKED": 19, "REQUEST": 7}
"""Columns that are not broken where the terminal is narrow, and how wide they are."""
_ANY = 10_000
"""How wide a table may be that is written to a file or to another program: nothing is broken there."""


def console_on(file: IO[str]) -> Console:
    """Return a console that breaks lines where *file* is a terminal, and nowhere else."""
    made = Console(file=file)
    return made if made.is_terminal else Console(file=file, width=_ANY)


def history(console: Console, records: Sequence[Entry]) -> None:
    """Print records as a table, newest first; likewise requests that removed nothing, and refusals."""
    if not records:
        console.print("No record.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in _headings(records[0]):
        table.add_column(heading, overflow="fold", min_width=_WHOLE.get(heading))
    for record in records:
        table.add_row(*(Text(cell) for cell in _cells(record)))
    console.print(table)


def summary(console: Console, found: Summary) -> None:
    """Print in one line what a query finds."""
    outside = f", {_count(found.outside, 'removal')} outside the bot" if found.outside else ""
    newest = "" if found.complete else f"the newest {found.records:,} records: "
    freed = humanize.naturalsize(found.bytes)
    counted = ((found.images, "image"), (found.names, "name"), (found.layers, "layer"))
    people = "1 person" if found.people == 1 else f"{found.people:,} people"
    _say(console, f"{newest}{', '.join(_count(*each) for each in counted)}, {freed}, {people}{outside}")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _headings(entry: Entry) -> tuple[str, ...]:
    match entry:
        case HistoryRecord():
            return _RECORDS
        case Request():
            return _REQUESTS
        case RecordedEvent():
            return _REFUSALS
        case _:
            assert_never(entry)


def _cells(entry: Entry) -> tuple[str, ...]:
    match entry:
        case HistoryRecord():
            return _record_cells(entry)
        case Request(asked_at=at):
            keys = ["request", "host", "command", "requester", "state", "ended_by", "why"]
        case RecordedEvent(at=at):
            keys = ["request", "refused_to", "action", "answer"]
        case _:
            assert_never(entry)
    told = entry_json(entry)
    return (f"{at:%Y-%m-%d %H:%M:%S}", *(str(told[key] or "") for key in keys))


def _record_cells(record: HistoryRecord) -> tuple[str, ...]:
    since = f"{record.earliest:%Y-%m-%d %H:%M:%S} to " if record.earliest else ""
    return (
        f"{since}{record.at:%Y-%m-%d %H:%M:%S}",
        str(record.request or ""),
        record.host,
        "untagged" if record.reference else "deleted layer" if record.chain_id else "deleted image",
        record.reference or short(record.chain_id or record.image_id),
        "" if record.bytes is None else humanize.naturalsize(record.bytes),
        record.requester.user_id if record.requester else record.via,
        ", ".join(person.user_id for person in record.approvers),
    )


def fleet_json(shown: Fleet) -> dict[str, object]:
    """Return a request for several hosts for programs."""
    asked = shown.asked
    return {
        "request": asked.number,
        "state": shown.state.value,
        "command": asked.command,
        "plan": code(asked.digest),
        "hosts": [
            {"host": each.plan.host, "request": each.id, "state": each.state.value, "plan": code(each.digest)}
            for each in shown.members
        ],
        "unplanned": [{"host": each.host, "why": each.why} for each in asked.unplanned],
        "uses": list(asked.uses),
    }


def fleet(console: Console, shown: Fleet) -> None:
    """Print a request for several hosts: what was asked, and how each of them stands."""
    asked = shown.asked
    _say(console, f"Request {asked.number}: {shown.state} — {asked.command}, plan {code(asked.digest)}")
    _say(console, f"Asked by {asked.by.user_id} {asked.at:%Y-%m-%d %H:%M:%S}. {asked.reason}".rstrip())
    for each in shown.members:
        _say(console, f"{each.plan.host}: {each.state}, request {each.id}, plan {code(each.digest)}")
    for host in asked.unplanned:
        _say(console, f"{host.host}: not planned. {host.why}")
    for use in asked.uses:
        _say(console, use)


def request(
    console: Console,
    shown: Request,
    timeline: Sequence[RecordedEvent],
    records: Sequence[HistoryRecord],
    restorals: Sequence[Request] = (),
) -> None:
    """Print one request: what was planned and what came of it, who decided, everything that happened.

    *restorals* are the requests to put back what it removed, oldest first.
    """
    plan = shown.plan
    graded = {each.image_id: unmarked(in_words(each)) for each in plan.graded}
    _say(console, f"Request {shown.id}: {shown.state} — {plan.command} on {plan.host}, plan {code(shown.digest)}")
    _say(console, f"Asked by {shown.requester.user_id} {shown.asked_at:%Y-%m-%d %H:%M:%S}. {shown.reason}".rstrip())
    for approval in shown.approvals:
        seen = f", seen in it {approval.seen_at:%Y-%m-%d %H:%M:%S}" if approval.seen_at else ""
        _say(console, f"Approved by {approval.by.user_id} ({approval.basis}{seen}) {approval.at:%Y-%m-%d %H:%M:%S}")
    for text in (puts_back(shown), *map(put_back_by, restorals)):
        if text:
            _say(console, f"{unmarked(text[0].upper() + text[1:])}.")
    for step, state in zip(steps_of(plan), shown.steps, strict=True):
        _say(console, f"\n{step.word}: {state.progress} {state.note}".rstrip())
        for text in _planned(step):
            _say(console, f"  planned  {text}")
        if isinstance(step, Step) and (image_id := deleted_by(step)) in graded:
            _say(console, f"  back     {graded[image_id]}")
        for text in came_lines(state):
            _say(console, f"  came     {text}")
        if state.outcome is not None:
            _say(console, "  as planned" if went_as_planned(step, state) else "  NOT AS PLANNED")
    _kept(console, shown)
    _say(console, f"\n{len(records)} on record. What happened:")
    for event in timeline:
        told = unmarked(what(event.event))
        _say(console, f"  {event.at:%Y-%m-%d %H:%M:%S}  {told}  ({event.kind}, {event.sequence}:{event.hash[:12]})")


def _kept(console: Console, shown: Request) -> None:
    """Print what a request kept for an undo, and what came of it when it was to go."""
    for step, state in _reclaims(shown):
        _say(console, f"\n{_kept_image(step)}, kept for an undo: {state.progress} {state.note}".rstrip())
        for text in _goes_later(step):
            _say(console, f"  planned  {text}")
        for text in came_lines(state):
            _say(console, f"  came     {text}")


def _kept_image(step: Step) -> str:
    return short(step.removal.image_id) if step.removal.image_id else step.removal.word


def _goes_later(step: Step) -> list[str]:
    """Return what goes with a guard, without the guard's own name: that is nobody's."""
    records = step.outcome.records if isinstance(step.outcome, Removed) else ()
    return [line(each) for each in records if not (isinstance(each, Untagged) and is_guard_name(each.reference))]


def _reclaims(shown: Request) -> list[tuple[Step, StepState]]:
    return list(zip(shown.plan.reclaims, shown.undo.reclaims, strict=True)) if shown.undo else []


def _say(console: Console, text: str) -> None:
    console.print(Text(text), soft_wrap=True)


def _planned(step: AnyStep) -> list[str]:
    """Return what was planned of a step, and as such where it is a refusal."""
    match step.outcome:
        case Refused(message=message):
            return [f"refused: {message}"]
        case NotPutBack(message=message):
            return [f"not put back: {message}"]
        case _:
            return planned_lines(step)


def stats(console: Console, period: str, found: Stats) -> None:
    """Print a period in numbers."""
    _say(console, f"The last {period}: {asked_line(found)}")
    for heading, lines in charts(found):
        _say(console, f"\n{heading}")
        for bar, name in lines:
            _say(console, f"{bar}  {name}")
    _say(console, "\nOur plans")
    for text in accuracy_lines(found):
        _say(console, text)


def grades(plan: Plan) -> list[tuple[str, str]]:
    """Return each image that a plan deletes, by what a person calls it, and how it can be had back."""
    found = {each.image_id: unmarked(in_words(each)) for each in plan.graded}
    return [(name_of(step), found[image_id]) for step in plan.steps if (image_id := deleted_by(step)) in found]


def why(console: Console, held: Why) -> None:
    """Print what holds an image, and what removing it would do."""
    _say(console, f"{held.image.id} on {held.host}, {humanize.naturalsize(held.image.size)}")
    for reference in held.references:
        _say(console, f"name       {reference.familiar}")
    for holder in held.containers:
        mounted = " (has it mounted)" if holder.kind == "mount" else ""
        _say(console, f"container  {holder.name.removeprefix('container ')}, {holder.detail}{mounted}")
    for child in held.children:
        _say(console, f"child      {child}")
    if held.kept:
        _say(console, f"kept       {held.kept}")
    for rule in held.rules:
        _say(console, f"protected  by {rule.name}{f': {rule.detail}' if rule.detail else ''}")
    for share in held.shares:
        _say(console, f"layers     {share.layers} {_shared(share)}")
    for text in _planned(held.removal) if held.removal else []:
        _say(console, f"removing   {text}")


def _shared(share: Share) -> str:
    known = "" if share.bytes is None else f"({humanize.naturalsize(share.bytes)}) "
    names = ", ".join(holder.name for holder in share.holders) or "nothing else"
    return f"{known}{'also ' if share.holders else ''}in {names}" + (f" and {share.more} more" if share.more else "")


def plan_json(plan: Plan) -> dict[str, Nested]:
    """Return a plan as a JSON object; keys are only ever added."""
    return {
        "host": plan.host,
        "store": plan.store.value,
        "plan": digest(plan),
        "steps": [
            {
                "word": step.removal.word,
                "target": step.removal.target,
                "image_id": step.removal.image_id,
                "planned": _planned(step),
                "frees": step.freed.bytes,
                "doubts": [doubt.why for doubt in step.doubts],
                "grade": _grade_json(plan, step),
            }
            for step in plan.steps
        ],
    }


def _grade_json(plan: AnyPlan, step: AnyStep) -> dict[str, Nested] | None:
    """Return how the image that a step deletes can be had back; None where it deletes none, or nobody looked."""
    image_id = deleted_by(step) if isinstance(step, Step) else None
    found = next((each for each in plan.graded if each.image_id == image_id), None)
    if found is None:
        return None
    return {
        "grade": found.grade.value,
        "reference": found.reference,
        "asked_at": found.asked_at.isoformat() if found.asked_at else None,
        "why": found.why,
    }


def request_json(
    shown: Request,
    timeline: Sequence[RecordedEvent],
    records: Sequence[HistoryRecord],
    restorals: Sequence[Request] = (),
) -> dict[str, Nested]:
    """Return one request as a JSON object; keys are only ever added."""
    return {
        "request": shown.id,
        "state": shown.state.value,
        "host": shown.plan.host,
        "command": shown.plan.command,
        "plan": shown.digest,
        "restores": shown.plan.of if isinstance(shown.plan, RestorePlan) else None,
        "requester": shown.requester.user_id,
        "reason": shown.reason,
        "asked_at": shown.asked_at.isoformat(),
        "approvals": [
            {
                "by": approval.by.user_id,
                "at": approval.at.isoformat(),
                "basis": approval.basis,
                "seen_at": approval.seen_at.isoformat() if approval.seen_at else None,
            }
            for approval in shown.approvals
        ],
        "steps": _steps_json(shown),
        "timeline": [
            {
                "event": event.sequence,
                "at": event.at.isoformat(),
                "kind": event.kind,
                "hash": event.hash,
                "told": unmarked(what(event.event)),
            }
            for event in timeline
        ],
        "records": [dict(record_json(record)) for record in records],
        "restored_by": [
            {"request": each.id, "state": each.state.value, "changed_at": each.changed_at.isoformat()}
            for each in restorals
        ],
        "reclaimed": _reclaimed_json(shown),
    }


def _steps_json(shown: Request) -> list[Nested]:
    return [
        {
            "word": step.word,
            "target": step.removal.target if isinstance(step, Step) else step.restoral.source,
            "image_id": step.removal.image_id if isinstance(step, Step) else step.restoral.image_id,
            "progress": state.progress.value,
            "note": state.note,
            "planned": _planned(step),
            "came": came_lines(state),
            "grade": _grade_json(shown.plan, step),
        }
        for step, state in zip(steps_of(shown.plan), shown.steps, strict=True)
    ]


def _reclaimed_json(shown: Request) -> list[Nested]:
    return [
        {
            "image_id": step.removal.image_id,
            "progress": state.progress.value,
            "note": state.note,
            "planned": _goes_later(step),
            "came": came_lines(state),
        }
        for step, state in _reclaims(shown)
    ]
