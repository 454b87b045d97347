"""A daemon's clock, by ours.

Docker tells what happened by its own clock, and that may be off. ``GET /info`` has its time, taken at some moment
between our question and its answer; so two bounds are known of it, as far apart as the call took.
"""

import re
from dataclasses import dataclass
from datetime import datetime

SECOND = 1_000_000_000
GOOD_FOR = 10 * SECOND
"""How long a reading is used. Clocks are set, and machines sleep."""
DRIFT = 1000
"""A clock gains on another at most one part in so many; NTP slews by half of that."""

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A daemon's time (nanoseconds since 1970), taken between two moments of our monotonic clock (nanoseconds)."""

    time: int
    sent: int
    received: int

    @classmethod
    def of(cls, system_time: str, sent: int, received: int) -> "Reading":
        """Return the reading that a daemon's ``SystemTime`` is. Raises ValueError where that is no time."""
        return cls(time=nanoseconds(system_time), sent=sent, received=received)

    def earliest(self, at: int) -> int:
        """Return what the daemon's clock shows at least at the moment *at* of our monotonic clock."""
        return self.time + at - self.received - self._drift(at)

    def latest(self, at: int) -> int:
        """Return what it shows at most."""
        return self.time + at - self.sent + self._drift(at)

    def is_good(self, at: int) -> bool:
        """Whether it may still be used."""
        return at - self.received < GOOD_FOR

    def _drift(self, at: int) -> int:
        return abs(at - self.received) // DRIFT


def nanoseconds(time: str) -> int:
    """Return a time such as ``2026-11-24T05:48:13.123456789+01:00`` in nanoseconds since 1970.

    Raises ValueError where it is none.
    """
    match = _TIME.fullmatch(time)
    if match is None:
        raise ValueError(f"no time: {time!r}")
    whole, fraction, zone = match.groups()
    seconds = int(datetime.fromisoformat(whole + zone).timestamp())
    return seconds * SECOND + int((fraction or "").ljust(9, "0"))


def text(moment: int) -> str:
    """Return nanoseconds since 1970 as Docker takes them: seconds with nine decimals."""
    return f"{moment // SECOND}.{moment % SECOND:09d}"
