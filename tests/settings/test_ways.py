"""Which way Slack reaches the bot, where it listens, and secrets in files."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.app import database_url
from bot.settings import BadSettings, Environment, File, HttpTable, Settings, SlackTable, parsed
from bot.ways import is_told, secrets_of, server
from bot.web.told import Told

TOLD = Told(alive=tuple, ready=tuple, metrics=bytes)


def _settings(environment: Environment, **of_file: object) -> Settings:
    return Settings(environment=environment, file=File(**of_file), path=None)  # type: ignore[arg-type]  # tables by name


def _environment(*secrets: str) -> Environment:
    given = {f"slack_{name}": SecretStr(f"{name}-1") for name in ("bot_token", *secrets)}
    return Environment(**given)  # type: ignore[arg-type]  # secrets alone


@pytest.mark.parametrize(
    ("secrets", "mode", "by_http"),
    [
        (("app_token",), None, False),
        (("signing_secret",), None, True),
        (("app_token", "signing_secret"), None, False),
        (("app_token", "signing_secret"), "http", True),
        (("signing_secret",), "http", True),
        ((), None, False),
    ],
)
def test_the_secrets_say_which_way_or_the_mode_does(
    secrets: tuple[str, ...], mode: str | None, *, by_http: bool
) -> None:
    """With both secrets it is Socket Mode: every app has a signing secret, used or not."""
    made = _settings(_environment(*secrets), slack=SlackTable(approvals_channel="C0", mode=mode))  # type: ignore[arg-type]  # one of its words
    assert made.by_http is by_http
    assert is_told(made) is by_http


def test_a_way_without_its_secret_is_said() -> None:
    """By the name of what is missing."""
    by_http = _settings(_environment("app_token"), slack=SlackTable(approvals_channel="C0", mode="http"))
    with pytest.raises(BadSettings, match="SLACK_SIGNING_SECRET is not set"):
        secrets_of(by_http)
    with pytest.raises(BadSettings, match="SLACK_APP_TOKEN is not set"):
        secrets_of(_settings(_environment()))


def test_secrets_come_from_files_and_are_never_printed(tmp_path: Path) -> None:
    """Each of them, with the line's end that editors put there."""
    for name in ("bot", "signing", "database"):
        (tmp_path / name).write_text(f"{name}-secret\n")
    made = _settings(
        Environment(
            slack_bot_token_file=tmp_path / "bot",
            slack_signing_secret_file=tmp_path / "signing",
            imgbot_database_url_file=tmp_path / "database",
        )
    )
    found = secrets_of(made)
    assert (found.bot, found.way) == ("bot-secret", "signing-secret")
    assert "secret" not in repr(found)
    assert database_url(made) == "database-secret"


def test_the_server_is_off_unless_it_is_asked_for() -> None:
    """And is bound before anything else begins."""
    assert server(_settings(_environment("app_token")), TOLD) is None
    made = _settings(_environment("app_token"), http=HttpTable(listen="127.0.0.1:0"))
    listening = server(made, TOLD)
    assert listening is not None
    port = listening.url.rpartition(":")[2]
    try:
        with pytest.raises(BadSettings, match=f"nothing can listen at 127.0.0.1:{port}"):
            server(_settings(_environment("app_token"), http=HttpTable(listen=f"127.0.0.1:{port}")), TOLD)
    finally:
        listening.stop()


@pytest.mark.parametrize("listen", ["8080", "localhost", "127.0.0.1:http", ":8080", "http://127.0.0.1:80"])
def test_an_address_that_is_none(listen: str) -> None:
    """With one that is."""
    with pytest.raises(BadSettings, match=r'not an address and a port, such as "127.0.0.1:8080"'):
        parsed(f'[http]\nlisten = "{listen}"\n', "imgbot.toml")


@pytest.mark.parametrize("connections", ["0", "11", '"3"', "true"])
def test_slack_takes_ten_connections(connections: str) -> None:
    """docs.slack.dev/apis/events-api/using-socket-mode."""
    with pytest.raises(BadSettings, match="1 to 10, which is what Slack takes"):
        parsed(f'[slack]\napprovals_channel = "C0"\nconnections = {connections}\n', "imgbot.toml")
