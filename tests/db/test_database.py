"""How the database is reached, and what is said where it cannot be."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext

from bot.db import database, tables, triggers
from bot.db.alone import NETWORKED, Place, SoleUse, network_file_system
from bot.db.database import Unavailable
from bot.db.store import Outgrown, Store
from tests.approval import examples
from tests.databases import opened
from tests.db.asking import ask, removed

NEWEST = "0017"


def test_a_database_that_is_up_to_date_has_no_faults(engine: sa.Engine) -> None:
    """Nothing is wrong with an empty database nor with one in use."""
    assert database.check(engine) == ()
    removed(Store(engine))
    assert database.check(engine) == ()


def test_an_old_database_is_named(empty_database_url: str) -> None:
    """A database that was not migrated says which migration it is at and which is needed."""
    with opened(empty_database_url) as engine:
        assert database.check(engine) == (f"It is at migration none, and this version of imgbot needs {NEWEST}.",)


def test_a_missing_trigger_is_a_fault(engine: sa.Engine) -> None:
    """Every trigger that is not there is said by its name."""
    with engine.begin() as connection:
        triggers.drop(connection)
    faults = database.check(engine)
    assert "The trigger audit_event_update, which keeps the record append-only, is missing or switched off." in faults
    assert len(faults) == len(set(faults)) == (21 if engine.dialect.name == "sqlite" else 27), (
        "on PostgreSQL each function too"
    )


def test_a_head_that_does_not_fit_is_a_fault(engine: sa.Engine) -> None:
    """A head that was set back, or is gone, is said."""
    ask(Store(engine))
    with engine.begin() as connection:
        connection.execute(tables.head.update().values(sequence=0))
    assert database.check(engine) == ("The record ends at event 1, but its head says 0.",)
    with engine.begin() as connection:
        connection.execute(tables.head.delete())
    assert database.check(engine) == ("The head of the record is missing, so nothing can be recorded.",)


def test_without_a_head_nothing_is_recorded(engine: sa.Engine) -> None:
    """Where the record cannot be written, nothing else is: no record, no action."""
    with engine.begin() as connection:
        connection.execute(tables.head.delete())
    with pytest.raises(sa.exc.NoResultFound):
        ask(Store(engine))
    with engine.connect() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(tables.request)).scalar_one() == 0


def test_a_newer_database_is_refused(engine: sa.Engine) -> None:
    """A database at a migration that this version does not have is neither upgraded nor used."""
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        connection.execute(tables.schema_support.update().values(oldest="9999"))
    with pytest.raises(Unavailable, match="9999"):
        database.upgrade(engine)
    (fault,) = database.check(engine)
    assert fault.startswith(f"A newer imgbot brought it to migration 9999, and this one, which knows {NEWEST},")
    assert fault.endswith("Update this one, too.")


def test_nothing_is_written_once_it_is_a_newer_imgbots(engine: sa.Engine) -> None:
    """One that runs meanwhile takes nothing, records nothing, and has no duty; what comes it keeps for others."""
    store, now = Store(engine), examples.NOW
    with store.transaction() as tx:
        assert tx.take_duty("undo 1", "bot:1", now, now + timedelta(minutes=1))
        tx.receive("command:1", "command", "{}", now)
    request = ask(store)
    with engine.begin() as connection:
        connection.execute(tables.schema_support.update().values(oldest="9999"))
    with pytest.raises(Outgrown, match=r"migration 9999.*Update this one"), store.transaction() as tx:
        tx.record(request, examples.approved())
    with store.transaction() as tx:
        assert tx.receive("command:2", "command", "{}", now)
        assert tx.take_delivery(now, now, "bot:1") is None
        assert not tx.take_duty("undo 2", "bot:1", now, now)
        assert not tx.keep_duty("undo 1", "bot:1", now)
    with store.reading() as reading:
        assert reading.outgrown()
        assert reading.request(request.id) == request
    store.close()


@pytest.mark.parametrize("url", ["", "imgbot.db", "mysql://host/name", "postgresql//x"])
def test_a_url_that_is_none_is_refused(url: str) -> None:
    """What is no URL of SQLite or PostgreSQL is refused with an example of both."""
    with pytest.raises(Unavailable, match=r"sqlite:///path/to/file or postgresql://"):
        database.engine(url)


def test_a_database_that_does_not_answer_is_named_without_its_password() -> None:
    """A server that is not there is said with its address, and the password is not."""
    with opened("postgresql://me:secret@127.0.0.1:1/imgbot") as engine:
        with pytest.raises(Unavailable, match=r"me:\*\*\*@127.0.0.1:1/imgbot cannot be used") as caught:
            database.upgrade(engine)
        with pytest.raises(Unavailable, match="cannot be used"):
            database.check(engine)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_reached_by_psycopg_3(scheme: str) -> None:
    """Every usual spelling of the URL leads to psycopg 3."""
    assert database.engine(f"{scheme}://me@host/name").dialect.driver == "psycopg"


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_options_of_the_url_are_kept(database_url: str) -> None:
    """Options for the server that the URL brings hold beside ours."""
    url = sa.make_url(database_url).update_query_dict({"options": "-c geqo=off"})
    with opened(url.render_as_string(hide_password=False)) as engine, engine.connect() as connection:
        assert connection.exec_driver_sql("SHOW geqo").scalar_one() == "off"
        assert connection.exec_driver_sql("SHOW statement_timeout").scalar_one() == "30s"


def test_sqlite_is_set_up_not_to_lose_anything(tmp_path: Path) -> None:
    """A connection has WAL, synchronous=FULL, foreign keys and 15 seconds of patience; the directory is made."""
    with opened(f"sqlite:///{tmp_path}/new/imgbot.db") as engine, engine.connect() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 15000}


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_postgresql_gives_up_in_time(engine: sa.Engine) -> None:
    """A connection has time-outs for statements, locks and forgotten transactions."""
    with engine.connect() as connection:
        settings = [
            connection.exec_driver_sql(f"SHOW {name}").scalar_one()
            for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        ]
    assert settings == ["30s", "10s", "1min"]


def test_reading_writes_nothing(engine: sa.Engine) -> None:
    """PostgreSQL refuses a write while reading; SQLite lets go of it at the end of a DEFERRED transaction."""
    with database.reading(engine) as connection:
        if engine.dialect.name == "postgresql":
            assert connection.exec_driver_sql("SHOW transaction_read_only").scalar_one() == "on"
        else:
            with engine.begin() as writer:  # a reader that had said BEGIN IMMEDIATE would keep it waiting
                assert MigrationContext.configure(writer).get_current_revision() == NEWEST


def test_the_usual_place_is_in_the_users_state() -> None:
    """Without configuration the database is a SQLite file of the user's own."""
    url = sa.make_url(database.default_url())
    assert url.get_backend_name() == "sqlite"
    assert url.database is not None
    assert url.database.endswith("/imgbot/imgbot.db")


def test_one_process_has_a_sqlite_file(database_url: str) -> None:
    """On SQLite the first store is alone and a second is refused until the first is closed; PostgreSQL is shared."""
    with opened(database_url) as engine:
        first, second = Store(engine), Store(engine)
        if engine.dialect.name == "postgresql":
            assert (first.alone, second.alone) == (False, False)
            return
        assert first.alone
        assert first.alone
        with pytest.raises(Unavailable, match="Another imgbot is running on"):
            _ = second.alone
        first.close()
        assert second.alone
        second.close()


def test_a_process_that_is_killed_leaves_no_lock(database_url: str) -> None:
    """The right to a SQLite file ends with the process, however that ends."""
    hold = "import sys; from bot.db import database, store; s = store.Store(database.engine(sys.argv[1])); s.alone;"
    with subprocess.Popen(
        [sys.executable, "-c", hold + "print('held', flush=True); sys.stdin.read()", database_url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        with opened(database_url) as engine:
            store = Store(engine)
            if engine.dialect.name == "sqlite":
                with pytest.raises(Unavailable):
                    _ = store.alone
            process.kill()
            process.wait(timeout=30)
            assert store.alone == (engine.dialect.name == "sqlite")
            store.close()


def test_another_machine_is_told_who_uses_a_sqlite_file(tmp_path: Path) -> None:
    """Where the lock is not seen the words in it are: for a minute, and not after an end that was told."""
    url = sa.make_url(f"sqlite:///{tmp_path / 'imgbot.db'}")
    signed = tmp_path / "imgbot.db.serving"
    one, other = Place(boot="a", name="one"), Place(boot="b", name="other")
    first = SoleUse(url, one)
    assert first.take()
    words = signed.read_text()
    first.give_back()
    signed.write_text(words)  # as a network file system shows it that does not carry the lock
    with pytest.raises(Unavailable, match=r"on the machine one used .*imgbot.db \d+ seconds ago, and a SQLite file"):
        SoleUse(url, other).take()
    again = SoleUse(url, Place(boot="c", name="one"))  # the same machine, started anew
    assert again.take()
    again.give_back()
    second = SoleUse(url, other)
    assert second.take()  # the first gave it back
    second.give_back()
    signed.write_text(words.replace('"at": 1', '"at": '))  # long ago
    third = SoleUse(url, other)
    assert third.take()
    third.still_here()
    assert '"other"' in signed.read_text()
    third.give_back()


def test_a_local_disk_is_no_network_file_system(tmp_path: Path) -> None:
    """Where the tests run there is none; what the system says of a mount is what counts."""
    assert network_file_system(tmp_path / "imgbot.db") == ""
    assert {"nfs4", "cifs"} <= NETWORKED
