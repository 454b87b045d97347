"""What the command line prints for people: the record in tables, requests and what holds an image in lines."""

from collections.abc import Sequence
from typing import IO, assert_never

import humanize
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.approval.digest import code
from bot.approval.fleet import Fleet
from bot.approval.request import Request
from bot.audit.query import HistoryRecord, Summary
from bot.audit.stats import Stats
from bot.db.reading import Entry
from bot.db.store import RecordedEvent
from bot.flows.exporting import entry_json
from bot.images.grading import deleted_by
from bot.images.ids import short
from bot.images.removal import Plan, Step
from bot.images.restoral import steps_of
from bot.images.why import Share, Why
from bot.in_lines import goes_later, planned, reclaims
from bot.slack.against import came_lines, went_as_planned
from bot.slack.grades import in_words
from bot.slack.mrkdwn import unmarked
from bot.slack.standing import put_back_by, puts_back
from bot.slack.stats import accuracy_lines, asked_line, charts
from bot.slack.steps import name_of
from bot.slack.timeline import what

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
        for text in planned(step):
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
    for step, state in reclaims(shown):
        _say(console, f"\n{_kept_image(step)}, kept for an undo: {state.progress} {state.note}".rstrip())
        for text in goes_later(step):
            _say(console, f"  planned  {text}")
        for text in came_lines(state):
            _say(console, f"  came     {text}")


def _kept_image(step: Step) -> str:
    return short(step.removal.image_id) if step.removal.image_id else step.removal.word


def _say(console: Console, text: str) -> None:
    console.print(Text(text), soft_wrap=True)


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
    for text in planned(held.removal) if held.removal else []:
        _say(console, f"removing   {text}")


def _shared(share: Share) -> str:
    known = "" if share.bytes is None else f"({humanize.naturalsize(share.bytes)}) "
    names = ", ".join(holder.name for holder in share.holders) or "nothing else"
    return f"{known}{'also ' if share.holders else ''}in {names}" + (f" and {share.more} more" if share.more else "")
