"""What the record is searched by: written beside the removal records, in the same transaction.

A row of ``removal_search`` stands for all records of one event and one moment: what is true of all of them (host,
moment, who asked) is found there by a fifth of the rows, in the order in which it is told. The rows say nothing that
the records, their requests and the plans of these do not say, so they can be made anew, and verifying compares them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import sqlalchemy as sa

from bot.db import hours
from bot.db.tables import approval, freed, request, search, search_name

GRADE = "="
"""What stands before a grade among the names: none begins with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a request says that its records are searched by: who asked, why, who approved."""

    requester: str
    reason: str
    approvers: tuple[str, ...] = ()


def write(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write what records are searched by that were just written. *rows* have their numbers, in order."""
    said = said_by(connection, {row["request_id"] for row in rows} - {None})
    found = rows_of(rows, said)
    connection.execute(search.insert(), found)
    if names := names_of(rows, found):
        connection.execute(search_name.insert(), names)
    hours.count(connection, hours.sums_of(rows, requesters_of(said)))
    for request_id in said:
        _freed(connection, request_id, sum(row["bytes"] or 0 for row in rows if row["request_id"] == request_id))


def _freed(connection: sa.Connection, request_id: int, added: int) -> None:
    """Count what went: more may have gone before."""
    known = freed.update().where(freed.c.request_id == request_id).values(bytes=freed.c.bytes + added)
    if connection.execute(known).rowcount == 0:
        connection.execute(freed.insert().values(request_id=request_id, bytes=added))


def said_by(connection: sa.Connection, request_ids: Iterable[int]) -> dict[int, Said]:
    """Return what these requests say."""
    wanted = sorted(request_ids)
    if not wanted:
        return {}
    approved: dict[int, list[str]] = {}
    given = sa.select(approval.c.request_id, approval.c.user_id).where(approval.c.request_id.in_(wanted))
    for request_id, user_id in connection.execute(given.order_by(approval.c.request_id, approval.c.position)):
        approved.setdefault(request_id, []).append(user_id)
    asked = sa.select(request.c.id, request.c.requester_user, request.c.reason).where(request.c.id.in_(wanted))
    return {
        request_id: Said(requester=user, reason=reason, approvers=tuple(approved.get(request_id, ())))
        for request_id, user, reason in connection.execute(asked)
    }


def requesters_of(said: Mapping[int, Said]) -> dict[int, str]:
    """Return who asked, by the numbers of requests."""
    return {request_id: each.requester for request_id, each in said.items()}


def rows_of(rows: Iterable[Mapping[str, Any]], said: Mapping[int, Said]) -> list[dict[str, Any]]:
    """Return the rows of ``removal_search`` for records, by the events and moments of these."""
    together: dict[tuple[object, object], list[Mapping[str, Any]]] = {}
    for row in rows:
        together.setdefault((row["event"], row["at"]), []).append(row)
    return [_row(each, said.get(each[0]["request_id"])) for each in together.values()]


def _row(records: Sequence[Mapping[str, Any]], said: Said | None) -> dict[str, Any]:
    first = records[0]
    return {
        "number": first["number"],
        "event": first["event"],
        "at": first["at"],
        "host": first["host"],
        "request_id": first["request_id"],
        "requester_user": said.requester if said else None,
        "text": text_of((row["names"] for row in records), first["host"], said),
    }


def text_of(names: Iterable[str], host: str, said: Said | None) -> str:
    """Return what words are looked for in: each on a line of its own, names with a blank before and after."""
    lost = f" {' '.join(dict.fromkeys(names))} "
    people = (said.reason, said.requester, *said.approvers) if said else ()
    return "\n".join((lost, host, *people))


def names_of(rows: Sequence[Mapping[str, Any]], found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of ``removal_search_name``: each name, repository and grade once for each row *found*."""
    numbers = {(row["event"], row["at"]): row["number"] for row in found}
    lost = {(row["names"], row["event"], row["at"]) for row in rows}  # those of an image, which its layers have too
    wanted = {
        (name, at, numbers[event, at])
        for names, event, at in lost
        for name in chain.from_iterable(map(asked_for_as, names.split()))
    }
    wanted |= {(GRADE + row["grade"], row["at"], numbers[row["event"], row["at"]]) for row in rows if row.get("grade")}
    return [{"name": name, "at": at, "number": number} for name, at, number in sorted(wanted)]


def asked_for_as(reference: str) -> Iterator[str]:
    """Yield what a reference is asked for as: itself, and without its digest, and without its tag."""
    yield reference
    name, at, _ = reference.partition("@")
    if at:
        yield name
    path, colon, tag = name.rpartition(":")
    if colon and "/" not in tag:  # otherwise it is the port of a registry
        yield path
