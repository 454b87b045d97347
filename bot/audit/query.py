"""What is asked of the record, and what it answers with."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.approval.request import Person, RequestId, State


class Key(StrEnum):
    """What a record can be asked for, by the qualifier that asks for it."""

    WHO = "who"
    APPROVER = "approver"
    HOST = "host"
    IMAGE = "image"
    TAG = "tag"
    ID = "id"
    DIGEST = "digest"
    LAYER = "layer"
    ACTION = "action"
    GRADE = "grade"
    STATUS = "status"
    REASON = "reason"
    FREED = "freed"
    SINCE = "since"
    UNTIL = "until"
    VIA = "via"


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A word that is found anywhere.

    In a name that the image lost, in a host, a reason or a person's ID as a part of it, in an image ID or a chain ID as
    its beginning, and in a request's number when it is that number (``1042`` or ``#1042``).
    """

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Is:
    """A qualifier with a text, in the form in which the record has it.

    A person is a user ID; an image is a repository, or a name with its tag, as Docker prints it; an ID, a digest and a
    layer are the first hexadecimal digits; a reason is a part of it. For the others all of it has to be the same.
    """

    key: Key
    text: str


class Than(StrEnum):
    """How a number compares."""

    AT_LEAST = ">="
    MORE = ">"
    AT_MOST = "<="
    LESS = "<"


@dataclass(frozen=True, slots=True, kw_only=True)
class Freed:
    """What a request freed, all of it together. What went outside the bot has no request, so it never matches."""

    than: Than
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """At a moment or later."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Until:
    """Before a moment."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """Everything but what the condition finds."""

    of: "Word | Is | Freed | Since | Until"


Condition = Word | Is | Freed | Since | Until | Not


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Records in which every one of ``words`` is found, as ``Word`` says, and to which all ``conditions`` apply."""

    words: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()


class Subject(StrEnum):
    """What a query is answered with."""

    RECORDS = "records"
    REQUESTS = "requests"  # that removed nothing, so that no record is theirs
    REFUSALS = "refusals"  # clicks and commands that did nothing


REFUSED = "refused"
"""What ``status:`` takes for refusals, beside the states."""
REMOVED_NOTHING = frozenset(
    {State.PENDING, State.APPROVED, State.REJECTED, State.WITHDRAWN, State.EXPIRED, State.DRIFTED}
)
"""The states of requests that have no removal record."""


def subject(query: Query) -> Subject:
    """Return what *query* is answered with: records, unless the status that it asks for has none."""
    asked = {each.text for each in query.conditions if isinstance(each, Is) and each.key is Key.STATUS}
    if REFUSED in asked:
        return Subject.REFUSALS
    return Subject.REQUESTS if asked & REMOVED_NOTHING else Subject.RECORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRecord:
    """One untagged reference, deleted image or deleted layer.

    ``kind`` is "untagged" or "deleted". An untagged one has a ``reference``, a deleted layer a ``chain_id``; all have
    the ``image_id`` that they belonged to, and as ``names`` the references that it lost in the same removal. ``via`` is
    "bot" or "external"; ``source`` is "reported" (the daemon said so) or "derived" (found by comparing the host before
    and after). ``predicted`` says whether the plan had it, ``break_glass`` whether it went without an approval in an
    emergency. ``number`` counts the records as they were written, ``event`` is the one that it follows from, ``step``
    the step of its request, from 1 on. ``daemon_id`` and ``store`` are those of the daemon that held it. Where it is
    not known when, it was between ``earliest`` and ``at``.
    """

    number: int
    request: RequestId | None
    host: str
    kind: str
    reference: str | None
    names: tuple[str, ...]
    image_id: str
    chain_id: str | None
    bytes: int | None
    at: datetime
    requester: Person | None
    approvers: tuple[Person, ...]
    reason: str
    via: str
    source: str
    predicted: bool
    break_glass: bool = False
    earliest: datetime | None = None
    event: int
    step: int | None
    daemon_id: str
    store: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a query finds, in numbers.

    ``bytes`` are those of the layers whose size is known, ``people`` those who asked, ``outside`` the removals outside
    the bot. Only the newest records are counted where there are very many: ``complete`` is False then.
    """

    records: int
    images: int
    names: int
    layers: int
    bytes: int
    people: int
    outside: int
    complete: bool = True
