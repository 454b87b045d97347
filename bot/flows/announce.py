"""Announcing: what was written for the audit channel is posted there, each once, until Slack has taken it.

Where an earlier try may have arrived, Slack is asked for it first.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from bot.db.notices import Waiting
from bot.db.store import Store
from bot.flows.pace import Pace
from bot.flows.pauses import pause
from bot.flows.ports import Clock, Conversation, Shown

HELD = timedelta(minutes=1)
"""How long a notice that was taken stays with whoever took it; then it is thought lost with its process."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce:
    """Posts notices, oldest first."""

    store: Store
    conversation: Conversation
    now: Clock
    held: timedelta = HELD
    pace: Pace = field(default_factory=Pace)

    def next(self) -> bool:
        """Take and post the oldest notice that is due. Returns whether there was one."""
        now = self.now()
        if not self.pace.is_free(now):
            return False
        with self.store.transaction() as tx:
            waiting = tx.take_notice(now, now + self.held)
        if waiting is None:
            return False
        said = self.conversation.announce(waiting.notice, waiting.number, tried=waiting.attempts > 1)
        self.pace.said(self.now())
        if not isinstance(said, Shown):
            if said.busy:
                self.pace.busy(self.now() + said.again_in)
            next_at = self.now() + max(said.again_in, pause(waiting.attempts - 1))
            with self.store.transaction() as tx:
                tx.notice_failed(waiting.number, failure=said.why, next_at=next_at)
        elif not self._counts(waiting) and said.ts:
            self.conversation.unsay(said)  # another took it over meanwhile, and posted it
        return True

    def _counts(self, waiting: Waiting) -> bool:
        """Write that a notice is posted. Returns whether nobody had before."""
        return self.store.patiently(lambda tx: tx.notice_posted(waiting.number, self.now()))
