"""The demo as a newcomer has it: the command, the page in a real browser, the real bot, by clicking alone."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.daemons import RunningDaemon
from tests.worlds import Build, load


@contextmanager
def started(folder: Path, *arguments: str) -> Iterator[str]:
    """Run ``imgbot demo`` within the block, and give the page's address; it ends with exit code 0."""
    command = [sys.executable, "-m", "bot", "demo", "--port", "0", *arguments]
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("IMGBOT_", "SLACK_"))}
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+", told)
        try:
            assert found, told
            yield found[0]
        finally:
            process.terminate()
            assert process.wait(timeout=30) == 0


def _page(chromium: Browser, address: str, where: str, width: int = 1280) -> Page:
    page = chromium.new_page(viewport={"width": width, "height": 844})
    page.goto(f"{address}/{where}")
    expect(page.get_by_test_id("composer")).to_be_visible()
    return page


def _type(page: Page, text: str) -> None:
    page.get_by_test_id("composer").fill(text)
    page.get_by_test_id("send").click()


def test_the_first_five_minutes(chromium: Browser, tmp_path: Path) -> None:
    """Ask as Dana, approve as Olga on a phone, read the result, ask the history: as the README says."""
    with started(tmp_path) as address:
        dana = _page(chromium, address, "?as=U0DEV#C0DEV")
        olga = _page(chromium, address, "?as=U0LEAD#C0APPROVALS", width=390)
        expect(dana.get_by_test_id("banner")).to_contain_text("nothing on this machine is removed")
        _type(dana, "/img rm redis:alpine")
        expect(dana.get_by_test_id("log")).to_contain_text("untags 2 names, deletes 1 image and 5 layers")
        expect(dana.get_by_test_id("log")).to_contain_text("Asked as request 1")
        olga.get_by_test_id("button-img_approve").click()
        olga.get_by_test_id("confirm-ok").click()
        expect(olga.get_by_test_id("log")).to_contain_text("Removed redis:alpine from web-3, 21 MB freed")
        expect(olga.get_by_test_id("button-img_approve")).to_have_count(0)
        _type(dana, "/img history redis")
        expect(dana.get_by_test_id("log")).to_contain_text("redis:alpine untagged; image deleted; 5 layers deleted")
        _type(dana, "/img ls redis")
        expect(dana.get_by_test_id("log").get_by_test_id("message").last).not_to_contain_text("alpine")
        for page in (dana, olga):
            page.close()


def test_on_a_real_daemon_the_page_says_so(chromium: Browser, dockerd: RunningDaemon, tmp_path: Path) -> None:
    """With ``--daemon URL`` the banner warns, and what is approved is really removed."""
    load(dockerd.client, Build(tags=["redis:alpine"], layers=["base", "redis"]))
    with started(tmp_path, "--daemon", dockerd.url) as address:
        dana = _page(chromium, address, "?as=U0DEV#C0DEV")
        expect(dana.get_by_test_id("banner")).to_contain_text("really removed")
        _type(dana, "/img rm redis:alpine")
        olga = _page(chromium, address, "?as=U0LEAD#C0APPROVALS")
        olga.get_by_test_id("button-img_approve").click()
        olga.get_by_test_id("confirm-ok").click()
        expect(olga.get_by_test_id("log")).to_contain_text("Removed redis:alpine")
        assert dockerd.client.images(all=True) == []


def test_a_demo_goes_on_where_it_was(chromium: Browser, tmp_path: Path) -> None:
    """With ``--folder`` a restart keeps the request, and the open page comes back by itself."""
    folder = ("--folder", str(tmp_path / "kept"))
    with started(tmp_path, *folder) as address:
        port = address.rpartition(":")[2]
        dana = _page(chromium, address, "?as=U0DEV#C0DEV")
        _type(dana, "/img rm redis:alpine")
        expect(dana.get_by_test_id("log")).to_contain_text("Asked as request 1")
        command = [sys.executable, "-m", "bot", "demo", "--port", "0", *folder]
        second = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        assert "another demo is running in it" in second.stderr
    expect(dana.get_by_test_id("connection")).to_contain_text("does not answer")
    with started(tmp_path, *folder, "--port", port) as address:
        expect(dana.get_by_test_id("connection")).to_have_text("imgbot is connected", timeout=15_000)
        expect(dana.get_by_test_id("log")).to_contain_text("Asked as request 1")
        olga = _page(chromium, address, "?as=U0LEAD#C0APPROVALS")
        olga.get_by_test_id("button-img_approve").click()
        olga.get_by_test_id("confirm-ok").click()
        expect(olga.get_by_test_id("log")).to_contain_text("Removed redis:alpine")
        for page in (dana, olga):
            page.close()
