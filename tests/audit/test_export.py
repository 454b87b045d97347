"""The record as other programs read it."""

import csv
import io
import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.audit.export import COLUMNS, FORMULA, csv_lines, json_lines, record_json
from bot.audit.query import HistoryRecord
from tests.db.values import any_of

RECORDS = st.lists(any_of(HistoryRecord), max_size=3)


@given(RECORDS)
def test_json_lines_read_back(records: list[HistoryRecord]) -> None:
    """One object a line, whatever is in it, with the keys in the order of the columns."""
    lines = list(json_lines(map(record_json, records)))
    assert all(line.count("\n") == 1 and line.endswith("\n") for line in lines)
    assert [json.loads(line) for line in lines] == [record_json(record) for record in records]
    assert all(tuple(json.loads(line)) == COLUMNS for line in lines)


@given(RECORDS)
def test_csv_reads_back_and_calculates_nothing(records: list[HistoryRecord]) -> None:
    """A reader of CSV finds every record, and no cell begins as a formula does."""
    rows = list(csv.reader(io.StringIO("".join(csv_lines(map(record_json, records))), newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 1 + len(records)
    assert not any(cell.startswith(FORMULA) for row in rows for cell in row)
    for row, record in zip(rows[1:], records, strict=True):
        cells = dict(zip(COLUMNS, row, strict=True))
        assert cells["reason"].removeprefix("'") == record.reason.removeprefix("'")
        assert cells["number"] == str(record.number)
        assert cells["event"] == str(record.event)
        assert cells["daemon_id"].removeprefix("'") == record.daemon_id.removeprefix("'")


@given(any_of(HistoryRecord), st.sampled_from(FORMULA))
def test_a_formula_is_text(record: HistoryRecord, begins: str) -> None:
    """A reason of somebody's that would be calculated is shown instead."""
    attack = begins + 'HYPERLINK("http://evil.example","x")'
    line = "".join(csv_lines([record_json(replace(record, reason=attack))]))
    (cells,) = list(csv.DictReader(io.StringIO(line, newline="")))
    assert cells["reason"] == f"'{attack}"
