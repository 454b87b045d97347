"""A record is copied from one kind of database to the other, whole or not at all."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.approval.notice import Notice
from bot.audit.chain import Verified
from bot.db import database, rows, triggers
from bot.db.database import Unavailable
from bot.db.store import Store
from bot.db.tables import event
from bot.flows.verify import verified
from tests.approval.examples import NOW
from tests.databases import Databases, opened
from tests.db.asking import removed
from tests.flows.test_verifying import running, tampered
from tests.keeping.doing import back_up, copy, everything, head_of_store


def test_a_record_is_copied_whole(url: str, new_url: str) -> None:
    """Every row is the same, the guards are on, and the record goes on where it ended."""
    kept = copy(url, new_url)
    assert everything(new_url) == everything(url)
    with opened(new_url) as engine:
        assert database.check(engine) == ()
        store = Store(engine)
        assert head_of_store(store) == kept.head
        removed(store, "after it")
        with store.transaction() as tx:
            tx.announce(Notice(kind="test", parts=("numbered by the database",)), NOW)
        with store.reading() as reading:
            assert isinstance(verified(reading), Verified)


def test_there_and_back_is_the_same(url: str, databases: Databases) -> None:
    """Through the other kind of database and back."""
    other = "postgresql" if url.startswith("sqlite") else "sqlite"
    with databases(other) as there, databases("sqlite") as back:
        copy(url, there)
        copy(there, back)
        assert everything(back) == everything(there)
        assert everything(back)["audit_event"][:-1] == everything(url)["audit_event"]


def test_a_copy_that_is_interrupted_is_not_there(url: str, new_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The target is as empty as before, and the next one goes through."""
    before, read = everything(new_url), rows.batches

    def ends(connection: sa.Connection, layout: rows.Layout) -> Iterator[list[rows.Row]]:
        if layout.name == "removal_record":
            raise KeyboardInterrupt
        yield from read(connection, layout)

    with monkeypatch.context() as patched:
        patched.setattr(rows, "batches", ends)
        with pytest.raises(KeyboardInterrupt):
            copy(url, new_url)
    assert everything(new_url) == before
    assert copy(url, new_url).rows["removal_record"]


def test_what_cannot_be_copied_is_said(url: str, tmp_path: Path) -> None:
    """No database there, a URL of neither kind, one in memory, a source that does not verify."""
    with pytest.raises(Unavailable, match="There is no file"):
        copy(f"sqlite:///{tmp_path / 'nowhere.db'}", url)
    with pytest.raises(Unavailable, match="is not one that imgbot knows"):
        copy("mysql://host/name", url)
    with pytest.raises(Unavailable, match="ends with its process"):
        copy(url, "sqlite://")
    with opened(url) as engine:
        tampered(engine, running(event.update().where(event.c.sequence == 3).values(hash="f" * 64)))
        with engine.begin() as connection:
            triggers.create(connection)
    with pytest.raises(Unavailable, match="Event 3"):
        copy(url, f"sqlite:///{tmp_path / 'new.db'}")
    assert not (tmp_path / "new.db").exists()


def test_what_a_newer_imgbot_brought_further_is_not_taken_in_part(url: str, tmp_path: Path) -> None:
    """One goes on working on it; but a column of which it does not know would be missing in a copy or a backup."""
    with opened(url) as engine, engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE removal_request ADD COLUMN later TEXT")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with opened(url) as engine:
        assert database.check(engine) == ()
    said = r"cannot be read as a whole: A newer imgbot brought it to migration 9999, and this one knows \d+\. Use that"
    with pytest.raises(Unavailable, match=said):
        copy(url, f"sqlite:///{tmp_path / 'new.db'}")
    with pytest.raises(Unavailable, match=said):
        back_up(url, tmp_path / "new.backup")
    assert not list(tmp_path.glob("*new.*"))
