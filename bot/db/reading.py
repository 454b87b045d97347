"""One moment of the database, to be read."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import assert_never

import sqlalchemy as sa

from bot.approval.fleet import Fleet, FleetAsked
from bot.approval.notes import Note, PolicyChanged
from bot.approval.proof import Acknowledged, Disproved
from bot.approval.request import Person, Request, RequestId, State, Token
from bot.audit.chain import ChainedEvent
from bot.audit.course import Course, course, span_of
from bot.audit.query import HistoryRecord, Query, Subject, Summary, subject
from bot.audit.stats import Stats
from bot.db import (
    deliveries,
    fleets,
    groups,
    history,
    kept,
    messages,
    requests,
    rows,
    statistics,
    support,
    trail,
    unremoved,
    vitals,
)
from bot.db.deliveries import Delivery
from bot.db.groups import KeptGroup
from bot.db.history import Asked
from bot.db.holding import Holding
from bot.db.kept import KeptHost, Mark, OursSince
from bot.db.messages import Message
from bot.db.tables import head as head_table
from bot.db.trail import RecordedEvent
from bot.db.vitals import Vitals
from bot.images.ids import ImageId

EVERY = 1_000_000
"""More requests than can be open."""
BATCH = 500
"""Records that are read at a time where all are wanted; requests come with their whole plans."""


Entry = HistoryRecord | Request | RecordedEvent
"""What the record answers with: what was removed, a request that removed nothing, a refusal."""


def number_of(entry: Entry) -> int:
    """Return the number by which a page begins at *entry*."""
    match entry:
        case HistoryRecord(number=number) | RecordedEvent(sequence=number):
            return number
        case Request(id=request_id):
            return request_id
        case _:
            assert_never(entry)


class Reading:
    """One moment of the database."""

    _locks = False

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._asked: tuple[tuple[Query, int | None], Asked] | None = None

    def request(self, request_id: RequestId) -> Request | None:
        """Return a request, or None where there is none of that number."""
        return requests.by_id(self._connection, request_id, locked=self._locks)

    def request_by_token(self, token: Token) -> Request | None:
        """Return the request whose buttons carry *token*."""
        return requests.by_token(self._connection, token, locked=self._locks)

    def request_by_former_token(self, token: Token) -> Request | None:
        """Return the request whose buttons carried *token* before steps were left out of its plan."""
        return requests.by_former_token(self._connection, token, locked=self._locks)

    def requests(
        self,
        *states: State,
        limit: int = 100,
        host: str | None = None,
        expired_at: datetime | None = None,
        once: bool = False,
    ) -> tuple[Request, ...]:
        """Return the requests in these states, oldest first.

        Where they are given, only those of *host*, and only those that have run out by *expired_at*. *once* where of
        several hosts only the first that is in these states is wanted.
        """
        return requests.in_states(
            self._connection, states, limit=limit, host=host, expired_at=expired_at, once=once, locked=self._locks
        )

    def requests_of(self, person: Person, limit: int) -> tuple[Request, ...]:
        """Return the newest requests of somebody."""
        return requests.of_person(self._connection, person, limit)

    def carried_out(self, since: datetime, limit: int) -> tuple[Request, ...]:
        """Return the newest requests, asked for since a moment, that were carried out."""
        return requests.ended_since(self._connection, since, limit)

    def keeping(self, limit: int) -> tuple[Request, ...]:
        """Return the requests that keep something for an undo, oldest first."""
        return requests.kept_on(self._connection, limit)

    def fleet(self, number: RequestId) -> Fleet | None:
        """Return a request for several hosts with its members; None where there is none of that number."""
        return fleets.by_number(self._connection, number, locked=self._locks)

    def fleet_by_token(self, token: Token) -> Fleet | None:
        """Return the request for several hosts whose buttons carry *token*."""
        return fleets.by_token(self._connection, token)

    def fleet_by_former_token(self, token: Token) -> Fleet | None:
        """Return the request for several hosts whose buttons carried *token* before something was left out of it."""
        return fleets.by_former_token(self._connection, token)

    def fleets_waiting(self) -> tuple[RequestId, ...]:
        """Return the requests for several hosts of which some members are approved and not begun, oldest first."""
        return fleets.waiting(self._connection)

    def first_of(self, fleet: RequestId) -> tuple[FleetAsked, tuple[Request, ...]] | None:
        """Return what was asked of several hosts, and the members that go first."""
        return fleets.first_of(self._connection, fleet)

    def requests_due(self, now: datetime, limit: int = 100) -> tuple[Request, ...]:
        """Return the requests of which something is due by *now*, those that have waited longest first."""
        return requests.due(self._connection, now, limit)

    def undo_due(
        self, host: str, now: datetime, limit: int = 20, but: Collection[RequestId] = ()
    ) -> tuple[Request, ...]:
        """Return the requests of a host that keep something which is to be seen to by *now*."""
        return requests.undo_due(self._connection, host, now, limit, but)

    def open_on(self, host: str) -> tuple[Request, ...]:
        """Return the requests on a host that are to be decided or to be carried out, oldest first."""
        return self.requests(State.PENDING, State.APPROVED, host=host, limit=EVERY)

    def removing_on(self, host: str) -> RequestId | None:
        """Return the request that is being carried out on a host; None where none is."""
        return requests.removing_on(self._connection, host)

    def restorals_of(self, request_id: RequestId) -> tuple[Request, ...]:
        """Return the requests to put back what a request removed, oldest first."""
        return requests.restorals_of(self._connection, request_id)

    def digests_of(self, image_id: ImageId) -> tuple[str, ...]:
        """Return the names with a digest that an image ever lost, newest first."""
        return history.digests_of(self._connection, image_id)

    def timeline(self, request_id: RequestId) -> tuple[RecordedEvent, ...]:
        """Return everything that happened to a request, oldest first."""
        return trail.timeline(self._connection, request_id)

    def last_policy(self) -> PolicyChanged | None:
        """Return the newest change of the policy that is on record; None where there is none."""
        found = trail.last_of(self._connection, PolicyChanged)
        return found.event if found and isinstance(found.event, PolicyChanged) else None

    def last(self, kind: type[Note]) -> RecordedEvent | None:
        """Return the newest note of a kind that is about no request; None where there is none."""
        return trail.last_of(self._connection, kind)

    def every(self, kind: type[Note]) -> tuple[RecordedEvent, ...]:
        """Return every note of a kind that is about no request and of which there are few, oldest first."""
        return trail.all_of(self._connection, kind)

    def hash_of(self, sequence: int) -> str | None:
        """Return the hash of one event; None where there is none of that number."""
        return trail.hash_of(self._connection, sequence)

    def first_after(self, kind: type[Note], sequence: int) -> RecordedEvent | None:
        """Return the first note of a kind after event number *sequence*; None where there is none."""
        return trail.first_after(self._connection, kind, sequence)

    def unacknowledged(self) -> RecordedEvent | None:
        """Return the newest time that verifying failed, where nobody has acknowledged it: then nothing is removed."""
        failed, acknowledged = self.last(Disproved), self.last(Acknowledged)
        known = acknowledged.event.failure if acknowledged and isinstance(acknowledged.event, Acknowledged) else 0
        return failed if failed and failed.sequence > known else None

    def outgrown(self) -> str:
        """Return why this imgbot must not use the database any more; nothing where it may."""
        return support.is_outgrown(self._connection)

    def vitals(self) -> Vitals:
        """Return what waits, since when, and which hosts were looked at when."""
        return vitals.vitals(self._connection)

    def commanded_at(self) -> datetime | None:
        """Return when somebody last typed a command, as far as deliveries are remembered."""
        return vitals.commanded_at(self._connection)

    def first_at(self) -> datetime | None:
        """Return when the first event of all was written; None before it."""
        return trail.first_at(self._connection)

    def history(
        self, query: Query, *, limit: int = 20, before: int | None = None, after: int | None = None
    ) -> tuple[HistoryRecord, ...]:
        """Return the removal records that *query* finds, newest first.

        Where they are given, those older than number *before*, or those next newer than number *after*.
        """
        if after is not None:
            return history.newest(self._connection, history.all_of(self._connection, query), limit=limit, after=after)
        return history.newest(self._connection, self._asked_for(query, before), limit=limit, before=before)

    def asked(
        self, query: Query, *, limit: int = 20, before: int | None = None, after: int | None = None
    ) -> tuple[Entry, ...]:
        """Return what *query* is answered with, newest first: records, or what ``subject`` says that it asks for.

        *before* and *after* are numbers as ``number_of`` gives them.
        """
        asked_for = subject(query)
        match asked_for:
            case Subject.RECORDS:
                return self.history(query, limit=limit, before=before, after=after)
            case Subject.REQUESTS:
                return unremoved.found_requests(self._connection, query, limit=limit, before=before, after=after)
            case Subject.REFUSALS:
                return unremoved.found_refusals(self._connection, query, limit=limit, before=before, after=after)
            case _:
                assert_never(asked_for)

    def every_entry(self, query: Query) -> Iterator[Entry]:
        """Yield all that *query* is answered with, newest first, a part at a time. Read it while open."""
        before: int | None = None
        while found := self.asked(query, limit=BATCH, before=before):
            yield from found
            before = number_of(found[-1])

    def summary(self, query: Query) -> Summary:
        """Return in numbers what *query* finds; of very much only the newest."""
        return history.summary(self._connection, self._asked_for(query))

    def _asked_for(self, query: Query, before: int | None = None) -> Asked:
        """Return how *query* is answered: how much there is, is asked once for the page and for its summary.

        In a transaction it is asked again: it may have written meanwhile.
        """
        if self._locks or self._asked is None or self._asked[0] != (query, before):
            self._asked = ((query, before), history.asked(self._connection, query, before))
        return self._asked[1]

    def stats(self, since: datetime) -> Stats:
        """Return what happened since a moment, in numbers."""
        return statistics.since(self._connection, since)

    def course(self, since: datetime, until: datetime) -> Course:
        """Return how what was freed from *since* to *until* is spread over that time."""
        span = span_of(until - since)
        return course(since, until, span, statistics.freed(self._connection, since, span))

    def records_of(self, request_id: RequestId) -> tuple[HistoryRecord, ...]:
        """Return the removal records of a request, by the steps of its plan."""
        return history.of_request(self._connection, request_id)

    def message(self, request_id: RequestId, purpose: str) -> Message | None:
        """Return what Slack shows of a request for one purpose ("approvals", "requester")."""
        return messages.one(self._connection, request_id, purpose)

    def never_delivered(self, request_id: RequestId) -> tuple[Message, ...]:
        """Return the messages about a request to people who cannot be written to."""
        return messages.never_delivered(self._connection, request_id)

    def group(self, group_id: str) -> KeptGroup | None:
        """Return a group of approvers as it was seen last; None where it was never read."""
        return groups.kept(self._connection, group_id, locked=self._locks)

    def mark(self) -> Mark:
        """Return how far the record is."""
        return kept.mark(self._connection)

    def kept_host(self, host: str) -> KeptHost | None:
        """Return a host as it was looked at last; None where it never was."""
        return kept.host(self._connection, host)

    def looked_at(self) -> Mapping[str, datetime]:
        """Return when each host was looked at last."""
        return kept.looked_at(self._connection)

    def ours_since(self, mark: Mark, daemon_id: str) -> OursSince:
        """Return what requests took from a daemon since *mark*, and what they may have taken."""
        return kept.ours_since(self._connection, mark, daemon_id)

    def delivery_is_waiting(self, now: datetime, by: str, *, alone: bool, besides: Collection[str]) -> bool:
        """Whether ``Transaction.take_delivery`` would find one."""
        return deliveries.is_waiting(self._connection, now, by, alone=alone, besides=besides)

    def newest_deliveries(self, kind: str, since: datetime, limit: int) -> tuple[Delivery, ...]:
        """Return the newest deliveries of a kind since a moment, done or not, the newest first."""
        return deliveries.newest(self._connection, kind, since, limit)

    def messages_behind(
        self, now: datetime, limit: int = 50, purposes: Collection[str] = (), *, others: bool = True
    ) -> tuple[Message, ...]:
        """Return the messages that show an older version than they should, and may be tried by *now*.

        These are all *others* than those for *purposes*, or else these.
        """
        return messages.behind(self._connection, now, limit, purposes, others=others)

    def head(self) -> tuple[int, str]:
        """Return the number and the hash of the newest event: 0 and 64 zeros before the first."""
        row = self._connection.execute(sa.select(head_table.c.sequence, head_table.c.hash)).one()
        return row.sequence, row.hash

    def size(self) -> int:
        """Return about how many rows there are, without counting them."""
        return rows.about(self._connection)

    def chain(self, after: int = 0) -> Iterator[ChainedEvent]:
        """Yield every event after number *after*, oldest first, for ``bot.audit.chain.verify``. Read it while open."""
        return trail.chain(self._connection, after)

    def holding(self, after: int = 0) -> Holding:
        """Return what holds the removal records against every event after number *after*, as ``chain`` yields them."""
        return Holding(self._connection, after)
