"""How what was freed is spread over a period."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.audit.course import DAY, HOUR, MONDAY, WEEK, Freed, course, number, span_of

NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
"""A Tuesday."""


@pytest.mark.parametrize(
    ("days", "span", "first", "bars"),
    [
        (1, HOUR, datetime(2026, 11, 23, 12, tzinfo=UTC), 25),
        (7, DAY, datetime(2026, 11, 17, tzinfo=UTC), 8),
        (30, DAY, datetime(2026, 10, 25, tzinfo=UTC), 31),
        (365, WEEK, datetime(2025, 11, 24, tzinfo=UTC), 53),
    ],
)
def test_spans_begin_where_people_have_them(days: int, span: timedelta, first: datetime, bars: int) -> None:
    """Full hours, days and weeks from Monday, all of them, whether anything was freed or not."""
    since = NOW - timedelta(days=days)
    found = course(since, NOW, span_of(NOW - since), [])
    assert (found.span, found.starts[0], len(found.starts)) == (span, first, bars)
    assert (found.hosts, found.sums) == ((), (0,) * bars)
    assert found.starts[-1] <= NOW < found.starts[-1] + span
    assert span != WEEK or found.starts[0].weekday() == 0


def test_hosts_come_with_the_most_first() -> None:
    """Each with its bytes in each span; what is beside the period or nothing does not count."""
    today = number(NOW, DAY)
    freed = [
        Freed(host="web-3", span=today, bytes=5),
        Freed(host="web-4", span=today - 1, bytes=9),
        Freed(host="web-3", span=today - 1, bytes=1),
        Freed(host="web-3", span=today - 2, bytes=100),
        Freed(host="web-5", span=today, bytes=0),
    ]
    found = course(NOW - DAY, NOW, DAY, freed)
    assert found.hosts == (("web-4", (9, 0)), ("web-3", (1, 5)))
    assert found.sums == (10, 5)


@given(at=st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001 -- hypothesis adds the zone
def test_a_moment_is_in_its_span(at: datetime) -> None:
    """Whatever the length of the spans."""
    for span in (HOUR, DAY, WEEK):
        start = MONDAY + span * number(at, span)
        assert start <= at < start + span
