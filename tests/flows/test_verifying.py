"""Whatever the owner of the database changes, with the triggers off, is found and named by its event."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
import sqlalchemy as sa

from bot.audit.chain import START, Broken, Fields, Head, Verified, seal
from bot.db import triggers
from bot.db.fields import Newer
from bot.db.store import Store
from bot.db.tables import event, freed, head, record, search, search_name
from bot.flows.verify import verified
from tests.approval import examples
from tests.db.asking import removed

Tamper = Callable[[sa.Connection], None]


@pytest.fixture
def filled(store: Store) -> Store:
    """Give a store with two requests that were carried out: 14 events, and 6 records of each request.

    A request has the events asked, approved, claimed, begun, done, begun, done.
    """
    removed(store)
    removed(store, "another")
    return store


@pytest.fixture
def store(engine: sa.Engine) -> Store:
    """Give a store on each kind of database."""
    return Store(engine)


def found(store: Store, *, since: Head = START, known: Sequence[Head] = ()) -> Verified | Broken:
    """Return what verifying says."""
    with store.reading() as reading:
        return verified(reading, since=since, known=known)


def noted(store: Store) -> Head:
    """Return the head as it is now, as if it were posted."""
    with store.reading() as reading:
        return Head(sequence=reading.head()[0], hash=reading.head()[1])


def tampered(engine: sa.Engine, change: Tamper) -> None:
    """Do what the owner of the database can do: switch every guard off, and then change what they like."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")
        with connection.begin():
            triggers.drop(connection)
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            change(connection)
        connection.invalidate()  # with its settings


def rows(connection: sa.Connection) -> list[dict[str, object]]:
    """Return every event as a row."""
    return [dict(row._mapping) for row in connection.execute(sa.select(event).order_by(event.c.sequence))]  # noqa: SLF001 -- SQLAlchemy's public name


def renumber(connection: sa.Connection, before: int, after: int) -> None:
    """Give an event another number."""
    connection.execute(event.update().where(event.c.sequence == before).values(sequence=after))


def swap(connection: sa.Connection) -> None:
    """Let two events change places, numbers and all."""
    renumber(connection, 2, -1)
    renumber(connection, 3, 2)
    renumber(connection, -1, 3)


def forge(connection: sa.Connection) -> None:
    """Put an event in the middle, sealed as it should be, and move the others."""
    for number in range(14, 2, -1):
        renumber(connection, number, number + 1)
    second = rows(connection)[1]
    values = {"sequence": 3, "request": None, "version": None, "kind": "stopped", "at": 0, "format": 2}
    fields = Fields(**values, body='{"owner":"x"}')  # type: ignore[arg-type]  # a dictionary of both types
    del values["request"]
    sealed = seal(str(second["hash"]), fields)
    connection.execute(event.insert().values(**values, body=fields.body, previous_hash=second["hash"], hash=sealed))


def append(connection: sa.Connection) -> None:
    """Put an event at the end, sealed as it should be, and say nothing to the head."""
    last = rows(connection)[-1]
    fields = Fields(sequence=15, request=None, version=None, kind="stopped", at=0, format=2, body='{"owner":"x"}')
    values = {"sequence": 15, "kind": "stopped", "at": 0, "format": 2, "body": fields.body}
    sealed = seal(str(last["hash"]), fields)
    connection.execute(event.insert().values(**values, previous_hash=last["hash"], hash=sealed))


def cut(connection: sa.Connection) -> None:
    """Cut off the second request, with its records."""
    connection.execute(record.delete().where(record.c.number > 6))
    connection.execute(event.delete().where(event.c.sequence > 7))


def cut_well(connection: sa.Connection) -> None:
    """Cut off the second request and what its records are searched by, and let the head say so."""
    cut(connection)
    for table in (search, search_name):
        connection.execute(table.delete().where(table.c.number > 6))
    connection.execute(freed.delete().where(freed.c.request_id > 1))
    last = rows(connection)[-1]
    connection.execute(head.update().values(sequence=7, hash=last["hash"], last_record=6))


def rewrite(connection: sa.Connection, who: str = examples.OLGA.user_id, instead: str = examples.OMAR.user_id) -> None:
    """Let somebody else have approved, and seal everything anew, the head as well."""
    previous = "0" * 64
    for row in rows(connection):
        body = str(row["body"]).replace(who, instead)
        fields = Fields(
            **{key: row[key] for key in ("sequence", "version", "kind", "at", "format")},  # type: ignore[arg-type]  # as they are
            request=row["request_id"],  # type: ignore[arg-type]  # likewise
            body=body,
        )
        sealed = seal(previous, fields)
        changed = event.update().where(event.c.sequence == row["sequence"])
        connection.execute(changed.values(body=body, previous_hash=previous, hash=sealed))
        previous = sealed
    connection.execute(head.update().values(hash=previous))


def running(statement: sa.Executable) -> Tamper:
    """Return the change that one statement makes."""

    def change(connection: sa.Connection) -> None:
        connection.execute(statement)

    return change


@pytest.mark.parametrize(
    ("change", "sequence"),
    [
        (running(event.update().where(event.c.sequence == 2).values(body="{}")), 2),
        (running(event.update().where(event.c.sequence == 4).values(at=1)), 4),
        (running(event.update().where(event.c.sequence == 14).values(hash="f" * 64)), 14),
        (running(event.delete().where(event.c.sequence == 4)), 4),
        (swap, 2),
        (forge, 4),
        (append, 15),
        (cut, 8),
        (running(head.update().values(hash="f" * 64)), 14),
    ],
    ids=["body", "time", "hash", "deleted", "swapped", "forged", "appended", "tail", "head"],
)
def test_what_was_changed_is_found(engine: sa.Engine, filled: Store, change: Tamper, sequence: int) -> None:
    """A changed field, a deleted event, two swapped ones, a forged one and a cut end are named by their event."""
    assert isinstance(found(filled), Verified)
    tampered(engine, change)
    broken = found(filled)
    assert isinstance(broken, Broken)
    assert broken.sequence == sequence


@pytest.mark.parametrize(("change", "sequence"), [(cut_well, 8), (rewrite, 14)], ids=["tail", "rewritten"])
def test_what_was_changed_throughout_is_found_by_a_posted_checkpoint(
    engine: sa.Engine, filled: Store, change: Tamper, sequence: int
) -> None:
    """Who changes the head as well, or seals everything anew, is found out by a head that was noted elsewhere alone."""
    checkpoint = noted(filled)
    tampered(engine, change)
    if change is rewrite:  # of a cut end the sums by the hour still tell
        assert isinstance(found(filled), Verified), "in itself it is whole"
    broken = found(filled, known=[checkpoint])
    assert isinstance(broken, Broken)
    assert broken.sequence == sequence
    since = found(filled, since=replace(checkpoint, sequence=7), known=[checkpoint])
    assert isinstance(since, Broken)


COPY = sa.select(sa.literal(13), *[column for column in record.c if column.name != "number"]).where(
    record.c.number == 12
)


@pytest.mark.parametrize(
    ("change", "sequence", "why"),
    [
        (
            running(record.update().where(record.c.number == 2).values(image_id="sha256:1")),
            5,
            "Removal record 2 is not as it was written: image_id is 'sha256:1'.",
        ),
        (running(record.update().where(record.c.number == 3).values(bytes=None)), 5, "Removal record 3 is not as"),
        (running(record.update().where(record.c.number == 8).values(predicted=sa.false())), 12, "Removal record 8 is"),
        (running(record.update().where(record.c.number == 8).values(event=14)), 12, "Removal record 8, which belongs"),
        (running(record.update().where(record.c.number == 8).values(event=5)), 12, "Removal record 8 is not as"),
        (running(record.delete().where(record.c.number == 4)), 7, "Removal record 4, which belongs to it, is missing"),
        (running(record.delete().where(record.c.number == 12)), 14, "Removal record 12, which belongs to it, is miss"),
        (running(record.insert().from_select(list(record.c.keys()), COPY)), 14, "Removal record 13 says that it bel"),
        (running(record.update().where(record.c.number == 12).values(number=20)), 14, "Removal record 12, which"),
    ],
    ids=["field", "bytes", "flag", "later", "earlier", "missing", "last missing", "invented", "renumbered"],
)
def test_a_removal_record_is_held_against_its_event(
    engine: sa.Engine, filled: Store, change: Tamper, sequence: int, why: str
) -> None:
    """A record that was changed, moved, deleted or invented is named, with the event that it belongs to."""
    tampered(engine, change)
    broken = found(filled)
    assert isinstance(broken, Broken)
    assert (broken.sequence, broken.why[: len(why)]) == (sequence, why)


def test_a_record_of_no_event_is_found(engine: sa.Engine, filled: Store) -> None:
    """A record of an event that is still to come is named at the end."""
    tampered(
        engine,
        running(
            record.insert().from_select(
                list(record.c.keys()),
                COPY.with_only_columns(
                    sa.literal(13), sa.literal(99), *[c for c in record.c if c.name not in {"number", "event"}]
                ),
            )
        ),
    )
    why = "Removal record 13 says that it belongs to it, and there is no such event."
    assert found(filled) == Broken(sequence=99, why=why)


def test_only_what_came_after_a_checkpoint_is_read(store: Store) -> None:
    """From a checkpoint on the newer events and their records are read, and no others."""
    removed(store)
    checkpoint = noted(store)
    removed(store, "another")
    told: list[int] = []
    with store.reading() as reading:
        verdict = verified(reading, since=checkpoint, told=told.append)
    assert isinstance(verdict, Verified)
    assert (verdict.count, sum(told), verdict.head) == (7, 7, noted(store))


def test_a_plan_that_is_no_longer_at_hand_is_read_again(filled: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for one plan only, and from the middle of a request on, the records are held all the same."""
    monkeypatch.setattr("bot.db.holding.PLANS", 1)
    with filled.reading() as reading:
        middle = list(reading.chain())[11]
    since = Head(sequence=middle.fields.sequence, hash=middle.hash)
    assert found(filled, since=since) == Verified(count=2, head=noted(filled))


def test_an_empty_record_is_whole(store: Store) -> None:
    """Before the first event there is nothing to be found."""
    assert found(store) == Verified(count=0, head=START)


SPOILT = {
    "sqlite": (
        "UPDATE removal_record SET at = 9000000000000000000",
        "UPDATE removal_record SET at = 'x'",
        "UPDATE removal_record SET host = cast(x'ff' as text)",
    ),
    "postgresql": ("UPDATE removal_record SET at = 9000000000000000000",),  # its columns take nothing of another type
}


def test_a_record_that_cannot_even_be_read_is_named(filled: Store, engine: sa.Engine) -> None:
    """It is found, rather than ending the verification: nothing would be on record then, and removals go on."""
    for spoil in SPOILT[engine.dialect.name]:

        def change(connection: sa.Connection, text: str = spoil) -> None:
            connection.exec_driver_sql(text)

        tampered(engine, change)
        broken = found(filled)
        assert isinstance(broken, Broken), spoil
        assert "cannot be read" in broken.why


def test_an_event_of_a_newer_version_is_no_alarm(filled: Store, engine: sa.Engine) -> None:
    """A version that does not know it cannot say that it is broken: it raises, and nothing is put on record."""

    def newer(connection: sa.Connection) -> None:
        last = START
        for row in rows(connection):
            fields = Fields(
                sequence=int(str(row["sequence"])),
                request=row["request_id"],  # type: ignore[arg-type]  # a number or None
                version=row["version"],  # type: ignore[arg-type]  # likewise
                kind=str(row["kind"]),
                at=int(str(row["at"])),
                format=99,
                body=str(row["body"]),
            )
            sealed = seal(last.hash, fields)
            values = {"format": 99, "previous_hash": last.hash, "hash": sealed}
            connection.execute(event.update().where(event.c.sequence == fields.sequence).values(values))
            last = Head(sequence=fields.sequence, hash=sealed)
        connection.execute(head.update().values(hash=last.hash))

    tampered(engine, newer)
    with pytest.raises(Newer, match="format 99"):
        found(filled)
