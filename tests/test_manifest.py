"""``imgbot manifest``: what is printed is what Slack takes."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot.cli import imgbot
from bot.manifest import yaml
from bot.slack.manifest import Chosen, manifest
from bot.slack.scopes import WHY, needed


def _printed(*words: str) -> tuple[Any, str]:
    result = CliRunner().invoke(imgbot, ["manifest", *words])
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout), result.stderr


def test_socket_mode_needs_no_address() -> None:
    """Nothing is sent to us: we connect."""
    made, told = _printed()
    assert made["settings"]["socket_mode_enabled"] is True
    assert "url" not in json.dumps(made)
    assert "connections:write" in told


def test_each_scope_is_explained() -> None:
    """On stderr, so that stdout can be piped."""
    made, told = _printed()
    assert tuple(made["oauth_config"]["scopes"]["bot"]) == needed()
    assert all(f"{scope}: {why}" in told for scope, why in WHY.items())


def test_http_mode_has_one_address_for_everything() -> None:
    """For the command, the buttons and the events."""
    made, _ = _printed("--url", "https://imgbot.example.com/", "--command", "/images", "--name", "images")
    address = "https://imgbot.example.com/slack/events"
    (command,) = made["features"]["slash_commands"]
    assert (command["command"], command["url"]) == ("/images", address)
    assert made["settings"]["interactivity"] == {"is_enabled": True, "request_url": address}
    assert made["settings"]["event_subscriptions"]["request_url"] == address
    assert made["settings"]["socket_mode_enabled"] is False
    assert made["features"]["bot_user"]["display_name"] == "images"


def test_the_command_is_called_as_in_the_settings(tmp_path: Path) -> None:
    """Where there are settings already; and who chooses another name is told to write it there."""
    made, told = _printed("--command", "/images")
    assert 'write command = "/images" under [slack] in imgbot.toml' in told
    file = tmp_path / "imgbot.toml"
    file.write_text('[slack]\napprovals_channel = "C0APPROVALS"\ncommand = "/images"\n')
    result = CliRunner().invoke(imgbot, ["--config", str(file), "manifest"])
    assert json.loads(result.stdout) == made
    assert "[slack]" not in result.stderr
    file.write_text('[slack]\napprovals_channel = "C0APPROVALS"\ncommand = "images"\n')
    refused = CliRunner().invoke(imgbot, ["--config", str(file), "manifest"])
    assert refused.exit_code == 1
    assert '"images" is not a slash and at most 31 small letters' in refused.stderr


def test_what_a_home_tab_and_a_shortcut_need() -> None:
    """Without these neither of them is shown."""
    made, _ = _printed()
    assert made["features"]["app_home"]["home_tab_enabled"] is True
    assert [shortcut["type"] for shortcut in made["features"]["shortcuts"]] == ["global"]
    assert "app_home_opened" in made["settings"]["event_subscriptions"]["bot_events"]
    assert made["settings"]["interactivity"]["is_enabled"] is True


@pytest.mark.parametrize(
    "words",
    [
        ("--command", "img"),
        ("--command", "/Img"),
        ("--command", "/" + "i" * 40),
        ("--name", "Img Bot"),
        ("--url", "http://imgbot.example.com"),
        ("--url", "https://user@imgbot.example.com"),
    ],
)
def test_what_slack_would_refuse_is_refused_here(words: tuple[str, ...]) -> None:
    """With what it has to be."""
    result = CliRunner().invoke(imgbot, ["manifest", *words])
    assert result.exit_code == 2
    assert "such as" in result.stderr


def test_yaml_says_the_same_with_reasons() -> None:
    """Each scope has its reason on its line."""
    lines = list(yaml(manifest(Chosen()), WHY))
    assert '  - "commands"  # the slash command and the shortcut' in [line[4:] for line in lines]
    assert "features:" in lines
    assert '    - command: "/img"' in lines
    assert sum("#" in line for line in lines) == len(WHY)
