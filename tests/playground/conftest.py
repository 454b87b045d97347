"""A running workspace, and a tiny Bolt app in it that is not the bot."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from slack_sdk import WebClient

from bot.playground.demo import RunningWorkspace, workspace
from tests.playground.browsing import opened
from tests.playground.driving import Driver, EchoApp


@pytest.fixture
def running() -> Iterator[RunningWorkspace]:
    """Run a workspace for one test."""
    with workspace() as where:
        yield where


@pytest.fixture
def web(running: RunningWorkspace) -> WebClient:
    """Return Slack's own client, as the bot."""
    return WebClient(token=running.bot_token, base_url=running.api_url, retry_handlers=[])


@pytest.fixture
def play(running: RunningWorkspace) -> Driver:
    """Return what acts for the people in the workspace."""
    return Driver(running.url)


@pytest.fixture
def echo(running: RunningWorkspace) -> Iterator[EchoApp]:
    """Run the tiny app, connected by Socket Mode."""
    with EchoApp(running) as app:
        yield app


@pytest.fixture
def page(chromium: Browser, running: RunningWorkspace) -> Iterator[Page]:
    """Open the workspace's page as Dana, wide and light; fail the test when a script of it fails."""
    with opened(chromium, running, width=1440, theme="light") as found:
        yield found
