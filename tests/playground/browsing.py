"""What the tests of the page look at it with."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from playwright.sync_api import Browser, Locator, Page

from bot.playground.demo import RunningWorkspace

DEADLINE = 10_000
"""Milliseconds."""


@contextmanager
def opened(
    chromium: Browser,
    running: RunningWorkspace,
    *,
    width: int,
    theme: Literal["light", "dark"],
    person: str = "U0DEV",
) -> Iterator[Page]:
    """Open the page as *person*; afterwards assert that no script failed and nothing was refused by its policy."""
    context = chromium.new_context(viewport={"width": width, "height": 844}, color_scheme=theme)
    page = context.new_page()
    page.set_default_timeout(DEADLINE)
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.goto(f"{running.url}/?as={person}")
    page.get_by_test_id("first-minute").wait_for()
    yield page
    context.close()
    assert troubles == [], troubles


def type_in(page: Page, text: str) -> None:
    """Type *text* into the composer and send it with the keyboard."""
    page.get_by_test_id("composer").fill(text)
    page.get_by_test_id("composer").press("Enter")


def messages(page: Page, text: str) -> Locator:
    """Return the messages that contain *text*."""
    return page.get_by_test_id("message").filter(has_text=text)


def become(page: Page, person: str, channel: str) -> None:
    """Act as *person*, in *channel*."""
    page.get_by_test_id(f"person-{person}").click()
    if page.get_by_test_id("menu").is_visible():
        page.get_by_test_id("menu").click()
    page.get_by_test_id(f"channel-{channel}").click()
