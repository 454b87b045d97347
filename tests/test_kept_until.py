"""``imgbot plan`` and ``imgbot why`` of what an undo keeps: until when, where the record can be read."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from docker import APIClient

from bot.approval.events import Finished
from bot.approval.undo_events import Guarded
from bot.cli import imgbot
from bot.db import database
from bot.db.store import Store
from bot.images.guards import DOMAIN, label
from bot.playground.demo import simulated_daemon
from tests.approval import examples
from tests.db.asking import claimed, happen

UNTIL = "until 2026-03-02 12:00 UTC"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Give the URL of a simulated daemon, and the ID of an image there that a guard of request 1 keeps."""
    with simulated_daemon(tmp_path_factory.mktemp("kept") / "docker.sock") as url:
        client = APIClient(base_url=url)
        image_id: str = client.inspect_image("redis:alpine")["Id"]
        client.tag(image_id, f"{DOMAIN}/{image_id.partition(':')[2]}", label(1, examples.DIGEST))
        client.close()
        yield url, image_id


def keeps(folder: Path) -> str:
    """Make a record in *folder* whose request 1 keeps its images for a day; return its URL."""
    url = f"sqlite:///{folder / 'imgbot.db'}"
    engine = database.engine(url)
    database.upgrade(engine)
    store, event = Store(engine), examples.asked_event(plan=examples.UNDOABLE)
    with store.transaction() as tx:
        request = tx.ask(replace(event, needs=replace(event.needs, undo=examples.DAY)))
    kept = (examples.GUARDING, Guarded(at=examples.NOW), *examples.UNTAGGED, Finished(at=examples.NOW))
    happen(store, request.id, examples.approved(), claimed(), *kept)
    engine.dispose()
    return url


def run(folder: Path, daemon: str, database_url: str, *words: str) -> Result:
    """Run a command against the daemon, with this database."""
    (folder / "imgbot.toml").write_text(f'[hosts.web-3]\nurl = "{daemon}"\n')
    environment = {"IMGBOT_DATABASE_URL": database_url}
    return CliRunner().invoke(imgbot, ["--config", str(folder / "imgbot.toml"), *words], env=environment)


@pytest.mark.parametrize("command", ["plan", "why"])
def test_the_command_line_says_until_when(daemon: tuple[str, str], tmp_path: Path, command: str) -> None:
    """With the record at hand."""
    url, image_id = daemon
    done = run(tmp_path, url, keeps(tmp_path), command, image_id)
    assert f"for the undo of request 1 {UNTIL}" in " ".join(done.output.split())


def test_without_a_record_it_says_whose_undo_it_is(daemon: tuple[str, str], tmp_path: Path) -> None:
    """And makes no database for it."""
    url, image_id = daemon
    done = run(tmp_path, url, f"sqlite:///{tmp_path / 'none.db'}", "plan", image_id)
    assert "kept for the undo of request 1: press Reclaim now there" in done.output
    assert not (tmp_path / "none.db").exists()
