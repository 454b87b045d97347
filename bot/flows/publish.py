"""Publishing: what Slack shows of a request is a function of the stored request; whatever is behind is redrawn."""

from dataclasses import dataclass
from datetime import timedelta

from bot.approval.request import Request, State
from bot.db.store import Message, Store
from bot.flows.ports import Clock, Conversation, Purpose, Shown, Undelivered

LONGEST_PAUSE = timedelta(minutes=10)

QUIET = frozenset({State.PENDING, State.REMOVING, State.WITHDRAWN})
"""What the requester is not written to about: their own doing, and what the next message tells anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """Catches Slack up with the requests."""

    store: Store
    conversation: Conversation
    now: Clock

    def behind(self) -> None:
        """Redraw every message that is behind and may be tried now."""
        with self.store.reading() as reading:
            messages = reading.messages_behind(self.now())
        for message in messages:
            self._redraw(message)

    def _redraw(self, message: Message) -> None:
        with self.store.reading() as reading:
            request = reading.request(message.request_id)
        if request is None:
            return
        shown = self._say(request, message)
        with self.store.transaction() as tx:
            if isinstance(shown, Shown):
                tx.message_shown(
                    request.id,
                    message.purpose,
                    channel=shown.channel,
                    ts=shown.ts,
                    version=request.version,
                    state=request.state,
                )
            else:
                next_at = self.now() + max(shown.again_in, _pause(message.attempts))
                tx.message_failed(request.id, message.purpose, failure=shown.why, next_at=next_at)

    def _say(self, request: Request, message: Message) -> Shown | Undelivered:
        at = Shown(channel=message.channel, ts=message.ts) if message.channel and message.ts else None
        if message.purpose == Purpose.APPROVALS:
            return self.conversation.show(request, at)
        if request.state in QUIET or request.state == message.shown_state:
            return at or Shown(channel="", ts="")  # nothing new to tell: only the version is caught up
        return self.conversation.tell(request)


def _pause(attempts: int) -> timedelta:
    """Return a pause that doubles with each attempt, from one second."""
    return min(timedelta(seconds=2 ** min(attempts, 10)), LONGEST_PAUSE)
