"""Every kind of event, of note and of record, wherever it can be read: in Slack, on the command line, in files."""

import csv
import io
import json
from dataclasses import replace

import pytest
from rich.console import Console

from bot import for_programs, printing
from bot.approval.request import State
from bot.audit.chain import NOTHING, ChainedEvent, Fields, seal
from bot.audit.evidence import evidence
from bot.audit.export import csv_lines, json_lines
from bot.audit.query import HistoryRecord, Subject
from bot.db.columns import micros
from bot.db.event_codec import FORMAT, KINDS, dump_event
from bot.db.reading import Entry
from bot.db.store import RecordedEvent
from bot.flows.exporting import COLUMNS, entry_json
from bot.images.ids import short
from bot.slack.mrkdwn import unmarked
from bot.slack.records import record_blocks
from bot.slack.timeline import timeline, what
from tests.approval.examples import IN_STATE
from tests.db.examples import AT, BASE, CLOSED, DANA, OLGA, REDIS, STORED

EVENTS = {
    name: RecordedEvent(sequence=5, at=AT, kind=KINDS[type(event)], version=3, event=event, hash="ab" * 32)
    for name, event in STORED.items()
}


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_is_told(name: str) -> None:
    """In words of its own, the same in the timeline in Slack, on the command line and in its JSON."""
    event = EVENTS[name]
    told = what(event.event)
    (paragraph,) = timeline([event])
    assert told
    assert told in str(paragraph["text"])
    console = Console(file=io.StringIO(), width=10_000)
    printing.request(console, CLOSED, [event], [])
    assert isinstance(console.file, io.StringIO)
    assert f"{unmarked(told)}  ({event.kind}, 5:abababababab)" in console.file.getvalue()
    (shown,) = json.loads(json.dumps(for_programs.request_json(CLOSED, [event], [])))["timeline"]
    assert shown == {
        "event": 5,
        "at": AT.isoformat(),
        "kind": event.kind,
        "hash": event.hash,
        "told": unmarked(told),
    }


def test_no_two_kinds_of_event_are_told_the_same() -> None:
    """Each says what it is."""
    said = {kind: {what(each.event) for each in EVENTS.values() if each.kind == kind} for kind in KINDS.values()}
    kinds = sorted(said)
    same = [(one, two) for at, one in enumerate(kinds) for two in kinds[at + 1 :] if said[one] & said[two]]
    assert same == []


@pytest.mark.parametrize("name", EVENTS)
def test_every_event_is_in_the_evidence(name: str) -> None:
    """As it was sealed, with all that it says."""
    event = STORED[name]
    fields = Fields(
        sequence=5,
        request=CLOSED.id,
        version=3,
        kind=KINDS[type(event)],
        at=micros(AT),
        format=FORMAT,
        body=dump_event(event),
    )
    sealed = ChainedEvent(fields=fields, previous_hash=NOTHING, hash=seal(NOTHING, fields))
    first, line = map(json.loads, evidence(CLOSED.id, [sealed], 5))
    assert "RFC 8785" in first.pop("how_to_check")
    assert first == {"evidence": 1, "request": 1, "first": 5, "last": 5, "previous_hash": NOTHING}
    assert (line["hash"], line["event"]["kind"]) == (sealed.hash, fields.kind)
    assert line["event"]["body"] == json.loads(dump_event(event))


UNTAGGED = HistoryRecord(
    number=9,
    request=CLOSED.id,
    host="web-3",
    kind="untagged",
    reference="redis:7",
    names=("redis:7",),
    image_id=REDIS,
    chain_id=None,
    bytes=None,
    at=AT,
    requester=DANA,
    approvers=(OLGA,),
    reason="disk full",
    via="bot",
    source="reported",
    predicted=True,
    event=5,
    step=1,
    daemon_id="D1",
    store="classic",
)
IMAGE = replace(UNTAGGED, kind="deleted", reference=None)
LAYER = replace(IMAGE, chain_id=BASE, bytes=7_340_032)
OUTSIDE = replace(IMAGE, request=None, requester=None, approvers=(), reason="", via="external", source="derived")
ENTRIES: dict[str, tuple[Entry, tuple[str, ...]]] = {
    "untagged": (UNTAGGED, ("redis:7", "U0DANA", "web-3")),
    "deleted image": (IMAGE, (short(REDIS), "U0DANA", "web-3")),
    "deleted layer": (LAYER, ("layer", "7.3 MB", "web-3")),
    "broken glass": (replace(IMAGE, break_glass=True, approvers=()), (short(REDIS), "U0DANA")),
    "not planned": (replace(LAYER, predicted=False), ("layer", "web-3")),
    "outside": (replace(OUTSIDE, earliest=AT.replace(hour=3)), (short(REDIS), "web-3")),
    **{f"request {state}": (IN_STATE[state], (state.value, "rm redis:7 nginx:1")) for state in State},
    "refusal": (EVENTS["refusal"], ("approve", "Someone else has to decide.", "U0DANA")),
}
"""One of each that history tells, and what is to be read of it in Slack and in a table."""
SUBJECTS = {HistoryRecord: Subject.RECORDS, RecordedEvent: Subject.REFUSALS}


@pytest.mark.parametrize("name", ENTRIES)
def test_every_entry_is_in_history(name: str) -> None:
    """In Slack and in the table of the command line."""
    entry, parts = ENTRIES[name]
    console = Console(file=io.StringIO(), width=10_000)
    printing.history(console, [entry])
    assert isinstance(console.file, io.StringIO)
    table, slack = console.file.getvalue(), str(record_blocks([entry]))
    for part in parts:
        assert part in table
        assert part in slack
    outside = isinstance(entry, HistoryRecord) and entry.via == "external"
    assert ("outside the bot" in slack, "external" in table) == (outside, outside)


@pytest.mark.parametrize("name", ENTRIES)
def test_every_entry_is_in_the_files(name: str) -> None:
    """All of its keys, in CSV and in JSON Lines."""
    entry, _ = ENTRIES[name]
    told = entry_json(entry)
    columns = COLUMNS[SUBJECTS.get(type(entry), Subject.REQUESTS)]
    assert tuple(told) == columns
    (row,) = csv.DictReader(io.StringIO("".join(csv_lines([told], columns)), newline=""))
    assert {key for key, cell in row.items() if cell} == {
        key for key, value in told.items() if value not in (None, "", [])
    }
    (line,) = json_lines([told])
    assert json.loads(line) == told
