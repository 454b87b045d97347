"""How what was freed in a period is spread over it: so many bytes in each hour, day or week, and on which host."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
MONDAY = datetime(1969, 12, 29, tzinfo=UTC)
"""Where the spans are counted from: so hours, days and weeks (from Monday) begin where people have them, in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Freed:
    """What one host freed in one span: number ``span`` since ``MONDAY``, in bytes."""

    host: str
    span: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """Bytes freed in each of some spans of one length that follow each other.

    ``starts`` are their beginnings. ``hosts`` has for each host its bytes in each of them, the host that freed the most
    first; a host that freed nothing is left out. The first span and the last one may be in the period in part only.
    """

    span: timedelta
    starts: tuple[datetime, ...]
    hosts: tuple[tuple[str, tuple[int, ...]], ...]

    @property
    def sums(self) -> tuple[int, ...]:
        """The bytes of each span, of all hosts together."""
        return tuple(sum(each) for each in zip(*(freed for _, freed in self.hosts), strict=True)) or (0,) * len(
            self.starts
        )


def span_of(period: timedelta) -> timedelta:
    """Return in which spans a period is shown: as many as can be told apart on a telephone."""
    if period <= 2 * DAY:
        return HOUR
    return DAY if period <= 5 * WEEK else WEEK


def number(at: datetime, span: timedelta) -> int:
    """Return the number of the span that a moment is in."""
    return (at - MONDAY) // span


def course(since: datetime, until: datetime, span: timedelta, freed: Iterable[Freed]) -> Course:
    """Return how *freed* is spread over the spans from the one of *since* to the one of *until*."""
    first, last = number(since, span), number(until, span)
    hosts: dict[str, list[int]] = {}
    for each in freed:
        if each.bytes and first <= each.span <= last:
            hosts.setdefault(each.host, [0] * (last - first + 1))[each.span - first] += each.bytes
    most_first = sorted(hosts.items(), key=lambda host: (-sum(host[1]), host[0]))
    return Course(
        span=span,
        starts=tuple(MONDAY + span * at for at in range(first, last + 1)),
        hosts=tuple((name, tuple(sums)) for name, sums in most_first),
    )
