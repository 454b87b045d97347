"""Points in time as Docker's ``until`` takes them."""

import pytest

from bot.images.moments import moment

NOW = 1_000_000.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10s", NOW - 10),
        ("1h30m", NOW - 5400),
        ("1.5h", NOW - 5400),
        ("240h", NOW - 864_000),
        ("500ms", NOW - 0.5),
        ("1136073845", 1_136_073_845),
        ("1136073845.000000001", 1_136_073_845.000000001),
        ("0", 0),
        ("2006-01-02", 1_136_160_000),
        ("2006-01-02T15", 1_136_214_000),
        ("2006-01-02T15:04", 1_136_214_240),
        ("2006-01-02T15:04:05", 1_136_214_245),
        ("2006-01-02T15:04:05Z", 1_136_214_245),
        ("2006-01-02T15:04:05+07:00", 1_136_214_245 - 7 * 3600),
        ("2006-01-02T15:04:05.5-01:30", 1_136_214_245.5 + 5400),
    ],
)
def test_a_moment_is_told_in_many_ways(text: str, seconds: float) -> None:
    """As a duration back from now, in seconds since 1970, or as a date."""
    assert moment(text, NOW) == pytest.approx(seconds, abs=1e-6)


@pytest.mark.parametrize(
    "text", ["", "yesterday", "1d", "1h 30m", "-1h", "2006-02-30", "20060102T15", "2006-W01-1", "\u0661h"]
)
def test_what_tells_no_moment_is_none(text: str) -> None:
    """Days and weeks are none of Go's units, and nothing is in the future."""
    assert moment(text, NOW) is None
