"""What is told to people where nobody asked: sentences that name people, groups and times as values.

How a person or a time looks to the reader is decided by the edge that shows it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.approval.request import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class UserGroup:
    """A user group of the workspace, by its ID (``S…``)."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verbatim:
    """Lines that are shown as they are, to be copied: a signature counts for its text to the byte."""

    text: str


Part = str | Verbatim | Person | UserGroup | datetime
"""A piece of a sentence. Text is shown as it is; times are aware."""
Parts = tuple[Part, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that is posted in the audit channel. ``kind`` is one word for logs, such as "group-members"."""

    kind: str
    parts: Parts


def plain(parts: Iterable[Part]) -> str:
    """Return the sentence without Slack: IDs for people and groups, times in UTC to the minute."""
    return "".join(map(_plain, parts))


def _plain(part: Part) -> str:
    match part:
        case Person(user_id=shown) | UserGroup(id=shown):
            return shown
        case Verbatim(text=text):
            return f"\n{text}"
        case datetime():
            return part.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
        case _:
            return part
