"""Backups come back whole, and are refused where they are damaged or would overwrite something."""

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from bot.approval.notice import Notice
from bot.approval.proof import Restored
from bot.audit.chain import Verified
from bot.db import backups, database, files, rows
from bot.db.alone import SoleUse
from bot.db.database import Unavailable
from bot.db.store import Store
from bot.db.tables import approver_group, event, record, request
from bot.flows.verify import verified
from tests.approval.examples import NOW
from tests.databases import Databases, opened
from tests.db.asking import removed
from tests.keeping.doing import WANTED, back_up, copy, everything, head_of_store, quietly, restore


def test_a_backup_comes_back_whole(url: str, file: Path, new_url: str) -> None:
    """On either kind of database: the same rows, and after them one event that says what was done."""
    before = everything(url)
    found = restore(file, new_url)
    after = everything(new_url)
    assert after["audit_event"][:-1] == before["audit_event"]
    assert after["notice"][:-1] == before["notice"]
    for name in set(before) - {"audit_event", "audit_head", "notice", "inbox"}:
        assert after[name] == before[name], name
    with opened(new_url) as engine:
        assert database.check(engine) == ()
        store = Store(engine)
        assert head_of_store(store) == found.head
        with store.reading() as reading:
            assert isinstance(verified(reading), Verified)
            last = reading.last(Restored)
        assert last is not None
        assert last.event == replace(found.restored, at=last.at)
        removed(store, "after it")
        with store.transaction() as tx:
            tx.announce(Notice(kind="test", parts=("numbered by the database",)), NOW)


def test_a_click_that_waited_then_decides_nothing_now(file: Path, new_url: str) -> None:
    """What had come in when the backup was made was answered long ago: it is not worked on again."""
    later = NOW + timedelta(hours=2)
    restore(file, new_url)
    with opened(new_url) as engine, Store(engine).transaction() as tx:
        assert tx.take_delivery(later, later, "bot:1") is None
        assert not tx.receive("key", "command", "{}", later), "and it is still known, should Slack repeat it"


@pytest.mark.parametrize("place", [record, event, request], ids=lambda table: str(table.name))
def test_a_byte_that_flipped_is_found(file: Path, tmp_path: Path, place: sa.Table) -> None:
    """In what is chained, in what is held against the chain, and in what is neither."""
    column = {"removal_record": "host", "audit_event": "body", "removal_request": "reason"}[place.name]
    with closing(sqlite3.connect(file)) as connection:
        found = connection.execute(f"SELECT {column} FROM {place.name} LIMIT 1").fetchone()[0].encode()  # noqa: S608 -- our own names
    damaged = bytearray(file.read_bytes())
    at = bytes(damaged).index(found) + len(found) // 2
    damaged[at] ^= 1
    file.write_bytes(damaged)
    table = rf"({place.name}|removal_search)"  # which has the reason, too, and may be the first in the file
    with pytest.raises(Unavailable, match=rf"record\.backup is damaged: the table {table} does not hold"):
        restore(file, f"sqlite:///{tmp_path / 'new.db'}")
    assert not (tmp_path / "new.db").exists()


@pytest.mark.parametrize("left", [0, 10, 100, 4096, 40_000])
def test_a_backup_without_its_tail_is_refused(file: Path, tmp_path: Path, left: int) -> None:
    """Wherever it was cut off, it is said in a sentence, and nothing is there."""
    file.write_bytes(file.read_bytes()[:left])
    with pytest.raises(Unavailable, match=r"record\.backup (is damaged|cannot be used)"):
        restore(file, f"sqlite:///{tmp_path / 'new.db'}")
    assert not (tmp_path / "new.db").exists()


def test_what_is_no_backup_is_refused(file: Path, tmp_path: Path) -> None:
    """Nothing there, a text, a database of another program, the database itself, and one of a newer imgbot."""
    target = f"sqlite:///{tmp_path / 'new.db'}"
    with pytest.raises(Unavailable, match="There is no file"):
        restore(tmp_path / "nowhere", target)
    with pytest.raises(Unavailable, match="There is no file"):
        restore(tmp_path, target)
    (tmp_path / "text").write_text("a text " * 1000)
    with pytest.raises(Unavailable, match="text is damaged, or is no backup: file is not a database"):
        restore(tmp_path / "text", target)
    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        connection.execute("CREATE TABLE removal_request (id)")
    with pytest.raises(Unavailable, match="It is no backup that `imgbot db backup` made"):
        restore(tmp_path / "other.db", target)
    for change, said in {
        "UPDATE imgbot_backup SET format = 9": "The backup is in format 9, and this version of imgbot reads 1",
        'UPDATE imgbot_backup SET body = replace(body, \'"migration":"\', \'"migration":"9\')': "by a newer imgbot",
        "DROP TABLE inbox": "it has other tables",
        "UPDATE audit_head SET hash = 'x'": "it does not end where it says",
    }.items():
        other = tmp_path / "changed"
        other.write_bytes(file.read_bytes())
        with closing(sqlite3.connect(other)) as connection:
            connection.execute(change)
            connection.commit()
        with pytest.raises(Unavailable, match=said):
            restore(other, target)
    with pytest.raises(Unavailable, match="is not one that imgbot knows"):
        restore(file, "mysql://host/name")
    assert not (tmp_path / "new.db").exists()


def test_a_changed_record_in_a_backup_is_refused(file: Path, new_url: str) -> None:
    """Whoever changes an event and what the backup says of itself is found by the chain, and nothing is restored."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DROP TRIGGER audit_event_update")
        connection.execute("UPDATE audit_event SET body = replace(body, 'bot:1', 'bot:2')")
        connection.commit()
    engine = files.at_rest(file)
    with database.reading(engine) as reading:
        wanted = rows.tallies(reading, [each for each in rows.layouts() if each.name == "audit_event"], lambda _: None)
    with closing(sqlite3.connect(file)) as connection:
        said = connection.execute("SELECT body FROM imgbot_backup").fetchone()[0]
        changed = re.sub(
            r'("name":"audit_event","rows":\d+,"sha256":")\w+', rf"\g<1>{wanted['audit_event'].sha256}", said
        )
        connection.execute("UPDATE imgbot_backup SET body = ?", (changed,))
        connection.commit()
    before = everything(new_url)
    with pytest.raises(Unavailable, match=r"not as it was written\. Event 3|The trigger audit_event_update"):
        restore(file, new_url)
    assert everything(new_url) == before


def test_what_is_not_empty_is_not_written(url: str, file: Path, new_url: str) -> None:
    """Neither by a restore nor by a copy; on SQLite, --replace keeps the old one aside."""
    with opened(new_url) as engine:
        removed(Store(engine), "mine")
    before = everything(new_url)
    with pytest.raises(Unavailable, match="is not empty"):
        restore(file, new_url)
    with pytest.raises(Unavailable, match="is not empty"):
        copy(url, new_url)
    assert everything(new_url) == before


def test_a_file_is_replaced_and_kept_aside(databases: Databases, tmp_path: Path) -> None:
    """What was known of it tells how much is missing; where it is another bot's, nothing is known."""
    with databases("sqlite") as url:
        with opened(url) as engine:
            store = Store(engine)
            removed(store)
            kept = back_up(url, tmp_path / "early.backup")
            removed(store, "later")
            later = head_of_store(store)
        lost = everything(url)
        found = restore(tmp_path / "early.backup", url, replace(WANTED, replace=True))
        assert found.aside is not None
        assert everything(f"sqlite:///{found.aside}") == lost
        assert (found.restored.sequence, found.restored.known_sequence) == (kept.head.sequence, later.sequence)
        assert found.restored.known_hash == later.hash
        with opened(url) as engine:
            assert database.check(engine) == ()
            assert head_of_store(Store(engine)) == found.head


def test_a_broken_file_is_replaced(file: Path, tmp_path: Path) -> None:
    """What SQLite cannot read any more is what a backup is for; it is kept aside all the same."""
    broken = tmp_path / "imgbot.db"
    broken.write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    with pytest.raises(Unavailable, match="is not empty"):
        restore(file, f"sqlite:///{broken}")
    found = restore(file, f"sqlite:///{broken}", replace(WANTED, replace=True))
    assert found.aside is not None
    assert found.aside.read_bytes().endswith(b"x" * 5000)
    assert found.restored.known_sequence is None


def test_on_postgresql_nothing_is_replaced(file: Path, databases: Databases) -> None:
    """The way is a new database, and it is said."""
    with databases("postgresql") as url, pytest.raises(Unavailable, match="restore to a new database"):
        restore(file, url, replace(WANTED, replace=True))


def test_no_bot_may_be_at_work_on_it(url: str, file: Path, new_url: str) -> None:
    """Neither while a backup is restored, nor on either side of a copy."""
    with opened(new_url) as engine:
        use = SoleUse(engine.url)
        use.take()
        with engine.connect():
            for work in (lambda: restore(file, new_url), lambda: copy(url, new_url), lambda: copy(new_url, url)):
                with pytest.raises(Unavailable, match=r"Another imgbot is running on|is in use"):
                    work()
        use.give_back()


def test_what_another_file_left_is_no_part_of_it(file: Path, tmp_path: Path) -> None:
    """SQLite would play the log of a database that somebody deleted into the one that took its name."""
    (tmp_path / "new.db-wal").write_bytes(b"x")
    with pytest.raises(Unavailable, match=r"new\.db-wal is of a database that is no longer there"):
        restore(file, f"sqlite:///{tmp_path / 'new.db'}")


def older_than_newest(engine: sa.Engine) -> tuple[rows.Layout, ...]:
    """Make a database at the first migration that has everything which this test needs, and return its tables."""
    config = Config()
    config.set_main_option("script_location", str(database.scripts(Path(database.__file__).parent)))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0005")
    with engine.begin() as connection:
        there = sa.inspect(connection)
        return tuple(
            rows.Layout(
                name=name,
                columns=tuple(column["name"] for column in there.get_columns(name)),
                key=tuple(there.get_pk_constraint(name)["constrained_columns"]),
            )
            for name in there.get_table_names()
            if name != "alembic_version"
        )


def test_a_backup_of_an_older_version_is_brought_up_to_date(
    tmp_path: Path, new_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says itself which tables and columns it has."""
    older = files.being_made(tmp_path / "older.db")
    at = older_than_newest(older)
    with monkeypatch.context() as patched:
        patched.setattr(rows, "layouts", lambda: at)
        with older.begin() as connection:
            connection.execute(approver_group.insert().values(group_id="S1", first_read_at=NOW, fresh_from=NOW))
        backups.write(older, tmp_path / "older.backup", at=NOW, version="0.0.9", begin=quietly)
    found = restore(tmp_path / "older.backup", new_url)
    assert found.head.sequence == 1
    assert len(everything(new_url)["approver_group"]) == 1
    with opened(new_url) as engine:
        assert database.check(engine) == ()
