"""PostgreSQL on a disk that is full: nothing is half-written, and it goes on by itself when there is room again."""

import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.approval.notes import DatabaseAway
from bot.audit.chain import Verified, verify
from bot.db import database
from bot.db.store import Store
from bot.flows.outage import TellOutages
from tests.approval import examples
from tests.databases import opened, own_postgresql
from tests.db.asking import ask, current

SIZE = 32 * 1024 * 1024
"""Bytes of the file system: an empty database takes eight million, and ours a few more."""
ROOM = 64 * 1024
FULL = "No space left on device"


@dataclass(frozen=True, slots=True, kw_only=True)
class Disk:
    """A small file system on which the database is."""

    folder: Path

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"

    def fill(self) -> None:
        """Leave next to no room."""
        told = os.statvfs(self.folder)
        with self._ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, told.f_bavail * told.f_bsize - ROOM)

    def make_room(self) -> None:
        """Take away what fills it."""
        self._ballast.unlink()


@contextmanager
def _mounted(owner: int) -> Iterator[Path]:
    """Give an empty small file system of a user."""
    if os.geteuid():
        pytest.skip("a small file system needs root to be mounted")
    folder = Path(tempfile.mkdtemp(prefix="imgbot-small-"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},uid={owner},mode=700", "small", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
        folder.rmdir()


@pytest.fixture
def small() -> Iterator[tuple[Store, Disk]]:
    """Give a database on a small disk; what the server itself writes is elsewhere, or it would end."""
    with own_postgresql() as server, _mounted(server.pgdata.stat().st_uid) as mounted:
        place = mounted / "tables"
        place.mkdir()
        os.chown(place, server.pgdata.stat().st_uid, -1)
        server.psql(f"CREATE TABLESPACE small LOCATION '{place}'; CREATE DATABASE imgbot TABLESPACE small;")
        url = sa.make_url(server.get_uri()).set(database="imgbot").render_as_string(hide_password=False)
        with opened(url) as engine:
            database.upgrade(engine)
            store = Store(engine)
            yield store, Disk(folder=mounted)
            store.close()
        server.psql("DROP DATABASE imgbot WITH (FORCE); DROP TABLESPACE small;")


def _ask_much(store: Store) -> None:
    for number in range(1000):
        ask(store, f"token-{number}", reason="x" * 2000)


def _is_verified(store: Store) -> bool:
    with store.reading() as reading:
        return isinstance(verify(reading.chain()), Verified)


def test_a_full_disk_leaves_nothing_half_written(small: tuple[Store, Disk]) -> None:
    """What cannot be written is not there at all; what is kept for the database is written when there is room."""
    store, disk = small
    request = ask(store)
    disk.fill()
    with pytest.raises(sa.exc.OperationalError, match=FULL):
        _ask_much(store)
    assert store.outages.untold is not None
    assert FULL in store.outages.untold.why
    assert _is_verified(store)
    threading.Timer(1.0, disk.make_room).start()
    store.patiently(lambda tx: tx.record(request, examples.approved()), timedelta(seconds=20))
    assert len(current(store, request.id).approvals) == 1
    TellOutages(store=store, now=store.clock, owner="bot:1").due()
    with store.reading() as reading:
        told = reading.last(DatabaseAway)
    assert told is not None
    assert isinstance(told.event, DatabaseAway)
    assert FULL in told.event.why
    assert _is_verified(store)
