"""What can be asked for, as values."""

from dataclasses import dataclass
from typing import NewType

ImageWord = NewType("ImageWord", str)
"""An image as it was typed: an ID in full or in part, or a reference. Nothing else is ever one."""

Filters = tuple[tuple[str, str], ...]
"""Filters of ``ls`` in the order they were typed, each a key and a value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """An ``ls -q`` inside ``$( )``: the images that it lists."""

    pattern: str | None = None
    filters: Filters = ()
    all: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """``rm``: remove images from a host, ``host`` None for the only one."""

    images: tuple[ImageWord | Selection, ...]
    force: bool = False
    prune: bool = True
    host: str | None = None
    reason: str = ""
    dry_run: bool = False
    break_glass: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Choose:
    """``rm`` without an image: choose what is removed in a form, which begins with what was typed."""

    force: bool = False
    host: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """``ls``: the images of a host. ``pattern`` is a glob as Docker's ``reference`` filter takes it."""

    pattern: str | None = None
    filters: Filters = ()
    all: bool = False
    quiet: bool = False
    digests: bool = False
    no_trunc: bool = False
    host: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """``history``: the records in which all *words* are found."""

    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """``show``: one request with all that happened to it."""

    request: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """``why``: what holds an image, or when and by whom it went."""

    image: ImageWord
    host: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    """``cancel``: take a request back."""

    request: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Mine:
    """``mine``: the requests of the person who asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """``pending``: what waits for a decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hosts:
    """``hosts``: the hosts and how they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """``stats``: what was removed and freed in a period."""

    period: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """``restore``: put back what a request removed; of it only ``images``, where there are any."""

    request: int
    images: tuple[ImageWord, ...] = ()
    reason: str = ""
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    """``verify``: whether the record is intact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """``help``: how to use it all, or one command."""

    topic: str | None = None


Command = (
    Remove | Choose | List | History | Show | Why | Withdraw | Mine | Pending | Hosts | Stats | Restore | Verify | Help
)
