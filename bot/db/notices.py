"""The outbox of the audit channel: what is to be posted there, written with what it tells of."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.approval.notice import Notice, Part, Parts, UserGroup, Verbatim
from bot.approval.request import Person
from bot.db.columns import micros
from bot.db.fields import Fields, Json, dumps
from bot.db.tables import notice as table
from bot.db.waiting_codec import person_from_json, person_to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A notice that was taken to be posted. ``attempts`` counts how often it was taken, this time too."""

    number: int
    notice: Notice
    attempts: int


def write(connection: sa.Connection, notice: Notice, at: datetime) -> None:
    """Write a notice that may be posted from *at* on."""
    values = {"kind": notice.kind, "body": dump(notice.parts), "created_at": at, "attempts": 0, "next_at": at}
    connection.execute(table.insert().values(values))


def take(connection: sa.Connection, now: datetime, until: datetime) -> Waiting | None:
    """Take the oldest notice that is due; it is nobody else's to *until*. PostgreSQL passes over what others take."""
    due = (
        sa.select(table)
        .where(table.c.posted_at.is_(None), table.c.next_at <= now)
        .order_by(table.c.number)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = connection.execute(due).one_or_none()
    if row is None:
        return None
    attempts = row.attempts + 1
    connection.execute(table.update().where(table.c.number == row.number).values(next_at=until, attempts=attempts))
    return Waiting(number=row.number, notice=Notice(kind=row.kind, parts=load(row.body)), attempts=attempts)


def posted(connection: sa.Connection, number: int, at: datetime) -> bool:
    """Write that a notice is posted. Returns whether this was the first time, which is the one that counts."""
    first = table.update().where(table.c.number == number, table.c.posted_at.is_(None))
    return connection.execute(first.values(posted_at=at, failure=None)).rowcount == 1


def failed(connection: sa.Connection, number: int, *, failure: str, next_at: datetime) -> None:
    """Write that Slack did not take a notice, and when it is to be tried again."""
    connection.execute(table.update().where(table.c.number == number).values(failure=failure, next_at=next_at))


def dump(parts: Parts) -> str:
    """Return the parts of a sentence as the text that is stored."""
    return dumps({"parts": [_to_json(part) for part in parts]})


def _to_json(part: Part) -> Json:
    match part:
        case Person():
            return {"person": person_to_json(part)}
        case UserGroup(id=group):
            return {"group": group}
        case Verbatim(text=text):
            return {"verbatim": text}
        case datetime():
            return {"at": micros(part)}
        case _:
            return {"text": part}


def load(body: str) -> Parts:
    """Return the parts of a sentence that were stored. Raises Unreadable where they are none."""
    return tuple(map(_from_json, Fields.loads(body, "notice").objects("parts")))


def _from_json(fields: Fields) -> Part:
    if fields.has("person"):
        return person_from_json(fields.object("person"))
    if fields.has("group"):
        return UserGroup(id=fields.text("group"))
    if fields.has("verbatim"):
        return Verbatim(text=fields.text("verbatim"))
    return fields.moment("at") if fields.has("at") else fields.text("text")
