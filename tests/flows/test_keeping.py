"""What is delivered at the same moment is committed together, each once, and whoever waits is told what came of it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from bot.db.store import Store, Transaction
from bot.db.tables import inbox
from bot.flows.keep import Keep
from tests.approval.examples import NOW

MANY = 64


class Counting(Store):
    """A database that counts its transactions, waits with the first, and fails on demand."""

    def __init__(self, engine: sa.Engine) -> None:
        super().__init__(engine)
        self.began = 0
        self.go = threading.Event()
        self.fails = False

    @contextmanager
    def transaction(self, *, urgent: bool = False) -> Iterator[Transaction]:
        """Give a transaction once it may begin."""
        assert urgent
        self.began += 1
        assert self.go.wait(10)
        if self.fails:
            raise OSError("disk full")
        with super().transaction(urgent=urgent) as tx:
            yield tx


def kept(engine: sa.Engine) -> list[str]:
    """Return the keys of what was kept."""
    with engine.connect() as connection:
        return list(connection.execute(sa.select(inbox.c.key).order_by(inbox.c.key)).scalars())


def test_many_at_once(engine: sa.Engine) -> None:
    """While one is committed the others come, and are committed as one; each is said to be kept once it is."""
    store, told = Counting(engine), list[int]()
    keep = Keep(store, lambda: NOW, lambda _: told.append(len(kept(engine))))
    first = keep.begin("key:00", "command", "{}")
    while not store.began:
        time.sleep(0.001)
    others = {keep.begin(f"key:{number:02}", "command", "{}") for number in range(1, MANY)}
    assert len(others) == 1
    assert first not in others
    assert keep.busy
    store.go.set()
    for each in (first, *others):
        each.result(10)
    keep.end()
    store.close()
    assert kept(engine) == [f"key:{number:02}" for number in range(MANY)]
    assert store.began == 2
    assert told[0] == 1


def test_what_comes_twice_is_kept_once(engine: sa.Engine) -> None:
    """Both are told that it is kept."""
    store = Counting(engine)
    store.go.set()
    keep = Keep(store, lambda: NOW, lambda _: None)
    for _ in range(2):
        keep.keep("key", "command", "{}")
    keep.end()
    store.close()
    assert kept(engine) == ["key"]


def test_what_cannot_be_kept_is_told(engine: sa.Engine) -> None:
    """Nothing is acknowledged that is not committed; and what comes next is."""
    store = Counting(engine)
    store.go.set()
    keep = Keep(store, lambda: NOW, lambda _: None)
    store.fails = True
    with pytest.raises(OSError, match="disk full"):
        keep.keep("one", "command", "{}")
    store.fails = False
    keep.keep("two", "command", "{}")
    keep.end()
    store.close()
    assert kept(engine) == ["two"]
