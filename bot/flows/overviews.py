"""What somebody sees of requests and hosts, as values: the Home tab, and the answers that are parts of it."""

from dataclasses import dataclass
from enum import StrEnum

from bot.approval.fleet import Fleet
from bot.approval.notice import Parts
from bot.approval.request import Person, Request
from bot.images.usage import Usage


class Which(StrEnum):
    """The parts of the Home tab that have pages."""

    WAITING = "waiting"
    MINE = "mine"
    RUNNING = "running"
    UNDO = "undo"
    REMOVED = "removed"
    HOSTS = "hosts"


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePage:
    """Which page of which part is shown, counted from 0; of all others it is the first."""

    part: Which = Which.WAITING
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """A request in a list: ``channel`` and ``ts`` are its message, empty where there is none.

    ``waits`` marks it as waiting for whoever reads it. Where it is for several hosts the row is of all: ``fleet``.
    """

    request: Request
    channel: str = ""
    ts: str = ""
    waits: bool = False
    fleet: Fleet | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One page of one part of the Home tab, and how many rows come after it."""

    which: Which
    rows: tuple[RequestRow, ...]
    page: int = 0
    left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HostTold:
    """How a host is: in numbers, or ``why`` it did not answer; neither where it was not looked at yet."""

    host: str
    store: str = ""
    version: str = ""
    usage: Usage | None = None
    why: str = ""
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The Home tab of one person: a page of each part, and how the hosts, the record and the bot are.

    ``why_not`` is why somebody sees nothing of it. ``decides`` is whether a rule lets them decide. ``health`` are
    lines about the bot for those who do.
    """

    person: Person
    why_not: str = ""
    decides: bool = False
    parts: tuple[Part, ...] = ()
    hosts: tuple[HostTold, ...] = ()
    hosts_page: int = 0
    hosts_left: int = 0
    record: Parts = ()
    health: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestsTold:
    """A list of requests; there are ``more`` than these where it says so."""

    title: str
    rows: tuple[RequestRow, ...]
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HostsTold:
    """Every host, and how it is."""

    hosts: tuple[HostTold, ...]
