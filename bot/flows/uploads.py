"""Files that are given to one person: what is in them, and what became of giving them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from bot.approval.request import RequestId
from bot.audit.chain import Head
from bot.audit.query import Subject


class Content(Protocol):
    """The bytes of a file, read from its beginning, a piece at a time."""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, at most *size*; none at the end."""
        ...


class Format(StrEnum):
    """The forms that the record is exported in: the option of the command line, and the end of the file's name."""

    CSV = "csv"
    JSON_LINES = "jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """All that ``words`` find: so many ``records``, or requests or refusals where they ask for these."""

    words: tuple[str, ...]
    form: Format
    records: int
    of: Subject = Subject.RECORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The evidence for one request, up to the event ``last``; ``posted`` is whether that head was a checkpoint."""

    request: RequestId
    last: Head
    posted: bool


About = Export | Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file to be given: its ``name`` (letters, digits, dots and hyphens), and how many bytes it has."""

    name: str
    about: About
    content: Content
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """A file that Slack has: its ID, and the address of its page; empty where Slack did not tell it."""

    id: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotUploaded:
    """A file that Slack did not take: ``why`` is a sentence."""

    why: str
