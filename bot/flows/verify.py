"""Verifying: the whole record is read, and every event and every removal record held against what was written."""

from collections.abc import Callable, Collection, Iterable, Iterator

from bot.approval.proof import Restored
from bot.audit.chain import START, Broken, ChainedEvent, Head, Verified
from bot.audit.chain import verify as verify_chain
from bot.db.fields import Unreadable
from bot.db.store import Reading
from bot.flows.gaps import gap_of, gap_text

TOLD_EVERY = 5000
"""Events between two words on how far it is."""

Progress = Callable[[int], None]
"""Told how many events were read since it was told last."""


def _untold(_: int) -> None:
    """Tell nobody."""


def verified(
    reading: Reading, *, since: Head = START, known: Collection[Head] = (), told: Progress = _untold
) -> Verified | Broken:
    """Return whether everything on record after *since* is as it was written; else the first event that is not.

    *since* and *known* are heads that were noted elsewhere. Those of *known* must not be older than *since*. Where one
    is not held because a backup was restored that ends before it, that is what is said. Everything is read of one
    moment, and the record may grow meanwhile.
    """
    found = _read(reading, since, known, told)
    if isinstance(found, Verified):
        return found
    lost = {head: gap for head in known if (gap := _gap(reading, head))}
    again = _read(reading, since, [head for head in known if head not in lost], _untold) if lost else found
    if isinstance(again, Broken):
        return again
    head, gap = min(lost.items(), key=lambda each: each[0].sequence)
    return Broken(sequence=head.sequence, why=f"It is not the event whose hash was noted. {gap_text(gap)}")


def _gap(reading: Reading, noted: Head) -> Restored | None:
    try:
        found = gap_of(reading, noted)
    except Unreadable:  # somebody changed what explains it, and that is found without it
        return None
    return found.event if found and isinstance(found.event, Restored) else None


def _read(reading: Reading, since: Head, known: Collection[Head], told: Progress) -> Verified | Broken:
    sequence, sealed = reading.head()
    head = Head(sequence=sequence, hash=sealed)
    holding = reading.holding(since.sequence)
    events = _counted(reading.chain(since.sequence), told)
    found = verify_chain(events, start=since, known=[head, *known], fault_of=holding.fault_of)
    if isinstance(found, Verified) and found.head != head:
        why = f"The record's own head says that it ends with event {head.sequence}."
        return Broken(sequence=head.sequence + 1, why=why)
    return found if isinstance(found, Broken) else holding.left() or found


def _counted(events: Iterable[ChainedEvent], told: Progress) -> Iterator[ChainedEvent]:
    count = 0
    for event in events:
        yield event
        count += 1
        if count == TOLD_EVERY:
            told(count)
            count = 0
    told(count)
