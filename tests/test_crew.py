"""Threads that do the same work, and more of them while each is held up."""

import threading
import time

import pytest

from bot.crew import HELD_UP, TURN, Crew, giving_way

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


@pytest.mark.parametrize(("busy", "together"), [(True, 1), (False, 3)])
def test_while_something_urgent_goes_on_one_works_at_a_time(*, busy: bool, together: int) -> None:
    """The others wait for a turn, and not for long; when nothing is urgent nobody waits."""
    at_work, most, lock = 0, 0, threading.Lock()

    def work() -> bool:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        time.sleep(TURN / (50 if busy else 5))  # well within a turn, also on a busy machine
        with lock:
            at_work -= 1
        return False

    working = giving_way(work, lambda: busy)
    threads = [threading.Thread(target=working) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)
    assert most == together


def test_one_that_lasts_holds_nobody_up() -> None:
    """A daemon that hangs has one turn; the others go on without it."""
    go_on, done = threading.Event(), threading.Semaphore(0)

    def work() -> bool:
        if threading.current_thread().name == "hangs":
            go_on.wait(SOON)
        done.release()
        return False

    working = giving_way(work, lambda: True)
    hanging = threading.Thread(target=working, name="hangs")
    hanging.start()
    other = threading.Thread(target=working)
    other.start()
    assert done.acquire(timeout=SOON / 2)
    go_on.set()
    hanging.join(SOON)
    other.join(SOON)


def test_as_many_are_woken_as_there_is_work_for() -> None:
    """One delivery wakes one thread; the next one another, and not the same again."""
    looked = threading.Semaphore(0)

    def look() -> bool:
        looked.release()
        return False

    crew = Crew("test", look, least=4, most=4, every=60)
    crew.start()
    assert all(looked.acquire(timeout=SOON) for _ in range(4))
    time.sleep(0.1)
    for count, expected in ((1, 1), (2, 2), (None, 4)):
        crew.wake(count)
        assert all(looked.acquire(timeout=SOON) for _ in range(expected))
        assert not looked.acquire(timeout=0.2)
    crew.stop()
    assert all(loop.join(SOON) for loop in crew.loops)
