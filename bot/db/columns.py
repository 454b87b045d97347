"""What columns hold: times, numbers, and text that may be any.

Times are integer microseconds since 1970, UTC, in columns and in JSON alike: the same in both databases, and exact.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=256)  # what happened together has one time, and is read together
def micros(at: datetime) -> int:
    """Return *at* (aware) as microseconds since 1970, UTC."""
    return (at - EPOCH) // timedelta(microseconds=1)


@lru_cache(maxsize=256)
def moment(micros: int) -> datetime:
    """Return the time, in UTC, that is so many microseconds after 1970."""
    return EPOCH + timedelta(microseconds=micros)


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware time, stored as microseconds since 1970, UTC."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 -- SQLAlchemy's signature
        """Return what is stored."""
        return None if value is None else micros(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 -- as above
        """Return what was stored."""
        return _maybe_moment(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[int | None], datetime | None]:  # noqa: ARG002 -- as above
        """Return what is called for each row: where whole records are read, a call fewer counts."""
        return _maybe_moment


def _maybe_moment(micros: int | None) -> datetime | None:
    return None if micros is None else moment(micros)


class Words(sa.types.TypeDecorator[str]):
    """Text that people or daemons wrote, which may be any.

    PostgreSQL stores no NUL, and nothing stores half a surrogate pair: both become U+FFFD, the replacement character.
    """

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 -- SQLAlchemy's signature
        """Return what is stored."""
        return None if value is None else storable(value)


class Identifier(Words):
    """Text that is compared byte by byte, as ranges of hexadecimal IDs need it, whatever the database's locale is."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[str]:
        """Return the type in one database."""
        return postgresql.TEXT(collation="C") if dialect.name == "postgresql" else sa.Text()


def storable(text: str) -> str:
    """Return *text* without what no database stores, and as a plain str: drivers take an enumeration for what it is."""
    text = str(text)
    if text.isascii() and "\0" not in text:
        return text
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", "\N{REPLACEMENT CHARACTER}")


Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""A key that is given by hand. INTEGER makes it SQLite's own row number (sqlite.org/lang_createtable.html#rowid)."""
