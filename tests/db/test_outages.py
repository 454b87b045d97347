"""The database goes away, is full or busy, or lets another go first: nothing is half-written, and it goes on."""

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.approval.notes import DatabaseAway
from bot.approval.request import Person, Request, RequestId
from bot.audit.chain import Verified, verify
from bot.db import database, tables
from bot.db.calls import Listening
from bot.db.store import Store, Transaction
from bot.flows.outage import TellOutages
from tests.approval import examples
from tests.databases import opened, own_postgresql
from tests.db.asking import ask, current

postgresql = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
SOON = timedelta(seconds=5)


@pytest.fixture
def administrator(engine: sa.Engine, database_url: str) -> Iterator[sa.Connection]:
    """Give a connection of somebody who may cut others off."""
    assert engine.dialect.name == "postgresql"
    with opened(database_url) as other, other.connect() as connection:
        yield connection.execution_options(isolation_level="AUTOCOMMIT")


def cut_off(administrator: sa.Connection) -> int:
    """End every other connection to the database, and return how many that were."""
    query = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database()"
    return len(administrator.exec_driver_sql(f"{query} AND pid <> pg_backend_pid()").all())


def is_verified(store: Store) -> bool:
    """Whether the record is whole."""
    with store.reading() as reading:
        return isinstance(verify(reading.chain()), Verified)


@postgresql
def test_a_connection_cut_in_a_transaction_leaves_nothing(store: Store, administrator: sa.Connection) -> None:
    """What was written before the cut is not there, what comes after it goes by a new connection."""
    request = ask(store)

    def approve_and_be_cut(tx: Transaction) -> None:
        tx.record(request, examples.approved())
        assert cut_off(administrator) >= 1
        tx.head()

    with pytest.raises(sa.exc.OperationalError), store.transaction() as tx:
        approve_and_be_cut(tx)
    assert current(store, request.id) == request
    assert store.outages.untold is not None
    assert "terminating connection" in store.outages.untold.why
    with store.transaction() as tx:
        tx.record(request, examples.approved())
    assert current(store, request.id).version == 2
    assert is_verified(store)


@postgresql
def test_idle_connections_that_were_cut_are_not_used(store: Store, administrator: sa.Connection) -> None:
    """A server that was restarted leaves dead connections in the pool: nobody notices."""
    request = ask(store)
    for _ in range(3):
        assert cut_off(administrator) >= 1
        assert current(store, request.id) == request
    assert store.outages.untold is None


@postgresql
def test_what_is_cut_is_done_again(store: Store, administrator: sa.Connection) -> None:
    """What is written patiently is written once, although the first attempt was cut off."""
    request = ask(store)
    attempts: list[int] = []

    def approve(tx: Transaction) -> None:
        attempts.append(1)
        tx.record(request, examples.approved())
        if len(attempts) == 1:
            cut_off(administrator)

    store.patiently(approve, SOON)
    assert len(attempts) == 2
    assert len(current(store, request.id).approvals) == 1
    assert is_verified(store)


@postgresql
def test_a_deadlock_is_resolved(store: Store) -> None:
    """Two transactions that wait for each other: the server ends one, and that one is done again."""
    first, second = ask(store, "one", approvals=9), ask(store, "two", approvals=9)
    met = threading.Barrier(2)
    attempts: list[str] = []

    def approve_both(name: str, order: tuple[RequestId, RequestId]) -> None:
        def work(tx: Transaction) -> None:
            attempts.append(name)
            requests = [tx.request(order[0])]
            if attempts.count(name) == 1:
                met.wait(10)
            requests.append(tx.request(order[1]))
            for request in requests:
                assert request is not None
                tx.record(request, examples.approved(Person(team_id="T0", user_id=f"U{name}")))

        store.patiently(work, timedelta(seconds=20))

    threads = [
        threading.Thread(target=approve_both, args=(name, order))
        for name, order in (("A", (first.id, second.id)), ("B", (second.id, first.id)))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(attempts) == 3
    assert [len(current(store, request.id).approvals) for request in (first, second)] == [2, 2]
    assert store.outages.untold is None, "the database was not away"
    assert is_verified(store)


@postgresql
def test_a_serialization_failure_is_resolved(store: Store, administrator: sa.Connection, engine: sa.Engine) -> None:
    """Where an administrator has made every transaction serializable, one of two at once is ended, and done again."""
    administrator.exec_driver_sql(
        f"ALTER DATABASE {engine.url.database} SET default_transaction_isolation = serializable"
    )
    engine.dispose()
    first, second = ask(store, "one", approvals=9), ask(store, "two", approvals=9)
    met = threading.Barrier(2)
    attempts: list[str] = []

    def approve(name: str, request_id: RequestId) -> None:
        def work(tx: Transaction) -> None:
            attempts.append(name)
            request = tx.request(request_id)
            tx.head()
            if attempts.count(name) == 1:
                met.wait(10)
            assert request is not None
            tx.record(request, examples.approved(Person(team_id="T0", user_id=f"U{name}")))

        store.patiently(work, timedelta(seconds=20))

    threads = [threading.Thread(target=approve, args=each) for each in (("A", first.id), ("B", second.id))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(attempts) > 2
    assert [len(current(store, request.id).approvals) for request in (first, second)] == [1, 1]
    assert store.outages.untold is None, "the database was not away"
    assert is_verified(store)


def test_a_fault_of_ours_is_not_tried_again(store: Store) -> None:
    """What no patience mends is raised at once."""
    attempts: list[int] = []

    def wrong(tx: Transaction) -> None:
        attempts.append(1)
        tx._connection.exec_driver_sql("SELECT * FROM no_such_table")  # noqa: SLF001 -- what no method would do

    began = time.monotonic()
    with pytest.raises(sa.exc.DBAPIError, match="no_such_table"):
        store.patiently(wrong)
    assert len(attempts) == 1
    assert time.monotonic() - began < SOON.total_seconds()
    assert store.outages.untold is None


@sqlite
def test_a_full_disk_leaves_nothing_half_written(store: Store, engine: sa.Engine) -> None:
    """Where SQLite may not take another page nothing of a transaction is there; with room again all is as before."""
    request = ask(store)

    def limit(connection: Any, *_: object) -> None:  # noqa: ANN401 -- sqlite3's connection in the pool's clothes
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    sa.event.listen(engine, "checkout", limit)
    with pytest.raises(sa.exc.OperationalError, match="full"):
        _ask_much(store)
    assert store.outages.untold is not None
    assert "full" in store.outages.untold.why
    sa.event.remove(engine, "checkout", limit)
    engine.dispose()
    assert is_verified(store)
    with store.reading() as reading:
        written = reading.head()[0]
    more = ask(store, "room again")
    assert (more.id, current(store, request.id)) == (written + 1, request)
    assert is_verified(store)


def _ask_much(store: Store) -> None:
    for number in range(1000):
        ask(store, f"token-{number}", reason="x" * 2000)


@sqlite
def test_a_busy_file_is_waited_for(store: Store, engine: sa.Engine, database_url: str) -> None:
    """Somebody else writes to the file for a while: it is done afterwards, and nothing is lost."""
    with opened(database_url) as other:
        holding = other.connect()
        transaction = holding.begin()
        threading.Timer(0.5, transaction.rollback).start()
        request = ask(store)
        holding.close()
    assert current(store, request.id) == request
    assert engine.dialect.name == "sqlite"


@postgresql
def test_another_process_is_called(engine: sa.Engine, database_url: str) -> None:
    """Whoever listens hears of a commit at once, of nothing that was taken back, and of nothing where nothing is."""
    with opened(database_url) as other:
        listening, store = Listening(other), Store(engine)
        try:
            assert not listening.heard(0.1)
            began = time.monotonic()
            request = ask(store)
            assert listening.heard(10)
            assert time.monotonic() - began < SOON.total_seconds()
            with pytest.raises(ZeroDivisionError):
                _write_and_fail(store, request)
            assert not listening.heard(0.2)
        finally:
            listening.close()


def _write_and_fail(store: Store, request: Request) -> None:
    with store.transaction() as tx:
        tx.record(request, examples.approved())
        raise ZeroDivisionError


@postgresql
def test_who_listens_connects_again(engine: sa.Engine, database_url: str, administrator: sa.Connection) -> None:
    """A connection that was cut is said once, and the next time it is a new one."""
    with opened(database_url) as other:
        listening = Listening(other)
        try:
            assert not listening.heard(0.05)
            cut_off(administrator)
            with pytest.raises(Exception, match=r"terminat|closed|lost"):
                listening.heard(1)
            assert not listening.heard(0.05)
            ask(Store(engine))
            assert listening.heard(10)
        finally:
            listening.close()


def test_a_schema_that_is_newer_and_supports_this_version_is_used(engine: sa.Engine, store: Store) -> None:
    """One migration ahead, with a column and a table more: the older imgbot works on it, and does not change it."""
    request = ask(store)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        connection.exec_driver_sql("ALTER TABLE removal_request ADD COLUMN newer TEXT")
        connection.exec_driver_sql("CREATE TABLE newer (id INTEGER PRIMARY KEY)")
    database.upgrade(engine)
    assert database.check(engine) == ()
    with store.transaction() as tx:
        tx.record(request, examples.approved())
    assert isinstance(ask(store, "another").id, int)
    assert is_verified(store)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one() == "9999"


def test_a_schema_that_does_not_support_this_version_is_refused(engine: sa.Engine) -> None:
    """A migration that older versions would break on says so, and they do not start."""
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        connection.execute(tables.schema_support.update().values(oldest="9999"))
    assert database.check(engine)[0].startswith("A newer imgbot brought it to migration 9999")
    with pytest.raises(database.Unavailable, match="9999"):
        database.upgrade(engine)


class Approving:
    """Somebody who approves one request again and again, each time as another person."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._approve_all)
        self.request = ask(store, approvals=9999)
        self.written: list[Person] = []
        self._thread.start()

    def _approve_all(self) -> None:
        while not self._enough.is_set():
            by = Person(team_id="T0", user_id=f"U{len(self.written)}")
            self._store.patiently(lambda tx, by=by: _approve(tx, self.request.id, by))  # type: ignore[misc]  # bound now
            self.written.append(by)
            time.sleep(0.02)

    def goes_on(self) -> None:
        """Wait until three more are written."""
        enough, until = len(self.written) + 3, time.monotonic() + 30
        while len(self.written) < enough:
            assert time.monotonic() < until
            time.sleep(0.01)

    def end(self) -> None:
        """Let the approval under way be the last."""
        self._enough.set()
        self._thread.join(30)


def test_a_server_that_is_stopped_and_started_loses_nothing_and_doubles_nothing() -> None:
    """Approvals, one after the other, while the server is away for a while: each is there once, and that is told."""
    with own_postgresql() as server, opened(server.get_uri()) as engine:
        database.upgrade(engine)
        store = Store(engine)
        approving = Approving(store)
        approving.goes_on()
        server.stop()
        with pytest.raises(sa.exc.OperationalError):
            current(store, approving.request.id)
        server.start()
        approving.goes_on()
        approving.end()
        assert [approval.by for approval in current(store, approving.request.id).approvals] == approving.written
        assert is_verified(store)
        assert _told_of_an_outage(store)
        store.close()


def _told_of_an_outage(store: Store) -> bool:
    outage = store.outages.untold
    TellOutages(store=store, now=store.clock, owner="bot:1").due()
    with store.reading() as reading:
        return outage is not None and reading.last(DatabaseAway) is not None


def _approve(tx: Transaction, request_id: RequestId, by: Person) -> None:
    request = tx.request(request_id)
    assert request is not None
    tx.record(request, examples.approved(by))  # refused where it is on record already
