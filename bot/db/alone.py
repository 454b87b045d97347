"""One process to a SQLite file: a lock beside it, which the system drops with the process however that ends.

Beside it and not on it: closing any descriptor of the file itself would drop SQLite's own locks (fcntl(2)). A lock need
not hold between machines that share a file system, so whoever has it writes into it which machine it is, and when it
was there last.
"""

import fcntl
import json
import os
import socket
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import sqlalchemy as sa

from bot.db.database import Unavailable, name_of, unreachable

AWAY = 60.0
"""Seconds after which whoever says nothing any more is thought to be gone, where only its words can tell."""
NETWORKED = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "glusterfs", "fuse.glusterfs", "fuse.sshfs", "lustre", "afs"}
)
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A machine since it was started (``boot``, empty where the system does not tell), by its name."""

    boot: str
    name: str

    def may_be(self, other: "Place") -> bool:
        """Whether *other* is this machine, or was before it was started anew: containers of one machine share it."""
        return self.boot == other.boot or self.name == other.name


def here() -> Place:
    """Return this machine."""
    boot = _BOOT.read_text(encoding="ascii").strip() if _BOOT.exists() else ""
    return Place(boot=boot, name=socket.gethostname())


class SoleUse:
    """The right to be the only process that carries out the requests of a database. *place* is where the process is."""

    def __init__(self, url: sa.URL, place: Place | None = None) -> None:
        self._shared = url.get_backend_name() != "sqlite"
        self._file = None if url.database in {None, "", ":memory:"} else Path(f"{url.database}.serving")
        self._place = place or here()
        self._mutex = threading.Lock()
        self._held: weakref.finalize[[int], SoleUse] | None = None

    def take(self) -> bool:
        """Take the right, or keep it. False where the database is shared; Unavailable where another process has it."""
        if self._shared:
            return False
        with self._mutex:
            if self._held is None and self._file is not None:
                self._held = weakref.finalize(self, os.close, _locked(self._file, self._place))
        return True

    def still_here(self) -> None:
        """Say again that this process is there."""
        with self._mutex:
            if self._held is not None and self._file is not None:
                _sign(self._file, self._place)

    def give_back(self) -> None:
        """Give the right back."""
        with self._mutex:
            if self._held is not None and self._file is not None:
                self._file.write_bytes(b"")
                self._held()
                self._held = None


def network_file_system(file: Path) -> str:
    """Return the kind of network file system that *file* is on; nothing where it is on none, or nobody can tell.

    SQLite's write-ahead log needs memory that all its processes share, and so one machine (sqlite.org/wal.html).
    """
    mounts = Path("/proc/self/mounts")
    if not mounts.exists():
        return ""
    found = [line.split()[1:3] for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines()]
    above = [(point, kind) for point, kind in found if file.resolve().is_relative_to(point)]
    _, kind = max(above, key=lambda mount: len(mount[0]), default=("", ""))
    return kind if kind in NETWORKED else ""


def used_elsewhere(file: Path, place: Place | None = None) -> str:
    """Return why a SQLite *file* is not to be used from this machine; nothing where no other was there just now."""
    signed = Path(f"{file}.serving")
    return _used_elsewhere(signed, place or here()) if signed.exists() else ""


def _locked(file: Path, place: Place) -> int:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise Unavailable(
            f"Another imgbot is running on {file.with_suffix('')}, and a SQLite file takes one."
            " Stop it, or use PostgreSQL for several."
        ) from error
    if elsewhere := _used_elsewhere(file, place):
        os.close(descriptor)
        raise Unavailable(elsewhere)
    _sign(file, place)
    return descriptor


def _sign(file: Path, place: Place) -> None:
    file.write_text(json.dumps({**asdict(place), "at": time.time()}), encoding="utf-8")


def _used_elsewhere(file: Path, place: Place) -> str:
    """Return why the file is not to be used, where an imgbot on another machine was there a moment ago."""
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        other, ago = Place(boot=said["boot"], name=said["name"]), time.time() - said["at"]
    except (ValueError, KeyError, TypeError):
        return ""  # nobody has signed it
    if place.may_be(other) or abs(ago) > AWAY:
        return ""
    return (
        f"imgbot on the machine {other.name} used {file.with_suffix('')} {round(abs(ago))} seconds ago,"
        " and a SQLite file is for one machine. Use PostgreSQL for several."
        " Where that one is gone, start again in a minute."
    )


@contextmanager
def unused(engine: sa.Engine) -> Iterator[None]:
    """See that no bot is at work on a database. A SQLite file takes none until the end, either.

    Raises Unavailable where one is: on PostgreSQL, where anything of imgbot but this is connected.
    """
    if engine.dialect.name == "sqlite":
        use = SoleUse(engine.url)
        use.take()
        try:
            yield
        finally:
            use.give_back()
        return
    if others := _connected(engine):
        raise Unavailable(f"{name_of(engine)} is in use: imgbot has {others} other connections to it. Stop it first.")
    yield


def _connected(engine: sa.Engine) -> int:
    """Return how many connections there are of other processes that call themselves imgbot, as all of ours do."""
    others = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND application_name = 'imgbot' AND pid <> pg_backend_pid()"
    )
    try:
        with engine.connect() as connection:
            return int(connection.exec_driver_sql(others).scalar_one())
    except sa.exc.OperationalError as error:
        raise Unavailable(unreachable(engine, error)) from error
