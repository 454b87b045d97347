"""The chain: what it seals, and what it finds out."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from bot.audit.chain import NOTHING, START, Broken, ChainedEvent, Fields, Head, Verified, canonical, seal, verify

BODIES = st.dictionaries(st.text(max_size=8), st.text(max_size=8) | st.integers(-(2**53) + 1, 2**53 - 1), max_size=4)
NUMBERS = st.integers(1, 2**53 - 1)


def fields(sequence: int, body: str = "{}") -> Fields:
    """Return an event about nothing."""
    return Fields(sequence=sequence, request=None, version=None, kind="started", at=0, format=1, body=body)


def chained(count: int) -> list[ChainedEvent]:
    """Return a chain of so many events."""
    events: list[ChainedEvent] = []
    for sequence in range(1, count + 1):
        previous = events[-1].hash if events else NOTHING
        event = fields(sequence)
        events.append(ChainedEvent(fields=event, previous_hash=previous, hash=seal(previous, event)))
    return events


def sealed_anew(events: list[ChainedEvent]) -> list[ChainedEvent]:
    """Return *events* with every hash made to fit: what somebody would do who may write everything."""
    made: list[ChainedEvent] = []
    for event in events:
        previous = made[-1].hash if made else NOTHING
        made.append(replace(event, previous_hash=previous, hash=seal(previous, event.fields)))
    return made


def head(events: list[ChainedEvent]) -> Head:
    """Return the head of a chain."""
    return Head(sequence=events[-1].fields.sequence, hash=events[-1].hash)


@given(BODIES, NUMBERS, st.none() | NUMBERS, st.none() | NUMBERS, st.from_regex(r"[a-z]+(-[a-z]+)*", fullmatch=True))
def test_what_is_sealed_is_rfc_8785(
    body: dict[str, str | int], at: int, request: int | None, version: int | None, kind: str
) -> None:
    """The bytes under the hash are the RFC 8785 form of the whole event, body included, as anybody can compute it."""
    event = Fields(
        sequence=at, request=request, version=version, kind=kind, at=at, format=1, body=rfc8785.dumps(body).decode()
    )
    plain: dict[str, Any] = {
        "at": at,
        "body": body,
        "format": 1,
        "kind": kind,
        "request": request,
        "sequence": at,
        "version": version,
    }
    assert canonical(event) == rfc8785.dumps(plain)
    assert json.loads(canonical(event)) == plain


def test_the_hash_is_of_the_previous_hash_and_the_event() -> None:
    """SHA-256 of 64 hexadecimal digits and the canonical event; the first follows 64 zeros."""
    text = '{"at":0,"body":{},"format":1,"kind":"started","request":null,"sequence":1,"version":null}'
    assert seal(NOTHING, fields(1)) == hashlib.sha256(("0" * 64 + text).encode()).hexdigest()


def test_a_chain_verifies() -> None:
    """Untouched events are counted, and the newest is named."""
    events = chained(5)
    assert verify(events) == Verified(count=5, head=head(events))


def test_no_events_verify() -> None:
    """An empty record is in order."""
    assert verify([]) == Verified(count=0, head=START)


def test_a_chain_verifies_from_a_known_event_on() -> None:
    """What was verified up to a known head need not be read again."""
    events = chained(5)
    assert verify(events[2:], start=head(events[:2])) == Verified(count=3, head=head(events))


def test_a_wrong_start_breaks_at_once() -> None:
    """Events that do not follow the known head are found at the first."""
    events = chained(5)
    broken = verify(events[2:], start=Head(sequence=2, hash="e" * 64))
    assert broken == Broken(sequence=3, why="It does not follow from the event before it.")


@pytest.mark.parametrize(
    "change",
    [
        lambda f: replace(f, body='{"a":1}'),
        lambda f: replace(f, body="{ }"),
        lambda f: replace(f, at=1),
        lambda f: replace(f, kind="stopped"),
        lambda f: replace(f, request=1),
        lambda f: replace(f, version=1),
        lambda f: replace(f, format=2),
    ],
    ids=["body", "space", "time", "kind", "request", "version", "format"],
)
def test_every_changed_field_shows(change: Callable[[Fields], Fields]) -> None:
    """A change of any field is found at its event."""
    events = chained(5)
    events[2] = replace(events[2], fields=change(events[2].fields))
    assert verify(events) == Broken(sequence=3, why="It is not as it was written.")


def test_a_changed_event_with_a_new_hash_shows_at_the_next() -> None:
    """Who changes an event and its hash is found at the event after it."""
    events = chained(5)
    changed = fields(3, body='{"a":1}')
    events[2] = replace(events[2], fields=changed, hash=seal(events[1].hash, changed))
    assert verify(events) == Broken(sequence=4, why="It does not follow from the event before it.")


@pytest.mark.parametrize("missing", [0, 2])
def test_a_missing_event_shows(missing: int) -> None:
    """A gap is found and named, at the beginning too."""
    events = chained(5)
    del events[missing]
    why = f"It is missing: event {missing + 2} comes after event {missing}."
    assert verify(events) == Broken(sequence=missing + 1, why=why)


def test_a_cut_tail_shows_against_a_known_head() -> None:
    """A chain that ends early is in itself whole, and found out by a head that was noted elsewhere."""
    events = chained(5)
    assert isinstance(verify(events[:3]), Verified)
    why = "It is missing: the record once went on to event 5."
    assert verify(events[:3], known=[head(events)]) == Broken(sequence=4, why=why)


def test_a_chain_may_have_grown_since_its_head_was_noted() -> None:
    """A head that was noted earlier is found inside a longer chain."""
    events = chained(5)
    assert verify(events, known=[head(events[:3])]) == Verified(count=5, head=head(events))


def test_a_chain_written_anew_shows_against_a_known_head() -> None:
    """Who writes every hash anew is found out by a head that was noted elsewhere."""
    events = chained(5)
    anew = sealed_anew([replace(events[0], fields=fields(1, body='{"a":1}')), *events[1:]])
    assert isinstance(verify(anew), Verified)
    why = "It is not the event that was there when its hash was noted."
    assert verify(anew, known=[head(events[:3])]) == Broken(sequence=3, why=why)


def test_the_head_of_nothing_is_no_event() -> None:
    """A head that was noted before the first event holds for every chain."""
    assert isinstance(verify(chained(2), known=[START]), Verified)
