"""What the command line prints of the record: tables, and JSON."""

import io
import json

from rich.console import Console

from bot import printing
from bot.approval.notes import Refusal
from bot.approval.request import RequestId, State
from bot.db.reading import Entry
from bot.db.store import RecordedEvent
from bot.flows.exporting import entry_json
from tests.approval.examples import DANA, IN_STATE, NOW

REFUSAL = RecordedEvent(
    sequence=9,
    at=NOW,
    kind="refusal",
    version=None,
    event=Refusal(at=NOW, by=DANA, action="approve", answer="Your own request.", request_id=RequestId(3)),
    hash="f" * 64,
)


def printed(*entries: Entry) -> str:
    """Return the table of *entries*."""
    console = Console(file=io.StringIO(), width=200)
    printing.history(console, entries)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_a_table_in_a_file_is_not_broken() -> None:
    """Whatever the terminal's width is: a line for each, so that other programs find it."""
    file = io.StringIO()
    printing.history(printing.console_on(file), [IN_STATE[State.REJECTED]])
    _, line = file.getvalue().splitlines()
    assert "rm redis:7 nginx:1" in line


def test_a_narrow_terminal_breaks_no_time() -> None:
    """Days and times are read at a glance; names and reasons are what is folded."""
    console = Console(file=io.StringIO(), width=60, force_terminal=True, color_system=None)
    printing.history(console, [REFUSAL])
    assert isinstance(console.file, io.StringIO)
    assert "2026-03-01 12:00:00  3" in console.file.getvalue()


def test_requests_that_removed_nothing_have_a_table_of_their_own() -> None:
    """What was typed, by whom, how it ended, by whom and why."""
    heading, line = printed(IN_STATE[State.REJECTED]).splitlines()
    assert heading.split()[:4] == ["ASKED", "REQUEST", "HOST", "COMMAND"]
    for part in ("rm redis:7 nginx:1", "web-3", "U0DEV", "rejected", "U0LEAD"):
        assert part in line


def test_refusals_have_a_table_of_their_own() -> None:
    """Who was refused what, and what they were told."""
    heading, line = printed(REFUSAL).splitlines()
    assert heading.split() == ["WHEN", "REQUEST", "REFUSED", "TO", "WHAT", "ANSWER"]
    assert line.split() == ["2026-03-01", "12:00:00", "3", "U0DEV", "approve", "Your", "own", "request."]


def test_each_is_an_object_in_json() -> None:
    """Keys by what it is."""
    told = json.loads(json.dumps([entry_json(each) for each in (IN_STATE[State.EXPIRED], REFUSAL)]))
    assert (told[0]["state"], told[0]["ended_by"], told[0]["command"]) == ("expired", None, "rm redis:7 nginx:1")
    assert told[1] == {
        "event": 9,
        "at": "2026-03-01T12:00:00+00:00",
        "refused_to": "U0DEV",
        "action": "approve",
        "answer": "Your own request.",
        "request": 3,
    }
