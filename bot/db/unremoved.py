"""Asking for what has no removal record: requests that removed nothing, and refusals."""

from collections.abc import Iterable
from typing import Any, assert_never

import sqlalchemy as sa

from bot.approval.request import Request
from bot.audit.query import REFUSED, Condition, Freed, Is, Key, Not, Query, Since, Until, Word
from bot.db import requests, trail
from bot.db.columns import Moment, micros
from bot.db.conditions import LARGEST, Clause
from bot.db.tables import approval, event, request
from bot.db.trail import RecordedEvent
from bot.images.ids import PREFIX

_REFUSAL = event.c.kind == sa.literal_column("'refusal'")  # spelled out, as in its index
_AT = sa.type_coerce(event.c.at, Moment())


def found_requests(
    connection: sa.Connection, query: Query, *, limit: int, before: int | None = None, after: int | None = None
) -> tuple[Request, ...]:
    """Return the requests that *query* finds, the newest first: older than one, or next newer than one, where given.

    ``since:`` and ``until:`` are about when they were asked for. What was to be removed is looked for as it was typed,
    IDs in the plan.
    """
    asked = _Asked(connection)
    clauses = [asked.clause(each) for each in (*query.conditions, *_words(query))]
    rows = sa.select(request).where(*clauses)
    if after is not None:
        newer = rows.where(request.c.id > _number(after)).order_by(request.c.id).limit(limit)
        return requests.selected(connection, newer)[::-1]
    if before is not None:
        rows = rows.where(request.c.id < _number(before))
    return requests.selected(connection, rows.order_by(request.c.id.desc()).limit(limit))


def found_refusals(
    connection: sa.Connection, query: Query, *, limit: int, before: int | None = None, after: int | None = None
) -> tuple[RecordedEvent, ...]:
    """Return the refusals that *query* finds, likewise; by the numbers of their events.

    ``who:`` is about who was refused, ``since:`` and ``until:`` about when; words may be in the answer too. All else is
    about the request that it was about.
    """
    refused = _Refused(connection)
    clauses = [refused.clause(each) for each in (*query.conditions, *_words(query))]
    rows = sa.select(event).select_from(event.outerjoin(request, event.c.request_id == request.c.id))
    rows = rows.where(_REFUSAL, *clauses)
    if after is not None:
        newer = rows.where(*_beside(connection, after, newer=True)).order_by(event.c.at, event.c.sequence).limit(limit)
        return trail.selected(connection, newer)[::-1]
    if before is not None:
        rows = rows.where(*_beside(connection, before, newer=False))
    return trail.selected(connection, rows.order_by(event.c.at.desc(), event.c.sequence.desc()).limit(limit))


def _number(number: int) -> int:
    return max(-LARGEST, min(number, LARGEST))


def _beside(connection: sa.Connection, number: int, *, newer: bool) -> tuple[Clause, ...]:
    """Return whether a refusal is older, or newer, than the event of this number: by time, then by number."""
    number = _number(number)
    at = connection.scalar(sa.select(event.c.at).where(event.c.sequence == number))
    if at is None:
        return (event.c.sequence > number if newer else event.c.sequence < number,)
    place, here = sa.tuple_(event.c.at, event.c.sequence), sa.tuple_(sa.literal(at), sa.literal(number))
    return (place > here if newer else place < here,)


def _words(query: Query) -> Iterable[Word]:
    return (Word(text=word) for word in query.words)


class _Asked:
    """Conditions on a request that stands by itself."""

    def __init__(self, connection: sa.Connection) -> None:
        self._sqlite = connection.dialect.name == "sqlite"
        self._typed = " " + self._inside(request.c.plan, "command") + " "

    def _inside(self, column: sa.ColumnElement[Any], *keys: str) -> sa.ColumnElement[str]:
        """Return a text that stands in JSON."""
        json = sa.type_coerce(column, sa.JSON()) if self._sqlite else sa.cast(column, sa.JSON())
        found = json[keys[0]]
        for key in keys[1:]:
            found = found[key]
        return sa.func.coalesce(found.as_string(), "")

    def clause(self, condition: Condition) -> Clause:
        """Return the condition as SQL."""
        match condition:
            case Not(of=inner):
                return sa.not_(sa.func.coalesce(self.clause(inner), sa.false()))
            case Word(text=text):
                return self._word(text)
            case Is(key=key, text=text):
                return self._is(key, text)
            case Freed():
                return sa.false()  # nothing was removed
            case Since(at=at):
                return request.c.asked_at >= at
            case Until(at=at):
                return request.c.asked_at < at
            case _:
                assert_never(condition)

    def _word(self, text: str) -> Clause:
        parts = (self._typed, request.c.host, request.c.reason, request.c.requester_user)
        found = [part.icontains(text, autoescape=True) for part in parts]
        number = text.removeprefix("#")
        if number.isascii() and number.isdecimal():
            found.append(request.c.id == _number(int(number)))
        return sa.or_(*found)

    def _is(self, key: Key, text: str) -> Clause:
        match key:
            case Key.WHO:
                return request.c.requester_user == text
            case Key.HOST:
                return request.c.host == text
            case Key.STATUS:
                return request.c.state == text
            case Key.REASON:
                return request.c.reason.icontains(text, autoescape=True)
            case Key.APPROVER:
                approved = sa.select(approval.c.request_id).where(approval.c.user_id == text)
                return request.c.id.in_(approved)
            case Key.VIA:
                return {"bot": sa.true(), "external": sa.false()}.get(text, request.c.break_glass)
            case Key.ACTION:
                return sa.false()
            case Key.GRADE:
                return _has(request.c.plan, f'"grade":"{text}"')
            case Key.IMAGE:
                ends = (" ",) if ":" in text.rpartition("/")[2] else (":", "@", " ")
                return sa.or_(*(_has(self._typed, f" {text}{end}") for end in ends))
            case Key.TAG:
                return _has(self._typed, f":{text} ")
            case Key.ID:
                return _has(request.c.plan, f'"image_id":"{PREFIX}{text}')
            case Key.LAYER:
                return _has(request.c.plan, f'"chain_id":"{PREFIX}{text}')
            case Key.DIGEST:
                return _has(request.c.plan, f"@{PREFIX}{text}")
            case _:
                raise AssertionError(key)  # the others are no texts


class _Refused(_Asked):
    """Conditions on a refusal, and on the request that it was about."""

    def clause(self, condition: Condition) -> Clause:
        """Return the condition as SQL."""
        match condition:
            case Since(at=at):
                return event.c.at >= micros(at)
            case Until(at=at):
                return event.c.at < micros(at)
            case Is(key=Key.WHO, text=text):
                return self._inside(event.c.body, "by", "user") == text
            case Is(key=Key.STATUS, text=text) if text == REFUSED:
                return sa.true()
            case Word(text=text):
                parts = [self._inside(event.c.body, *keys) for keys in (("by", "user"), ("action",), ("answer",))]
                said = [part.icontains(text, autoescape=True) for part in parts]
                return sa.or_(*said, sa.func.coalesce(super().clause(condition), sa.false()))
            case _:
                return super().clause(condition)


def _has(column: sa.ColumnElement[str], part: str) -> Clause:
    """Return whether *part* stands in a text, in just these letters."""
    return sa.func.replace(column, part, "") != column
