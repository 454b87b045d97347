"""The record in forms that other programs read: JSON and CSV. Keys and columns are only ever added, at the end."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from bot.audit.query import HistoryRecord

JsonValue = str | int | bool | list[str] | None

COLUMNS = (
    "number",
    "request",
    "host",
    "kind",
    "reference",
    "names",
    "image_id",
    "chain_id",
    "bytes",
    "at",
    "requester",
    "approvers",
    "reason",
    "via",
    "source",
    "predicted",
    "break_glass",
    "earliest",
    "event",
    "step",
    "daemon_id",
    "store",
)
"""The keys of a record, and the columns of a table, in order."""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula (owasp.org, *CSV Injection*)."""


def record_json(record: HistoryRecord) -> dict[str, JsonValue]:
    """Return one record as a JSON object; times are ISO 8601 in UTC, people are Slack user IDs."""
    return {
        "number": record.number,
        "request": record.request,
        "host": record.host,
        "kind": record.kind,
        "reference": record.reference,
        "names": list(record.names),
        "image_id": record.image_id,
        "chain_id": record.chain_id,
        "bytes": record.bytes,
        "at": record.at.isoformat(),
        "requester": record.requester.user_id if record.requester else None,
        "approvers": [person.user_id for person in record.approvers],
        "reason": record.reason,
        "via": record.via,
        "source": record.source,
        "predicted": record.predicted,
        "break_glass": record.break_glass,
        "earliest": record.earliest.isoformat() if record.earliest else None,
        "event": record.event,
        "step": record.step,
        "daemon_id": record.daemon_id,
        "store": record.store,
    }


def json_lines(rows: Iterable[Mapping[str, JsonValue]]) -> Iterator[str]:
    """Yield JSON Lines: one object a line, each with its end."""
    for row in rows:
        yield json.dumps(row, ensure_ascii=False) + "\n"


def csv_lines(rows: Iterable[Mapping[str, JsonValue]], columns: Sequence[str] = COLUMNS) -> Iterator[str]:
    """Yield CSV (RFC 4180): a line of headings, then one object at a time, each with its end.

    Lists are joined by spaces. A cell that a spreadsheet would calculate has an apostrophe before it.
    """
    yield _row(columns)
    for row in rows:
        yield _row(_cell(row[column]) for column in columns)


def _row(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _cell(value: JsonValue) -> str:
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case int():
            return str(value)
        case list():
            return _harmless(" ".join(value))
        case _:
            return _harmless(value)


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
