"""Notices in the audit channel, as Slack has them."""

from datetime import UTC, datetime
from typing import Any

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
        said = Conversation(_client(place), "C0APPROVALS", "C0AUDIT").announce(NOTICE)
        (posted,) = _in_the_audit_channel(place)
    assert said == Shown(channel="C0AUDIT", ts=posted["ts"])
    assert posted["text"] == SHOWN
    assert [block["text"]["text"] for block in posted["blocks"]] == [SHOWN]


def test_a_channel_that_is_not_there_is_told() -> None:
    """A notice that Slack does not take is undelivered, and why is known."""
    with workspace() as place:
        said = Conversation(_client(place), "C0APPROVALS", "C0GONE").announce(NOTICE)
    assert isinstance(said, Undelivered)
    assert said.why == "channel_not_found"


def test_without_an_audit_channel_it_is_in_the_log() -> None:
    """Nothing is sent, and the operator's log has the sentence."""
    silent = WebClient("xoxb-x", base_url="http://127.0.0.1:9/api/", retry_handlers=[], timeout=1)
    with capture_logs() as logs:
        assert Conversation(silent, "C0APPROVALS").announce(NOTICE) == Shown(channel="", ts="")
    text = "U0SAM <!channel> is in S0OPSLEADS from 2026-03-01 00:00 UTC"
    assert logs == [{"event": "notice", "kind": "test", "text": text, "log_level": "info"}]
