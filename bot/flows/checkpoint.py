"""Checkpoints: the number and the hash of the newest event are posted and logged.

Once a day, every so many events, and when the bot ends. Whoever owns the database can write all of it anew, and cannot
change what stands in Slack and in the logs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import structlog

from bot.approval.notice import Notice, Verbatim
from bot.approval.proof import Checkpoint
from bot.audit.chain import Head, head_text
from bot.audit.checkpoint import checkpoint_text
from bot.db.store import Reading, Store, Transaction
from bot.flows.ports import Clock
from bot.flows.proving import Witness

log = structlog.get_logger()

EVERY = timedelta(days=1)
EVENTS = 1000
"""Events after which there is another checkpoint, unless the settings say otherwise."""

Sign = Callable[[str], str]
"""Returns a text as a signed note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoints:
    """Makes checkpoints. ``events`` is how many events lie between two at most; ``witness`` remembers the newest.

    Where they are signed by a key that the database does not have, nobody else can make one.
    """

    store: Store
    now: Clock
    witness: Witness
    events: int = EVENTS
    sign: Sign | None = None

    def due(self) -> None:
        """Make one where it is time."""
        with self.store.reading() as reading:
            if not self._why(reading):
                return
        with self.store.transaction() as tx:
            tx.alone()
            if why := self._why(tx):  # another process of the bot may have been first
                self._make(tx, why)

    def at_stop(self) -> None:
        """Make one where anything happened since the last."""
        with self.store.transaction() as tx:
            tx.alone()
            last = tx.last(Checkpoint)
            if tx.head()[0] > (last.sequence if last else 0):
                self._make(tx, "stop")

    def _why(self, reading: Reading) -> str:
        """Return why a checkpoint is due; nothing where none is."""
        last = reading.last(Checkpoint)
        since = last.at if last else reading.first_at()
        if since is None:
            return ""
        if reading.head()[0] - (last.sequence if last else 0) >= self.events:
            return "count"
        return "daily" if self.now() - since >= EVERY else ""

    def _make(self, tx: Transaction, why: str) -> None:
        at, (sequence, sealed) = self.now(), tx.head()
        head = Head(sequence=sequence, hash=sealed)
        tx.note(Checkpoint(at=at, sequence=head.sequence, hash=head.hash, why=why))
        note = self.sign(checkpoint_text(head, at)) if self.sign else ""
        tx.announce(posted(head, note), at)
        log.info("checkpoint", head=head_text(head), why=why, **({"signed": note} if note else {}))
        self.witness.saw(head)


def posted(head: Head, note: str) -> Notice:
    """Return a checkpoint as the audit channel has it. *note* is the signed text, empty where nothing signs."""
    hold = f"imgbot audit verify --expect {head_text(head)}"
    text = f"Checkpoint of the record: event {head.sequence}. Whether it still holds it: {hold}"
    return Notice(kind="checkpoint", parts=(f"{text} ", Verbatim(text=note)) if note else (text,))
