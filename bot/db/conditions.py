"""The conditions of a query on the record, as SQL.

Records are read from the newest on, until a page is full. Time, host, requester, image, and whether it was outside the
bot lead through the record in that order by an index (``removal_search``, ``removal_search_name``). For the rest: where
a condition holds for much, a page is soon full; where it holds for little it would never be, and an index has to find
what there is. Which of the two it is, is asked first, and what there is comes as numbers: SQLite keeps no statistics
that tell, and either way is a thousand times too slow where the other is right.
"""

import re
from math import isqrt
from typing import Any, assert_never

import sqlalchemy as sa

from bot.audit.query import Condition, Freed, Is, Key, Not, Query, Since, Than, Until, Word
from bot.db import text_index
from bot.db.finding import GRADE
from bot.db.tables import approval, freed, record, request, search, search_name
from bot.db.text_index import looked_at
from bot.images.ids import PREFIX

FEW = 500
"""Up to so many records an index is asked for all of them."""
FEW_REQUESTS = 50
RARE, COMMON = 5, 170
"""Of requests there are few where the square of their number is less than a fifth of the number of all: then all their
records are read. There are many where it is more than 170 times that: then one record after the other is asked whether
its request is one of them. Between the two they are listed once, and looked for in the index by time from the newest
on. Each of the three takes as long as the next where they meet, some 30 ms for a million requests."""
FEW_TEXTS = 1000
"""Up to so many rows that have a word an index is asked for all of them."""
NEW = 20
"""The newest twentieth of the record is new."""
PROBED, FREQUENT = 2048, 6
"""So many of the newest rows PostgreSQL looks at, and where so many of them have a text, it is frequent of late."""
SAMPLED = "0.2"
"""Of so many of all rows in a hundred as many likewise, and it is frequent throughout: not only of late."""
LARGEST = 2**63 - 1
"""The largest number that a column holds."""

_ID = re.compile(r"(?:sha256:)?([0-9a-f]{1,64})", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"#?([0-9]{1,18})", re.ASCII)
_NAMES = " " + record.c.names + " "
_RECORDS = record.join(search, (search.c.event == record.c.event) & (search.c.at == record.c.at))

_NEWEST = sa.select(sa.func.max(request.c.id))
_PROBED = sa.select(search.c.text).order_by(search.c.at.desc(), search.c.number.desc()).limit(PROBED).subquery()
_SAMPLED = search.tablesample(sa.func.system(sa.literal_column(SAMPLED)), seed=sa.literal_column("1"))

Clause = sa.ColumnElement[bool]


def clauses(connection: sa.Connection, query: Query) -> list[Clause]:
    """Return what a record has to fulfil for *query* to find it. May ask how much there is."""
    words = [_found_word(connection, word) for word in query.words]
    return [*(_clause(connection, condition) for condition in query.conditions), *words]


def image_of(query: Query) -> str | None:
    """Return the name that leads to all that *query* finds; None where it asks for no image and no grade."""
    conditions = [each for each in query.conditions if isinstance(each, Is)]
    images = [each.text for each in conditions if each.key is Key.IMAGE]
    grades = [GRADE + each.text for each in conditions if each.key is Key.GRADE]
    return next(iter((*images, *grades)), None)


def _clause(connection: sa.Connection, condition: Condition) -> Clause:
    match condition:
        case Not(of=inner):
            return sa.not_(sa.func.coalesce(holds(inner), sa.false()))
        case Is():
            return _found(connection, condition)
        case Freed():
            return _of_requests(connection, freed_by(condition), condition)
        case _:
            return holds(condition)


def _found(connection: sa.Connection, condition: Is) -> Clause:
    """Return the condition in the way that is quick for as much as there is of it."""
    match condition.key:
        case Key.STATUS | Key.APPROVER:
            return _of_requests(connection, requests_with(condition), condition)
        case Key.ID | Key.LAYER:
            column = record.c.image_id if condition.key is Key.ID else record.c.chain_id
            begins = begins_with(column, condition.text)
            numbers = _listed(connection, sa.select(record.c.number).where(begins), FEW)
            return holds(condition) if numbers is None else one_of(record.c.number, numbers)
        case Key.TAG | Key.DIGEST | Key.REASON:
            return _with_text(connection, _part(condition)) & holds(condition)
        case _:
            return holds(condition)


def freed_by(condition: Freed) -> sa.Select[int]:
    """Return what selects the requests that freed as much as *condition* says."""
    return sa.select(freed.c.request_id).where(_freed(condition))


def requests_with(condition: Is) -> sa.Select[int]:
    """Return what selects the requests in a state, or those that somebody approved."""
    if condition.key is Key.STATUS:
        return sa.select(request.c.id).where(_request(condition))
    return sa.select(approval.c.request_id).where(approval.c.user_id == condition.text).distinct()


def _listed(connection: sa.Connection, query: sa.Select[Any], most: int) -> list[int] | None:
    """Return the numbers that *query* selects; None where these are more than *most*."""
    numbers = list(connection.execute(query.limit(most + 1)).scalars())
    return numbers if len(numbers) <= most else None


def newest_request(connection: sa.Connection) -> int:
    """Return the number of the newest request: about how many there are."""
    return connection.scalar(_NEWEST) or 0


def counted(connection: sa.Connection, query: sa.Select[Any], most: int) -> int:
    """Return how many rows *query* selects; one more than *most* where these are more."""
    return connection.scalar(sa.select(sa.func.count()).select_from(query.limit(most + 1).subquery())) or 0


def one_of(column: sa.ColumnElement[int], numbers: list[int]) -> Clause:
    """Return whether a column is one of *numbers*, which stand in the statement: there may be too many for values."""
    if not numbers:
        return sa.false()
    return column.in_(sa.bindparam(None, sorted(set(numbers)), expanding=True, literal_execute=True, unique=True))


def _of_requests(connection: sa.Connection, query: sa.Select[Any], condition: Is | Freed) -> Clause:
    """Return whether a record's request is one of those that *query* selects, which fulfil *condition*."""
    newest = newest_request(connection)
    few, many = max(FEW_REQUESTS, isqrt(newest // RARE)), isqrt(newest * COMMON)
    there = counted(connection, query, many)
    if there <= few:
        return one_of(record.c.request_id, list(connection.execute(query).scalars()))
    return _listed_once(search.c.request_id, query) if there <= many else holds(condition)


def _listed_once(column: sa.ColumnElement[Any], query: sa.Select[Any]) -> Clause:
    """Return whether a column is in what *query* selects, which is read once, before the rows are: not instead of them.

    In an expression, or else PostgreSQL would join the two in an order of its own.
    """
    return sa.func.coalesce(column.in_(query), sa.false())


def frequent(connection: sa.Connection, part: str) -> bool:
    """Return whether PostgreSQL soon comes to enough that has *part*. How much there is, it does not know."""
    if connection.dialect.name == "sqlite":
        return False
    for rows in (_PROBED, _SAMPLED):
        having = sa.select(sa.func.count()).select_from(rows).where(rows.c.text.icontains(part, autoescape=True))
        if (connection.scalar(having) or 0) < FREQUENT:
            return False
    return True


def _with_text(connection: sa.Connection, part: str) -> Clause:
    """Return whether a row of ``removal_search`` may have *part*."""
    if frequent(connection, part):
        return looked_at(search.c.text.icontains(part, autoescape=True))
    numbers = _listed_texts(connection, part)
    return _has_text(connection, part) if numbers is None else one_of(search.c.number, numbers)


def _has_text(connection: sa.Connection, part: str) -> Clause:
    """Return whether a row has *part*, of which there is much, or nobody knows how much.

    Where enough of it is new, one row after the other is looked at. Otherwise it may all be old, and the way back to it
    would be long: then SQLite's index is asked for all of it, which may be some rows too many. PostgreSQL's takes as
    long for that as the way back.
    """
    rows = text_index.rows_with(connection, part)
    text = search.c.text.icontains(part, autoescape=True)
    if rows is None or connection.dialect.name != "sqlite":
        return text
    number = rows.selected_columns[0]
    newest = connection.scalar(sa.select(sa.func.max(search.c.number))) or 0
    new = rows.where(number > newest - newest // NEW).limit(FEW_TEXTS)
    there = connection.scalar(sa.select(sa.func.count()).select_from(new.subquery())) or 0
    return text if there == FEW_TEXTS else _listed_once(search.c.number, rows)


def _listed_texts(connection: sa.Connection, part: str) -> list[int] | None:
    rows = text_index.rows_with(connection, part)
    return None if rows is None else _listed(connection, rows, FEW_TEXTS)


def _found_word(connection: sa.Connection, word: str) -> Clause:
    """Return whether a record has *word*: first by what leads to it, then by what ``Word`` says."""
    by_number: list[int] = []
    for has in _numbers_of(word):
        if counted(connection, sa.select(record.c.number).where(has), FEW) > FEW:
            return looked_at(holds_word(word))
        by_number += connection.execute(sa.select(search.c.number).select_from(_RECORDS).where(has)).scalars()
    if frequent(connection, word):
        text = search.c.text.icontains(word, autoescape=True)
        return looked_at(sa.or_(text, one_of(search.c.number, by_number)) & holds_word(word))
    numbers = _listed_texts(connection, word)
    if numbers is None:
        return sa.or_(_has_text(connection, word), one_of(search.c.number, by_number)) & holds_word(word)
    return one_of(search.c.number, [*numbers, *by_number]) & holds_word(word)


def _has_request(condition: Clause) -> Clause:
    """Return whether a record's request fulfils *condition*."""
    return _one_by_one(sa.select(request.c.id).where(request.c.id == search.c.request_id, condition).correlate(search))


def _one_by_one(query: sa.Select[Any]) -> Clause:
    """Return whether *query* selects anything, which is asked for each row: neither database turns it round.

    Without the offset PostgreSQL may read the whole table instead, once: more than a page ever needs.
    """
    return query.offset(0).exists()


def holds(condition: Word | Is | Freed | Since | Until) -> Clause:
    """Return the condition for one record after the other."""
    match condition:
        case Word(text=text):
            return holds_word(text)
        case Is():
            return _is(condition)
        case Freed():
            mine = sa.select(freed.c.request_id).where(freed.c.request_id == search.c.request_id, _freed(condition))
            return _one_by_one(mine.correlate(search))
        case Since(at=at):
            return search.c.at >= at
        case Until(at=at):
            return search.c.at < at
        case _:
            assert_never(condition)


def _is(condition: Is) -> Clause:
    text = condition.text
    match condition.key:
        case Key.WHO:
            return search.c.requester_user == text
        case Key.STATUS | Key.APPROVER | Key.REASON:
            return _has_request(_request(condition))
        case Key.HOST:
            return search.c.host == text
        case Key.VIA if text == "break-glass":
            return _has_request(request.c.break_glass)
        case Key.VIA:
            return search.c.request_id.is_(None) if text == "external" else search.c.request_id.is_not(None)
        case Key.IMAGE:
            ends = (" ",) if _tagged(text) else (":", "@")
            return sa.or_(*(_named(f" {text}{end}") for end in ends))
        case Key.TAG | Key.DIGEST:
            return _named(_part(condition))
        case Key.ACTION:
            return record.c.kind == text
        case Key.GRADE:
            return _graded(text)
        case Key.ID:
            return sa.func.substr(record.c.image_id, len(PREFIX) + 1, len(text)) == text
        case Key.LAYER:
            return sa.func.substr(record.c.chain_id, len(PREFIX) + 1, len(text)) == text
        case _:
            raise AssertionError(condition.key)  # the others are no texts


def _graded(grade: str) -> Clause:
    """Return whether an image of this grade went in the same step."""
    here = (search_name.c.at == search.c.at) & (search_name.c.number == search.c.number)
    return _one_by_one(sa.select(search_name.c.name).where(search_name.c.name == GRADE + grade, here).correlate(search))


def _named(part: str) -> Clause:
    """Return whether *part* is in the names, in just these letters: LIKE is not particular in SQLite."""
    return sa.func.replace(_NAMES, part, "") != _NAMES


def _part(condition: Is) -> str:
    """Return what stands in the text that is searched, where the condition holds."""
    match condition.key:
        case Key.TAG:
            return f":{condition.text} "
        case Key.DIGEST:
            return f"@{PREFIX}{condition.text}"
        case _:
            return condition.text


def _request(condition: Is) -> Clause:
    match condition.key:
        case Key.STATUS:
            return request.c.state == condition.text
        case Key.APPROVER:
            approved = sa.select(approval.c.request_id).where(approval.c.user_id == condition.text)
            return request.c.id.in_(approved)
        case _:
            return request.c.reason.icontains(condition.text, autoescape=True)


def _freed(condition: Freed) -> Clause:
    number = min(condition.bytes, LARGEST)
    match condition.than:
        case Than.AT_LEAST:
            return freed.c.bytes >= number
        case Than.MORE:
            return freed.c.bytes > number
        case Than.AT_MOST:
            return freed.c.bytes <= number
        case Than.LESS:
            return freed.c.bytes < number
        case _:
            assert_never(condition.than)


def _tagged(image: str) -> bool:
    return ":" in image.rpartition("/")[2]


def begins_with(column: sa.Column[str], digits: str) -> Clause:
    """Return whether an ID begins with these digits, as a range that an index can find."""
    return (column >= PREFIX + digits.ljust(64, "0")) & (column <= PREFIX + digits.ljust(64, "f"))


def has_numbers(word: str) -> bool:
    """Return whether a word may also be the beginning of an ID, or a request's number."""
    return bool(_ID.fullmatch(word) or _NUMBER.fullmatch(word))


def holds_word(word: str) -> Clause:
    """Return whether a record has *word*, as ``Word`` says."""
    parts = (record.c.names, record.c.host, request.c.reason, request.c.requester_user)
    found = [column.icontains(word, autoescape=True) for column in parts]
    approved = sa.select(approval.c.user_id).where(
        approval.c.request_id == record.c.request_id, approval.c.user_id.icontains(word, autoescape=True)
    )
    return sa.or_(*found, _one_by_one(approved), *_numbers_of(word))


def _numbers_of(word: str) -> list[Clause]:
    """Return by what else than its text a record may have *word*: the beginnings of IDs, a request's number."""
    found: list[Clause] = []
    if match := _ID.fullmatch(word):
        found += [begins_with(column, match[1].lower()) for column in (record.c.image_id, record.c.chain_id)]
    if match := _NUMBER.fullmatch(word):
        found.append(record.c.request_id == int(match[1]))
    return found
