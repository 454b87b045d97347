"""Fills a database with years of a believable record, in bulk: by COPY on PostgreSQL, with few commits on SQLite.

The triggers and most indexes are away while it is filled and made again afterwards. Every event is in the chain, and
every record follows from its event: ``imgbot audit verify`` passes on it.
"""

import sys
from collections.abc import Callable

import click
import sqlalchemy as sa

from benchmarks.lives import TABLES, Writer, rows
from bot.db import database, text_index, triggers
from bot.db.tables import metadata

Put = Callable[[str, list[tuple[object, ...]]], None]


def fill(engine: sa.Engine, records: int, *, seed: int = 1) -> None:
    """Bring an empty database up to date and write so many removal records, and as many events, in one transaction."""
    database.upgrade(engine)
    _without_journal(engine)
    with engine.begin() as connection:
        _hurry(connection)
        triggers.drop(connection)
        text_index.drop(connection)
        indexes = [index for name in TABLES for index in metadata.tables[name].indexes]
        for index in indexes:
            index.drop(connection)
        _write(connection, records, seed)
        with click.progressbar(indexes, label="indexes", file=sys.stderr) as bar:
            for index in bar:
                index.create(connection)
        with_text = text_index.create(connection)
        triggers.create(connection)
    _settle(engine)
    print("every word has an index" if with_text else "there is no index of text on this database", file=sys.stderr)


def _without_journal(engine: sa.Engine) -> None:
    """Let SQLite write everything once: what fails here is thrown away."""
    if engine.dialect.name == "sqlite":
        connection = engine.raw_connection()  # the pool's only one, which is used next
        connection.cursor().execute("PRAGMA journal_mode = OFF")
        connection.cursor().execute("PRAGMA synchronous = OFF")
        connection.close()


def _hurry(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # no check of each reference
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '512MB'")
    else:
        connection.exec_driver_sql("PRAGMA cache_size = -500000")


def _settle(engine: sa.Engine) -> None:
    """Leave it as a database is that has been in use."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql("SET statement_timeout = 0")
            connection.exec_driver_sql("VACUUM ANALYZE")
        else:
            pass  # the next connection says WAL and FULL again
    engine.dispose()


def _write(connection: sa.Connection, records: int, seed: int) -> None:
    put = _copy(connection) if connection.dialect.name == "postgresql" else _insert(connection)
    written = 0
    last: Writer | None = None
    with click.progressbar(length=records, label="records", file=sys.stderr) as bar:
        for last in rows(records, seed=seed):
            for name, each in last.rows.items():
                put(name, each)
                each.clear()
            bar.update(last.record - written)
            written = last.record
    if last is not None:
        head = {"sequence": last.sequence, "hash": last.hash, "last_request": last.request, "last_record": last.record}
        connection.execute(metadata.tables["audit_head"].update().values(head))


def _insert(connection: sa.Connection) -> Put:
    cursor = connection.connection.cursor()

    def put(name: str, each: list[tuple[object, ...]]) -> None:
        columns = TABLES[name].split()
        marks = ", ".join("?" * len(columns))
        cursor.executemany(f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({marks})", each)  # noqa: S608 -- ours

    return put


def _copy(connection: sa.Connection) -> Put:
    cursor = connection.connection.cursor()

    def put(name: str, each: list[tuple[object, ...]]) -> None:
        with cursor.copy(f"COPY {name} ({', '.join(TABLES[name].split())}) FROM STDIN") as copy:
            copy.write("".join("\t".join(map(_cell, row)) + "\n" for row in each))

    return put


def _cell(value: object) -> str:
    if value is None:
        return "\\N"
    text = str(value)
    return text.replace("\\", "\\\\").replace("\n", "\\n") if "\n" in text or "\\" in text else text


@click.command()
@click.argument("url")
@click.option("--records", default=10_000_000, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(url: str, records: int, seed: int) -> None:
    """Fill the empty database at URL."""
    fill(database.engine(url), records, seed=seed)


if __name__ == "__main__":
    main()
