"""Removals that another client of the daemon races: a few of the moves that ``benchmarks/racing.py`` makes."""

from benchmarks.moves import Way, faults, race
from tests.daemons import RunningDaemon

MOVES = 40


def test_no_other_image_goes_by_an_id_and_nothing_goes_untold(dockerd: RunningDaemon) -> None:
    """Of each way there are as many moves; some come before the call and are seen, so that it is not sent."""
    moved = race(dockerd, MOVES, seed=1)
    assert faults(moved) == []
    assert {way: sum(each.way is way for each in moved) for way in Way} == dict.fromkeys(Way, MOVES // len(Way))
    assert 0 < sum(not each.sent for each in moved) < MOVES
