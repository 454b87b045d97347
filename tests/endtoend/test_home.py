"""The Home tab, the form and the shortcut, as Slack delivers them: by Socket Mode, with the real bot."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from bot.demo import settings
from bot.playground.demo import simulated_daemon, workspace
from bot.service import Service
from bot.settings import HostTable
from tests.playground.driving import Driver, eventually


@pytest.fixture
def play(tmp_path: Path) -> Iterator[Driver]:
    """Give a workspace with the bot in it, which has two hosts."""
    with ExitStack() as stack:
        hosts = {
            name: HostTable(url=stack.enter_context(simulated_daemon(tmp_path / f"{name}.sock")))
            for name in ("web-3", "web-4")
        }
        place = stack.enter_context(workspace())
        service = Service(settings(place, hosts, tmp_path))
        service.start()
        stack.callback(service.stop)
        assert service.wait_connected(20)
        yield Driver(place.url)


def _home(play: Driver, user: str) -> str:
    shown = play.state(user)["home"]
    return str(shown["blocks"]) if shown else ""


def _element(blocks: list[dict[str, Any]], action_id: str) -> dict[str, Any]:
    every = [e for block in blocks for e in (*block.get("elements", ()), block.get("element"), block.get("accessory"))]
    return next(element for element in every if element and element.get("action_id") == action_id)


def _form(play: Driver, user: str) -> dict[str, Any]:
    return dict(eventually(lambda: play.state(user)["modal"]))


def test_from_the_home_tab_to_the_record(play: Driver) -> None:
    """Open the tab, ask in the form for another host, approve, see it removed there, and ask for it back."""
    play.do("home", user="U0DEV")
    eventually(lambda: _home(play, "U0DEV"), lambda shown: "without a name" in shown)
    home = play.state("U0DEV")["home"]
    play.do("click", user="U0DEV", view_id=home["id"], action_id="img_new")
    form = _form(play, "U0DEV")
    play.do("click", user="U0DEV", view_id=form["id"], action_id="img_host", chosen="web-4")
    eventually(lambda: play.state("U0DEV")["modal"], lambda shown: "images-1" in str(shown["blocks"]))
    where = {"user": "U0DEV", "view_id": form["id"], "block_id": "images-1", "action_id": "images"}
    offered = eventually(lambda: play.do("suggest", **where, query="redis:a")["options"])
    assert [option["value"] for option in offered] == ["redis:alpine"]
    values = {"images-1": {"images": ["redis:alpine"]}, "text": {"text": "OPS-123"}, "host": {"img_host": "web-4"}}
    assert play.do("submit", user="U0DEV", view_id=form["id"], values=values)["errors"] == {}
    message, *_ = eventually(lambda: play.messages("U0LEAD", "C0APPROVALS"))
    assert message["text"] == "Request 1: Remove redis:alpine from web-4? Frees 21 MB. The reason: OPS-123"
    play.do("home", user="U0LEAD")
    eventually(lambda: _home(play, "U0LEAD"), lambda shown: "Open to decide" in shown)
    play.do("click", user="U0LEAD", channel="C0APPROVALS", ts=message["ts"], action_id="img_approve")
    eventually(lambda: _home(play, "U0DEV"), lambda shown: "Removed redis:alpine from web-4" in shown)
    eventually(lambda: _home(play, "U0LEAD"), lambda shown: "Open to decide" not in shown)
    play.do("click", user="U0DEV", view_id=home["id"], action_id="img_restore")
    eventually(lambda: [m for m in play.messages("U0LEAD", "C0APPROVALS") if "Put redis:alpine back" in m["text"]])


def test_a_shortcut_and_the_whole_plan(play: Driver) -> None:
    """The shortcut opens the form; details are shown from the list of one's own requests."""
    play.do("shortcut", user="U0DEV", callback_id="img_new")
    assert _form(play, "U0DEV")["callback_id"] == "img_new"
    play.do("close", user="U0DEV", view_id=_form(play, "U0DEV")["id"])
    play.do("command", user="U0DEV", channel="C0DEV", text="/img rm -H web-3 nginx")
    eventually(lambda: play.messages("U0LEAD", "C0APPROVALS"))
    play.do("command", user="U0DEV", channel="C0DEV", text="/img mine")
    found = eventually(lambda: [m for m in play.messages("U0DEV", "C0DEV") if m["text"].startswith("Your requests")])
    assert _element(found[0]["blocks"], "img_details")["text"]["text"] == "Details"
    play.do("click", user="U0DEV", channel="C0DEV", ts=found[0]["ts"], action_id="img_details")
    details = _form(play, "U0DEV")
    assert (details["title"]["text"], details["submit"]) == ("Request 1", None)
    assert "nginx:latest" in str(details["blocks"])
