"""Duties: what one of several replicas does at a time, such as watching a host, or undoing one request."""

from datetime import timedelta

from bot.db.store import StaleRequest, Store
from bot.flows.ports import Clock


class Hold:
    """One piece of work, *name*, that this process, *owner*, is at: what others see may be done by one of them alone.

    ``beat.py`` keeps it for as long as the process is alive. One that stood still for longer than the *lease* finds out
    by ``keep``, to be asked directly before each thing that is done.
    """

    def __init__(self, store: Store, name: str, *, owner: str, now: Clock, lease: timedelta) -> None:
        self._store = store
        self._name = name
        self._owner = owner
        self._now = now
        self._lease = lease

    def take(self) -> bool:
        """Take it. Returns False where another process has it."""
        if self._store.alone:
            return True
        now = self._now()
        with self._store.transaction() as tx:
            return tx.take_duty(self._name, self._owner, now, now + self._lease)

    def keep(self) -> None:
        """Go on having it. Raises StaleRequest where another took it over, or may have."""
        if self._store.alone:
            return
        with self._store.transaction() as tx:
            if not tx.keep_duty(self._name, self._owner, self._now() + self._lease):
                raise StaleRequest(f"{self._name} is another process's by now.")

    def end(self) -> None:
        """Give it back."""
        if self._store.alone:
            return
        with self._store.transaction() as tx:
            tx.end_duty(self._name, self._owner)


class Duty:
    """One piece of work, *name*, which is this process's, *owner*, or another's.

    Whoever has it says so before each *lease* is over, by asking ``mine``; after that another gets it. A process that
    is alone on its database has every duty.
    """

    def __init__(self, store: Store, name: str, *, owner: str, now: Clock, lease: timedelta) -> None:
        self._store = store
        self._name = name
        self._owner = owner
        self._now = now
        self._lease = lease
        self._mine = False
        self._ask_at = now()

    def mine(self) -> bool:
        """Whether this process is to do it now. The database is asked a few times in a lease."""
        if self._store.alone:
            return True
        now = self._now()
        if now >= self._ask_at:
            self._mine = False  # where the database does not answer it is nobody's
            with self._store.transaction() as tx:
                self._mine = tx.take_duty(self._name, self._owner, now, now + self._lease)
            self._ask_at = now + self._lease / 4
        return self._mine
