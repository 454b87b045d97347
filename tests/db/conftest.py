"""A store on each database."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from bot.db.store import Store


@pytest.fixture
def store(engine: sa.Engine) -> Iterator[Store]:
    """Give a store on a database of one's own."""
    store = Store(engine)
    yield store
    store.close()
