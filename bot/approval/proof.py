"""What is on record of the record itself: heads that were posted, what verifying found, and who acknowledged it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.approval.request import Person


class Occasion(StrEnum):
    """What the record was verified for."""

    NIGHTLY = "nightly"
    SLACK = "slack"  # /img verify
    COMMAND_LINE = "command-line"  # imgbot audit verify


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The number and the hash of the newest event were posted and logged, where whoever owns the database does not.

    ``why`` is "daily", "count" or "stop".
    """

    at: datetime
    sequence: int
    hash: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """Everything on record up to event ``sequence`` is as it was written; ``count`` events were read.

    ``by`` is None where nobody asked in Slack; ``user`` is the account and the machine where somebody did on the
    command line, and empty otherwise.
    """

    at: datetime
    occasion: Occasion
    count: int
    sequence: int
    hash: str
    by: Person | None = None
    user: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether everything was read, from the first event on."""
        return self.count == self.sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Disproved:
    """Something on record is not as it was written; ``sequence`` is the first such event.

    Nothing is removed from here on until somebody acknowledges it. ``by`` is None where nobody asked in Slack; ``user``
    is as in ``Proved``.
    """

    at: datetime
    occasion: Occasion
    sequence: int
    why: str
    by: Person | None = None
    user: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """Somebody who may decide knows that verifying failed, and lets removals go on. ``failure`` is that event's number.

    What verifying found stays as it is: it fails again for as long as it is there.
    """

    at: datetime
    by: Person
    basis: str
    failure: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """The database was restored from a backup that was made at ``made_at``; ``sequence`` is the newest event in it.

    What came after that event is missing. ``known_sequence`` is the newest event that is known to have been there, by a
    checkpoint or by the database that was replaced; None where none is known. ``user`` is the account and the machine.
    """

    at: datetime
    sequence: int
    hash: str
    made_at: datetime
    user: str
    known_sequence: int | None = None
    known_hash: str = ""

    def misses(self, sequence: int) -> bool:
        """Whether the event of this number as it was before is missing, or may be."""
        return self.sequence < sequence and (self.known_sequence is None or sequence <= self.known_sequence)


Proof = Checkpoint | Proved | Disproved | Acknowledged | Restored
