"""What is asked of the record, and what it answers with."""

from dataclasses import dataclass
from datetime import datetime

from bot.approval.request import Person, RequestId


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Records in which every one of ``words`` is found.

    A word is found in a name that the image lost, in a host, a reason or a person's ID as a part of it, in an image ID
    or a chain ID as its beginning, and in a request's number when it is that number (``1042`` or ``#1042``).
    """

    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryRecord:
    """One untagged reference, deleted image or deleted layer.

    ``kind`` is "untagged" or "deleted". An untagged one has a ``reference``, a deleted layer a ``chain_id``; all have
    the ``image_id`` that they belonged to, and as ``names`` the references that it lost in the same removal. ``via`` is
    "bot" or "external"; ``source`` is "reported" (the daemon said so) or "derived" (found by comparing the host before
    and after). ``predicted`` says whether the plan had it. ``number`` orders the records: the newest has the highest.
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
