"""One bot serves one workspace: events of another one are acknowledged and left."""

import json
from urllib.parse import urlencode

import pytest
from slack_bolt import App, BoltRequest
from slack_bolt.authorization import AuthorizeResult
from slack_sdk import WebClient

from bot.slack.listeners import listen
from bot.slack.ours import only_ours
from bot.slack.payloads import Received


@pytest.fixture
def kept() -> list[Received]:
    """Give a list of what is kept."""
    return []


@pytest.fixture
def app(kept: list[Received]) -> App:
    """Give Bolt's app of a bot in T0DEMO, as ``service.py`` makes it."""
    us = AuthorizeResult(enterprise_id=None, team_id="T0DEMO", bot_token="-", bot_user_id="U0IMGBOT")  # noqa: S106 -- none
    made = App(
        client=WebClient(),
        authorize=lambda: us,
        process_before_response=True,
        request_verification_enabled=False,
    )
    only_ours(made, "T0DEMO")
    listen(made, kept.append, lambda _body: [])
    return made


@pytest.mark.parametrize(("team", "count"), [("T0DEMO", 1), ("T0OTHER", 0), (None, 1)])
def test_an_event_counts_where_it_is_of_our_workspace(
    app: App, kept: list[Received], team: str | None, count: int
) -> None:
    """It is acknowledged in any case: Slack would deliver it again. A server with one workspace may not say which."""
    event = {"type": "subteam_updated", "subteam": {"id": "S0OPSLEADS"}}
    body = json.dumps({"type": "event_callback", "team_id": team, "event_id": "Ev1", "event": event})
    answer = app.dispatch(BoltRequest(body=body, headers={"content-type": ["application/json"]}))
    assert answer.status == 200
    assert len(kept) == count


def test_a_command_is_kept_whoever_it_is_from(app: App, kept: list[Received]) -> None:
    """People of other workspaces are told, in words, that they may not use the bot."""
    body = urlencode({"command": "/img", "text": "ls", "team_id": "T0OTHER", "user_id": "U0OTTO", "trigger_id": "1"})
    request = BoltRequest(body=body, headers={"content-type": ["application/x-www-form-urlencoded"]})
    assert app.dispatch(request).status == 200
    assert [received.kind for received in kept] == ["command"]


@pytest.mark.parametrize(
    ("said", "team"),
    [
        ({"team": {"id": "T0OTHER"}}, "T0OTHER"),
        ({"team": None, "user": {"id": "U0DEV", "team_id": "T0OTHER"}}, "T0OTHER"),
        ({"team": None}, "T0DEMO"),
        ({}, "T0DEMO"),
    ],
)
def test_a_click_without_a_team_is_of_ours(app: App, kept: list[Received], said: dict[str, object], team: str) -> None:
    """What is said counts; where nothing is, there is but one workspace, and who it is is looked up there anyway."""
    payload = {"type": "block_actions", "user": {"id": "U0DEV"}, "trigger_id": "1", "actions": [{"action_id": "x"}]}
    body = urlencode({"payload": json.dumps(payload | said)})
    request = BoltRequest(body=body, headers={"content-type": ["application/x-www-form-urlencoded"]})
    assert app.dispatch(request).status == 200
    assert [json.loads(received.body)["team"] for received in kept] == [team]
