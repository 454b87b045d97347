"""SQLite files that are no database in use: one that is being made, and one that is only read."""

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import sqlalchemy as sa

from bot.audit.chain import Head
from bot.db import rows
from bot.db.database import Unavailable, begin_sqlite, reading
from bot.db.tables import event, head

BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite has beside a file while it is in use."""


def being_made(file: Path) -> sa.Engine:
    """Return the engine for a file that nobody else knows yet, and that is thrown away where anything fails."""
    made = sa.create_engine(sa.URL.create("sqlite", database=str(file)), poolclass=sa.NullPool)
    sa.event.listen(made, "connect", _hurry)
    sa.event.listen(made, "begin", begin_sqlite)
    return made


def _hurry(connection: Any, _: object) -> None:  # noqa: ANN401 -- sqlite3's connection in the pool's clothes
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = MEMORY")  # new pages need no journal, and no -wal file stays behind
    cursor.execute("PRAGMA synchronous = OFF")  # ``put`` waits for the disk, once
    cursor.execute("PRAGMA cache_size = -65536")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def at_rest(file: Path) -> sa.Engine:
    """Return the engine for a file that is read and not changed in the least."""

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(f"file:{quote(str(file.absolute()))}?mode=ro", uri=True, isolation_level=None)

    made = sa.create_engine("sqlite://", creator=connect, poolclass=sa.NullPool)
    sa.event.listen(made, "begin", begin_sqlite)
    return made


@contextmanager
def beside(file: Path) -> Iterator[Path]:
    """Give a new file in the same folder that only we may read; afterwards it is gone, unless it was put in place.

    Raises Unavailable where there can be none.
    """
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".partial", dir=file.parent)
    except OSError as error:
        raise Unavailable(f"{file} cannot be written: {error.strerror}.") from error
    os.close(descriptor)
    try:
        yield Path(name)
    finally:
        for suffix in ("", *BESIDE):
            Path(f"{name}{suffix}").unlink(missing_ok=True)


def alone_with(file: Path) -> bool:
    """Bring everything into the one file, which nobody else may have open. Returns False where SQLite cannot read it.

    Raises Unavailable where another process has it open.
    """
    try:
        with closing(sqlite3.connect(file, timeout=5, isolation_level=None)) as connection:
            return bool(connection.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",))
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            raise Unavailable(f"Another process has {file} open. End it first.") from error
        return False


def is_new(file: Path) -> bool:
    """Whether nothing was ever written to a database that is a file. What SQLite cannot read is not new."""
    return file.stat().st_size == 0 or bool(_read(file, rows.is_empty))


def head_after(file: Path, before: Head) -> Head | None:
    """Return the newest event of a database that is a file. None where it cannot be read, or never held *before*."""

    def found(connection: sa.Connection) -> Head | None:
        held = sa.select(event.c.hash).where(event.c.sequence == before.sequence)
        if before.sequence and connection.execute(held).scalar_one_or_none() != before.hash:
            return None
        row = connection.execute(sa.select(head.c.sequence, head.c.hash)).one()
        return Head(sequence=row.sequence, hash=row.hash)

    return _read(file, found)


T = TypeVar("T")


def _read(file: Path, question: Callable[[sa.Connection], T]) -> T | None:
    engine = at_rest(file)
    try:
        with reading(engine) as connection:
            return question(connection)
    except sa.exc.SQLAlchemyError:
        return None
    finally:
        engine.dispose()


def set_aside(file: Path, name: Path) -> None:
    """Give a file a second name, by which it stays when something is put in its place."""
    try:
        os.link(file, name)
        for suffix in BESIDE:
            beside_it = Path(f"{file}{suffix}")
            if beside_it.exists():
                beside_it.rename(f"{name}{suffix}")
    except OSError as error:
        raise Unavailable(f"{file} cannot be kept as {name}: {error.strerror}.") from error


def put(made: Path, file: Path, *, replace: bool) -> None:
    """Put what was *made* beside it in the place of *file*, whole and on the disk, or not at all.

    Raises Unavailable where there is such a file already and it is not to be replaced.
    """
    try:
        _on_disk(made)
        if replace:
            _same_owner(made, file)
            made.replace(file)
        else:
            os.link(made, file)  # which never takes the place of another, as a rename would
        _on_disk(file.parent)
    except FileExistsError as error:
        raise Unavailable(f"{file} is there already. Give another name, or --force.") from error
    except OSError as error:
        raise Unavailable(f"{file} cannot be written: {error.strerror}.") from error


def _same_owner(made: Path, file: Path) -> None:
    """Let who owns *file* own what takes its place: whoever administers a machine need not be who runs the bot."""
    there = file.stat() if file.exists() else None
    if there and there.st_uid != os.geteuid():
        os.chown(made, there.st_uid, there.st_gid)


def _on_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
