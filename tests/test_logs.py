"""Logs: secrets never get into them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot import logs
from bot.logs import struck_out


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("token xoxb-123-abc failed", "xoxb-123-abc"),
        ("xapp-1-A0-9-ff is invalid", "xapp-1-A0-9-ff"),
        ("postgresql://imgbot:hunter2@db/imgbot", "hunter2"),
        ("POST https://hooks.slack.com/commands/T0/1/secret 404", "T0/1/secret"),
        ("Traceback\n  File x\nSlackApiError: xoxe.xoxb-1-abc", "xoxe.xoxb-1-abc"),
        ("postgresql://imgbot:p@ss:w0rd@db:5432/imgbot", "w0rd"),
        ("postgresql+psycopg://:hunter2@db/imgbot?sslmode=require", "hunter2"),
        ("connection failed: host=db user=imgbot password=hunter2 dbname=imgbot", "hunter2"),
        ("wss://wss-primary.slack.com/link/?ticket=12ab-34cd&app_id=5", "12ab-34cd"),
        ("X-Slack-Signature v0=" + "ab12" * 16, "ab12ab12"),
        ("{'X-Registry-Auth': 'eyJ1c2VybmFtZSI6ImJvdCJ9'}", "eyJ1c2VybmFtZSI6ImJvdCJ9"),
        ("Authorization: Basic Ym90OmgydW50ZXI=", "Ym90OmgydW50ZXI"),
        ('{"auths": {"registry:5000": {"auth": "Ym90OmgydW50ZXI="}}}', "Ym90OmgydW50ZXI"),
        ('{"username":"bot","password":"hunter2"}', "hunter2"),
    ],
)
def test_a_secret_is_struck_out(text: str, secret: str) -> None:
    """Whatever line it is in."""
    line = struck_out(None, "info", {"event": text, "number": 3})
    assert secret not in str(line)
    assert "…" in str(line)


@pytest.mark.parametrize(
    "told",
    [
        ["one", ["xoxb-123-abc"]],
        {"token": ("xoxb-123-abc",)},
        {"xoxb-123-abc": 1},
        {"set": {"xoxb-123-abc"}},
        ValueError("xoxb-123-abc"),
    ],
    ids=repr,
)
def test_it_is_struck_out_however_deep_it_stands(told: object) -> None:
    """In lists, tables, keys, and in what is written as it is told."""
    assert "xoxb" not in repr(struck_out(None, "info", {"event": "x", "told": told}))


def test_a_secret_that_looks_like_none_is_struck_out_once_it_is_known() -> None:
    """Such as the signing secret of HTTP mode."""
    logs.conceal("8f742231b10e8888", "abc")
    line = struck_out(None, "info", {"event": "bad secret '8f742231b10e8888' of abc"})
    assert line["event"] == "bad secret '…' of abc"


def test_everything_else_stays() -> None:
    """Names, IDs and numbers are what logs are for."""
    event = {
        "event": "message not delivered",
        "user": "U0DEV",
        "reference": "redis@sha256:1f",
        "number": 3,
        "url": "tcp://web-3:2376",
        "who": "bot@web-3: not reached at http://127.0.0.1:8080/x@y",
        "listed": ["a", 1, None],
    }
    assert struck_out(None, "info", dict(event)) == event


@pytest.mark.parametrize("form", ["json", "text"])
def test_the_command_line_chooses_the_form(form: str, tmp_path: Path) -> None:
    """Before what the environment says; a line of a library too, and its secrets."""
    script = (
        "import logging, structlog, click\n"
        "from bot.terminal import settings_of\n"
        "from bot.cli import imgbot\n"
        "@imgbot.command()\n"
        "@click.pass_context\n"
        "def say(context):\n"
        "    settings_of(context)\n"
        "    with structlog.contextvars.bound_contextvars(request=7):\n"
        "        logging.getLogger('lib').warning('token %s', 'xoxb-1-abc')\n"
        f"imgbot(['--log-format', '{form}', 'say'])\n"
    )
    other = "text" if form == "json" else "json"
    environment = {**os.environ, "IMGBOT_LOG_FORMAT": other}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert "xoxb" not in done.stderr
    if form == "json":
        line = json.loads(done.stderr)
        assert (line["event"], line["request"], line["level"]) == ("token …", 7, "warning")
    else:
        assert "token …" in done.stderr
        assert "request=7" in done.stderr
