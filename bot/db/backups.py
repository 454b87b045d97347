"""Backups: one SQLite file with every table of the database as it was at one moment, and a table that says so.

It is the same from SQLite and from PostgreSQL, and can be restored to either. The table has the newest event, the
versions, and what each table holds: so damage shows in what no hash chain seals, too.
"""

import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from bot.audit.chain import Head, head_of, head_text
from bot.db import copying, database, files, rows, text_index
from bot.db.columns import micros
from bot.db.database import Unavailable
from bot.db.fields import Fields, Unreadable, dumps
from bot.db.plan_codec import Object
from bot.db.rows import OF_THE_SCHEMA, Begin, Layout, Tally, Told
from bot.db.tables import head as head_table

FORMAT = 1
PAGES = 2048
"""Pages that are copied between two words on how far it is: 8 MB."""

table = sa.Table(
    "imgbot_backup", sa.MetaData(), sa.Column("format", sa.Integer, nullable=False), sa.Column("body", sa.Text)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a backup says of itself. ``version`` is that of the imgbot that made it, ``migration`` the database's."""

    made_at: datetime
    version: str
    migration: str
    head: Head
    tables: Mapping[Layout, Tally]


def write(source: sa.Engine, file: Path, *, at: datetime, version: str, begin: Begin) -> Contents:
    """Write one moment of *source*, which is up to date, to an empty *file*, while others go on writing to it.

    What is told is how far it is.
    """
    with database.reading(source) as connection:
        database.take_time(connection)
        found = connection.execute(sa.select(head_table.c.sequence, head_table.c.hash)).one()  # the moment begins here
        if source.dialect.name == "sqlite":
            _pages(connection, file, begin)
        else:
            _rows(connection, file, begin("Copying", 2 * rows.about(connection)))
        held = rows.tallies(connection, rows.layouts(), begin("Reading", rows.about(connection)))
        contents = Contents(
            made_at=at,
            version=version,
            migration=str(database.current(connection)),
            head=Head(sequence=found.sequence, hash=found.hash),
            tables={layout: held[layout.name] for layout in rows.layouts()},
        )
    _say(file, contents)
    return contents


def unpack(file: Path, made: Path) -> sa.Engine:
    """Write to *made* the database that a whole backup holds, brought up to date, and return its engine.

    Raises Unavailable where the copy is not what SQLite, or this version of imgbot, takes for a sound database.
    """
    shutil.copyfile(file, made)
    engine = files.being_made(made)
    with engine.begin() as connection:
        table.drop(connection)
    database.upgrade(engine)
    with engine.begin() as connection:
        unsound = connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one()
    if unsound != "ok":
        raise Unavailable(f"{file} is damaged: {unsound}.")
    if faults := database.check(engine):
        raise Unavailable(f"{file} cannot be used: {faults[0]}")
    return engine


@contextmanager
def up_to_date(file: Path, contents: Contents) -> Iterator[sa.Engine]:
    """Give what a whole backup holds, as this version of imgbot has it: from a copy where it is older."""
    if contents.migration == database.newest():
        yield files.at_rest(file)
        return
    with files.beside(file) as made:
        yield unpack(file, made)


def _pages(connection: sa.Connection, file: Path, begin: Begin) -> None:
    """Copy SQLite's pages. The transaction that reads is open all the time, so that no writer makes it begin anew."""
    source = connection.connection.driver_connection
    assert isinstance(source, sqlite3.Connection)  # noqa: S101 -- for the type: this is SQLite
    told = begin("Copying pages", int(connection.exec_driver_sql("PRAGMA page_count").scalar_one()))
    done = 0

    def copied(_: int, left: int, total: int) -> None:
        nonlocal done
        told(total - left - done)
        done = total - left

    with closing(sqlite3.connect(file, isolation_level=None)) as target:
        source.backup(target, pages=PAGES, progress=copied)
        target.execute("PRAGMA journal_mode = DELETE")  # the pages say WAL, and a backup is one file


def _rows(connection: sa.Connection, file: Path, told: Told) -> None:
    made = files.being_made(file)
    database.upgrade(made)
    with made.begin() as target:
        copying.copy(connection, target, told)
    made.dispose()


def _say(file: Path, contents: Contents) -> None:
    made = files.being_made(file)
    with made.begin() as connection:
        table.create(connection)
        connection.execute(table.insert().values(format=FORMAT, body=dumps(_to_json(contents))))
    made.dispose()


def _to_json(contents: Contents) -> Object:
    return {
        "made_at": micros(contents.made_at),
        "version": contents.version,
        "migration": contents.migration,
        "head": head_text(contents.head),
        "tables": [
            {
                "name": layout.name,
                "columns": list(layout.columns),
                "key": list(layout.key),
                "rows": tally.rows,
                "sha256": tally.sha256,
            }
            for layout, tally in contents.tables.items()
        ],
    }


def read(connection: sa.Connection) -> Contents:
    """Return what a backup says of itself. Unreadable where it is none, or of a newer imgbot."""
    if not sa.inspect(connection).has_table(table.name):
        raise Unreadable("It is no backup that `imgbot db backup` made.")
    row = connection.execute(sa.select(table)).one()
    if row.format != FORMAT:
        raise Unreadable(f"The backup is in format {row.format}, and this version of imgbot reads {FORMAT}.")
    fields = Fields.loads(row.body, "backup's description")
    found = head_of(fields.text("head"))
    if found is None:
        raise fields.unreadable("head")
    return Contents(
        made_at=fields.moment("made_at"),
        version=fields.text("version"),
        migration=fields.text("migration"),
        head=found,
        tables=dict(map(_table, fields.objects("tables"))),
    )


def _table(fields: Fields) -> tuple[Layout, Tally]:
    columns, key = fields.texts("columns"), fields.texts("key")
    layout = Layout(name=fields.text("name"), columns=columns, key=key)
    return layout, Tally(rows=fields.number("rows"), sha256=fields.text("sha256"))


def held_against(connection: sa.Connection, contents: Contents, told: Told) -> str:
    """Return what is otherwise in a backup than it says; nothing where it is whole."""
    names = (name for name in sa.inspect(connection).get_table_names() if not text_index.belongs(name))
    there = set(names) - {table.name} - OF_THE_SCHEMA
    if there != {layout.name for layout in contents.tables}:
        return "it has other tables"
    migration = database.current(connection)
    found = connection.execute(sa.select(head_table.c.sequence, head_table.c.hash)).one_or_none()
    if migration != contents.migration or found is None or tuple(found) != (contents.head.sequence, contents.head.hash):
        return "it does not end where it says"
    found_tallies = rows.tallies(connection, contents.tables, told)
    wrong = [layout.name for layout, tally in contents.tables.items() if found_tallies[layout.name] != tally]
    return f"the table {wrong[0]} does not hold what it held" if wrong else ""


def whole(file: Path, told: Told) -> Contents:
    """Return what a backup says of itself, once every row was held against it. Raises Unavailable with the reason."""
    if not file.is_file():
        raise Unavailable(f"There is no file {file}.")
    engine = files.at_rest(file)
    try:
        with database.reading(engine) as connection:
            contents = read(connection)
            if contents.migration not in database.migrations():
                raise Unavailable(f"{file} was made by a newer imgbot ({contents.version}). Restore it with that one.")
            fault = held_against(connection, contents, told)
    except Unreadable as error:
        raise Unavailable(f"{file} cannot be used: {error}") from error
    except (sa.exc.DBAPIError, sqlite3.DatabaseError) as error:
        reason = str(getattr(error, "orig", error)).strip().splitlines()[0]
        raise Unavailable(f"{file} is damaged, or is no backup: {reason}.") from error
    finally:
        engine.dispose()
    if fault:
        raise Unavailable(f"{file} is damaged: {fault}.")
    return contents
