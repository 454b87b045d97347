"""What happens to the content that a request keeps for a while after its names went."""

from dataclasses import dataclass
from datetime import datetime

from bot.approval.request import Person
from bot.images.removal import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarding:
    """Guard tags are about to be set: one for each reclaim of the plan, in their order. Some may be there from now."""

    at: datetime
    guards: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """Every guard tag was set and read back. Nothing of the request was sent before."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoBegun:
    """The names are about to be put back, by the process *owner*: because ``by`` said so, or in another's place."""

    at: datetime
    owner: str
    by: Person | None
    basis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """``back`` are the names that were put back, ``left`` sentences about what was not. The guards are gone."""

    at: datetime
    back: tuple[str, ...]
    left: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReclaimBegun:
    """The guards are about to be removed: because ``by`` said so, or (None) because the window ended."""

    at: datetime
    owner: str
    by: Person | None
    basis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardRemoved:
    """A guard is gone, that of the reclaim *number* (counted from 0); and with it what the daemon deleted.

    The guard's own name is none of the records. ``names`` are those that the image lost before. Where ``found`` is set,
    the outcome is what was found on the host. ``answer`` is the daemon's, as it was.
    """

    at: datetime
    number: int
    outcome: Outcome
    names: tuple[str, ...]
    found: str = ""
    answer: str = ""


UndoEvent = Guarding | Guarded | UndoBegun | Undone | ReclaimBegun | GuardRemoved
