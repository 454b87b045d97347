"""The demo's first page in a real browser: two people side by side, the host's layers and the record."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, FrameLocator, Page, expect

from bot.demo import demo

SERIOUS = {"serious", "critical"}
Theme = Literal["light", "dark"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Run one demo for all of these tests; each asks for another image."""
    with demo(0, "simulated") as url:
        yield url


@contextmanager
def staged(chromium: Browser, address: str, width: int, theme: Theme = "light") -> Iterator[Page]:
    """Open the page in a browser that has never been there; afterwards assert that no script failed."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
    page = context.new_page()
    page.set_default_timeout(15_000)
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
    page.goto(address)
    page.frame_locator("iframe[name=left]").get_by_test_id("composer").wait_for()
    yield page
    context.close()
    assert not troubles, troubles


def seat(page: Page, name: str) -> FrameLocator:
    """Return one person's seat."""
    return page.frame_locator(f"iframe[name={name}]")


def usable(page: Page, width: int) -> None:
    """Assert that nobody is kept out: axe finds nothing serious in any frame, and nothing is wider than the screen."""
    found = [violation for frame in page.frames for violation in Axe().run(frame).response["violations"]]
    serious = [(v["id"], [(n["target"], n["html"]) for n in v["nodes"]]) for v in found if v["impact"] in SERIOUS]
    assert not serious, serious
    wide = [frame.url for frame in page.frames if frame.evaluate("document.documentElement.scrollWidth > innerWidth")]
    assert not wide, wide
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    ("width", "theme", "image"),
    [
        (1440, "light", "redis:alpine"),
        (1440, "dark", "docker:latest"),
        (390, "light", "centos:latest"),
        (390, "dark", "acme/cache:2"),
    ],
)
def test_the_life_of_a_request(chromium: Browser, address: str, width: int, theme: Theme, image: str) -> None:
    """Dana asks, Olga approves; what goes is marked, then gone, and every event is in the chain."""
    with staged(chromium, address, width, theme) as page:
        dana = seat(page, "left")
        dana.get_by_test_id("composer").fill(f"/img rm {image}")
        dana.get_by_test_id("composer").press("Enter")
        expect(dana.get_by_test_id("log")).to_contain_text(f"Remove {image} from web-3?")
        olga = seat(page, "right") if width > 1000 else dana
        if width < 1000:
            dana.get_by_test_id("first-approve").click()
            page.get_by_test_id("inside-button").click()
        label = page.locator(".label", has_text=image)
        expect(label).to_contain_text("goes")
        expect(page.locator(".blocks .goes")).not_to_have_count(0)
        usable(page, width)
        if width < 1000:
            page.get_by_test_id("inside-button").click()
        olga.get_by_test_id("button-img_approve").click()
        usable(page, width)
        olga.get_by_test_id("confirm-ok").click()
        expect(olga.get_by_test_id("log")).to_contain_text(f"Removed {image}")
        if width < 1000:
            page.get_by_test_id("inside-button").click()
        expect(label).to_contain_text("went")
        expect(page.locator(".blocks .goes")).to_have_count(0)
        expect(page.get_by_test_id("event").filter(has_text="Finished").last).to_be_visible()
        expect(page.get_by_test_id("record-says")).to_contain_text("whole")
        usable(page, width)


def test_slack_is_made_to_fail(chromium: Browser, address: str) -> None:
    """The panel makes things go wrong, says so while they do, and makes them well again; each time it answers."""
    with staged(chromium, address, 1440) as page:
        page.get_by_test_id("trouble-button").click()
        usable(page, 1440)
        page.get_by_role("button", name="A bad day").click()
        expect(page.get_by_test_id("trouble-busy")).to_have_value("0.2")
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("trouble-button")).to_have_class("on")
        dana = seat(page, "left")
        dana.get_by_test_id("composer").fill("/img ls node")
        dana.get_by_test_id("composer").press("Enter")
        answer = dana.get_by_test_id("message").filter(has_text=re.compile(r"1 image on web-3|Try again"))
        answer.first.wait_for(timeout=30_000)  # it is said again until Slack takes it
        page.get_by_test_id("trouble-button").click()
        page.get_by_role("button", name="All well").click()
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("trouble-button")).not_to_have_class("on")
        dana.get_by_test_id("composer").fill("/img ls node")
        dana.get_by_test_id("composer").press("Enter")
        expect(dana.get_by_test_id("message").filter(has_text="1 image on web-3").last).to_be_visible()


def test_each_fault_by_itself(chromium: Browser, address: str) -> None:
    """Switched on, seen to happen, an answer comes all the same or when it is over, and switched off again."""
    with staged(chromium, address, 1440) as page:
        dana = seat(page, "left")
        for fault, value in FAULTS.items():
            _set(page, fault, value)
            expect(page.get_by_test_id("trouble-button")).to_have_class("on")
            for _ in range(TRIES):
                dana.get_by_test_id("composer").fill("/img ls")
                dana.get_by_test_id("composer").press("Enter")
                if _happened(address, fault):
                    break
                page.wait_for_timeout(500)
            assert _happened(address, fault), fault
            _set(page, fault, 0)
            expect(page.get_by_test_id("trouble-button")).not_to_have_class("on")
            answers = dana.get_by_test_id("message").filter(has_text="images on web-3")
            expect(dana.get_by_test_id("connection")).to_contain_text("imgbot is connected")
            before = answers.count()
            dana.get_by_test_id("composer").fill("/img ls")
            dana.get_by_test_id("composer").press("Enter")
            expect(answers.nth(before)).to_be_visible()


FAULTS = {"busy": 1.0, "failing": 1.0, "lost": 1.0, "repeated": 1.0, "shuffled": 1.0, "cut": 1.0, "tableless": 1.0}
"""Each fault of the panel, and how often it happens: always."""
TRIES = 5


def _set(page: Page, fault: str, value: float) -> None:
    """Move one slider of the panel."""
    page.get_by_test_id("trouble-button").click()
    page.get_by_test_id(f"trouble-{fault}").fill(str(value))
    page.get_by_test_id(f"trouble-{fault}").dispatch_event("change")
    page.keyboard.press("Escape")


def _happened(address: str, fault: str) -> bool:
    told = requests.get(f"{address}/play/trouble", timeout=5).json()
    return bool(told["counts"].get(fault))


def test_the_theme_is_chosen_for_every_frame(chromium: Browser, address: str) -> None:
    """Auto, light, dark: remembered, and the same in both seats; the picture has a table that says the same."""
    with staged(chromium, address, 1440, "light") as page:
        page.get_by_test_id("theme").click()
        page.get_by_test_id("theme").click()
        expect(page.get_by_test_id("theme")).to_have_accessible_name("Theme: Dark")
        for frame in page.frames:
            assert frame.evaluate("getComputedStyle(document.body).colorScheme") == "dark", frame.url
        page.get_by_test_id("as-table").click()
        expect(page.get_by_test_id("host-table").get_by_role("row").filter(has_text="acme/shop:2.1")).to_contain_text(
            "5, 3 of them shared"
        )
        usable(page, 1440)
        page.reload()
        expect(page.get_by_test_id("host-table")).to_be_visible()
        page.keyboard.press("?")
        expect(page.get_by_test_id("shortcuts")).to_contain_text("become Dana, Olga, Omar or Sam")
