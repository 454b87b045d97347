"""Publishing: what Slack shows of a request is a function of the stored request; whatever is behind is redrawn."""

from dataclasses import dataclass
from datetime import timedelta

from bot.approval.request import Call, Called, Person, Request, State
from bot.approval.undoing import goes
from bot.db.messages import follower_of
from bot.db.store import Message, Store
from bot.flows.pauses import pause
from bot.flows.ports import Clock, Conversation, Purpose, Shown, Undelivered

QUIET = frozenset({State.PENDING, State.REMOVING, State.WITHDRAWN})
"""What the requester is not written to about: their own doing, and what the next message tells anyway."""


HELD = timedelta(seconds=30)
"""How long a message that was taken stays with whoever took it; then it is thought lost with its process.

Two calls of Slack's may take twenty seconds. A process that is alone on its database need not wait for those before it.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """Catches Slack up with the requests. ``owner`` names this process: each message is drawn by one at a time."""

    store: Store
    conversation: Conversation
    now: Clock
    owner: str
    held: timedelta = HELD

    def behind(self) -> None:
        """Redraw every message that is behind, is nobody else's, and may be tried now."""
        while (message := self._taken()) is not None:
            try:
                self._redraw(message)
            except BaseException:
                self._later(message)
                raise

    def _taken(self) -> Message | None:
        now = self.now()
        with self.store.reading() as reading:  # most of the time there is none, and a reader holds up nobody
            if not reading.messages_behind(now, limit=1):
                return None
        with self.store.transaction() as tx:
            return tx.take_message(now, now + self.held, self.owner, alone=self.store.alone)

    def _later(self, message: Message) -> None:
        with self.store.transaction() as tx:
            tx.message_later(message.request_id, message.purpose, self.now() + pause(0))

    def _redraw(self, message: Message) -> None:
        with self.store.reading() as reading:
            request = reading.request(message.request_id)
        shown = None if request is None else self._say(request, message)
        if request is None or shown is None:
            self._later(message)
        elif isinstance(shown, Shown):
            self._shown(request, message, shown)
        else:
            next_at = self.now() + max(shown.again_in, pause(message.attempts))
            with self.store.transaction() as tx:
                tx.message_failed(request.id, message.purpose, failure=shown.why, next_at=next_at)

    def _shown(self, request: Request, message: Message, shown: Shown) -> None:
        """Write what Slack shows. Where another took the message over meanwhile and posted it, ours is one too many."""
        version = _told_until(request, message) if message.purpose == Purpose.CALLS else request.version
        counts = self.store.patiently(  # or it would be posted again
            lambda tx: tx.message_shown(
                request.id,
                message.purpose,
                channel=shown.channel,
                ts=shown.ts,
                version=version,
                state=request.state,
                by=self.owner,
            )
        )
        if not counts and shown.ts and shown.ts != message.ts:
            self.conversation.unsay(shown)

    def _say(self, request: Request, message: Message) -> Shown | Undelivered | None:
        """Say what is new; None where it has to wait for another message."""
        at = Shown(channel=message.channel, ts=message.ts) if message.channel and message.ts else None
        nothing = at or Shown(channel="", ts="")  # only the version is caught up
        if message.purpose == Purpose.APPROVALS:
            return self.conversation.show(request, at, tried=message.tried)
        if message.purpose == Purpose.CALLS:
            return self._call(request, message, nothing)
        person = follower_of(message.purpose) or request.requester
        if not _has_news(request, message, person):
            return nothing
        return self.conversation.tell(request, person, tried=message.tried)

    def _call(self, request: Request, message: Message, nothing: Shown) -> Shown | Undelivered | None:
        """Call in the thread what was not called for yet, and still has to be."""
        called = _next_call(request, message)
        if called is None:
            return nothing
        with self.store.reading() as reading:
            first = reading.message(request.id, Purpose.APPROVALS)
        if first is None or not first.channel or not first.ts:
            return None
        below = Shown(channel=first.channel, ts=first.ts)
        return self.conversation.call(request, called, below, tried=message.tried)


def _has_news(request: Request, message: Message, person: Person) -> bool:
    """Whether there is something new to write to the requester, or to somebody who follows."""
    news = [left_out.version for left_out in request.left_out]
    if request.state is State.PENDING:
        news += [called.version for called in request.calls if called.call is Call.RUNS_OUT]
    if request.undo is not None and any(map(goes, request.steps)):  # guards set for nothing are nobody's news
        news.append(request.undo.ended)
    if any(version > message.shown_version for version in news):
        return True
    quiet = QUIET if person == request.requester else QUIET - {State.WITHDRAWN}
    return request.state not in quiet and request.state != message.shown_state


def _next_call(request: Request, message: Message) -> Called | None:
    """Return the first call that was not said yet and still has to be."""
    left = (called for called in request.calls if called.version > message.shown_version)
    return next((called for called in left if _still_wanted(request, called)), None)


def _told_until(request: Request, message: Message) -> int:
    """Return the version of the request with the call that is said next; its own where there is none."""
    called = _next_call(request, message)
    return called.version if called else request.version


def _still_wanted(request: Request, called: Called) -> bool:
    return request.awaits_review if called.call is Call.REVIEW else request.state is State.PENDING
