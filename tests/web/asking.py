"""A real bot in a workspace on this machine, with its HTTP server; and Slack's way of sending to it."""

import hashlib
import hmac
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import requests
from pydantic import SecretStr

from bot.demo import settings
from bot.playground.demo import RunningWorkspace, simulated_daemon, workspace
from bot.service import Service
from bot.settings import HostTable, HttpTable, Settings

DEADLINE = 10.0
SIGNING = "8f742231b10e8888abcd99yyyzzz85a5"
"""The secret of Slack's own example (docs.slack.dev/authentication/verifying-requests-from-slack)."""
HOST = "web-3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bot:
    """A bot at work: where its server listens, and the workspace that it is in."""

    url: str
    place: RunningWorkspace

    def get(self, path: str) -> requests.Response:
        """Ask the bot's server."""
        return requests.get(f"{self.url}{path}", timeout=DEADLINE)


def free_port() -> int:
    """Return a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def bot(folder: Path, *, by_http: bool = False, connections: int = 1) -> Iterator[Bot]:
    """Run a bot on a simulated daemon within the block."""
    with workspace() as place, simulated_daemon(folder / "docker.sock") as daemon:
        port = free_port()
        made = _settings(settings(place, {HOST: HostTable(url=daemon)}, folder), port, by_http, connections)
        service = Service(made)
        service.start()
        try:
            assert service.wait_connected(DEADLINE)
            yield Bot(url=f"http://127.0.0.1:{port}", place=place)
        finally:
            service.stop()


def _settings(made: Settings, port: int, by_http: bool, connections: int) -> Settings:  # noqa: FBT001 -- of this file alone
    slack = made.file.slack
    assert slack is not None
    file = made.file.model_copy(
        update={
            "http": HttpTable(listen=f"127.0.0.1:{port}"),
            "slack": slack.model_copy(update={"connections": connections}),
        }
    )
    secrets = {"slack_app_token": None, "slack_signing_secret": SecretStr(SIGNING)} if by_http else {}
    return made.model_copy(update={"file": file, "environment": made.environment.model_copy(update=secrets)})


def command(text: str, *, trigger: str = "1.1", user: str = "U0DEV") -> bytes:
    """Return a slash command as Slack sends it (docs.slack.dev/interactivity/implementing-slash-commands)."""
    return urlencode(
        {
            "team_id": "T0DEMO",
            "user_id": user,
            "channel_id": "C0DEV",
            "command": "/img",
            "text": text,
            "trigger_id": trigger,
            "response_url": "",
        }
    ).encode()


def signed(body: bytes, *, key: str = SIGNING, age: float = 0.0) -> Mapping[str, str]:
    """Return the headers by which Slack signs *body*, *age* seconds ago."""
    at = str(int(time.time() - age))
    seal = hmac.new(key.encode(), b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {
        "X-Slack-Request-Timestamp": at,
        "X-Slack-Signature": f"v0={seal}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
