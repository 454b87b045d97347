"""The database goes away for a while: another writes to it, or everybody is cut off."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from bot.db import database

SETTLED = 8
"""Seconds after which a connection to the database is none of a process that only begins."""


@contextmanager
def away(url: str) -> Iterator[None]:
    """Have a database be away within the block: SQLite is being written to by another, PostgreSQL cuts all off."""
    engine = database.engine(url)
    try:
        if engine.dialect.name == "sqlite":
            with engine.begin():  # it begins at once (``database.py``), and so nobody else writes
                yield
        else:
            with _cut_off(engine):
                yield
    finally:
        engine.dispose()


@contextmanager
def _cut_off(engine: sa.Engine) -> Iterator[None]:
    """End the connections of everybody again and again who did not only begin."""
    enough = threading.Event()

    def cut() -> None:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            while not enough.is_set():
                connection.exec_driver_sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND application_name = 'imgbot'"
                    " AND pid <> pg_backend_pid() AND backend_start < now() - make_interval(secs => %s)",
                    (SETTLED,),
                )
                enough.wait(0.05)

    cutting = threading.Thread(target=cut)
    cutting.start()
    try:
        yield
    finally:
        enough.set()
        cutting.join()
