"""What the record answers with, for other programs: JSON objects, and all that is found as CSV or JSON Lines."""

from collections.abc import Iterator
from types import MappingProxyType
from typing import assert_never

from bot.approval.notes import Refusal
from bot.approval.request import Request
from bot.audit import export
from bot.audit.export import JsonValue, csv_lines, json_lines, record_json
from bot.audit.query import HistoryRecord, Query, Subject, subject
from bot.db.reading import Entry, Reading
from bot.db.store import RecordedEvent
from bot.flows.uploads import Format

COLUMNS = MappingProxyType(
    {
        Subject.RECORDS: export.COLUMNS,
        Subject.REQUESTS: (
            *("request", "state", "host", "command", "requester", "reason", "asked_at", "changed_at"),
            *("ended_by", "why"),
        ),
        Subject.REFUSALS: ("event", "at", "refused_to", "action", "answer", "request"),
    }
)
"""The keys of each object, and the columns of a table, in order. They are only ever added, at the end."""


def lines(reading: Reading, query: Query, form: Format) -> Iterator[str]:
    """Yield all that *query* finds, newest first, each line with its end. Read it while *reading* is open."""
    rows = map(entry_json, reading.every_entry(query))
    return csv_lines(rows, COLUMNS[subject(query)]) if form is Format.CSV else json_lines(rows)


def entry_json(entry: Entry) -> dict[str, JsonValue]:
    """Return one of what is found as a JSON object; times are ISO 8601 in UTC, people are Slack user IDs."""
    match entry:
        case HistoryRecord():
            return record_json(entry)
        case Request():
            return _request_json(entry)
        case RecordedEvent(event=Refusal() as refusal):
            return {
                "event": entry.sequence,
                "at": entry.at.isoformat(),
                "refused_to": refusal.by.user_id,
                "action": refusal.action,
                "answer": refusal.answer,
                "request": refusal.request_id,
            }
        case RecordedEvent():
            raise AssertionError(entry.kind)  # no other event is answered with
        case _:
            assert_never(entry)


def _request_json(request: Request) -> dict[str, JsonValue]:
    closing = request.closing
    return {
        "request": request.id,
        "state": request.state.value,
        "host": request.plan.host,
        "command": request.plan.command,
        "requester": request.requester.user_id,
        "reason": request.reason,
        "asked_at": request.asked_at.isoformat(),
        "changed_at": request.changed_at.isoformat(),
        "ended_by": closing.by.user_id if closing and closing.by else None,
        "why": closing.why if closing else "",
    }
