"""The conditions of a query on the record, as SQL.

Records are read from the newest on, until a page is full. Where a condition holds for much, that is soon the case;
where it holds for little it would never be, and an index has to find what there is. Which of the two it is, is asked
first: SQLite keeps no statistics that tell, and either way is a thousand times too slow where the other is right.
"""

import re
from typing import Any, assert_never

import sqlalchemy as sa

from bot.audit.query import Condition, Freed, Is, Key, Not, Query, Since, Than, Until, Word
from bot.db.tables import approval, record, request
from bot.images.ids import PREFIX

FEW = 500
"""Up to so many requests, removals or records an index is asked for all of them."""
LARGEST = 2**63 - 1
"""The largest number that a column holds."""

_ID = re.compile(r"(?:sha256:)?([0-9a-f]{1,64})", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"#?([0-9]{1,18})", re.ASCII)
_NAMES = " " + record.c.names + " "

Clause = sa.ColumnElement[bool]


def clauses(connection: sa.Connection, query: Query) -> list[Clause]:
    """Return what a record has to fulfil for *query* to find it. May ask how much there is."""
    words = [_word(word) for word in query.words]
    return [*(_clause(connection, condition) for condition in query.conditions), *words]


def _clause(connection: sa.Connection, condition: Condition) -> Clause:
    match condition:
        case Not(of=inner):
            return sa.not_(sa.func.coalesce(_holds(inner), sa.false()))
        case Is():
            return _found(connection, condition)
        case Freed():
            return _of_requests(connection, _freed(condition))
        case _:
            return _holds(condition)


def _found(connection: sa.Connection, condition: Is) -> Clause:
    """Return the condition in the way that is quick for as much as there is of it."""
    match condition.key:
        case Key.WHO | Key.STATUS | Key.APPROVER:
            return _of_requests(connection, _request(condition))
        case Key.IMAGE:
            lost = _lost(condition.text)
            if not _few(connection, sa.select(record.c.number).where(lost)):
                return _holds(condition)
            # What was deleted later than it was untagged, or outside the bot, has the name and no such row of its own.
            of_image = record.c.image_id.in_(sa.select(record.c.image_id).where(lost))
            return (of_image | (record.c.via == sa.literal_column("'external'"))) & _holds(condition)
        case Key.ID | Key.LAYER:
            column = record.c.image_id if condition.key is Key.ID else record.c.chain_id
            begins = begins_with(column, condition.text)
            return begins if _few(connection, sa.select(record.c.number).where(begins)) else _holds(condition)
        case _:
            return _holds(condition)


def _few(connection: sa.Connection, query: sa.Select[Any]) -> bool:
    some = query.limit(FEW + 1).subquery()
    return (connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0) <= FEW


def _of_requests(connection: sa.Connection, condition: Clause) -> Clause:
    """Return whether a record's request fulfils *condition*."""
    if _few(connection, sa.select(request.c.id).where(condition)):
        return record.c.request_id.in_(sa.select(request.c.id).where(condition))
    return _has_request(condition)


def _has_request(condition: Clause) -> Clause:
    """Return the same for one record after the other: SQLite never turns this one round."""
    return sa.select(request.c.id).where(request.c.id == record.c.request_id, condition).correlate(record).exists()


def _holds(condition: Word | Is | Freed | Since | Until) -> Clause:
    """Return the condition for one record after the other."""
    match condition:
        case Word(text=text):
            return _word(text)
        case Is():
            return _is(condition)
        case Freed():
            return _has_request(_freed(condition))
        case Since(at=at):
            return record.c.at >= at
        case Until(at=at):
            return record.c.at < at
        case _:
            assert_never(condition)


def _is(condition: Is) -> Clause:
    text = condition.text
    match condition.key:
        case Key.WHO | Key.STATUS | Key.APPROVER | Key.REASON:
            return _has_request(_request(condition))
        case Key.HOST:
            return record.c.host == text
        case Key.VIA if text == "break-glass":
            return _has_request(request.c.break_glass)
        case Key.VIA:  # spelled out where there is an index of its own: a bound value would not be found in it
            return record.c.via == (sa.literal_column("'external'") if text == "external" else text)
        case Key.IMAGE:
            ends = (" ",) if _tagged(text) else (":", "@")
            return sa.or_(*(_named(f" {text}{end}") for end in ends))
        case Key.TAG:
            return _named(f":{text} ")
        case Key.DIGEST:
            return _named(f"@{PREFIX}{text}")
        case Key.ID:
            return sa.func.substr(record.c.image_id, len(PREFIX) + 1, len(text)) == text
        case Key.LAYER:
            return sa.func.substr(record.c.chain_id, len(PREFIX) + 1, len(text)) == text
        case _:
            raise AssertionError(condition.key)  # the others are no texts


def _named(part: str) -> Clause:
    """Return whether *part* is in the names, in just these letters: LIKE is not particular in SQLite."""
    return sa.func.replace(_NAMES, part, "") != _NAMES


def _request(condition: Is) -> Clause:
    match condition.key:
        case Key.WHO:
            return request.c.requester_user == condition.text
        case Key.STATUS:
            return request.c.state == condition.text
        case Key.APPROVER:
            approved = sa.select(approval.c.request_id).where(approval.c.user_id == condition.text)
            return request.c.id.in_(approved)
        case _:
            return request.c.reason.icontains(condition.text, autoescape=True)


def _freed(condition: Freed) -> Clause:
    freed, number = request.c.freed, min(condition.bytes, LARGEST)
    match condition.than:
        case Than.AT_LEAST:
            return freed >= number
        case Than.MORE:
            return freed > number
        case Than.AT_MOST:
            return freed <= number
        case Than.LESS:
            return freed < number
        case _:
            assert_never(condition.than)


def _tagged(image: str) -> bool:
    return ":" in image.rpartition("/")[2]


def _lost(image: str) -> Clause:
    """Return whether a record is of a name of this image that was untagged, as ranges that an index can find."""
    reference = record.c.reference
    if _tagged(image):
        return reference == image
    return sa.or_(*((reference >= f"{image}{end}") & (reference <= f"{image}{end}\N{DELETE}") for end in ":@"))


def begins_with(column: sa.Column[str], digits: str) -> Clause:
    """Return whether an ID begins with these digits, as a range that an index can find."""
    return (column >= PREFIX + digits.ljust(64, "0")) & (column <= PREFIX + digits.ljust(64, "f"))


def _word(word: str) -> Clause:
    """Return whether a record has *word*, as ``Word`` says."""
    parts = (record.c.names, record.c.host, request.c.reason, request.c.requester_user)
    found = [column.icontains(word, autoescape=True) for column in parts]
    approved = sa.select(approval.c.user_id).where(
        approval.c.request_id == record.c.request_id, approval.c.user_id.icontains(word, autoescape=True)
    )
    found.append(approved.exists())
    if match := _ID.fullmatch(word):
        found += [begins_with(column, match[1].lower()) for column in (record.c.image_id, record.c.chain_id)]
    if match := _NUMBER.fullmatch(word):
        found.append(record.c.request_id == int(match[1]))
    return sa.or_(*found)
