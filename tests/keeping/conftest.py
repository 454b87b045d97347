"""A record, a backup of it, and an empty database of each kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.approval.notes import Started
from bot.approval.notice import Notice
from bot.db.store import Store
from tests.approval.examples import NOW
from tests.databases import KINDS, Databases, opened
from tests.db.asking import removed
from tests.flows.conftest import Desk
from tests.keeping.doing import back_up


@pytest.fixture
def url(database_url: str) -> str:
    """Give the URL of a database with two requests that were carried out, in several languages, and a notice."""
    with opened(database_url) as engine:
        store = Store(engine)
        removed(store, reason="na\u00efve \U0001f40b \u2028 \u5148 'x' \\N\t\n\\.")
        removed(store, "another")
        with store.transaction() as tx:
            tx.note(Started(at=NOW, owner="bot:1", version="1"))
            tx.announce(Notice(kind="test", parts=("said",)), NOW)
            assert tx.receive("key", "command", "{}", NOW)
    return database_url


@pytest.fixture
def file(url: str, tmp_path: Path) -> Path:
    """Give a backup of it."""
    back_up(url, tmp_path / "record.backup")
    return tmp_path / "record.backup"


@pytest.fixture(params=KINDS)
def new_url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    """Give the URL of an empty database of either kind."""
    with databases(request.param) as url:
        yield url


@pytest.fixture
def desk(engine: sa.Engine) -> Iterator[Desk]:
    """Give the bot's flows on each kind of database."""
    store = Store(engine)
    yield Desk(store=store)
    store.close()
