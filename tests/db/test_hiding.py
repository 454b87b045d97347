"""What follows from records beside them: what is searched, and what was freed; neither is hidden unnoticed."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.approval.notes import LayersGone
from bot.approval.request import Request
from bot.audit.chain import Broken, Verified
from bot.audit.qualifiers import query_of
from bot.audit.query import Query
from bot.db import triggers
from bot.db.store import Store
from bot.db.tables import freed, record, search, search_name
from bot.flows.verify import verified
from bot.images.ids import ChainId
from bot.images.inventory import Store as ImageStore
from bot.images.removal import DeletedLayer
from tests.approval import examples
from tests.db.asking import removed


def test_layers_that_are_found_gone_count_as_freed(store: Store) -> None:
    """The containerd store tells of no layers: what a look at the host shows afterwards belongs to what was freed."""
    request: Request = removed(store)
    layers = (DeletedLayer(chain_id=ChainId("sha256:" + "d" * 64), image_id=examples.image_id("1"), bytes=5000),)
    gone = LayersGone(
        at=examples.NOW,
        request_id=request.id,
        step=0,
        host="web-3",
        daemon_id="DAEMON",
        store=ImageStore.CONTAINERD,
        layers=layers,
    )
    query = query_of(("freed:>5KB",), examples.NOW)
    assert isinstance(query, Query)
    with store.reading() as reading:
        assert reading.history(query) == ()
    with store.transaction() as tx:
        tx.layers_gone(gone)
    with store.reading() as reading:
        assert len(reading.history(query)) == 7
        assert not isinstance(verified(reading), Broken)


@pytest.mark.parametrize(
    "change",
    [
        search.delete().where(search.c.number == 4),
        search.update().where(search.c.number == 4).values(host="db-9"),
        search.update().where(search.c.number == 4).values(requester_user="U0OTHER"),
        search.update().where(search.c.number == 4).values(text="nothing"),
        search.update().where(search.c.number == 4).values(event=99),
    ],
    ids=["row gone", "host", "requester", "text", "event"],
)
def test_a_record_that_nobody_would_find_is_found_out(store: Store, change: sa.Executable) -> None:
    """Whoever switches the triggers off and hides a record from questions is found out by verifying."""
    removed(store)
    assert found_out(store, change) == Broken(
        sequence=7,
        why="Removal record 4 is missing from what the record is searched by, or is another one there.",
    )


def found_out(store: Store, change: sa.Executable) -> Verified | Broken:
    """Return what verifying says after a *change* by the owner of the database, with the triggers off."""
    with store.reading() as reading:
        assert isinstance(verified(reading), Verified)
    with store.transaction() as tx:
        connection = tx._connection  # noqa: SLF001 -- as the owner of the database
        triggers.drop(connection)
        connection.execute(change)
    with store.reading() as reading:
        return verified(reading)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (
            search_name.delete().where(search_name.c.name == "nginx"),
            "Removal record 4 is not asked for as nginx.",
        ),
        (
            search_name.update().where(search_name.c.name == "nginx").values(name="apache"),
            "Removal record 4 is asked for, wrongly, as apache.",
        ),
        (
            search_name.update().where(search_name.c.name == "nginx").values(number=1),
            "Removal record 1 is asked for, wrongly, as nginx.",
        ),
        (
            search_name.update().where(search_name.c.name == "nginx").values(at=examples.NOW - timedelta(days=900)),
            "Removal record 4 is not asked for as nginx.",
        ),
        (
            search.insert().values(number=9, event=99, at=examples.NOW, host="web-3", text="x"),
            "What is searched as removal record 9 is none.",
        ),
        (freed.delete(), "What request 1 freed is another sum than that of its removal records."),
        (freed.update().values(bytes=0), "What request 1 freed is another sum than that of its removal records."),
    ],
    ids=["name gone", "name", "number", "time", "row more", "sum gone", "sum"],
)
def test_a_record_that_a_question_would_miss_is_found_out(store: Store, change: sa.Executable, why: str) -> None:
    """So is a name by which it is asked for, and what its request freed."""
    removed(store)
    found = found_out(store, change)
    assert isinstance(found, Broken)
    assert found.why == why


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_row_that_the_index_of_words_leaves_out_is_found_out(store: Store) -> None:
    """FTS5 takes a row out of its index when it is asked to; no trigger can refuse that."""
    removed(store)
    change = sa.text(
        "INSERT INTO removal_search_text(removal_search_text, rowid, text)"
        " SELECT 'delete', number, text FROM removal_search WHERE number = 4"
    )
    assert found_out(store, change) == Broken(sequence=7, why="Removal record 4 is missing from the index of words.")


def test_what_the_record_is_searched_by_is_append_only(store: Store) -> None:
    """An update and a deletion are refused there as in the record."""
    removed(store)
    for change in (search.update().values(host="x"), search.delete()):
        with pytest.raises(sa.exc.DBAPIError, match="of removal_search"), store.transaction() as tx:
            tx._connection.execute(change)  # noqa: SLF001 -- as the owner of the database
    with store.reading() as reading:
        counted = sa.select(sa.func.count()).select_from(record)
        assert reading._connection.scalar(counted) == 6  # noqa: SLF001 -- all of them
