"""Backing up, getting back and copying, without progress and at fixed times."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa

from bot.audit.chain import Head
from bot.db import database, rows
from bot.db.store import Store
from bot.flows import keeping
from bot.flows.keeping import GotBack, Kept, Wanted
from tests.approval.examples import NOW
from tests.databases import opened

WANTED = Wanted(user="olga@bastion")


def quietly(_: str, __: int) -> Callable[[int], None]:
    """Show no progress."""
    return lambda _: None


def back_up(url: str, file: Path, *, replace: bool = False) -> Kept:
    """Make a backup."""
    return keeping.back_up(
        url, file, user=WANTED.user, replace=replace, now=lambda: NOW, version="0.1.0", begin=quietly
    )


def restore(file: Path, url: str, wanted: Wanted = WANTED) -> GotBack:
    """Get a backup back, an hour later."""
    return keeping.restore(file, url, wanted, now=lambda: NOW + timedelta(hours=1), begin=quietly)


def copy(source: str, target: str) -> Kept:
    """Copy a record."""
    return keeping.copy(source, target, user=WANTED.user, now=lambda: NOW, begin=quietly)


def everything(url: str) -> dict[str, list[rows.Row]]:
    """Return every row of every table."""
    with opened(url) as engine, database.reading(engine) as connection:
        return {
            layout.name: [row for some in rows.batches(connection, layout) for row in some] for layout in rows.layouts()
        }


def head_of_store(store: Store) -> Head:
    """Return the newest event."""
    with store.reading() as reading:
        sequence, sealed = reading.head()
    return Head(sequence=sequence, hash=sealed)


def url_of(engine: sa.Engine) -> str:
    """Return where a database is, password and all."""
    return engine.url.render_as_string(hide_password=False)
