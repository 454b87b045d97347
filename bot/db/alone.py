"""One process to a SQLite file: a lock beside it, which the system drops with the process however that ends.

Beside it and not on it: closing any descriptor of the file itself would drop SQLite's own locks (fcntl(2)).
"""

import fcntl
import os
import threading
import weakref
from pathlib import Path

import sqlalchemy as sa

from bot.db.database import Unavailable


class SoleUse:
    """The right to be the only process that carries out the requests of a database."""

    def __init__(self, url: sa.URL) -> None:
        self._shared = url.get_backend_name() != "sqlite"
        self._file = None if url.database in {None, "", ":memory:"} else Path(f"{url.database}.serving")
        self._mutex = threading.Lock()
        self._held: weakref.finalize[[int], SoleUse] | None = None

    def take(self) -> bool:
        """Take the right, or keep it. False where the database is shared; Unavailable where another process has it."""
        if self._shared:
            return False
        with self._mutex:
            if self._held is None and self._file is not None:
                self._held = weakref.finalize(self, os.close, _locked(self._file))
        return True

    def give_back(self) -> None:
        """Give the right back."""
        with self._mutex:
            if self._held is not None:
                self._held()
                self._held = None


def _locked(file: Path) -> int:
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise Unavailable(
            f"Another imgbot is running on {file.with_suffix('')}, and a SQLite file takes one."
            " Stop it, or use PostgreSQL for several."
        ) from error
    return descriptor
