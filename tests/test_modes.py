"""Observing: the bot plans and tells, and its edge to Docker sends no removal."""

from pathlib import Path

import pytest

from bot import app
from bot.images.ids import ImageId
from bot.images.removal import Refused, Removal
from bot.settings import Environment, Settings, parsed
from tests.dockerd.lying import REMOVAL, answer, lying
from tests.dockerd.test_removal import RECORDS

RULES = '[[rules]]\nname = "all"\napprovals = 0\n'


@pytest.mark.parametrize(("mode", "sent"), [('mode = "observe"', 0), ('mode = "active"', 1), ("", 1)])
@pytest.mark.parametrize("configured", [True, False])
def test_the_edge_removes_only_where_the_bot_is_active(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, sent: int, *, configured: bool
) -> None:
    """Whatever would ask it to: the daemon that the settings give sends nothing while they say observe."""
    url = f"unix://{tmp_path}/docker.sock"
    hosts = f'[hosts.web-3]\nurl = "{url}"\n' if configured else ""
    monkeypatch.setenv("DOCKER_HOST", url)
    settings = Settings(environment=Environment(), file=parsed(f"{mode}\n{hosts}{RULES}", "here"), path=None)
    image = ImageId("sha256:" + "1" * 64)
    with lying(tmp_path / "docker.sock", {REMOVAL: answer(RECORDS)}) as server:
        (daemon,) = app.daemons(settings).values()
        outcome = daemon.remove(Removal(word="redis:7", target="redis:7", image_id=image))
        daemon.close()
    assert len(server.removals()) == sent
    assert isinstance(outcome, Refused) is not bool(sent)
