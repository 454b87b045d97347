"""Threads of one process take turns to write, and what Slack waits for goes first."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from bot.db.store import Store
from bot.db.turns import Turns
from tests.approval.examples import NOW


def test_one_at_a_time() -> None:
    """Nobody is in it beside somebody else, and everybody has a turn."""
    turns, inside, most, had = Turns(), 0, 0, 0

    def take(number: int) -> None:
        nonlocal inside, most, had
        with turns.turn(urgent=number % 3 == 0):
            inside += 1
            most = max(most, inside)
            time.sleep(0.001)
            inside -= 1
            had += 1

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(take, range(100)))
    assert (most, had) == (1, 100)


def test_what_is_urgent_goes_first() -> None:
    """It came last, and others wait."""
    turns, order, waiting = Turns(), list[str](), threading.Semaphore(0)

    def take(name: str) -> None:
        waiting.release()
        with turns.turn(urgent=name == "urgent"):
            order.append(name)

    threads = [threading.Thread(target=take, args=(name,)) for name in ("one", "two", "urgent")]
    with turns.turn():
        for thread in threads:
            thread.start()
            waiting.acquire()
            time.sleep(0.05)
    for thread in threads:
        thread.join()
    assert order[0] == "urgent"
    assert sorted(order) == ["one", "two", "urgent"]


def test_a_turn_ends_with_what_is_raised(engine: sa.Engine) -> None:
    """A transaction that failed is not the last one."""
    store = Store(engine)
    for _ in range(2):
        with pytest.raises(KeyError):
            _fails(store)
    with store.transaction() as tx:
        assert tx.receive("key", "command", "{}", NOW)
    store.close()


def _fails(store: Store) -> None:
    with store.transaction(urgent=True):
        raise KeyError
