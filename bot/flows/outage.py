"""Outages: that the database did not answer is on record and in the audit channel, once it can be written again."""

from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.approval.notes import DatabaseAway
from bot.approval.notice import Notice
from bot.db.outage import Outage
from bot.db.store import Store
from bot.flows.ports import Clock

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class TellOutages:
    """Tells of the times at which nothing could be written, and so nothing was begun. ``owner`` names this process."""

    store: Store
    now: Clock
    owner: str

    def due(self) -> None:
        """Tell of an outage that is over. Raises while it is not."""
        outage = self.store.outages.untold
        if outage is None:
            return
        at = self.now()
        with self.store.transaction() as tx:
            last = tx.last(DatabaseAway)
            if last is None or last.at < outage.since:  # otherwise another replica has told of it
                tx.note(DatabaseAway(at=at, since=outage.since, why=outage.why, owner=self.owner))
                tx.announce(was_away(outage, at), at)
        self.store.outages.told(outage)
        log.warning("database answers again", since=outage.since.isoformat(), why=outage.why)


def was_away(outage: Outage, at: datetime) -> Notice:
    """Return what the audit channel is told of an outage that is over."""
    then = "Nothing was begun meanwhile, and what was under way is held against the host."
    parts = ("The database did not answer from ", outage.since, " to ", at, f" ({outage.why}). {then}")
    return Notice(kind="database-away", parts=parts)
