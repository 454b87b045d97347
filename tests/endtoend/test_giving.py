"""The record given away, as people press and see it: in the page, with the bot as it is shipped."""

import csv
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page

from bot.demo import settings
from bot.playground.demo import RunningWorkspace, simulated_daemon, workspace
from bot.service import Service
from bot.settings import HostTable
from tests.endtoend.team import DANA, OLGA, People, until
from tests.playground.browsing import become, messages, opened, type_in

SCRIPT = Path(__file__).parents[2] / "docs" / "check_evidence.py"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[RunningWorkspace]:
    """Give a workspace in which the bot has removed something."""
    with simulated_daemon(tmp_path / "docker.sock") as daemon, workspace() as running:
        service, people = Service(settings(running, {"web-3": HostTable(url=daemon)}, tmp_path)), People(running.url)
        service.start()
        try:
            assert service.wait_connected(30)
            people.press(OLGA, people.ask(DANA, "/img rm redis:7.2 centos")[1], "img_approve")
            until(lambda: [each for each in people.messages(OLGA, "C0APPROVALS") if "Finished" in str(each)])
            yield running
        finally:
            service.stop()


def _given(page: Page, folder: Path) -> tuple[Locator, Path]:
    """Return the newest message with a file, and the file as it was downloaded from it."""
    message = messages(page, "imgbot").filter(has=page.get_by_test_id("file")).last
    with page.expect_download() as coming:
        message.get_by_test_id("file").click()
    file = folder / coming.value.suggested_filename
    coming.value.save_as(file)
    return message, file


def test_the_record_is_given_to_the_one_who_asks(chromium: Browser, place: RunningWorkspace, tmp_path: Path) -> None:
    """*CSV* and *Evidence file* come to Dana's direct message; the evidence is checked as it says beside it."""
    with opened(chromium, place, width=1200, theme="light", person=DANA) as page:
        type_in(page, "/img history image:redis")
        messages(page, "What was removed").get_by_role("button", name="CSV").click()
        messages(page, "is in our direct messages").wait_for()
        become(page, DANA, "D0DEV")
        _, table = _given(page, tmp_path)
        with table.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        assert {row["request"] for row in rows} == {"1"}
        assert rows[-1]["reference"] == "redis:7.2"

        become(page, DANA, "C0DEV")
        type_in(page, "/img show 1")
        page.get_by_role("button", name="Evidence file").wait_for()
        page.screenshot(path=tmp_path / "show.png")
        page.get_by_role("button", name="Evidence file").click()
        messages(page, "imgbot-evidence-1").wait_for()
        become(page, DANA, "D0DEV")
        message, proof = _given(page, tmp_path)
        head = message.locator("code", has_text=":").last.inner_text()
        checked = subprocess.run([sys.executable, SCRIPT, proof, head], capture_output=True, text=True, check=False)
        assert checked.stdout.endswith("Good: no event was changed, left out or put in between.\n"), checked.stdout
        assert "asked" in checked.stdout
        page.screenshot(path=tmp_path / "given.png")

        become(page, OLGA, "D0LEAD")
        assert page.get_by_test_id("file").count() == 0


@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1200, "light")])
def test_a_period_is_seen_in_a_picture(
    chromium: Browser, place: RunningWorkspace, width: int, theme: str, tmp_path: Path
) -> None:
    """In the answer itself, wide and on a telephone: loaded, no wider than the page, and told in words."""
    assert theme in {"light", "dark"}
    with opened(chromium, place, width=width, theme="dark" if theme == "dark" else "light", person=DANA) as page:
        type_in(page, "/img stats week")
        picture = messages(page, "The last week").get_by_role("img", name="Freed in the last week")
        picture.wait_for()
        assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 800
        box = picture.bounding_box()
        assert box is not None
        assert 200 < box["width"] <= width - box["x"]
        page.wait_for_function("log.scrollHeight - log.scrollTop - log.clientHeight < 2")
        page.screenshot(path=tmp_path / "stats.png")
        become(page, DANA, "D0DEV")
        shared = page.get_by_test_id("file").get_by_role("img", name="Freed in the last week")
        assert shared.evaluate("image => image.decode().then(() => image.naturalWidth)") == 800
        page.screenshot(path=tmp_path / "shared.png")
