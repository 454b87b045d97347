"""An index of every three letters in a row of what words are looked for in.

SQLite's FTS5 with its trigram tokenizer (from 3.34 on; sqlite.org/fts5.html#the_trigram_tokenizer) and PostgreSQL's
pg_trgm. Either may be missing: an SQLite without FTS5, a PostgreSQL whose administrator does not allow the extension.
Then the text is read row by row, which finds the same.

It finds the rows that may have a part, in upper or lower case, and not always only these: who asks looks at each too.
"""

import re
from typing import Any

import sqlalchemy as sa

from bot.db.columns import storable

TABLE = "removal_search_text"
INDEX = "ix_removal_search_text"
LEAST = 3
"""Letters that a part must have to be found by it."""
_MOST = 12
"""Letters of a long part that are looked up, the last ones: how names begin, a registry's with all its images, says
little, and each of these lists is long."""

DIGITS = re.compile(r"[0-9]{4,}", re.ASCII)
"""So many digits in a row tell more than all letters beside them."""
ENOUGH = 3
"""Where so many have a digit, only those are looked up: of ``OPS-12345`` the letters stand in every other row."""

_SQLITE = (
    """
CREATE VIRTUAL TABLE removal_search_text
USING fts5(text, content='removal_search', content_rowid='number', tokenize='trigram', detail='none')
""",
    """
CREATE TRIGGER removal_search_text_next AFTER INSERT ON removal_search
BEGIN INSERT INTO removal_search_text(rowid, text) VALUES (NEW.number, NEW.text); END
""",
)
_POSTGRESQL = (
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    "CREATE INDEX ix_removal_search_text ON removal_search USING gin (text gin_trgm_ops)",
)


def create(connection: sa.Connection) -> bool:
    """Make the index, and fill it with what is there. Returns False where this database cannot have one."""
    statements = _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL
    try:
        with connection.begin_nested():
            for statement in statements:
                connection.exec_driver_sql(statement)
    except sa.exc.DBAPIError as error:
        if _lacking(error):
            return False
        raise
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("INSERT INTO removal_search_text(removal_search_text) VALUES ('rebuild')")
    return True


def _lacking(error: sa.exc.DBAPIError) -> bool:
    """Return whether it says that there is no such module or tokenizer, or none that we may have."""
    said = str(error.orig)
    words = ("no such module", "no such tokenizer", "error in tokenizer", "extension", "permission denied")
    return any(word in said for word in words)


def drop(connection: sa.Connection) -> None:
    """Drop it where it is there. PostgreSQL's extension stays: others may use it."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {TABLE}_next")
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {TABLE}")
    else:
        connection.exec_driver_sql(f"DROP INDEX IF EXISTS {INDEX}")


def there(connection: sa.Connection) -> bool:
    """Return whether SQLite has the index. PostgreSQL finds by itself whether it has one."""
    query = "SELECT 1 FROM sqlite_master WHERE name = ?"
    return connection.exec_driver_sql(query, (TABLE,)).scalar_one_or_none() is not None


def belongs(name: str | None) -> bool:
    """Return whether a table or an index of this name is part of it: these stand in no ``tables.py``."""
    return name is not None and (name.startswith(TABLE) or name == INDEX)


def rows_with(connection: sa.Connection, part: str) -> sa.Select[Any] | None:
    """Return what selects the numbers of the rows that may have *part*; None where the index cannot say."""
    part = storable(part)
    if len(part) < LEAST:
        return None
    search = sa.table("removal_search", sa.column("number"), sa.column("text", sa.Text()))
    if connection.dialect.name != "sqlite" or not there(connection):
        return sa.select(search.c.number).where(has(search.c.text, part))
    index = sa.table(TABLE, sa.column("rowid"))
    return sa.select(index.c.rowid).where(sa.literal_column(TABLE).op("MATCH")(sa.literal(_match(part))))


def has(text: sa.ColumnElement[str], part: str) -> sa.ColumnElement[bool]:
    """Return whether *text* has *part*, as PostgreSQL's index is asked: by what tells most in it, then by the whole.

    It reads the list of each three letters to its end, and those of a long part are many, and some are long.
    """
    whole = text.icontains(part, autoescape=True)
    telling = max(DIGITS.findall(part), key=len, default=part[-_MOST:])
    return whole if telling == part else text.icontains(telling, autoescape=True) & looked_at(whole)


def looked_at(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Return *condition* as something of which nothing is known, so that it is looked at row by row.

    Of LIKE PostgreSQL takes very little to be found, and so reads all that an index has before it puts it in order.
    """
    return sa.func.coalesce(condition, sa.false())


def left_out(connection: sa.Connection, after: int) -> int | None:
    """Return the first row after number *after* that the index does not have; None where it has all.

    FTS5 keeps how long each of its rows is, and forgets that with the row. PostgreSQL's index is kept by itself.
    """
    if connection.dialect.name != "sqlite" or not there(connection):
        return None
    query = (
        "SELECT number FROM removal_search WHERE number > ?"
        " AND number NOT IN (SELECT id FROM removal_search_text_docsize) ORDER BY number LIMIT 1"
    )
    return connection.exec_driver_sql(query, (after,)).scalar_one_or_none()


def _match(part: str) -> str:
    """Return what FTS5 is asked for: all that stands three by three in *part*, each as a string of its own."""
    part = part[-_MOST:]
    starts = range(len(part) - LEAST + 1)
    threes = dict.fromkeys(part[start : start + LEAST].replace('"', '""') for start in starts)
    telling = [three for three in threes if any(map(str.isdigit, three))]
    return " AND ".join(f'"{three}"' for three in (telling if len(telling) >= ENOUGH else threes))
