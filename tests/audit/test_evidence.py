"""The evidence for a request, checked as a stranger would: by the script in docs, with nothing of ours."""

import hashlib
import json
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bot.approval.events import Event
from bot.approval.notes import Note
from bot.approval.request import RequestId
from bot.audit.chain import NOTHING, ChainedEvent, Fields, canonical, seal
from bot.audit.evidence import evidence
from bot.db.event_codec import KINDS, dump_event
from tests.db import examples
from tests.db.values import any_of

SCRIPT = Path(__file__).parents[2] / "docs" / "check_evidence.py"


def chained(events: list[Event | Note]) -> list[ChainedEvent]:
    """Return *events* as a chain, every other one of request 7."""
    chain: list[ChainedEvent] = []
    for number, event in enumerate(events, start=1):
        fields = Fields(
            sequence=number,
            request=7 if number % 2 else 8,
            version=number,
            kind=KINDS[type(event)],
            at=number,
            format=2,
            body=dump_event(event),
        )
        before = chain[-1].hash if chain else NOTHING
        chain.append(ChainedEvent(fields=fields, previous_hash=before, hash=seal(before, fields)))
    return chain


CHAIN = chained(list(examples.STORED.values()))[2:13]  # begins in the middle, with an event of the request


def check(folder: Path, lines: list[str], *posted: str) -> subprocess.CompletedProcess[str]:
    """Run the script, isolated from everything but the standard library."""
    file = folder / "evidence.jsonl"
    file.write_text("".join(lines), encoding="utf-8")
    command = [sys.executable, "-I", "-S", str(SCRIPT), str(file), *posted]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def lines_of(chain: list[ChainedEvent]) -> list[str]:
    """Return the lines of an evidence file."""
    return list(evidence(RequestId(7), chain, chain[-1].fields.sequence))


def test_a_stranger_can_check_it(tmp_path: Path) -> None:
    """What was not changed is good, and holds the heads that were posted; the request's events are printed."""
    last = CHAIN[-1]
    checked = check(tmp_path, lines_of(CHAIN), f"{last.fields.sequence}:{last.hash}")
    assert (checked.returncode, checked.stderr) == (0, "")
    printed = checked.stdout.splitlines()
    assert printed[-1].startswith("Good: ")
    assert [line.split()[-1] for line in printed[:-1]] == ["3", "5", "7", "9", "11", "13"]


def test_the_file_itself_says_how_it_is_checked() -> None:
    """Whoever has nothing but the file does what its first line says, and comes to the same hashes."""
    first, *entries = map(json.loads, lines_of(CHAIN))
    how = first["how_to_check"]
    assert all(told in how for told in ("SHA-256", "previous_hash", "canonical JSON (RFC 8785", "audit channel"))
    before = first["previous_hash"]
    for entry in entries:
        text = json.dumps(entry["event"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        before = hashlib.sha256(f"{before}{text}".encode()).hexdigest()
        assert before == entry["hash"]


def _changed(lines: list[str], number: int, old: str, new: str) -> list[str]:
    assert old in lines[number]
    return [line.replace(old, new) if at == number else line for at, line in enumerate(lines)]


def test_every_kind_of_change_is_found(tmp_path: Path) -> None:
    """A changed field, a missing event, two in each other's place, a forged one, a cut end, another head."""
    lines = lines_of(CHAIN)
    forged = replace(CHAIN[4], fields=replace(CHAIN[4].fields, at=5_000_000))
    rehashed = replace(forged, hash=seal(forged.previous_hash, forged.fields))
    found = {
        "event 4 is not as it was written": _changed(lines, 2, '"at": 4', '"at": 3'),
        "event 7 is missing": [*lines[:5], *lines[6:]],
        "event 5 is missing": [*lines[:3], lines[4], lines[3], *lines[5:]],
        "event 8 is not as it was written": lines_of([*CHAIN[:4], rehashed, *CHAIN[5:]]),
        "event 13 is missing": lines[:-1],
    }
    for fault, changed in found.items():
        checked = check(tmp_path, changed)
        assert (checked.returncode, checked.stdout.splitlines()[-1]) == (1, f"NOT GOOD: {fault}.")
    checked = check(tmp_path, lines, f"13:{NOTHING}")
    assert checked.returncode == 1
    assert "is not in it" in checked.stdout


@given(st.lists(any_of(Event | Note), min_size=1, max_size=3))
def test_what_is_written_is_what_was_sealed(events: list[Event | Note]) -> None:
    """Whatever an event says, its canonical form can be had from the line: that is what the hash is of."""
    chain = chained(events)
    parsed = [json.loads(line) for line in lines_of(chain)]
    for (before, entry), event in zip(pairwise([{"hash": NOTHING}, *parsed[1:]]), chain, strict=True):
        text = json.dumps(entry["event"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        assert seal(before["hash"], event.fields) == entry["hash"]
        assert text.encode() == canonical(event.fields)
