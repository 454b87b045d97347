"""Take a picture of a message in each state, for docs/messages.md: the goldens' examples in the playground's page.

    .venv/bin/python -m docs.pictures.messages      (make pictures does this too)

Needs what take.py needs.
"""

from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright
from slack_sdk import WebClient

from bot.approval.request import State
from bot.playground.demo import workspace
from bot.slack.blocks import Said
from docs.pictures.take import CHROMIUM, QUIET
from tests.slack.catalogue import CATALOGUE

HERE = Path(__file__).parent / "messages"
SHOWN = (
    *(f"channel/removal {state}" for state in State),
    "channel/removal finished otherwise",
    "channel/removal finished without an approval",
    "channel/batch pending",
    "channel/batch removing",
    "channel/undo open",
    "channel/undo undone",
    "channel/undo reclaimed",
    "channel/restoral pending",
    "channel/restoral finished",
    "channel/fleet pending",
    "channel/fleet removing",
    "channel/fleet finished",
    "channel/fleet finished where one drifted",
    "channel/fleet stopped after the first",
    "channel/fleet interrupted",
    "channel/removal pending and narrowed",
    "thread/lines of a removal finished",
    "thread/lines of a fleet finished",
    "thread/call to remind",
    "direct/removal rejected",
    "direct/fleet finished",
    "audit/checkpoint",
    "audit/left outside",
    "audit/glass broken",
    "reply/asked for",
    "reply/plan that is forbidden",
    "reply/listed",
    "reply/held",
    "reply/hosts in a table",
    "reply/history",
    "reply/help",
    "reply/never there",
)


def main() -> None:
    """Post each message, and take a picture of it at the width of a telephone."""
    HERE.mkdir(exist_ok=True)
    with sync_playwright() as playwright, workspace() as place:
        client = WebClient(place.bot_token, base_url=place.api_url)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page(viewport={"width": 390, "height": 2600}, device_scale_factor=1)
        page.goto(f"{place.url}/?as=U0LEAD#C0APPROVALS")
        expect(page.get_by_test_id("composer")).to_be_visible()
        for name in SHOWN:
            _taken(page, client, name)
        browser.close()


def _taken(page: Page, client: WebClient, name: str) -> None:
    made = CATALOGUE[name].made
    if not isinstance(made, Said):
        raise TypeError(f"{name} is no message.")
    before = page.get_by_test_id("message").count()
    client.chat_postMessage(channel="C0APPROVALS", text=made.text, blocks=list(made.blocks))
    expect(page.get_by_test_id("message")).to_have_count(before + 1)
    page.get_by_test_id("message").last.screenshot(path=HERE / f"{name.replace('/', '-').replace(' ', '-')}.png")


if __name__ == "__main__":
    main()
