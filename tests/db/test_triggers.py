"""The record is append-only, even for the owner of the database."""

import pytest
import sqlalchemy as sa

from bot.audit.chain import NOTHING, Broken, Head, verify
from bot.db import triggers
from bot.db.store import Store
from bot.db.tables import event, record, search, search_name
from tests.db.asking import removed

EVENT = {"kind": "started", "at": 0, "format": 1, "body": "{}", "hash": "f" * 64}


@pytest.fixture
def filled(store: Store) -> Store:
    """Give a store with 7 events and 6 records."""
    removed(store)
    return store


def refused(engine: sa.Engine, statement: sa.Executable) -> str:
    """Return the words with which the database refuses *statement*."""
    with engine.connect() as connection, connection.begin():
        with pytest.raises(sa.exc.DBAPIError) as caught:
            connection.execute(statement)
        connection.rollback()
    return str(caught.value.orig)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("table", [event, record], ids=str)
def test_nothing_on_record_is_updated_or_deleted(engine: sa.Engine, table: sa.Table) -> None:
    """An update and a deletion of events and of removal records are refused with the reason."""
    column = table.primary_key.columns[0]
    assert f"no update of {table}" in refused(engine, table.update().values({column: column + 100}))
    assert f"no update of {table}" in refused(engine, table.update().where(column == 1).values(kind="x"))
    assert f"no delete of {table}" in refused(engine, table.delete())


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("table", ["audit_event", "removal_record"])
def test_nothing_on_record_is_truncated(engine: sa.Engine, table: str) -> None:
    """TRUNCATE, which only PostgreSQL has and which fires no row's trigger, is refused too."""
    if engine.dialect.name == "sqlite":
        assert "syntax error" in refused(engine, sa.text(f"TRUNCATE {table}"))
        return
    assert f"no truncate of {table}" in refused(engine, sa.text(f"TRUNCATE {table} CASCADE"))


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("sequence", "previous"),
    [(1, NOTHING), (7, None), (9, None), (0, None), (-1, None), (8, NOTHING), (8, "e" * 64)],
    ids=["first again", "newest again", "gap", "zero", "below", "from the start", "fork"],
)
def test_only_the_next_event_is_taken(engine: sa.Engine, filled: Store, sequence: int, previous: str | None) -> None:
    """A number that is there, a gap and a hash that is not the newest one's are refused."""
    with filled.reading() as reading:
        newest = reading.head()[1]
    values = {**EVENT, "sequence": sequence, "previous_hash": previous or newest}
    assert "only the next event" in refused(engine, event.insert().values(values))


@pytest.mark.usefixtures("filled")
def test_an_event_is_not_replaced(engine: sa.Engine) -> None:
    """INSERT OR REPLACE and an upsert, which delete or update without saying so, are refused."""
    insert = (
        "INTO audit_event (sequence, kind, at, format, body, previous_hash, hash) VALUES (7, 'x', 0, 1, '', '', '')"
    )
    update = f"INSERT {insert} ON CONFLICT (sequence) DO UPDATE SET kind = 'x'"
    assert "only the next event" in refused(engine, sa.text(update))
    if engine.dialect.name == "sqlite":
        assert "only the next event" in refused(engine, sa.text(f"INSERT OR REPLACE {insert}"))
        assert "only the next event" in refused(engine, sa.text(f"REPLACE {insert}"))


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("number", [1, 6, 8, 0])
def test_only_the_next_record_is_taken(engine: sa.Engine, number: int) -> None:
    """A removal record with a number that is there, or with a gap, is refused."""
    copy = sa.select(sa.literal(number), *[column for column in record.c if column.name != "number"]).where(
        record.c.number == 1
    )
    assert "only the next record" in refused(engine, record.insert().from_select(list(record.c.keys()), copy))


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_postgresqls_replica_role_does_not_get_by(engine: sa.Engine) -> None:
    """A superuser who sets session_replication_role to replica, which silences usual triggers, is refused too."""
    with engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        with pytest.raises(sa.exc.DBAPIError, match="no delete of audit_event"):
            connection.execute(event.delete())
        connection.rollback()


def test_a_missing_trigger_is_named(engine: sa.Engine) -> None:
    """Each trigger that was dropped is missing by its name; made again, none is."""
    with engine.begin() as connection:
        assert triggers.missing(connection) == ()
        on = "" if engine.dialect.name == "sqlite" else " ON audit_event"
        connection.exec_driver_sql(f"DROP TRIGGER audit_event_update{on}")
        assert triggers.missing(connection) == ("audit_event_update",)
        triggers.create(connection)
        assert triggers.missing(connection) == ()


def test_a_weakened_trigger_is_missing(engine: sa.Engine) -> None:
    """A trigger that is switched off (PostgreSQL) or does something else (SQLite) counts as missing."""
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER audit_event_delete")
            connection.exec_driver_sql(
                "CREATE TRIGGER audit_event_delete BEFORE DELETE ON audit_event BEGIN SELECT 1; END"
            )
        else:
            connection.exec_driver_sql("ALTER TABLE audit_event DISABLE TRIGGER audit_event_delete")
        assert triggers.missing(connection) == ("audit_event_delete",)


@pytest.mark.parametrize(
    ("change", "sequence"),
    [
        (event.update().where(event.c.sequence == 3).values(body="{}"), 3),
        (event.update().where(event.c.sequence == 3).values(at=event.c.at + 1), 3),
        (event.update().where(event.c.sequence == 2).values(version=9), 2),
        (event.delete().where(event.c.sequence == 4), 4),
        (event.delete().where(event.c.sequence >= 6), 6),
    ],
    ids=["body", "time", "version", "one deleted", "tail cut"],
)
def test_the_chain_shows_what_the_triggers_could_not_stop(
    filled: Store, engine: sa.Engine, change: sa.Executable, sequence: int
) -> None:
    """Whoever drops the triggers and changes an event is found out by the chain, at that event."""
    with filled.reading() as reading:
        sequence_of_head, hash_of_head = reading.head()
    with engine.begin() as connection:
        triggers.drop(connection)
        connection.execute(record.delete())  # they refer to events
        connection.execute(change)
    with filled.reading() as reading:
        broken = verify(reading.chain(), known=[Head(sequence=sequence_of_head, hash=hash_of_head)])
    assert isinstance(broken, Broken)
    assert broken.sequence == sequence


@pytest.mark.usefixtures("filled")
def test_a_removal_record_is_not_replaced(engine: sa.Engine) -> None:
    """INSERT OR REPLACE and an upsert of a removal record are refused like those of an event."""
    names = ", ".join(column.name for column in record.c)
    insert = f"INTO removal_record ({names}) SELECT {names} FROM removal_record WHERE number = 6"  # noqa: S608 -- our names
    update = f"INSERT {insert} ON CONFLICT (number) DO UPDATE SET kind = 'deleted'"
    assert "only the next record" in refused(engine, sa.text(update))
    if engine.dialect.name == "sqlite":
        assert "only the next record" in refused(engine, sa.text(f"INSERT OR REPLACE {insert}"))
        assert "only the next record" in refused(engine, sa.text(f"REPLACE {insert}"))


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("verb", ["INSERT OR REPLACE", "REPLACE"])
@pytest.mark.parametrize(
    ("number", "event_number", "refusal"),
    [(4, 7, "only a next row"), (4, 99, "only a next row"), (99, 7, "only a next row"), (0, 99, "only a next row")],
    ids=["itself", "by its number", "by its event and moment", "before the first"],
)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_what_is_searched_is_not_replaced(
    engine: sa.Engine, verb: str, number: int, event_number: int, refusal: str
) -> None:
    """Neither by its number nor by its event and moment, which are unique too."""
    others = ", ".join(column.name for column in search.c if column.name not in {"number", "event", "text"})
    statement = (
        f"{verb} INTO removal_search (number, event, text, {others})"  # noqa: S608 -- our names
        f" SELECT {number}, {event_number}, 'nothing', {others} FROM removal_search WHERE number = 4"
    )
    assert refusal in refused(engine, sa.text(statement))


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("table", [search, search_name], ids=str)
def test_what_is_searched_is_not_put_in_another_place(engine: sa.Engine, table: sa.Table) -> None:
    """An upsert, which updates what is there, is refused on both databases."""
    names = ", ".join(column.name for column in table.c)
    keys = ", ".join(column.name for column in table.primary_key)
    statement = (
        f"INSERT INTO {table} ({names}) SELECT {names} FROM {table} WHERE number = 4"  # noqa: S608 -- our names
        f" ON CONFLICT ({keys}) DO UPDATE SET at = 0"
    )
    assert "The record is append-only" in refused(engine, sa.text(statement))


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize("name", ["imgbot_refuse", "imgbot_next_event", "imgbot_next_record"])
def test_a_weakened_function_is_missing(engine: sa.Engine, name: str) -> None:
    """On PostgreSQL a trigger is what its function does: one that lets everything through counts as missing."""
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"
        )
        assert name in triggers.missing(connection)
        triggers.create(connection)
        assert triggers.missing(connection) == ()


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_trigger_that_calls_another_function_is_missing(engine: sa.Engine) -> None:
    """On PostgreSQL a trigger by the right name counts only with the right function, at the right moment."""
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_event_update ON audit_event")
        connection.exec_driver_sql(
            "CREATE TRIGGER audit_event_update BEFORE UPDATE ON audit_event FOR EACH ROW WHEN (false)"
            " EXECUTE FUNCTION imgbot_refuse()"
        )
        connection.exec_driver_sql("ALTER TABLE audit_event ENABLE ALWAYS TRIGGER audit_event_update")
        assert triggers.missing(connection) == ("audit_event_update",)
