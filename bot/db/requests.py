"""Requests in the database: read, written first, and changed by one event each."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.approval.request import Approval, Person, Request, RequestId, State, Token
from bot.db.conditions import LARGEST
from bot.db.request_codec import (
    Row,
    approval_of,
    approval_row,
    changing_row,
    claim_row,
    first_row,
    plan_row,
    request_of,
)
from bot.db.tables import approval, former_token, request


class StaleRequest(Exception):  # noqa: N818 -- named for what it is about
    """Somebody else changed the request since it was read; nothing was written. Read it again and decide anew."""


def by_id(connection: sa.Connection, request_id: RequestId, *, locked: bool) -> Request | None:
    """Return a request; *locked* (on PostgreSQL) until the commit."""
    if not 0 < request_id <= LARGEST:
        return None
    return _one(connection, request.c.id == request_id, locked=locked)


def by_token(connection: sa.Connection, token: Token, *, locked: bool) -> Request | None:
    """Return the request whose buttons carry *token*."""
    return _one(connection, request.c.token == token, locked=locked)


def by_former_token(connection: sa.Connection, token: Token, *, locked: bool) -> Request | None:
    """Return the request whose buttons carried *token* before steps were left out of its plan."""
    of = sa.select(former_token.c.request_id).where(former_token.c.token == token).scalar_subquery()
    return _one(connection, request.c.id == of, locked=locked)


def selected(connection: sa.Connection, query: sa.Select[Any], *, locked: bool = False) -> tuple[Request, ...]:
    """Return the requests that *query* selects, which takes whole rows of their table."""
    return _all(connection, query, locked=locked)


def _one(connection: sa.Connection, condition: sa.ColumnElement[bool], *, locked: bool) -> Request | None:
    found = _all(connection, sa.select(request).where(condition), locked=locked)
    return found[0] if found else None


def in_states(  # noqa: PLR0913 -- which are wanted
    connection: sa.Connection,
    states: Iterable[State],
    *,
    limit: int,
    host: str | None,
    expired_at: datetime | None,
    once: bool = False,
    locked: bool,
) -> tuple[Request, ...]:
    """Return requests in these states, oldest first; of one host, and run out by a time, where these are given.

    *once* where of several hosts only the first that is in these states is wanted.
    """
    words = [state.value for state in states]
    query = sa.select(request).where(request.c.state.in_(words))
    if once:
        query = query.where(_first_of_fleet(words))
    if host is not None:
        query = query.where(request.c.host == host)
    if expired_at is not None:
        query = query.where(request.c.expires_at <= expired_at)
    return _all(connection, query.order_by(request.c.id).limit(limit), locked=locked)


def _first_of_fleet(states: Sequence[str]) -> sa.ColumnElement[bool]:
    """Return that no earlier request of the same fleet is in these states; one of no fleet is always the first."""
    other = request.alias()
    earlier = (other.c.fleet == request.c.fleet) & (other.c.id < request.c.id) & other.c.state.in_(states)
    return request.c.fleet.is_(None) | ~sa.exists().where(earlier)


def due(connection: sa.Connection, now: datetime, limit: int) -> tuple[Request, ...]:
    """Return the requests of which something is due by *now*, those that have waited longest first."""
    query = sa.select(request).where(request.c.due_at <= now).order_by(request.c.due_at, request.c.id).limit(limit)
    return _all(connection, query, locked=False)


def undo_due(
    connection: sa.Connection, host: str, now: datetime, limit: int, but: Collection[RequestId]
) -> tuple[Request, ...]:
    """Return the requests of a host that keep something which is to be seen to by *now*, the longest due first.

    All *but* those that are resting, which would otherwise be read for ever in the place of others.
    """
    due_now = (request.c.undo_at <= now) & (request.c.host == host) & request.c.id.not_in(but)
    query = sa.select(request).where(due_now).order_by(request.c.undo_at, request.c.id).limit(limit)
    return _all(connection, query, locked=False)


def kept_on(connection: sa.Connection, limit: int) -> tuple[Request, ...]:
    """Return the requests that keep something for an undo, or are about to let it go."""
    query = sa.select(request).where(request.c.undo_at.is_not(None)).order_by(request.c.id).limit(limit)
    return _all(connection, query, locked=False)


def ended_since(connection: sa.Connection, at: datetime, limit: int) -> tuple[Request, ...]:
    """Return the newest requests, asked for since *at*, that were carried out; of several hosts the first of these.

    The state is hidden in an expression: SQLite would read all that ever ended, by its index, and sort them.
    """
    carried_out = (request.c.state.concat("") == State.FINISHED.value) & (request.c.asked_at >= at)
    carried_out &= _first_of_fleet([State.FINISHED.value])
    query = sa.select(request).where(carried_out).order_by(request.c.asked_at.desc()).limit(limit)
    return _all(connection, query, locked=False)


def of_person(connection: sa.Connection, person: Person, limit: int) -> tuple[Request, ...]:
    """Return the newest requests of somebody; of several hosts the first."""
    theirs = (request.c.fleet.is_(None) | (request.c.id == request.c.fleet + 1)) & _asked_by(person)
    query = sa.select(request).where(theirs).order_by(request.c.id.desc()).limit(limit)
    return _all(connection, query, locked=False)


def _asked_by(person: Person) -> sa.ColumnElement[bool]:
    return (request.c.requester_user == person.user_id) & (request.c.requester_team == person.team_id)


def restorals_of(connection: sa.Connection, request_id: RequestId) -> tuple[Request, ...]:
    """Return the requests to put back what *request_id* removed, oldest first."""
    query = sa.select(request).where(request.c.restores == request_id).order_by(request.c.id)
    return _all(connection, query, locked=False)


def _all(connection: sa.Connection, query: sa.Select[Any], *, locked: bool) -> tuple[Request, ...]:
    """Return the requests that *query* finds. Approvals are read after the lock is held, so the two belong together."""
    rows = connection.execute(query.with_for_update(key_share=True) if locked else query).mappings().all()
    approvals = _approvals(connection, rows)
    return tuple(request_of(row, approvals.get(row["id"], ())) for row in rows)


def _approvals(connection: sa.Connection, rows: Sequence[Row]) -> Mapping[int, Sequence[Approval]]:
    if not rows:
        return {}
    query = (
        sa.select(approval)
        .where(approval.c.request_id.in_([row["id"] for row in rows]))
        .order_by(approval.c.request_id, approval.c.position)
    )
    approvals = defaultdict[int, list[Approval]](list)
    for row in connection.execute(query).mappings():
        approvals[row["request_id"]].append(approval_of(row))
    return approvals


def write_first(connection: sa.Connection, new: Request) -> None:
    """Write a new request."""
    connection.execute(request.insert(), first_row(new))


def write_change(connection: sa.Connection, before: Request, after: Request) -> None:
    """Write *after* in the place of *before*. Raises StaleRequest where that is no longer what is there."""
    values = changing_row(after)
    if after.claim != before.claim:  # otherwise it stays as it is: it may have been extended meanwhile
        values |= claim_row(after.claim)
    if after.token != before.token:
        values |= plan_row(after)
        connection.execute(former_token.insert(), {"token": before.token, "request_id": before.id})
    same = (request.c.id == before.id) & (request.c.version == before.version)
    if connection.execute(request.update().where(same).values(values)).rowcount != 1:
        raise StaleRequest(f"Request {before.id} is no longer at version {before.version}.")
    if after.approvals != before.approvals:
        _write_approvals(connection, after)


def _write_approvals(connection: sa.Connection, after: Request) -> None:
    connection.execute(approval.delete().where(approval.c.request_id == after.id))
    rows = [approval_row(after.id, position, each) for position, each in enumerate(after.approvals)]
    if rows:
        connection.execute(approval.insert(), rows)


def extend_claim(connection: sa.Connection, request_id: RequestId, owner: str, number: int, until: datetime) -> bool:
    """Extend a claim. Returns False where it is no longer this owner's, of this number."""
    mine = (
        (request.c.id == request_id)
        & (request.c.state == State.REMOVING.value)
        & (request.c.claim_owner == owner)
        & (request.c.claim_number == number)
    )
    return connection.execute(request.update().where(mine).values(claim_until=until)).rowcount == 1


def removing_on(connection: sa.Connection, host: str) -> RequestId | None:
    """Return the request that is being carried out on a host."""
    query = sa.select(request.c.id).where(request.c.state == State.REMOVING.value, request.c.host == host).limit(1)
    found = connection.execute(query).scalar_one_or_none()
    return None if found is None else RequestId(found)


def extend_claims(connection: sa.Connection, owner: str, until: datetime) -> int:
    """Extend, or end, every claim of *owner*. Returns how many it has."""
    mine = (request.c.state == State.REMOVING.value) & (request.c.claim_owner == owner)
    return connection.execute(request.update().where(mine).values(claim_until=until)).rowcount
