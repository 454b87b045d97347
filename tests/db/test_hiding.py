"""What follows from records beside them: what is searched, and what was freed; neither is hidden unnoticed."""

import pytest
import sqlalchemy as sa

from bot.approval.notes import LayersGone
from bot.approval.request import Request
from bot.audit.chain import Broken
from bot.audit.qualifiers import query_of
from bot.audit.query import Query
from bot.db import triggers
from bot.db.store import Store
from bot.db.tables import record, search
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
    ],
    ids=["row gone", "host", "requester"],
)
def test_a_record_that_nobody_would_find_is_found_out(store: Store, change: sa.Executable) -> None:
    """Whoever switches the triggers off and hides a record from questions is found out by verifying."""
    removed(store)
    with store.transaction() as tx:
        connection = tx._connection  # noqa: SLF001 -- as the owner of the database
        triggers.drop(connection)
        connection.execute(change)
    with store.reading() as reading:
        found = verified(reading)
    assert isinstance(found, Broken)
    assert "Removal record 4 is missing" in found.why
    assert found.sequence == 7


def test_what_the_record_is_searched_by_is_append_only(store: Store) -> None:
    """An update and a deletion are refused there as in the record."""
    removed(store)
    for change in (search.update().values(host="x"), search.delete()):
        with pytest.raises(sa.exc.DBAPIError, match="of removal_search"), store.transaction() as tx:
            tx._connection.execute(change)  # noqa: SLF001 -- as the owner of the database
    with store.reading() as reading:
        counted = sa.select(sa.func.count()).select_from(record)
        assert reading._connection.scalar(counted) == 6  # noqa: SLF001 -- all of them
