"""Gaps: what a restored backup had not yet. A head of an event that is missing is told from one that was changed."""

from bot.approval.notice import plain
from bot.approval.proof import Restored
from bot.audit.chain import Head
from bot.db.store import Reading, RecordedEvent


def gap_of(reading: Reading, noted: Head) -> RecordedEvent | None:
    """Return the restoration by which the event of a noted head may be missing.

    None where the record holds the head, and where no restoration explains that it does not.
    """
    if noted.sequence == 0 or reading.hash_of(noted.sequence) == noted.hash:
        return None
    found = [event for event in reading.every(Restored) if _misses(event, noted)]
    return found[-1] if found else None


def _misses(found: RecordedEvent, noted: Head) -> bool:
    return isinstance(found.event, Restored) and found.event.misses(noted.sequence)


def gap_text(restored: Restored) -> str:
    """Return what is missing since a restoration, as a sentence or two."""
    begins = plain(("The record was restored on ", restored.at, " from a backup of ", restored.made_at))
    return f"{begins}, which ends with event {restored.sequence}. {missing(restored)}"


def missing(restored: Restored) -> str:
    """Return which events are missing since a restoration, as a sentence."""
    first, last = restored.sequence + 1, restored.known_sequence
    if last is None:
        return f"What was on record after event {restored.sequence} is missing; how much that is, is not known."
    if last < first:
        return "Nothing is known to be missing."
    if last == first:
        return f"Event {first} as it was before is missing."
    return f"Events {first} to {last} as they were before are missing."
