"""The store: it gives transactions, and moments to be read, to several threads, and waits where the database is away.

A transaction is never open while Docker or Slack is called.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from bot.approval.events import Event
from bot.approval.notes import Note
from bot.approval.request import Request
from bot.db import database
from bot.db.alone import SoleUse, network_file_system
from bot.db.at_hand import AtHand
from bot.db.calls import Listening
from bot.db.clock import DatabaseClock
from bot.db.deliveries import LATE, Arrived, Delivery
from bot.db.messages import Message
from bot.db.outage import Outages, goes_first, is_away
from bot.db.reading import Reading
from bot.db.requests import StaleRequest
from bot.db.support import Outgrown
from bot.db.trail import RecordedEvent
from bot.db.transaction import Transaction
from bot.db.turns import Turns

T = TypeVar("T")
PATIENCE = timedelta(seconds=30)
"""How long what has to be written is kept, and tried again, while the database does not answer."""
SHORTEST_PAUSE, LONGEST_PAUSE = 0.05, 2.0
"""Seconds before it is tried again."""

Happened = Sequence[tuple[Event | Note, Request | None]]
"""What was put on record in one transaction, each with the request as it is after it."""


def _nobody(_: Happened) -> None:
    """Tell nobody."""


__all__ = [
    "LATE",
    "Arrived",
    "Delivery",
    "Message",
    "Outgrown",
    "Reading",
    "RecordedEvent",
    "StaleRequest",
    "Store",
    "Transaction",
]


class Store:
    """The database, through transactions. May be used by several threads."""

    def __init__(self, engine: sa.Engine, *, patience: timedelta = PATIENCE) -> None:
        self._engine = engine
        self._sole_use = SoleUse(engine.url)
        self._turns = Turns() if engine.dialect.name == "sqlite" else None
        self._at_hand = AtHand(engine) if engine.dialect.name == "postgresql" else None
        self._patience = patience
        self.clock = DatabaseClock(engine)
        self.outages = Outages()
        self.tell: Callable[[Happened], None] = _nobody
        """Told what is on record by now. It must not raise, and not take long."""
        self.listening = Listening(engine) if engine.dialect.name == "postgresql" else None

    @contextmanager
    def transaction(self, *, urgent: bool = False) -> Iterator[Transaction]:
        """Give a transaction that is committed at the end, and not at all where anything is raised.

        An *urgent* one is a single statement. With SQLite, where threads take turns, it comes first; on PostgreSQL it
        commits by itself, with nothing said before or after it.
        """
        turn = self._turns.turn(urgent=urgent) if self._turns else nullcontext()
        begun = self._at_hand.each_commits() if urgent and self._at_hand else self._engine.begin()
        with self._noticing(), turn, begun as connection:
            tx = Transaction(connection)
            yield tx
        if tx.happened:
            self.tell(tx.happened)

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """Give one moment of the database. It holds up nobody."""
        with self._noticing(), database.reading(self._engine) as connection:
            yield Reading(connection)

    @contextmanager
    def _noticing(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.DBAPIError as error:
            self.outages.failed(error, self.clock())
            raise

    def patiently(
        self, work: Callable[[Transaction], T], within: timedelta | None = None, *, urgent: bool = False
    ) -> T:
        """Return what *work* makes of a transaction, anew where the database is away or lets another go first.

        Only for what does nothing but read and write there, for it may be done several times, and even after it was
        committed where that was not heard. Raises what went wrong after so long, or what is nobody's fault but its own.
        """
        until, pause = time.monotonic() + (self._patience if within is None else within).total_seconds(), SHORTEST_PAUSE
        while True:
            try:
                with self.transaction(urgent=urgent) as tx:
                    return work(tx)
            except sa.exc.DBAPIError as error:
                if not (goes_first(error) or is_away(error)) or time.monotonic() + pause > until:
                    raise
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def noted(self, event: Note) -> str:
        """Write a note by itself. Returns why that could not be, where the database may only be read; else nothing."""
        try:
            with self.transaction() as tx:
                tx.note(event)
        except sa.exc.DBAPIError as error:
            return str(error.orig).strip().splitlines()[0]
        return ""

    @property
    def alone(self) -> bool:
        """Whether no other process can be carrying out requests of this database.

        With SQLite that is made so: the first who asks has the file to itself until ``close`` or the end of the
        process, and for everybody else this raises Unavailable. On PostgreSQL there may be others.
        """
        return self._sole_use.take()

    def still_here(self) -> None:
        """Say again that this process uses a SQLite file, for machines that do not see its lock."""
        self._sole_use.still_here()

    @property
    def network_file_system(self) -> str:
        """The kind of network file system that a SQLite file is on; nothing where it is on none."""
        file = self._engine.url.database
        return network_file_system(Path(file)) if file and self._engine.dialect.name == "sqlite" else ""

    def close(self) -> None:
        """Give back every connection."""
        self._sole_use.give_back()
        if self.listening is not None:
            self.listening.close()
        if self._at_hand is not None:
            self._at_hand.close()
        self._engine.dispose()
