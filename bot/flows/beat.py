"""The beat: a process that is alive says so, so that nobody takes over what it carries out."""

from datetime import timedelta

from bot.db.store import Store
from bot.flows.ports import Clock

LEASE = timedelta(seconds=60)
"""How long a claim is good for after its process was last heard of."""
LONGEST = timedelta(seconds=15)
"""The longest time between two beats: another machine believes in one that was there a minute ago."""
UNDO = "undo "
"""What the names of the duties begin with that are kept like claims."""
BEATS = 4
"""How often a process says in one lease that it is alive."""


class Beat:
    """Extends the claims, deliveries and undos of one process, *owner*, however long its calls take.

    It sets the clock that they go by, too.
    """

    def __init__(self, *, store: Store, now: Clock, owner: str, lease: timedelta) -> None:
        self._store = store
        self._now = now
        self._owner = owner
        self._lease = lease
        self._next = now()

    def due(self) -> None:
        """Say that this process is alive, where it is time to."""
        if self._now() < self._next:
            return
        self._store.clock.set()
        now = self._now()
        if self._store.alone:
            self._store.still_here()
        with self._store.transaction() as tx:  # alone too: or another thread would do a long delivery once more
            tx.extend_claims(self._owner, now + self._lease)
            tx.extend_duties(self._owner, UNDO, now + self._lease)
        self._next = now + min(self._lease / BEATS, LONGEST)

    def give_back(self) -> None:
        """Give back what this process has: it ends, and another may take it over at once."""
        with self._store.transaction() as tx:
            tx.extend_claims(self._owner, self._now())
            tx.give_back_duties(self._owner)
