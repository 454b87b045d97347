"""The picture of a period: each bar as high as it says, told in words too."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bot.audit.course import Course, Freed, course, number, span_of
from bot.slack.chart import BOTTOM, COLOURS, HEIGHT, LEFT, RIGHT, WIDTH, alternative, drawn

NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)


def _course(*freed: tuple[str, int, int], days: int = 6) -> Course:
    """Return a period up to now: host, how many spans ago, bytes."""
    since = NOW - timedelta(days=days)
    span = span_of(NOW - since)
    found = [Freed(host=host, span=number(NOW, span) - ago, bytes=size) for host, ago, size in freed]
    return course(since, NOW, span, found)


def _pixels(course: Course, bar: int) -> list[str]:
    """Return the colours in the middle of a bar, from its foot to its top and above it."""
    image = Image.open(io.BytesIO(drawn(course, "week"))).convert("RGB")
    assert image.size == (WIDTH, HEIGHT)
    x = int(LEFT + (RIGHT - LEFT) / len(course.starts) * (bar + 0.5))
    found = (image.getpixel((x, y)) for y in range(BOTTOM, 128, -1))
    return ["#{:02X}{:02X}{:02X}".format(*pixel) for pixel in found if isinstance(pixel, tuple)]


def test_bars_are_as_high_as_what_was_freed() -> None:
    """Hosts on each other in the order of the legend; the frame ends at a round number."""
    shown = _course(("web-3", 0, 3_000_000_000), ("web-4", 0, 1_000_000_000), ("web-3", 2, 1_000_000_000))
    last, third, empty = _pixels(shown, 6), _pixels(shown, 4), _pixels(shown, 5)
    whole = len(last)
    assert whole > 300
    assert last.count(COLOURS[0]) == pytest.approx(whole * 3 / 4, abs=3)
    assert last.count(COLOURS[1]) == pytest.approx(whole / 4, abs=3)
    assert last.index(COLOURS[0]) < last.index(COLOURS[1])
    assert third.count(COLOURS[0]) == pytest.approx(whole / 4, abs=3)
    assert not set(empty) & set(COLOURS)


def test_the_rest_is_grey() -> None:
    """Six hosts have a colour, the others are one."""
    shown = _course(*((f"web-{n}", 0, 100 - n) for n in range(9)))
    assert {colour for colour in _pixels(shown, 6) if colour in COLOURS} == set(COLOURS)
    assert "web-5 95 Bytes, 3 more 279 Bytes." in alternative(shown, "week")


def test_a_picture_is_told_in_words() -> None:
    """In all, by host, the highest bar, and what had nothing."""
    shown = _course(("web-3", 0, 3_000_000_000), ("web-4", 1, 1_500_000_000))
    assert alternative(shown, "week") == (
        "Freed in the last week: 4.5 GB. A bar for each day (UTC), a colour for each host: web-3 3 GB, web-4 1.5 GB."
        " The highest bar is Tue 24 Nov with 3 GB; 5 days of 7 had nothing."
    )


@settings(deadline=None, max_examples=30)  # drawing takes a while
@given(
    freed=st.lists(st.tuples(st.text(), st.integers(0, 60), st.integers(0, 10**15)), min_size=1, max_size=12),
    days=st.sampled_from([1, 7, 30, 365]),
)
def test_anything_can_be_drawn(freed: list[tuple[str, int, int]], days: int) -> None:
    """Whatever hosts are called, one byte or a petabyte; and the words fit what Slack takes."""
    shown = _course(*freed, days=days)
    if not shown.hosts:
        return
    assert drawn(shown, "week").startswith(b"\x89PNG")
    assert 0 < len(alternative(shown, "week")) <= 1000
