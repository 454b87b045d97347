"""A rolling restart: two replicas, and a newer imgbot whose database is one migration further, in the middle of work.

The newer one is this one with one migration more, in a folder of its own.
"""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import bot
from bot.approval.request import State
from bot.db import database
from tests.daemons import RunningDaemon
from tests.endtoend.team import OLGA, Team, until
from tests.endtoend.test_replicas import (
    Replicas,
    _ask,
    _each_once,
    _in_states,
    _messages,
    _started,
    replicas,
    url,
    working,
)

__all__ = ["replicas", "url", "working"]

TOP = Path(bot.__file__).parents[1]
COUNT = 8
NEXT = f"{int(database.newest()) + 1:04}"
MIGRATION = '''
"""One step further."""
import sqlalchemy as sa
from alembic import op

revision = "%(next)s"
down_revision = "%(this)s"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("removal_request", sa.Column("later", sa.Text(), nullable=True))
    op.execute("UPDATE schema_support SET oldest = '%(oldest)s'")


def downgrade() -> None:
    op.drop_column("removal_request", "later")
'''


def _newer(replicas: Replicas, folder: Path, oldest: str) -> Replicas:
    """Return how a newer imgbot is started, with the same configuration; from *oldest* on others may go on."""
    for part in ("bot", "migrations"):
        shutil.copytree(TOP / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "migrations" / "versions" / f"{NEXT}_later.py").write_text(
        MIGRATION % {"next": NEXT, "this": database.newest(), "oldest": oldest}
    )
    return replace(replicas, checkout=folder, processes=[])


def _ends(working: Team) -> bool:
    """Go on with what was interrupted; whether everything is carried out."""
    for said in _messages(working):
        if "img_resume" in str(said):
            working.people.press(OLGA, said, "img_resume")
    return _in_states(working)[State.FINISHED] == COUNT


def _under_way(working: Team, dockerd: RunningDaemon) -> None:
    _ask(working, dockerd, COUNT)
    until(lambda: _in_states(working)[State.FINISHED] >= 2)


def test_one_by_one_where_the_newer_supports_the_older(
    working: Team, replicas: Replicas, dockerd: RunningDaemon, tmp_path: Path
) -> None:
    """Old ones go on and end as told, an old one starts again, and each request is carried out once."""
    newer = _newer(replicas, tmp_path / "newer", database.newest())
    _under_way(working, dockerd)
    try:
        newer.start()
        until(lambda: _started(working.store) == 3)
        assert _schema(working) == NEXT
        first, second = replicas.processes
        assert first.poll() is second.poll() is None
        first.terminate()
        assert first.wait(timeout=15) == 0
        replicas.start()  # an old one that is restarted before its turn
        until(lambda: _started(working.store) == 4)
        second.terminate()
        assert second.wait(timeout=15) == 0
        until(lambda: _ends(working))
        _each_once(working, dockerd, COUNT)
    finally:
        newer.end()


def test_an_older_one_ends_where_the_newer_does_not_support_it(
    working: Team, replicas: Replicas, dockerd: RunningDaemon, tmp_path: Path
) -> None:
    """They end by themselves and say what to do; the newer one ends what they had begun, and nothing is done twice."""
    newer = _newer(replicas, tmp_path / "newer", NEXT)
    _under_way(working, dockerd)
    try:
        newer.start()
        assert [process.wait(timeout=30) for process in replicas.processes] == [1, 1]
        assert "Update this one, too." in replicas.log.read_text()
        until(lambda: _ends(working))
        _each_once(working, dockerd, COUNT)
        again = subprocess.run(
            [sys.executable, "-m", "bot", "serve"],
            env=replicas.environment,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert again.returncode == 1
        assert f"A newer imgbot brought it to migration {NEXT}" in again.stderr
        assert _started(working.store) == 3
    finally:
        newer.end()


def _schema(working: Team) -> str | None:
    with working.store._engine.connect() as connection:  # noqa: SLF001 -- what is looked at is below what it tells
        return database.current(connection)
