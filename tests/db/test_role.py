"""The role for PostgreSQL that ``docs`` has: it can do all that the bot does, and change nothing of the record."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.approval.notes import Started, Stopped
from bot.approval.notice import Notice
from bot.approval.proof import Acknowledged, Checkpoint, Occasion
from bot.audit.chain import Broken, Verified
from bot.db import database
from bot.db.store import Store
from bot.flows.checkpoint import Checkpoints
from bot.flows.proving import Witness, put_on_record
from bot.flows.verify import verified
from tests.approval.examples import NOW, OLGA
from tests.databases import Databases, opened
from tests.db.asking import removed
from tests.keeping.doing import back_up

SQL = Path(__file__).parents[2] / "docs" / "postgresql-role.sql"
ROLE = "imgbot_app"


@pytest.fixture
def owner(databases: Databases) -> Iterator[sa.Engine]:
    """Open a database on PostgreSQL as its owner; afterwards the role is gone."""
    with databases("postgresql") as url, opened(url) as engine:
        with engine.connect() as connection:
            rights = "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
            if not connection.exec_driver_sql(rights).scalar_one():
                pytest.skip("the role at IMGBOT_TEST_POSTGRES may not create roles")
        yield engine
        with engine.begin() as connection:
            connection.exec_driver_sql(f"DROP OWNED BY {ROLE}")
            connection.exec_driver_sql(f"DROP ROLE {ROLE}")


@pytest.fixture
def app(owner: sa.Engine) -> Iterator[sa.Engine]:
    """Open it as the role that the file makes, with a password."""
    password = secrets.token_hex(8)
    with owner.begin() as connection:
        connection.exec_driver_sql(SQL.read_text(encoding="utf-8"))
        connection.exec_driver_sql(f"ALTER ROLE {ROLE} PASSWORD '{password}'")
    url = owner.url.set(username=ROLE, password=password)
    with opened(url.render_as_string(hide_password=False)) as engine:
        yield engine


def test_the_bot_can_do_its_work(app: sa.Engine) -> None:
    """It starts, carries a request out, keeps deliveries and notices, and verifies the record."""
    database.upgrade(app)
    assert database.check(app) == ()
    store = Store(app)
    removed(store)
    with store.transaction() as tx:
        tx.note(Started(at=NOW, owner="bot:1", version="1"))
        tx.announce(Notice(kind="test", parts=("said",)), NOW)
        assert tx.take_notice(NOW, NOW) is not None
        assert tx.receive("key", "command", "{}", NOW)
        assert tx.delivery_done("key", NOW)
        tx.forget_deliveries(NOW)
        assert tx.group_doubted("S0", NOW) is False
    with store.reading() as reading:
        assert isinstance(verified(reading), Verified)


def test_the_role_keeps_and_proves_the_record(app: sa.Engine, tmp_path: Path) -> None:
    """A backup is taken with it while the bot goes on; what verifying found and a checkpoint are put on record."""
    store = Store(app)
    removed(store)
    file = tmp_path / "record.backup"
    kept = back_up(app.url.render_as_string(hide_password=False), file)
    assert (kept.unnoted, file.exists()) == ("", True)
    put_on_record(store, Broken(sequence=1, why="It is not as it was written."), lambda: NOW, Occasion.NIGHTLY)
    with store.reading() as reading:
        stopped = reading.unacknowledged()
    assert stopped is not None
    with store.transaction() as tx:
        tx.note(Acknowledged(at=NOW, by=OLGA, basis="group S0OPSLEADS", failure=stopped.sequence))
    Checkpoints(store=store, now=lambda: NOW, witness=Witness(), events=1).due()
    with store.reading() as reading:
        assert reading.unacknowledged() is None
        assert reading.last(Checkpoint) is not None
        assert isinstance(verified(reading), Verified)


def test_the_file_can_be_run_again(owner: sa.Engine, app: sa.Engine) -> None:
    """As it has to be after an upgrade."""
    with owner.begin() as connection:
        connection.exec_driver_sql(SQL.read_text(encoding="utf-8"))
    with Store(app).transaction() as tx:
        tx.note(Stopped(at=NOW, owner="bot:1"))


@pytest.mark.parametrize(
    "statement",
    [
        *(
            statement.format(table=table)
            for table in ("audit_event", "removal_record")
            for statement in (
                "UPDATE {table} SET kind = 'x'",
                "DELETE FROM {table}",
                "TRUNCATE {table} CASCADE",
                "DROP TABLE {table} CASCADE",
                "ALTER TABLE {table} DISABLE TRIGGER {table}_update",
                "DROP TRIGGER {table}_update ON {table}",
                "CREATE TRIGGER mine BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION imgbot_refuse()",
            )
        ),
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION imgbot_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        "DELETE FROM audit_head",
        "UPDATE removal_search SET text = ''",
        "DELETE FROM removal_search",
        "DELETE FROM removal_search_name",
        "UPDATE schema_support SET oldest = '0001'",
        "INSERT INTO audit_head VALUES (2, 0, '', 0, 0)",
        "DELETE FROM removal_request",
        "UPDATE alembic_version SET version_num = '0001'",
        "CREATE TABLE mine (a int)",
        "CREATE ROLE another",
        "SET ROLE OWNER",
    ],
)
def test_the_role_changes_nothing_of_the_record(owner: sa.Engine, app: sa.Engine, statement: str) -> None:
    """Neither a row nor a guard, nor the rights themselves; PostgreSQL says that it has no right."""
    removed(Store(app))
    with app.connect() as connection, connection.begin() as transaction:
        with pytest.raises(sa.exc.ProgrammingError, match=r"permission denied|must be owner"):
            connection.exec_driver_sql(statement.replace("OWNER", f'"{owner.url.username}"'))
        transaction.rollback()
