"""The daemon's clock by ours: bounds that hold, whatever it shows and however long the question took."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.dockerd.clock import DRIFT, SECOND, Reading, nanoseconds, text

A_DAY = 86_400 * SECOND


@pytest.mark.parametrize(
    ("shown", "at"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("2026-11-24T05:48:13.123456789Z", 1_795_499_293_123_456_789),
        ("2026-11-24T05:48:13.25Z", 1_795_499_293_250_000_000),
        ("2026-11-24T07:18:13+01:30", 1_795_499_293_000_000_000),
        ("2026-11-23T22:48:13.000000001-07:00", 1_795_499_293_000_000_001),
    ],
)
def test_a_time_is_read_to_the_nanosecond(shown: str, at: int) -> None:
    """Go leaves out zeros at the end, and gives the zone of the daemon's machine."""
    assert nanoseconds(shown) == at


@pytest.mark.parametrize("shown", ["", "now", "2026-11-24", "2026-11-24T05:48:13", "2026-13-24T05:48:13Z", "0"])
def test_what_is_no_time(shown: str) -> None:
    """It is an answer of another shape."""
    with pytest.raises(ValueError, match=r".+"):
        nanoseconds(shown)


@given(st.integers(0, 2_000_000_000 * SECOND))
def test_a_moment_is_written_as_docker_takes_it(moment: int) -> None:
    """Seconds, a dot and nine decimals, and nothing is lost."""
    seconds, dot, fraction = text(moment).partition(".")
    assert (dot, len(fraction), int(seconds) * SECOND + int(fraction)) == (".", 9, moment)


@given(
    ahead=st.integers(-A_DAY, A_DAY),
    there=st.integers(0, SECOND),
    back=st.integers(0, SECOND),
    later=st.integers(-10 * SECOND, 10 * SECOND),
    fast=st.integers(-SECOND // DRIFT, SECOND // DRIFT),
)
def test_the_bounds_hold(ahead: int, there: int, back: int, later: int, fast: int) -> None:
    """A clock that is ahead by anything, gains a thousandth at most, and was read between two moments of ours."""
    sent = 5 * A_DAY
    taken, received = sent + there, sent + there + back

    def shows(at: int) -> int:
        return at + ahead + (at - taken) * fast // SECOND

    reading = Reading(time=shows(taken), sent=sent, received=received)
    at = received + later
    spare = 2 + (there + back) // DRIFT  # the time of the call itself is not told apart
    assert reading.earliest(at) - spare <= shows(at) <= reading.latest(at) + spare
    assert reading.latest(at) - reading.earliest(at) == there + back + 2 * (abs(later) // DRIFT)
