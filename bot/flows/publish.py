"""Publishing: what Slack shows of a request is a function of the stored request; whatever is behind is redrawn."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from structlog.contextvars import bound_contextvars

from bot.approval.fleet import Fleet
from bot.approval.notice import Notice
from bot.approval.printed import FEW, printed
from bot.approval.request import Call, Called, Person, Request, RequestId, State, Window
from bot.approval.undoing import goes
from bot.db.messages import follower_of
from bot.db.store import Message, Store
from bot.flows.pace import SECOND, Pace
from bot.flows.pauses import pause
from bot.flows.ports import Clock, Conversation, Purpose, Shown, Undelivered

QUIET = frozenset({State.PENDING, State.REMOVING, State.WITHDRAWN})
"""What the requester is not written to about: their own doing, and what the next message tells anyway."""


OF_ALL = (Purpose.APPROVALS, Purpose.REQUESTER, Purpose.LINES)
"""Where the request is for several hosts, the messages of its first member that are about all of them."""
IN_CHANNEL = (Purpose.APPROVALS, Purpose.CALLS, Purpose.LINES)
"""What is said in the approvals channel; all else is said to one person each."""

PRINTED = frozenset({State.PENDING, State.FINISHED})
"""The states in which Docker's lines are written in the thread: as planned, and as they came."""

HELD = timedelta(seconds=30)
"""How long a message that was taken stays with whoever took it; then it is thought lost with its process.

Two calls of Slack's may take twenty seconds. A process that is alone on its database need not wait for those before it.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """Catches Slack up with the requests. ``owner`` names this process: each message is drawn by one at a time.

    ``rests`` is the shortest time between two edits of one message: what changes meanwhile is drawn once. ``channel``
    and ``direct`` say when there may be more in the approvals channel, and to people.
    """

    store: Store
    conversation: Conversation
    now: Clock
    owner: str
    held: timedelta = HELD
    rests: timedelta = SECOND
    channel: Pace = field(default_factory=Pace)
    direct: Pace = field(default_factory=lambda: Pace(timedelta(0)))  # each person's is a channel of its own

    def behind(self) -> None:
        """Redraw every message that is behind, is nobody else's, and may be tried now."""
        for pace, others in ((self.channel, False), (self.direct, True)):
            while pace.is_free(self.now()) and (message := self._taken(others=others)) is not None:
                try:
                    with bound_contextvars(request=message.request_id, purpose=message.purpose):
                        self._redraw(message, pace)
                except BaseException:
                    self._later(message, self.now() + SECOND)
                    raise

    def _taken(self, *, others: bool) -> Message | None:
        """Take a message in the approvals channel, or one of the *others*."""
        now = self.now()
        with self.store.reading() as reading:  # most of the time there is none, and a reader holds up nobody
            if not reading.messages_behind(now, 1, IN_CHANNEL, others=others):
                return None
        with self.store.transaction() as tx:
            return tx.take_message(
                now, now + self.held, self.owner, alone=self.store.alone, purposes=IN_CHANNEL, others=others
            )

    def _later(self, message: Message, at: datetime) -> None:
        with self.store.transaction() as tx:
            tx.message_later(message.request_id, message.purpose, at)

    def _redraw(self, message: Message, pace: Pace) -> None:
        with self.store.reading() as reading:
            request = reading.request(message.request_id)
            member = request.member if request and message.purpose in OF_ALL else None
            fleet = reading.fleet(member.fleet) if member else None
        if fleet is not None:
            self._redraw_fleet(fleet, message, pace)
            return
        said = None if request is None else self._say(request, message)
        if request is None or said is None:
            self._later(message, self.now() + SECOND)
        elif isinstance(said, Shown):
            if (said.ts and said.ts != message.ts) or message.purpose == Purpose.APPROVALS:
                pace.said(self.now())
            self._shown(request, message, said)
        else:
            self._not_shown(request, message, said, pace)

    def _redraw_fleet(self, fleet: Fleet, message: Message, pace: Pace) -> None:
        """Say what is new of a request for several hosts: one message, whichever host it is about."""
        said = self._say_of_fleet(fleet, message)
        if said is None:
            self._later(message, self.now() + SECOND)
        elif isinstance(said, Shown):
            if (said.ts and said.ts != message.ts) or message.purpose == Purpose.APPROVALS:
                pace.said(self.now())
            self._written(message, said, message.wanted_version, fleet.state)
        else:
            self._not_shown(fleet.lead, message, said, pace)

    def _say_of_fleet(self, fleet: Fleet, message: Message) -> Shown | Undelivered | None:
        """Say what is new of it; None where it has to wait for another message."""
        at = Shown(channel=message.channel, ts=message.ts) if message.channel and message.ts else None
        if message.purpose == Purpose.APPROVALS:
            return self.conversation.show_fleet(fleet, at, tried=message.tried)
        if message.purpose == Purpose.LINES and _has_lines_of_fleet(fleet, message):
            below = self._first(fleet.lead)
            return None if below is None else self.conversation.print_fleet(fleet, below, tried=message.tried)
        if message.purpose == Purpose.LINES or not _has_news_of_fleet(fleet, message):
            return at or Shown(channel="", ts="")
        return self.conversation.tell_fleet(fleet, message.wanted_version, tried=message.tried)

    def _not_shown(self, request: Request, message: Message, said: Undelivered, pace: Pace) -> None:
        """Write when it is tried again, if it is. A busy Slack did nothing, so that was no attempt."""
        now = self.now()
        if said.busy:
            pace.busy(now + said.again_in)
            self._later(message, now + said.again_in)
        elif said.never:
            self._unreachable(request, message, said.why)
        else:
            next_at = now + max(said.again_in, pause(message.attempts))
            with self.store.transaction() as tx:
                tx.message_failed(request.id, message.purpose, failure=said.why, next_at=next_at)

    def _unreachable(self, request: Request, message: Message, why: str) -> None:
        """Write that somebody cannot be written to, and tell the leads once. What comes next is tried once too."""
        number = request.member.fleet if request.member and message.purpose in OF_ALL else request.id
        person = follower_of(message.purpose) or request.requester
        with self.store.transaction() as tx:
            tx.message_shown(
                request.id,
                message.purpose,
                channel=message.channel or "",
                ts=message.ts or "",
                version=max(request.version, message.wanted_version),
                state=request.state,
                failure=why,
            )
            if message.failure != why:
                tx.announce(unreachable(person, number, why), self.now())

    def _shown(self, request: Request, message: Message, shown: Shown) -> None:
        """Write what Slack shows. Where another took the message over meanwhile and posted it, ours is one too many."""
        version = _told_until(request, message) if message.purpose == Purpose.CALLS else request.version
        self._written(message, shown, version, request.state)

    def _written(self, message: Message, shown: Shown, version: int, state: State) -> None:
        counts = self.store.patiently(  # or it would be posted again
            lambda tx: tx.message_shown(
                message.request_id,
                message.purpose,
                channel=shown.channel,
                ts=shown.ts,
                version=version,
                state=state,
                by=self.owner,
                next_at=self.now() + self.rests,
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
        if message.purpose == Purpose.LINES:
            return self._print(request, message, nothing)
        person = follower_of(message.purpose) or request.requester
        if not _has_news(request, message, person):
            return nothing
        return self.conversation.tell(request, person, tried=message.tried)

    def _call(self, request: Request, message: Message, nothing: Shown) -> Shown | Undelivered | None:
        """Call in the thread what was not called for yet, and still has to be."""
        called = _next_call(request, message)
        if called is None:
            return nothing
        below = self._first(request)
        return None if below is None else self.conversation.call(request, called, below, tried=message.tried)

    def _print(self, request: Request, message: Message, nothing: Shown) -> Shown | Undelivered | None:
        """Write Docker's lines in the thread: as planned, as they came; again for less, and where what was kept went.

        Not the few that a message has itself.
        """
        since = message.shown_version
        narrowed = any(left_out.version > since for left_out in request.left_out)
        same = request.state is message.shown_state and not narrowed and not _reclaimed_since(request, since)
        if request.state not in PRINTED or same or len(printed(request)) <= FEW:
            return nothing
        below = self._first(request)
        return None if below is None else self.conversation.print(request, below, tried=message.tried)

    def _first(self, request: Request) -> Shown | None:
        """Return where the message in the approvals channel is, which the others are below; None before it is there."""
        with self.store.reading() as reading:
            first = reading.message(request.id, Purpose.APPROVALS)
        if first is None or not first.channel or not first.ts:
            return None
        return Shown(channel=first.channel, ts=first.ts)


def _reclaimed_since(request: Request, version: int) -> bool:
    """Whether what a request kept for an undo went after *version* of it."""
    undo = request.undo
    return undo is not None and undo.window is Window.RECLAIMED and undo.ended > version


def unreachable(person: Person, number: RequestId, why: str) -> Notice:
    """Return what the audit channel is told of somebody who cannot be written to: what Slack says, in its word."""
    told = f" cannot be written to about request {number}. Slack says {why}."
    return Notice(kind="unreachable", parts=(person, told))


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


def _has_news_of_fleet(fleet: Fleet, message: Message) -> bool:
    """Whether there is something new to write to whoever asked for several hosts."""
    narrowed = fleet.narrowed is not None and fleet.narrowed.version > message.shown_version
    return narrowed or (fleet.state not in QUIET and fleet.state != message.shown_state)


def _has_lines_of_fleet(fleet: Fleet, message: Message) -> bool:
    """Whether there are other lines of all hosts than in the thread. Once a host had a message for them by itself."""
    if message.request_id != fleet.lead.id or fleet.state not in PRINTED or not any(map(printed, fleet.kept)):
        return False
    if fleet.state is not State.PENDING or fleet.narrowed is None:
        return fleet.state != message.shown_state
    return fleet.narrowed.version > message.shown_version  # what was written before is of more than this


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
