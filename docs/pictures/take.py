"""Take the pictures of the documents: the real bot in the playground's page, in headless Chromium.

    .venv/bin/python docs/pictures/take.py

Needs Debian's chromium and fonts-noto-color-emoji. ``demo.webp`` moves: from the command to the removal.
"""

from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, FrameLocator, Page, expect, sync_playwright

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
COMMAND = "/img rm redis:alpine nginx -m 'OPS-123 disk full'"
SHORT, LONG = 700, 2600
"""Milliseconds for which a frame is shown."""


def main() -> None:
    """Take those that move, then those that do not."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        with demo(0, "simulated") as url:
            moving(browser, url, HERE / "demo.webp")
        with demo(0, "simulated") as url:
            still(browser, url)
        browser.close()


def moving(browser: Browser, url: str, path: Path) -> None:
    """Film the life of a request on the stage: typed, planned, approved, removed, on record."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(url)
    dana, olga = page.frame_locator("iframe[name=left]"), page.frame_locator("iframe[name=right]")
    dana.get_by_test_id("first-away").click()
    expect(page.locator(".label")).not_to_have_count(0)
    frames: list[tuple[Image.Image, int]] = []

    def film(milliseconds: int) -> None:
        page.wait_for_timeout(700)  # until nothing moves any more
        frames.append((_shot(page), milliseconds))

    film(LONG)
    dana.get_by_test_id("composer").press_sequentially(COMMAND[:9])
    film(SHORT)
    dana.get_by_test_id("composer").press_sequentially(COMMAND[9:])
    film(LONG)
    dana.get_by_test_id("send").click()
    expect(olga.get_by_test_id("button-img_approve")).to_be_visible()
    expect(page.locator(".blocks .goes")).not_to_have_count(0)
    film(LONG * 2)
    olga.get_by_test_id("button-img_approve").click()
    film(LONG)
    olga.get_by_test_id("confirm-ok").click()
    expect(page.locator(".label.went")).not_to_have_count(0)
    expect(olga.get_by_test_id("log")).to_contain_text("Removed redis:alpine")
    _top(olga)
    film(LONG * 2)
    pictures = [picture for picture, _ in frames]
    times = [time for _, time in frames]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=times, loop=0, quality=70, method=4)
    page.close()


def still(browser: Browser, url: str) -> None:
    """Ask, approve and look, and take a picture of each."""
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


def _shot(page: Page) -> Image.Image:
    return Image.open(BytesIO(page.screenshot())).convert("RGB").resize((1152, 720), Image.Resampling.LANCZOS)


def _top(seat: FrameLocator) -> None:
    """Show the message from its title on."""
    seat.get_by_test_id("message").last.evaluate("message => message.scrollIntoView({ block: 'start' })")


def _page(browser: Browser, url: str) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 860}, device_scale_factor=1)
    page.goto(url)
    expect(page.get_by_test_id("composer")).to_be_visible()
    if page.get_by_test_id("first-away").is_visible():
        page.get_by_test_id("first-away").click()
    return page


def _type(page: Page, text: str) -> None:
    page.get_by_test_id("composer").fill(text)
    page.get_by_test_id("send").click()


if __name__ == "__main__":
    main()
