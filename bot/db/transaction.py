"""What is read and written together: requests, what happened to them, and what Slack is to be told.

A request changes only by ``Transaction.record`` and ``record_all``, which write the new state, the events that led to
it and what follows from them as one.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from bot.approval import lifecycle
from bot.approval.events import Asked, CalledFor, Event, Finished, Joined, StepDone
from bot.approval.fleet import Fleet, FleetNarrowed
from bot.approval.lifecycle import Illegal
from bot.approval.notes import GroupMembers, LayersGone, LeftOutside, Note
from bot.approval.notice import Notice
from bot.approval.printed import is_long
from bot.approval.request import Request, RequestId, State
from bot.approval.undo_events import GuardRemoved
from bot.db import calls, deliveries, duties, fleets, groups, hours, kept, messages, notices, records, requests, trail
from bot.db.deliveries import Arrived, Delivery
from bot.db.kept import KeptHost
from bot.db.messages import Message
from bot.db.notices import Waiting
from bot.db.reading import Reading


class Transaction(Reading):
    """Reads and writes that happen together or not at all. On PostgreSQL, requests read here are locked."""

    _locks = True

    def __init__(self, connection: sa.Connection) -> None:
        super().__init__(connection)
        self.happened: list[tuple[Event | Note, Request | None]] = []
        """What was written, each with the request as it is after it. It counts once this is committed."""

    def ask(self, event: Asked) -> Request:
        """Write a new request under the next number, and return it."""
        counters = trail.locked_counters(self._connection)
        number = RequestId(counters.last_request + 1)
        request = lifecycle.asked(number, event)
        requests.write_first(self._connection, request)
        messages.wanted_first(self._connection, request)
        if is_long(request):
            messages.wanted_besides(self._connection, request, messages.LINES)
        counters = trail.append(self._connection, replace(counters, last_request=number), [(event, request)])
        trail.save(self._connection, counters)
        calls.call(self._connection)
        self.happened.append((event, request))
        return request

    def ask_fleet(self, make: fleets.Making) -> Fleet:
        """Write a request for several hosts under the next numbers, and return it."""
        return fleets.write_first(self._connection, make)

    def narrow_fleet(self, before: Fleet, note: FleetNarrowed) -> None:
        """Write that less is asked for on several hosts. What that makes of each of them is recorded before."""
        message = self.message(before.lead.id, messages.PURPOSES[0])
        note = replace(note, version=message.wanted_version if message else 0)
        fleets.write_narrowed(self._connection, before, note)
        self.happened.append((note, None))

    def alone(self) -> None:
        """Let no other transaction write to the record before this one ends; what is read from here on stays true."""
        trail.locked_counters(self._connection)

    def record(self, request: Request, event: Event) -> Request | Illegal:
        """Write what *event* makes of *request*, and return it; or why that cannot happen, with nothing written.

        Raises StaleRequest where somebody else changed the request since it was read.
        """
        return self.record_all(request, (event,))

    def record_all(self, request: Request, events: Sequence[Event]) -> Request | Illegal:
        """Write what one event after the other makes of *request*, as ``record`` does: all of them or none."""
        passed = [request]
        for event in events:
            after = lifecycle.after(passed[-1], event)
            if isinstance(after, Illegal):
                return after
            passed.append(after)
        if events:
            self._write(request, list(zip(events, passed[1:], strict=True)))
        return passed[-1]

    def _write(self, before: Request, happened: Sequence[tuple[Event, Request]]) -> None:
        """Write events, each with the request as it is after it; the request itself as it is in the end."""
        changed = happened[-1][1]
        requests.write_change(self._connection, before, changed)
        messages.wanted(self._connection, changed)
        for purpose in _besides(happened):
            messages.wanted_besides(self._connection, changed, purpose)
        counters = trail.locked_counters(self._connection)
        numbered = enumerate((event for event, _ in happened), start=counters.head.sequence + 1)
        done = [(number, event) for number, event in numbered if isinstance(event, StepDone | GuardRemoved)]
        counters = trail.append(self._connection, counters, happened)
        counters = records.append(self._connection, counters, changed, done)
        for event, after in happened:
            hours.foretold(self._connection, hours.hour_of(event.at), hours.accuracy_of(event, after))
        trail.save(self._connection, counters)
        calls.call(self._connection)
        self.happened += happened

    def note(self, event: Note) -> None:
        """Write something that changed no request."""
        counters = trail.locked_counters(self._connection)
        trail.save(self._connection, trail.append(self._connection, counters, [(event, None)]))
        self.happened.append((event, None))

    def keep(self, before: KeptHost | None, now: KeptHost) -> None:
        """Keep how a host was looked at last, in the place of *before*."""
        kept.keep(self._connection, before, now)

    def left_outside(self, event: LeftOutside) -> None:
        """Write what left by no request, with its records."""
        counters = trail.append(self._connection, trail.locked_counters(self._connection), [(event, None)])
        trail.save(self._connection, records.append_derived(self._connection, counters, event))
        self.happened.append((event, None))

    def layers_gone(self, event: LayersGone) -> None:
        """Write the layers that went with a request's images, with their records."""
        event = replace(event, names=kept.names_of(self._connection, event.request_id, event.step))
        counters = trail.append(self._connection, trail.locked_counters(self._connection), [(event, None)])
        trail.save(self._connection, records.append_derived(self._connection, counters, event))
        self.happened.append((event, None))

    def announce(self, notice: Notice, at: datetime) -> None:
        """Write what is to be posted in the audit channel. It is posted once this is committed, and until it is."""
        notices.write(self._connection, notice, at)
        calls.call(self._connection)

    def group_changed(self, event: GroupMembers) -> None:
        """Write, and note, who came to a group of approvers and who left it. The first time, all who are in it came."""
        groups.change(self._connection, event.group, added=event.added, removed=event.removed, at=event.at)
        self.note(event)

    def group_doubted(self, group_id: str, at: datetime) -> bool:
        """Say that a group may have changed at *at*. Returns whether it was ever read."""
        return groups.doubt(self._connection, group_id, at)

    def take_notice(self, now: datetime, until: datetime) -> Waiting | None:
        """Take the oldest notice that is due and in the hands of nobody alive; keep it until *until*."""
        return notices.take(self._connection, now, until)

    def notice_posted(self, number: int, at: datetime) -> bool:
        """Say that Slack has a notice. Returns False where somebody else had posted it before."""
        return notices.posted(self._connection, number, at)

    def notice_failed(self, number: int, *, failure: str, next_at: datetime) -> None:
        """Say that Slack did not take a notice, and when to try again."""
        notices.failed(self._connection, number, failure=failure, next_at=next_at)

    def claim_extended(self, request_id: RequestId, owner: str, number: int, until: datetime) -> bool:
        """Say that the process that carries a request out is alive. Returns False where the claim is no longer its."""
        return requests.extend_claim(self._connection, request_id, owner, number, until)

    def extend_claims(self, owner: str, until: datetime) -> int:
        """Say until when a process is alive that does deliveries and carries requests out; return how many of these."""
        deliveries.extend(self._connection, owner, until)
        return requests.extend_claims(self._connection, owner, until)

    def take_duty(self, name: str, owner: str, now: datetime, until: datetime) -> bool:
        """Take a duty, or keep it. Returns False where another process has it."""
        return duties.take(self._connection, name, owner, now, until)

    def extend_duties(self, owner: str, beginning: str, until: datetime) -> None:
        """Keep the duties of a process whose names begin so."""
        duties.extend(self._connection, owner, beginning, until)

    def keep_duty(self, name: str, owner: str, until: datetime) -> bool:
        """Keep a duty. Returns False where it is not this process's any more."""
        return duties.keep(self._connection, name, owner, until)

    def end_duty(self, name: str, owner: str) -> None:
        """Give back one duty."""
        duties.end(self._connection, name, owner)

    def give_back_duties(self, owner: str) -> None:
        """Give back every duty of a process."""
        duties.give_back(self._connection, owner)

    def receive(self, key: str, kind: str, body: str, at: datetime) -> bool:
        """Keep what Slack delivered. Returns False where it was delivered before."""
        return self.receive_all([Arrived(key=key, kind=kind, body=body, at=at)]) == 1

    def receive_all(self, arrived: Sequence[Arrived]) -> int:
        """Keep all that Slack delivered, and return how many were not delivered before."""
        return deliveries.receive(self._connection, arrived)

    def take_delivery(
        self, now: datetime, until: datetime, by: str, *, alone: bool = False, besides: Collection[str] = ()
    ) -> Delivery | None:
        """Take the oldest delivery that is neither done nor in the hands of somebody alive; keep it until *until*.

        Where this process is *alone*, what another took is nobody's: it is gone. What is known to be about one of the
        hosts *besides* is left where it is.
        """
        return deliveries.take(self._connection, now, until, by, alone=alone, besides=besides)

    def delivery_waits(self, key: str, host: str) -> None:
        """Give a delivery back that is about a *host* with enough to do; that was no attempt."""
        deliveries.waits(self._connection, key, host)

    def delivery_again(self, key: str, at: datetime) -> None:
        """Say that a delivery could not be done now, and may be taken again from *at* on."""
        deliveries.again(self._connection, key, at)

    def let_deliveries_go(self, at: datetime) -> None:
        """Let no delivery that waits be worked on any more."""
        deliveries.let_go(self._connection, at)

    def forget_deliveries(self, before: datetime) -> None:
        """Forget the deliveries that were done before a moment. A repetition after that would be done anew."""
        deliveries.forget(self._connection, before)

    def delivery_done(self, key: str, at: datetime) -> bool:
        """Say that a delivery needs nothing more. Returns False where somebody else had said so before."""
        return deliveries.done(self._connection, key, at)

    def message_found(self, request_id: RequestId, purpose: str, *, channel: str, ts: str) -> None:
        """Say where a message is that Slack posted without our hearing of it."""
        messages.found(self._connection, request_id, purpose, channel=channel, ts=ts)

    def take_message(
        self,
        now: datetime,
        until: datetime,
        by: str,
        *,
        alone: bool = False,
        purposes: Collection[str] = (),
        others: bool = True,
    ) -> Message | None:
        """Take the message that has waited longest to be drawn again and is nobody's; keep it until *until*.

        Where this process is *alone*, what another took is nobody's: it is gone. Which messages these may be is said as
        for ``messages_behind``.
        """
        return messages.take(self._connection, now, until, by, alone=alone, purposes=purposes, others=others)

    def message_later(self, request_id: RequestId, purpose: str, at: datetime) -> None:
        """Give a message back that was taken, and say from when on it may be drawn."""
        messages.later(self._connection, request_id, purpose, at)

    def message_shown(  # noqa: PLR0913 -- what is shown, and where
        self,
        request_id: RequestId,
        purpose: str,
        *,
        channel: str,
        ts: str,
        version: int,
        state: State,
        by: str | None = None,
        next_at: datetime | None = None,
        failure: str | None = None,
    ) -> bool:
        """Say what Slack shows by now, or why it never will. It is not drawn again before *next_at*.

        Returns False where another than *by* took it, and shows it elsewhere.
        """
        return messages.shown(
            self._connection,
            request_id,
            purpose,
            channel=channel,
            ts=ts,
            version=version,
            state=state,
            by=by,
            next_at=next_at,
            failure=failure,
        )

    def message_failed(self, request_id: RequestId, purpose: str, *, failure: str, next_at: datetime) -> None:
        """Say that Slack did not take a message, and when to try again."""
        messages.failed(self._connection, request_id, purpose, failure=failure, next_at=next_at)


def _besides(happened: Sequence[tuple[Event, Request]]) -> Iterator[str]:
    """Yield what is to be told besides: to those who may decide, and to somebody who follows."""
    for event, after in happened:
        if isinstance(event, CalledFor) and (after.member is None or after.id == after.member.lead):
            yield messages.CALLS
        elif isinstance(event, Joined):
            yield messages.of_follower(event.by)
        elif isinstance(event, Finished | GuardRemoved) and after.member is None and is_long(after):
            yield messages.LINES
