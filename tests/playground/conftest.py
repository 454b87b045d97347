"""A running workspace, and a tiny Bolt app in it that is not the bot."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from slack_sdk import WebClient

from bot.playground.demo import RunningWorkspace, workspace
from tests.playground.browsing import CHROMIUM, CHROMIUM_ARGUMENTS, opened
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


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Run Debian's chromium, headless; skip where it is missing.

    Not for the whole session: while Playwright runs, this thread has a running event loop, and asyncio.run refuses.
    """
    if not Path(CHROMIUM).exists():
        pytest.skip(f"needs {CHROMIUM} (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, running: RunningWorkspace) -> Iterator[Page]:
    """Open the workspace's page as Dana, wide and light; fail the test when a script of it fails."""
    with opened(chromium, running, width=1440, theme="light") as found:
        yield found
