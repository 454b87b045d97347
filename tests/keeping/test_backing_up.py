"""Backups are made while the bot goes on, of one moment, whole or not at all."""

from pathlib import Path

import pytest

from bot.approval.notes import RecordRead
from bot.db import backups, database, rows, triggers
from bot.db.database import Unavailable
from bot.db.store import Store
from bot.db.tables import event
from bot.flows import keeping
from tests.approval.examples import NOW
from tests.databases import Databases, opened
from tests.db.asking import removed
from tests.flows.test_verifying import running, tampered
from tests.keeping.doing import WANTED, back_up, copy, head_of_store


def test_a_backup_is_one_file_that_only_we_can_read(file: Path) -> None:
    """Nothing is left beside it, and the one way to replace it is to say so."""
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in file.parent.iterdir() if path.name.startswith(("record", ".record"))] == [file.name]


def test_a_backup_is_not_replaced_by_accident(url: str, file: Path) -> None:
    """With --force it is, once the new one is whole."""
    before = file.read_bytes()
    with pytest.raises(Unavailable, match=r"record\.backup is there already\. Give another name, or --force\."):
        back_up(url, file)
    assert file.read_bytes() == before
    with opened(url) as engine:
        removed(Store(engine), "a third")
    assert back_up(url, file, replace=True).rows["removal_request"] == 3


def test_a_backup_is_of_one_moment_while_others_write(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written while it is made is not in it, not even in part, and does not make it begin anew."""
    with opened(url) as engine:
        store, wrote = Store(engine), list[int]()
        before = head_of_store(store)
        monkeypatch.setattr(backups, "PAGES", 1)

        def begin(_: str, __: int) -> rows.Told:
            return lambda _: wrote.append(removed(store, f"meanwhile {len(wrote)}").id) if len(wrote) < 5 else None

        file = tmp_path / "moment.backup"
        kept = keeping.back_up(url, file, user="me", replace=False, now=lambda: NOW, version="0.1.0", begin=begin)
        assert len(wrote) == 5
        assert kept.head.sequence == before.sequence + 1, "with who took it, and nothing else"
        assert kept.rows["removal_request"] == 2
        assert head_of_store(store).sequence > before.sequence


def test_who_takes_the_whole_record_is_on_record(url: str, tmp_path: Path, databases: Databases) -> None:
    """In the database, in the backup and in the copy; without a password that is in the URL."""
    with databases("postgresql") as there:
        back_up(url, tmp_path / "taken.backup")
        copy(url, there)
        for place in (url, there):
            with opened(place) as engine, Store(engine).reading() as reading:
                asked = [event.event for event in reading.every(RecordRead)]
            assert [each.user for each in asked if isinstance(each, RecordRead)] == [WANTED.user] * 2
            one, other = (each.query for each in asked if isinstance(each, RecordRead))
            assert one == f"db backup {tmp_path / 'taken.backup'}"
            assert other.startswith("db copy to The database postgresql")


def test_a_backup_of_what_was_changed_is_not_made(url: str, tmp_path: Path) -> None:
    """Where the record does not verify there is no file, so that nobody counts on it."""
    with opened(url) as engine:
        tampered(engine, running(event.update().where(event.c.sequence == 3).values(hash="f" * 64)))
        with engine.begin() as connection:
            triggers.create(connection)
    with pytest.raises(Unavailable, match=r"The record is not as it was written\. Event 3"):
        back_up(url, tmp_path / "bad.backup")
    assert not list(tmp_path.glob("*bad.backup*"))


def test_the_database_is_not_replaced_by_its_backup(databases: Databases) -> None:
    """Not even with --force: the bot would go on in a file that has no name any more."""
    with databases("sqlite") as url, opened(url) as engine:
        place = database.file_of(engine)
        assert place is not None
        before = place.read_bytes()
        with pytest.raises(Unavailable, match="is the database itself"):
            back_up(url, place, replace=True)
        assert place.read_bytes() == before
