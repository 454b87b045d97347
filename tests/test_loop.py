"""The thread that catches up."""

import threading

import pytest

from bot.loop import Loop, after_a_failure

SOON = 5.0


def test_it_works_at_once_and_when_woken() -> None:
    """A round at the start, and one for each time that it is woken."""
    rounds = threading.Semaphore(0)

    def work() -> bool:
        rounds.release()
        return False

    loop = Loop("test", work, every=60)
    loop.start()
    assert rounds.acquire(timeout=SOON)
    loop.wake()
    assert rounds.acquire(timeout=SOON)
    loop.stop()
    assert loop.join(SOON)


def test_it_goes_on_while_there_is_more() -> None:
    """Work that says that there is more is done again without waiting."""
    left = [3]
    empty = threading.Event()

    def work() -> bool:
        left[0] -= 1
        if not left[0]:
            empty.set()
        return left[0] > 0

    loop = Loop("test", work, every=60)
    loop.start()
    assert empty.wait(SOON)
    loop.stop()
    assert loop.join(SOON)


def test_a_round_that_fails_is_tried_again() -> None:
    """No fault ends the thread; a pause comes first."""
    tries = threading.Semaphore(0)

    def work() -> bool:
        tries.release()
        raise OSError("the database is away")

    loop = Loop("test", work, every=0.01)
    loop.start()
    for _ in range(3):
        assert tries.acquire(timeout=SOON)
    loop.stop()
    assert loop.join(SOON)


@pytest.mark.parametrize(("every", "pause", "longer"), [(600.0, 600.0, 600.0), (1.0, 1.0, 2.0), (1.0, 30.0, 30.0)])
def test_a_failure_hastens_nothing(every: float, pause: float, longer: float) -> None:
    """What is done every ten minutes is not done every half one because it failed."""
    assert after_a_failure(pause, every) == longer
