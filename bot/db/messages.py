"""What Slack shows of a request, and what it should: whatever is behind is drawn again."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.approval.request import Person, Request, RequestId, State
from bot.db.request_codec import Row
from bot.db.tables import message as table

PURPOSES = ("approvals", "requester")
"""The messages that every request has: the one in the approvals channel, and those to the person who asked."""
CALLS = "calls"
"""Those in the thread of the first, which call the people who may decide."""
LINES = "lines"
"""Docker's own lines in that thread, where there are many."""
OF_ALL = (*PURPOSES, LINES)
"""Where a request is for several hosts, the messages of its first member that are about all of them."""
_FOLLOWER = "follower:"


def of_follower(person: Person) -> str:
    """Return the purpose of the messages to somebody who follows a request."""
    return f"{_FOLLOWER}{person.team_id}:{person.user_id}"


def follower_of(purpose: str) -> Person | None:
    """Return whom messages for this purpose go to; None where it is not a follower's."""
    if not purpose.startswith(_FOLLOWER):
        return None
    team_id, _, user_id = purpose.removeprefix(_FOLLOWER).partition(":")
    return Person(team_id=team_id, user_id=user_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message, or one row of direct messages, about a request.

    ``channel`` and ``ts`` say where it is, None before it is posted. ``shown_version`` is the request's version that it
    shows (0 before it is posted) and ``shown_state`` the state in it; ``wanted_version`` the version that it should
    show. ``attempts`` have failed since it was last shown, the last one with ``failure``; the next is due at
    ``next_at``. ``tried`` is whether Slack may have it already: an earlier try failed, or nobody heard what came of it.
    """

    request_id: RequestId
    purpose: str
    channel: str | None
    ts: str | None
    shown_version: int
    shown_state: State | None
    wanted_version: int
    attempts: int
    next_at: datetime
    failure: str | None
    tried: bool = False


def _message_of(row: Row) -> Message:
    state = row["shown_state"]
    return Message(
        request_id=RequestId(row["request_id"]),
        purpose=row["purpose"],
        channel=row["channel"],
        ts=row["ts"],
        shown_version=row["shown_version"],
        shown_state=None if state is None else State(state),
        wanted_version=row["wanted_version"],
        attempts=row["attempts"],
        next_at=row["next_at"],
        failure=row["failure"],
        tried=row["attempts"] > 0 or row["taken_until"] is not None,
    )


def _where(request_id: RequestId, purpose: str) -> sa.ColumnElement[bool]:
    return (table.c.request_id == request_id) & (table.c.purpose == purpose)


def wanted_first(connection: sa.Connection, request: Request) -> None:
    """Write that a new request is to be shown."""
    rows = [
        {
            "request_id": request.id,
            "purpose": purpose,
            "shown_version": 0,
            "wanted_version": request.version,
            "attempts": 0,
            "next_at": request.asked_at,
        }
        for purpose in PURPOSES
    ]
    connection.execute(table.insert(), rows)


def wanted(connection: sa.Connection, request: Request) -> None:
    """Write that a request is to be shown as it is now.

    The first member of a fleet has the messages about all of them: for these each change of a member is a version.
    """
    mine = table.c.request_id == request.id
    if request.member is not None:
        of_all = (table.c.request_id == request.member.lead) & table.c.purpose.in_(OF_ALL)
        connection.execute(table.update().where(of_all).values(wanted_version=table.c.wanted_version + 1))
        mine &= table.c.purpose.not_in(OF_ALL)
    connection.execute(table.update().where(mine).values(wanted_version=request.version))


def wanted_besides(connection: sa.Connection, request: Request, purpose: str) -> None:
    """Write that there is to be a message for one purpose more; once, however often it is wanted."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = {
        "request_id": request.id,
        "purpose": purpose,
        "shown_version": request.version - 1,
        "wanted_version": request.version,
        "attempts": 0,
        "next_at": request.changed_at,
    }
    connection.execute(insert(table).values(row).on_conflict_do_nothing())


def one(connection: sa.Connection, request_id: RequestId, purpose: str) -> Message | None:
    """Return a message, or None where there is no such request or purpose."""
    row = connection.execute(sa.select(table).where(_where(request_id, purpose))).mappings().one_or_none()
    return None if row is None else _message_of(row)


def behind(
    connection: sa.Connection, now: datetime, limit: int, purposes: Collection[str] = (), *, others: bool = True
) -> tuple[Message, ...]:
    """Return the messages that are to be drawn again, those that have waited longest first.

    These are all *others* than those for *purposes*, or else these.
    """
    query = (
        sa.select(table)
        .where(table.c.shown_version < table.c.wanted_version, table.c.next_at <= now, _among(purposes, others=others))
        .order_by(table.c.next_at, table.c.request_id, table.c.purpose)
        .limit(limit)
    )
    return tuple(_message_of(row) for row in connection.execute(query).mappings())


def _among(purposes: Collection[str], *, others: bool) -> sa.ColumnElement[bool]:
    return table.c.purpose.not_in(purposes) if others else table.c.purpose.in_(purposes)


def take(  # noqa: PLR0913 -- which may be taken, and by whom
    connection: sa.Connection,
    now: datetime,
    until: datetime,
    by: str,
    *,
    alone: bool,
    purposes: Collection[str] = (),
    others: bool = True,
) -> Message | None:
    """Take the message that has waited longest to be drawn again; nobody else draws it before *until*.

    What others took is theirs, unless whoever asks is *alone*: then they are gone. PostgreSQL passes over what others
    are taking at this moment; SQLite has one writer. Which messages these may be is said as for ``behind``.
    """
    gone = table.c.taken_by != by if alone else sa.false()
    free = sa.or_(table.c.taken_until.is_(None), table.c.taken_until <= now, gone)
    query = (
        sa.select(table)
        .where(table.c.shown_version < table.c.wanted_version, table.c.next_at <= now, free)
        .where(_among(purposes, others=others))
        .order_by(table.c.next_at, table.c.request_id, table.c.purpose)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        return None
    here = _where(row["request_id"], row["purpose"])
    connection.execute(table.update().where(here).values(taken_until=until, taken_by=by))
    return _message_of(row)


def never_delivered(connection: sa.Connection, request_id: RequestId) -> tuple[Message, ...]:
    """Return the messages about a request that Slack never takes: what failed and will be tried again is none."""
    never = table.c.failure.is_not(None) & (table.c.attempts == 0)
    query = sa.select(table).where(table.c.request_id == request_id, never).order_by(table.c.purpose)
    return tuple(_message_of(row) for row in connection.execute(query).mappings())


def later(connection: sa.Connection, request_id: RequestId, purpose: str, at: datetime) -> None:
    """Give a message back that was taken: it may be drawn from *at* on."""
    connection.execute(table.update().where(_where(request_id, purpose)).values(next_at=at, **_FREE))


_FREE = {"taken_until": None, "taken_by": None}


def found(connection: sa.Connection, request_id: RequestId, purpose: str, *, channel: str, ts: str) -> None:
    """Write where a message is that was posted without our being told. What it shows is not known."""
    connection.execute(
        table.update().where(_where(request_id, purpose), table.c.ts.is_(None)).values(channel=channel, ts=ts)
    )


def shown(  # noqa: PLR0913 -- what is shown, and where
    connection: sa.Connection,
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
    """Write what a message shows, unless something newer is known to be shown.

    It is not drawn again before *next_at*; *failure* is why it could not be shown, and never will be. *by* is who took
    it to show it. Where another took it since, a late edit of the same message may have undone a newer
    one, so it is drawn again; and where it is shown elsewhere by now, nothing is written and this returns False.
    """
    here = _where(request_id, purpose)
    row = connection.execute(sa.select(table).where(here).with_for_update()).one()
    late = by is not None and row.taken_by != by
    if late and row.ts is not None and (row.channel, row.ts) != (channel, ts):
        return False
    if late or row.shown_version <= version:
        values = {"channel": channel, "ts": ts, "shown_version": version, "shown_state": state.value}
        rests = {} if next_at is None else {"next_at": next_at}
        free = {} if late else _FREE
        connection.execute(table.update().where(here).values(**values, **rests, **free, attempts=0, failure=failure))
    return True


def failed(connection: sa.Connection, request_id: RequestId, purpose: str, *, failure: str, next_at: datetime) -> None:
    """Write that Slack did not take a message, and when it is to be tried again."""
    connection.execute(
        table.update()
        .where(_where(request_id, purpose))
        .values(attempts=table.c.attempts + 1, failure=failure, next_at=next_at, **_FREE)
    )
