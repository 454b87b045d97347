"""Fleets in the database: by number and by token, each with the event that says what was asked."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import sqlalchemy as sa

from bot.approval import lifecycle
from bot.approval.events import Asked, Event
from bot.approval.fleet import Fleet, FleetAsked, FleetNarrowed
from bot.approval.notes import Note
from bot.approval.request import Request, RequestId, State, Token
from bot.db import calls, messages, requests, trail
from bot.db.conditions import LARGEST
from bot.db.tables import event, fleet, former_token, request

Making = Callable[[RequestId], tuple[FleetAsked, Sequence[Asked]]]
"""Makes a fleet of its number, and what its members are asked with."""


def write_first(connection: sa.Connection, make: Making) -> Fleet:
    """Write a fleet under the next number, and its members under those after it."""
    counters = trail.locked_counters(connection)
    number = RequestId(counters.last_request + 1)
    made, events = make(number)
    members = [lifecycle.asked(member, each) for member, each in zip(made.members, events, strict=True)]
    for member in members:
        requests.write_first(connection, member)
    messages.wanted_first(connection, members[0])
    messages.wanted_besides(connection, members[0], messages.LINES)
    row = {"id": number, "token": made.token, "event": counters.head.sequence + 1}
    entries: list[tuple[Event | Note, Request | None]] = [(made, None), *zip(events, members, strict=True)]
    counters = trail.append(connection, replace(counters, last_request=members[-1].id), entries)
    connection.execute(fleet.insert(), row)
    trail.save(connection, counters)
    calls.call(connection)
    return Fleet(asked=made, members=tuple(members))


def by_number(connection: sa.Connection, number: RequestId, *, locked: bool) -> Fleet | None:
    """Return a fleet; its members *locked* (on PostgreSQL) until the commit."""
    return _one(connection, fleet.c.id == number, locked=locked) if 0 < number <= LARGEST else None


def by_token(connection: sa.Connection, token: Token) -> Fleet | None:
    """Return the fleet whose buttons carry *token*."""
    return _one(connection, fleet.c.token == token, locked=False)


def by_former_token(connection: sa.Connection, token: Token) -> Fleet | None:
    """Return the fleet whose buttons carried *token* before something was left out of it."""
    member = sa.select(former_token.c.request_id).where(former_token.c.token == token).scalar_subquery()
    of = sa.select(request.c.fleet).where(request.c.id == member).scalar_subquery()
    return _one(connection, fleet.c.id == of, locked=False)


def _one(connection: sa.Connection, condition: sa.ColumnElement[bool], *, locked: bool) -> Fleet | None:
    said = _said(connection, condition)
    if said is None:
        return None
    asked, narrowed = (said.asked, said) if isinstance(said, FleetNarrowed) else (said, None)
    query = sa.select(request).where(request.c.fleet == asked.number).order_by(request.c.id)
    return Fleet(asked=asked, members=requests.selected(connection, query, locked=locked), narrowed=narrowed)


def _said(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> FleetAsked | FleetNarrowed | None:
    """Return the event that says what is asked for now."""
    query = sa.select(event).where(event.c.sequence == sa.select(fleet.c.event).where(condition).scalar_subquery())
    found = trail.selected(connection, query)
    return found[0].event if found and isinstance(found[0].event, FleetAsked | FleetNarrowed) else None


def write_narrowed(connection: sa.Connection, before: Fleet, note: FleetNarrowed) -> None:
    """Write what is asked for from now on; the members are written by their own events."""
    counters = trail.locked_counters(connection)
    row = {"token": note.asked.token, "event": counters.head.sequence + 1}
    trail.save(connection, trail.append(connection, counters, [(note, None)]))
    connection.execute(fleet.update().where(fleet.c.id == before.number).values(row))
    connection.execute(former_token.insert(), {"token": before.asked.token, "request_id": before.lead.id})


def waiting(connection: sa.Connection) -> tuple[RequestId, ...]:
    """Return the fleets of which some members are approved and not begun, oldest first."""
    query = (
        sa.select(request.c.fleet)
        .where(request.c.fleet.is_not(None), request.c.state == State.APPROVED.value)
        .distinct()
        .order_by(request.c.fleet)
    )
    return tuple(RequestId(number) for number in connection.execute(query).scalars())


def first_of(connection: sa.Connection, number: RequestId) -> tuple[FleetAsked, tuple[Request, ...]] | None:
    """Return what was asked of a fleet, and those of its members that go first."""
    said = _said(connection, fleet.c.id == number)
    if said is None:
        return None
    asked = said.asked if isinstance(said, FleetNarrowed) else said
    first = sa.select(request).where(request.c.id.in_(asked.first)).order_by(request.c.id)
    return asked, requests.selected(connection, first)
