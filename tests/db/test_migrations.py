"""The migrations make what the code expects, on both databases, and several may run them at once."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.db import database, tables, text_index
from bot.db.store import Store
from tests.databases import opened
from tests.db.asking import removed

ROOT = Path(__file__).parents[2]


def alembic(connection: sa.Connection | None = None) -> Config:
    """Return what Alembic's own commands use, on *connection*."""
    config = Config(ROOT / "alembic.ini")
    config.attributes["connection"] = connection
    return config


def shape(engine: sa.Engine) -> dict[str, Any]:
    """Return everything about every table that the database itself tells: columns, keys, checks, indexes."""
    inspector = sa.inspect(engine)
    return {
        table: {
            "columns": [{**column, "type": str(column["type"])} for column in inspector.get_columns(table)],
            "primary key": inspector.get_pk_constraint(table),
            "foreign keys": sorted(inspector.get_foreign_keys(table), key=_name),
            "unique": sorted(inspector.get_unique_constraints(table), key=_name),
            "checks": sorted(inspector.get_check_constraints(table), key=_name),
            "indexes": sorted((_index(each) for each in _indexes(inspector, table)), key=_name),
        }
        for table in sorted(inspector.get_table_names())
        if table != "alembic_version" and not text_index.belongs(table)
    }


def _indexes(inspector: sa.Inspector, table: str) -> list[Any]:
    """Return the indexes but that of text, which not every database has, and which has a module of its own."""
    return [index for index in inspector.get_indexes(table) if not text_index.belongs(index["name"])]


def _index(index: Any) -> dict[str, str]:  # noqa: ANN401 -- a dictionary of the inspector's, with SQL inside
    options = {key: str(value) for key, value in index.get("dialect_options", {}).items()}
    return {**index, "dialect_options": options}


def _name(constraint: Any) -> str:  # noqa: ANN401 -- each kind has its own type, and all have a name
    return str(constraint["name"])


@pytest.fixture
def empty(empty_database_url: str) -> Iterator[sa.Engine]:
    """Open a database in which nothing is."""
    with opened(empty_database_url) as engine:
        yield engine


def test_the_files_are_called_after_their_migrations_in_order() -> None:
    """What is newest is known by the names of the files: Alembic is not imported to find that nothing is to be done."""
    scripts = ScriptDirectory.from_config(alembic())
    assert database.migrations() == {script.revision for script in scripts.walk_revisions()}
    assert database.newest() == scripts.get_current_head()


def test_a_database_that_is_up_to_date_needs_no_alembic(database_url: str) -> None:
    """Starting on one is quick, and takes less memory."""
    with opened(database_url) as engine:
        database.upgrade(engine)
    code = (
        "import sys; from bot.db import database; made = database.engine(sys.argv[1]); database.upgrade(made); "
        "assert not database.check(made); assert 'alembic' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, database_url], cwd=ROOT, check=True)


def test_the_migrations_make_what_the_tables_say(engine: sa.Engine) -> None:
    """Alembic finds no difference between a migrated database and the tables in the code."""
    with engine.begin() as connection:
        opts = {"compare_server_default": True, "include_name": lambda name, *_: not text_index.belongs(name)}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, tables.metadata) == []


def test_the_migrations_make_just_what_the_tables_would(engine: sa.Engine, empty: sa.Engine) -> None:
    """Names, checks, collations and partial indexes, which Alembic does not compare, are the same too."""
    tables.metadata.create_all(empty)
    assert shape(engine) == shape(empty)


def test_there_is_one_newest_migration() -> None:
    """The migrations have one beginning and one end."""
    scripts = ScriptDirectory.from_config(alembic())
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1


def test_migrations_go_down_and_up_again(engine: sa.Engine) -> None:
    """All the way down leaves nothing, not even a function, and up again makes the same as before."""
    before = shape(engine)
    removed(Store(engine))
    with engine.begin() as connection:
        command.downgrade(alembic(connection), "base")
    assert shape(engine) == {}
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            functions = connection.exec_driver_sql("SELECT proname FROM pg_proc WHERE proname LIKE 'imgbot%%'").all()
            assert functions == []
    database.upgrade(engine)
    assert shape(engine) == before
    assert database.check(engine) == ()


def test_upgrading_again_changes_nothing(engine: sa.Engine) -> None:
    """An upgrade of what is up to date keeps everything in it."""
    request = removed(Store(engine))
    database.upgrade(engine)
    with Store(engine).reading() as reading:
        assert reading.request(request.id) == request


def test_a_migration_that_fails_leaves_nothing(empty: sa.Engine) -> None:
    """Where the last table of a migration cannot be made, none of the others is left, on either database."""
    with empty.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE inbox (mine integer)")
    with pytest.raises(sa.exc.DBAPIError, match="already exists"), empty.begin() as connection:
        command.upgrade(alembic(connection), "head")
    assert sa.inspect(empty).get_table_names() == ["inbox"]


def test_four_processes_upgrade_at_once(empty_database_url: str) -> None:
    """Four processes that start on an empty database at the same time all end well, with one schema."""
    upgrade = "import sys; from bot.db import database; database.upgrade(database.engine(sys.argv[1]))"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", upgrade, empty_database_url], cwd=ROOT, stderr=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    errors = [process.communicate(timeout=60)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0, 0], errors
    with opened(empty_database_url) as engine:
        assert database.check(engine) == ()


def test_the_wheel_brings_the_migrations() -> None:
    """The wheel puts the migrations where an installed imgbot looks for them first."""
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert '"migrations" = "bot/db/migrations"' in project
    assert database.scripts(ROOT / "bot" / "db") == ROOT / "migrations"


def test_an_installed_imgbot_uses_its_own_migrations(tmp_path: Path) -> None:
    """Migrations beside the module are used before those of a checkout."""
    (tmp_path / "db" / "migrations").mkdir(parents=True)
    assert database.scripts(tmp_path / "db") == tmp_path / "db" / "migrations"


def test_alembics_own_command_upgrades(empty_database_url: str) -> None:
    """``alembic upgrade head`` in a checkout makes the same database, given by its URL."""
    result = subprocess.run(
        [sys.executable, "-m", "alembic", "-x", f"url={empty_database_url}", "upgrade", "head"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    with opened(empty_database_url) as engine:
        assert database.check(engine) == ()
