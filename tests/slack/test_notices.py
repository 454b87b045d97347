"""Notices in the audit channel, as Slack has them."""

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import requests
from slack_sdk import WebClient
from structlog.testing import capture_logs

from bot.approval.notice import Notice, UserGroup
from bot.approval.request import Person
from bot.flows.ports import Shown, Undelivered
from bot.playground.demo import RunningWorkspace, workspace
from bot.slack.conversation import Conversation

SAM = Person(team_id="T0DEMO", user_id="U0SAM")
NOTICE = Notice(
    kind="test",
    parts=(SAM, " <!channel> is in ", UserGroup(id="S0OPSLEADS"), " from ", datetime(2026, 3, 1, tzinfo=UTC)),
)
SHOWN = "<@U0SAM> &lt;!channel&gt; is in <!subteam^S0OPSLEADS> from "
SHOWN += "<!date^1772323200^{date_short_pretty} {time}|2026-03-01 00:00 UTC>"


def _client(place: RunningWorkspace) -> WebClient:
    return WebClient(place.bot_token, base_url=place.api_url, retry_handlers=[])


def _in_the_audit_channel(place: RunningWorkspace) -> list[dict[str, Any]]:
    state = requests.get(f"{place.url}/play/state", params={"user": "U0DEV"}, timeout=10).json()
    return [message for message in state["messages"] if message["channel"] == "C0AUDIT"]


def test_people_groups_and_times_are_slacks_own_and_text_is_text() -> None:
    """The reader sees names and their own clock; what is only text does nothing but stand there."""
    with workspace() as place:
        said = Conversation(_client(place), "C0APPROVALS", "C0AUDIT").announce(NOTICE, 1)
        (posted,) = _in_the_audit_channel(place)
    assert said == Shown(channel="C0AUDIT", ts=posted["ts"])
    assert posted["text"] == SHOWN
    assert [block["text"]["text"] for block in posted["blocks"]] == [SHOWN]


def test_a_channel_that_is_not_there_is_told() -> None:
    """A notice that Slack does not take is undelivered, and why is known."""
    with workspace() as place:
        said = Conversation(_client(place), "C0APPROVALS", "C0GONE").announce(NOTICE, 1)
    assert isinstance(said, Undelivered)
    assert said.why == "channel_not_found"


class _Failing(BaseHTTPRequestHandler):
    """Slack on a bad day: an error of its own, then too many calls, then it works."""

    answers: ClassVar = [(500, {}), (429, {"Retry-After": "7"}), (200, {})]

    def do_POST(self) -> None:
        """Answer with what is next."""
        self.rfile.read(int(self.headers["Content-Length"]))
        status, headers = self.answers.pop(0)
        body = {"ok": True, "channel": "C0AUDIT", "ts": "1.5"} if status == 200 else {"ok": False, "error": "no"}
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_slack_fails_twice_and_says_how_long_to_wait() -> None:
    """A fault of Slack's is tried again soon, too many calls after the seconds that Slack names; then it is posted."""
    with HTTPServer(("127.0.0.1", 0), _Failing) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/api/"
        slack = Conversation(WebClient("xoxb-x", base_url=url, retry_handlers=[]), "C0APPROVALS", "C0AUDIT")
        said = [slack.announce(NOTICE, 1) for _ in range(3)]
        server.shutdown()
        thread.join()
    pauses = [one.again_in.total_seconds() for one in said if isinstance(one, Undelivered)]
    assert pauses == [1, 7]
    assert said[2] == Shown(channel="C0AUDIT", ts="1.5")


def test_without_an_audit_channel_it_is_in_the_log() -> None:
    """Nothing is sent, and the operator's log has the sentence."""
    silent = WebClient("xoxb-x", base_url="http://127.0.0.1:9/api/", retry_handlers=[], timeout=1)
    with capture_logs() as logs:
        assert Conversation(silent, "C0APPROVALS").announce(NOTICE, 1) == Shown(channel="", ts="")
    text = "U0SAM <!channel> is in S0OPSLEADS from 2026-03-01 00:00 UTC"
    assert logs == [{"event": "notice", "kind": "test", "text": text, "log_level": "info"}]
