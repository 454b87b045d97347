"""The database: how it is reached, and how it is brought up to date."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import platformdirs
import sqlalchemy as sa

from bot.db import tables, triggers

READING = "imgbot_reading"
"""The execution option of a connection that only reads."""

_POSTGRESQL_OPTIONS = (
    "-c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"
    " -c max_parallel_workers_per_gather=0"
)
"""A process that hangs in a transaction must not hold its locks for long. A page of the record is had sooner than a
second process is started for it."""


Engine = sa.Engine
"""What is handed on without being asked anything."""


class Unavailable(Exception):  # noqa: N818 -- named for what it says of the database
    """The database cannot be used. The message says why, and what to do."""


def default_url() -> str:
    """Return where the database is unless something else is configured: a file in the user's state directory."""
    file = Path(platformdirs.user_state_dir("imgbot", appauthor=False)) / "imgbot.db"
    return sa.URL.create("sqlite", database=str(file)).render_as_string()


def engine(url: str) -> sa.Engine:
    """Return SQLAlchemy's engine for ``sqlite:///path`` or ``postgresql://…``. Nothing is connected yet.

    Raises Unavailable where *url* is neither.
    """
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError as error:
        raise Unavailable(_BAD_URL) from error
    match parsed.get_backend_name():
        case "sqlite":
            return _sqlite(parsed)
        case "postgresql" | "postgres":
            return _postgresql(parsed)
        case _:
            raise Unavailable(_BAD_URL)


_BAD_URL = "The database URL is not one that imgbot knows. Give sqlite:///path/to/file or postgresql://user@host/name."


def _sqlite(url: sa.URL) -> sa.Engine:
    if url.database in {None, "", ":memory:"}:
        raise Unavailable("A database in memory ends with its process. Give a file: sqlite:///path/to/file.")
    Path(str(url.database)).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = sa.create_engine(url, pool_size=10, max_overflow=20)
    sa.event.listen(made, "connect", _set_up_sqlite)
    sa.event.listen(made, "begin", begin_sqlite)
    return made


def _set_up_sqlite(connection: Any, _: object) -> None:  # noqa: ANN401 -- sqlite3's connection in the pool's clothes
    connection.isolation_level = None  # we say BEGIN ourselves: sqlite3 would say it late and DEFERRED
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 15000")  # first: the next one may have to wait already
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # NORMAL may lose the last commits with the power (sqlite.org/wal.html)
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def begin_sqlite(connection: sa.Connection) -> None:
    """Take the write lock at once: a transaction that reads first and then writes would fail or lose an update."""
    reading = connection.get_execution_options().get(READING)
    connection.exec_driver_sql("BEGIN DEFERRED" if reading else "BEGIN IMMEDIATE")


def _postgresql(url: sa.URL) -> sa.Engine:
    options = f"{url.query.get('options', '')} {_POSTGRESQL_OPTIONS}".strip()
    return sa.create_engine(
        url.set(drivername="postgresql+psycopg").difference_update_query(["options"]),
        connect_args={"options": options, "connect_timeout": 10, "application_name": "imgbot"},
        pool_size=10,
        max_overflow=20,
        pool_pre_ping=True,
        pool_recycle=1800,
    )


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Give a connection that reads one moment of the database, and waits for nobody."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        else:
            options = {READING: True}
        connection.execution_options(**options)
        with connection.begin():
            yield connection


def take_time(connection: sa.Connection) -> None:
    """Let the transaction of *connection* last: it reads or writes everything, while others wait or are not there."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")


def file_of(engine: sa.Engine) -> Path | None:
    """Return the file that a SQLite database is; None where it is PostgreSQL."""
    return Path(str(engine.url.database)) if engine.dialect.name == "sqlite" else None


def upgrade(engine: sa.Engine) -> None:
    """Bring the database up to date. Several processes may do so at once; a failure leaves it as it was.

    Where a newer imgbot did so already and still supports this one, it stays: replicas are replaced one by one. Raises
    Unavailable where it cannot be reached, or is a newer imgbot's alone.
    """
    try:
        with engine.begin() as connection:
            there = current(connection)
            if there == newest() or _supports_us(connection):
                return
            if why := outgrown(there):
                raise Unavailable(f"{name_of(engine)}: {why}")
            from bot.db.migrating import upgrade_on  # noqa: PLC0415 -- Alembic is large, and seldom needed

            upgrade_on(connection, scripts(Path(__file__).parent))
    except sa.exc.OperationalError as error:
        raise Unavailable(unreachable(engine, error)) from error


def outgrown(there: str | None) -> str:
    """Return why this imgbot must not use a database that is at migration *there*; nothing where that is not newer."""
    if there is None or there <= newest():
        return ""
    return (
        f"A newer imgbot brought it to migration {there}, and this one, which knows {newest()}, must not use it any "
        "more. Update this one, too."
    )


def unreachable(engine: sa.Engine, error: sa.exc.OperationalError) -> str:
    """Return what is said of a database that cannot be reached, without its password."""
    return f"{name_of(engine)} cannot be used: {reason_of(error)}."


def name_of(engine: sa.Engine) -> str:
    """Return what a database is called, without its password."""
    return f"The database {engine.url.render_as_string(hide_password=True)}"


def reason_of(error: sa.exc.DBAPIError) -> str:
    """Return what the database says, in its first line and without a full stop."""
    return str(error.orig).strip().splitlines()[0].rstrip(".")


def check(engine: sa.Engine) -> tuple[str, ...]:
    """Return what is wrong with the database, a sentence each: nothing where it can be used.

    Raises Unavailable where it cannot be reached.
    """
    return _asked(engine, lambda connection: tuple(_faults(connection)))


def schema_faults(engine: sa.Engine) -> tuple[str, ...]:
    """Return why the database cannot be read, a sentence: nothing where it can, whatever stands in it.

    Raises Unavailable where it cannot be reached.
    """
    return _asked(engine, _schema_faults)


def unknown(engine: sa.Engine) -> tuple[str, ...]:
    """Return why not all that the database has is known here, a sentence: nothing where it is.

    A newer imgbot may have brought it further. One goes on working on that; what takes every row away needs all of it.
    Raises Unavailable where it cannot be reached.
    """
    return _asked(engine, _unknown)


def _unknown(connection: sa.Connection) -> tuple[str, ...]:
    there = current(connection)
    if there is None or there in migrations():
        return ()
    return (f"A newer imgbot brought it to migration {there}, and this one knows {newest()}. Use that one.",)


def _asked(engine: sa.Engine, question: Callable[[sa.Connection], tuple[str, ...]]) -> tuple[str, ...]:
    try:
        with reading(engine) as connection:
            return question(connection)
    except sa.exc.OperationalError as error:
        raise Unavailable(unreachable(engine, error)) from error


def _schema_faults(connection: sa.Connection) -> tuple[str, ...]:
    there = current(connection)
    if there == newest() or _supports_us(connection):
        return ()
    if why := outgrown(there):
        return (why,)
    return (f"It is at migration {there or 'none'}, and this version of imgbot needs {newest()}.",)


def current(connection: sa.Connection) -> str | None:
    """Return the migration that the database is at, as Alembic wrote it; None where there was none."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()
    return None if found is None else str(found)


@cache
def newest() -> str:
    """Return the newest migration that this version of imgbot knows."""
    return max(migrations())


def migrations() -> frozenset[str]:
    """Return every migration that this version of imgbot knows: their files are called after them, in order."""
    folder = scripts(Path(__file__).parent) / "versions"
    return frozenset(file.name.partition("_")[0] for file in folder.glob("[0-9]*_*.py"))


def _supports_us(connection: sa.Connection) -> bool:
    """Whether a newer imgbot brought the database further, in a way that this one need not know of.

    Its migrations say so: they leave ``schema_support`` at a migration that is known here (docs/decisions.md).
    """
    known, there = migrations(), current(connection)
    if there is None or there in known or not sa.inspect(connection).has_table(tables.schema_support.name):
        return False
    return connection.execute(sa.select(tables.schema_support.c.oldest)).scalar_one_or_none() in known


def _faults(connection: sa.Connection) -> Iterator[str]:
    if behind := _schema_faults(connection):
        yield from behind
        return
    for trigger in triggers.missing(connection):
        yield f"The trigger {trigger}, which keeps the record append-only, is missing or switched off."
    yield from _head_faults(connection)


def _head_faults(connection: sa.Connection) -> Iterator[str]:
    head = connection.execute(sa.select(tables.head.c.sequence, tables.head.c.hash)).one_or_none()
    last = connection.execute(
        sa.select(tables.event.c.sequence, tables.event.c.hash).order_by(tables.event.c.sequence.desc()).limit(1)
    ).one_or_none()
    if head is None:
        yield "The head of the record is missing, so nothing can be recorded."
    elif last is not None and tuple(head) != tuple(last):
        yield f"The record ends at event {last.sequence}, but its head says {head.sequence}."


def scripts(package: Path) -> Path:
    """Return where the migrations are: in this *package* of an installed imgbot, at the top of a checkout."""
    installed = package / "migrations"
    return installed if installed.exists() else package.parents[1] / "migrations"
