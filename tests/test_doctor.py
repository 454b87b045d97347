"""``imgbot doctor``, as an operator runs it, in a workspace on this machine."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import imgbot
from bot.playground.demo import RunningWorkspace, simulated_daemon, workspace

GOOD = """
[slack]
approvals_channel = "C0APPROVALS"
audit_channel = "C0AUDIT"
[hosts.web-3]
url = "{daemon}"
[[rules]]
name = "leads"
approvers = ["S0OPSLEADS"]
"""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A workspace, the bot's environment in it, and its folder."""

    workspace: RunningWorkspace
    folder: Path
    environment: Mapping[str, str | None]
    daemon: str

    def run(self, *words: str, text: str = GOOD, **environment: str) -> Result:
        """Run the command with this file of settings."""
        (self.folder / "imgbot.toml").write_text(text.format(daemon=self.daemon))
        config = ["--config", str(self.folder / "imgbot.toml")]
        return CliRunner().invoke(imgbot, [*config, *words], env={**self.environment, **environment})


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Give a workspace, a simulated daemon and a database that is up to date."""
    folder = tmp_path_factory.mktemp("doctor")
    with workspace() as there, simulated_daemon(folder / "docker.sock") as daemon:
        environment = {
            "SLACK_API_URL": there.api_url,
            "SLACK_BOT_TOKEN": there.bot_token,
            "SLACK_APP_TOKEN": there.app_token,
            "SLACK_SIGNING_SECRET": None,
            "IMGBOT_DATABASE_URL": f"sqlite:///{folder / 'imgbot.db'}",
        }
        made = Place(workspace=there, folder=folder, environment=environment, daemon=daemon)
        assert made.run("db", "upgrade").exit_code == 0
        yield made


def test_where_all_is_well(place: Place) -> None:
    """Only that no command came yet is open: no bot runs."""
    result = place.run("doctor")
    assert result.exit_code == 0, result.output
    assert "@imgbot in Playground (T0DEMO)" in result.stdout
    assert "@ops-leads (S0OPSLEADS): Ops leads, 2 people." in result.stdout
    assert "Docker 28.5.2 answers" in result.stdout
    assert "0 failed, 1 with a warning." in result.stdout
    assert place.workspace.bot_token not in result.output


def test_as_json(place: Place) -> None:
    """For whoever watches it from a script."""
    told = json.loads(place.run("doctor", "--json").stdout)
    assert told["level"] == "warning"
    assert {"about", "level", "what", "mend"} == set(told["findings"][0])


def test_every_fault_is_said_at_once(place: Place) -> None:
    """A wrong channel, a group that is not there, a host that is away: exit code 1."""
    text = (
        GOOD.replace("C0AUDIT", "C0RANDOM").replace("S0OPSLEADS", "S0NOBODY").replace("{daemon}", "tcp://127.0.0.1:9")
    )
    result = place.run("doctor", text=text)
    assert result.exit_code == 1
    for what in ("no audit_channel C0RANDOM", "no user group S0NOBODY", "nobody may decide", "Connection refused"):
        assert what in result.stdout
    assert "4 failed" in result.stdout


def test_tokens_that_are_wrong_or_missing(place: Place) -> None:
    """The rest is looked at all the same."""
    wrong = "xoxb-wrong"
    result = place.run("doctor", SLACK_BOT_TOKEN=wrong, SLACK_APP_TOKEN="")
    assert result.exit_code == 1
    assert "Slack says invalid_auth" in result.stdout
    assert "SLACK_APP_TOKEN is not set" in result.stdout
    assert "Docker 28.5.2 answers" in result.stdout


def test_a_database_that_was_never_made(place: Place, tmp_path: Path) -> None:
    """It is not made by looking."""
    result = place.run("doctor", IMGBOT_DATABASE_URL=f"sqlite:///{tmp_path / 'none.db'}")
    assert result.exit_code == 1
    assert "imgbot db upgrade" in result.stdout


def test_a_sqlite_file_that_another_machine_uses(place: Place) -> None:
    """The bot there signed beside it a moment ago: one file for two machines would be damaged. It is left as it is."""
    signed = place.folder / "imgbot.db.serving"
    signed.write_text(json.dumps({"boot": "another", "name": "db-2", "at": time.time()}))
    try:
        result = place.run("doctor")
        assert '"db-2"' in signed.read_text()
    finally:
        signed.unlink()
    assert result.exit_code == 1
    assert "imgbot on the machine db-2 used" in result.stdout
    assert "docs/replicas.md says what several machines need" in result.stdout


def test_bad_settings_are_said_before_anything_else(place: Place) -> None:
    """As by every command."""
    result = place.run("doctor", text="[slak]")
    assert result.exit_code == 1
    assert "unknown key. Did you mean slack?" in result.stderr
