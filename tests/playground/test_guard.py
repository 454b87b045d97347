"""Pages of the web cannot drive the workspace, though they run in a browser on the same machine."""

import asyncio

import aiohttp
import pytest
import requests
from slack_sdk import WebClient

from bot.playground.demo import RunningWorkspace
from tests.playground.driving import Driver

SAID = {"user": "U0LEAD", "channel": "C0DEV", "text": "approve everything"}


def post(running: RunningWorkspace, headers: dict[str, str]) -> int:
    """Say something as Olga, with these headers, and return the status."""
    return requests.post(f"{running.url}/play/message", json=SAID, headers=headers, timeout=5).status_code


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "10.0.0.7:80", "[", "user@evil.example", ""]
)
def test_foreign_names_are_refused(running: RunningWorkspace, play: Driver, host: str) -> None:
    """A name that was made to resolve to this machine is not answered, not even for reading."""
    assert requests.get(running.url, headers={"Host": host}, timeout=5).status_code == 403
    assert post(running, {"Host": host}) == 403
    assert play.messages("U0DEV", "C0DEV") == []


@pytest.mark.parametrize("origin", ["http://evil.example", "https://127.0.0.1", "null", "http://127.0.0.1:1"])
def test_foreign_origins_are_refused(running: RunningWorkspace, play: Driver, origin: str) -> None:
    """Nothing is taken from a page of another origin, another port of this machine included."""
    assert post(running, {"Origin": origin}) == 403
    assert play.messages("U0DEV", "C0DEV") == []


def test_the_own_page_is_welcome(running: RunningWorkspace, play: Driver) -> None:
    """What our own page sends is taken."""
    assert post(running, {"Origin": running.url}) == 200
    assert [message["text"] for message in play.messages("U0DEV", "C0DEV")] == ["approve everything"]


def test_a_foreign_page_gets_no_socket(running: RunningWorkspace) -> None:
    """A WebSocket from another origin is refused, even with a good ticket."""
    url = str(WebClient(base_url=running.api_url).apps_connections_open(app_token=running.app_token)["url"])
    assert asyncio.run(_handshake(url)) == 403


async def _handshake(url: str) -> int:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(url, origin="http://evil.example")
    return refused.value.status


def test_only_loopback_is_listened_on(running: RunningWorkspace) -> None:
    """The address is one of this machine only."""
    assert running.url.startswith("http://127.0.0.1:")


def test_no_other_page_can_frame_this_one(running: RunningWorkspace) -> None:
    """No other page can put this one in a frame and lure a click onto Approve."""
    policy = requests.get(f"{running.url}/play/state?user=U0DEV", timeout=5).headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in policy
