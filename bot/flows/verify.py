"""Verifying: the whole record is read, and every event and every removal record held against what was written."""

from collections.abc import Callable, Collection, Iterable, Iterator

from bot.audit.chain import START, Broken, ChainedEvent, Head, Verified
from bot.audit.chain import verify as verify_chain
from bot.db.store import Reading

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

    *since* and *known* are heads that were noted elsewhere. Those of *known* must not be older than *since*. Everything
    is read of one moment, and the record may grow meanwhile.
    """
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
