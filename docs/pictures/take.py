"""Take the pictures of the documents: the real bot in the playground's page, in headless Chromium.

    .venv/bin/python docs/pictures/take.py

Needs Debian's chromium and fonts-noto-color-emoji.
"""

from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.demo import demo

HERE = Path(__file__).parent
CHROMIUM = "/usr/bin/chromium"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def main() -> None:
    """Ask, approve and look, and take a picture of each."""
    with sync_playwright() as playwright, demo(0, "simulated") as url:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        lead = _page(browser, f"{url}/?as=U0LEAD#C0APPROVALS")
        developer = _page(browser, f"{url}/?as=U0DEV#C0DEV")
        _type(developer, "/img rm redis:7.2 acme/cache:2 -m 'OPS-123 disk full before the release'")
        expect(developer.get_by_test_id("log")).to_contain_text("Asked as request 1")
        expect(lead.get_by_test_id("button-img_approve")).to_be_visible()
        lead.screenshot(path=HERE / "request.png")
        lead.get_by_test_id("button-img_approve").click()
        lead.get_by_test_id("confirm-ok").click()
        expect(lead.get_by_test_id("log")).to_contain_text("Finished")
        lead.screenshot(path=HERE / "result.png")
        _type(developer, "/img history redis")
        expect(developer.get_by_test_id("log")).to_contain_text("What was removed")
        developer.screenshot(path=HERE / "history.png")
        browser.close()


def _page(browser: Browser, url: str) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 860}, device_scale_factor=1)
    page.goto(url)
    expect(page.get_by_test_id("composer")).to_be_visible()
    return page


def _type(page: Page, text: str) -> None:
    page.get_by_test_id("composer").fill(text)
    page.get_by_test_id("send").click()


if __name__ == "__main__":
    main()
