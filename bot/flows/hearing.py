"""What one daemon tells of its images, kept until a look at the host has made use of it."""

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import structlog

from bot.flows.pauses import pause
from bot.flows.ports import Clock, Daemon, Unreachable
from bot.images.leaving import Told
from bot.images.pieces import Ours

log = structlog.get_logger()

QUIET = timedelta(seconds=3)
"""How long nothing more is told before what was told counts as one burst."""
LONGEST = timedelta(minutes=2)
"""How long a burst may go on before the host is looked at all the same."""
AT_ONCE = timedelta(seconds=1)
"""What does not listen for as long is not asked again at once."""
DEAF = timedelta(minutes=1)
"""The longest pause before a daemon that is away is asked again: what happens until then has no exact time."""
MOST = 50_000
"""What is kept while a host cannot be looked at; without more of it only times are less exact."""
MATTERS = frozenset({"tag", "untag", "delete", "load", "pull", "import", "create", "prune"})
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Hearing:
    """Listens to one daemon, and keeps what it told. One thread listens; others may ask what was heard."""

    def __init__(self, daemon: Daemon, now: Clock) -> None:
        self._daemon = daemon
        self._now = now
        self._lock = threading.Lock()
        self._told: dict[Told, None] = {}
        self._held: frozenset[Told] = frozenset()
        self._first: datetime | None = None
        self._last: datetime | None = None
        self._since: int | None = None
        self._again_at = now()
        self._failures = 0
        self._ended = False
        self.heard_at: datetime | None = None
        """Until when it was listened, by our clock; None where nobody did."""

    @property
    def began(self) -> bool:
        """Whether it is known from when on to listen."""
        return bool(self._since)

    def begin(self, since: int) -> None:
        """Listen from *since* on, by the daemon's clock; from now on where it is 0."""
        self._since = since

    def end(self) -> None:
        """Say that nobody listens any more: that a connection ends then is no news."""
        self._ended = True

    def listen(self) -> bool:
        """Listen for some seconds. Returns whether to go on at once: a daemon that is away is asked ever less often."""
        if self._since is None or self._now() < self._again_at:
            return False
        began = self._now()
        heard = self._daemon.listen(self._since, self._heard)
        if isinstance(heard, Unreachable):
            self._failures += 1
            self._again_at = self._now() + min(pause(self._failures), DEAF)
            if self._failures == 1 and not self._ended:
                log.warning("host not heard", host=self._daemon.host, why=heard.why)
            return False
        self._since, self._failures, self.heard_at = heard, 0, self._now()
        return self._now() - began >= AT_ONCE

    def _heard(self, told: Told) -> None:
        now = self._now()
        with self._lock:
            if told in self._told or told.action not in MATTERS:
                return
            self._told[told] = None
            while len(self._told) > MOST:
                del self._told[next(iter(self._told))]
            self._first, self._last = self._first or now, now

    def bursting(self, now: datetime) -> bool:
        """Whether something happens all the time."""
        with self._lock:
            return self._first is not None and not self._over(now)

    def burst_over(self, now: datetime) -> bool:
        """Whether something happened, and nothing more; or for too long to wait for that."""
        with self._lock:
            return self._first is not None and self._over(now)

    def _over(self, now: datetime) -> bool:
        first, last = self._first or now, self._last or now
        return now - last >= QUIET or now - first >= LONGEST

    def looking(self) -> None:
        """Take the burst to be over: the host is about to be looked at. What is told from now on is another."""
        with self._lock:
            self._first = self._last = None

    def since(self, seen: int) -> Sequence[Told]:
        """Return what was told of the time after *seen*, and what could not be made use of before."""
        with self._lock:
            return [told for told in self._told if _nanoseconds(told) > seen or told in self._held]

    def looked(self, seen: int, ours: Ours | None) -> None:
        """Forget what is in a look at the host until *seen*; but for what of it may be *ours* and is not settled."""
        with self._lock:
            held = [t for t in self._told if ours and t.image_id and ours.may_delete(t.image_id)]
            self._held = frozenset(held)
            self._told = {told: None for told in self._told if _nanoseconds(told) > seen or told in self._held}


def _nanoseconds(told: Told) -> int:
    return (told.at - EPOCH) // timedelta(microseconds=1) * 1000
