"""Threads that do the same work, and more of them while each is held up."""

import threading
import time

from bot.crew import HELD_UP, Crew

SOON = 5.0


def test_there_are_more_while_all_are_held_up() -> None:
    """Twice as many each time, and never more than the most."""
    begun, go_on = threading.Semaphore(0), threading.Event()

    def hang() -> bool:
        begun.release()
        go_on.wait(SOON * 4)
        return False

    crew = Crew("test", hang, least=2, most=5, every=60)
    crew.start()
    try:
        for expected in (2, 4, 5, 5):
            assert len(crew.loops) == expected
            while begun.acquire(timeout=0.2):
                pass
            time.sleep(HELD_UP)
            crew.grow()
    finally:
        go_on.set()
        crew.stop()
    assert all(loop.join(SOON) for loop in crew.loops)


def test_who_waits_is_not_held_up() -> None:
    """Where one has nothing to do there are enough."""
    crew = Crew("test", lambda: False, least=2, most=5, every=60)
    crew.start()
    crew.wake()
    time.sleep(HELD_UP)
    crew.grow()
    crew.stop()
    crew.grow()
    assert len(crew.loops) == 2
    assert all(loop.join(SOON) for loop in crew.loops)
