"""Commands, clicks and forms reach an app by Socket Mode in Slack's shapes, and its answers reach the people."""

import asyncio
import json
from typing import Any

import aiohttp
import pytest
import requests
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground import demo
from bot.playground.demo import RunningWorkspace
from tests.playground.driving import CARD, FORM, Driver, EchoApp, eventually, option

COMMAND_FIELDS = {
    *("token", "team_id", "team_domain", "channel_id", "channel_name", "user_id", "user_name", "command", "text"),
    *("response_url", "trigger_id", "api_app_id", "is_enterprise_install"),
}


def test_a_command_reaches_the_app(echo: EchoApp, play: Driver) -> None:
    """A slash command has every field of Slack's, and the acknowledgement's text is shown to its person only."""
    assert play.do("command", user="U0DEV", channel="C0DEV", text="/img rm redis")["outcome"] == "acknowledged"
    payload = echo.received.get(timeout=5)
    assert payload.keys() >= COMMAND_FIELDS
    assert (payload["command"], payload["text"], payload["user_id"]) == ("/img", "rm redis", "U0DEV")
    (answer,) = play.messages("U0DEV", "C0DEV")
    assert (answer["text"], answer["only_for"]) == ("You said: rm redis", "U0DEV")
    assert play.messages("U0LEAD", "C0DEV") == []


def test_a_click_reaches_the_app(echo: EchoApp, play: Driver) -> None:
    """A click carries the message, the button with its value, who clicked and from which team."""
    play.do("command", user="U0DEV", channel="C0DEV", text="/img card")
    echo.received.get(timeout=5)
    (card,) = play.messages("U0LEAD", "C0DEV")
    play.do("click", user="U0LEAD", channel="C0DEV", ts=card["ts"], action_id="press")
    payload = echo.received.get(timeout=5)
    assert payload["user"] == {"id": "U0LEAD", "username": "olga", "name": "olga", "team_id": "T0DEMO"}
    assert payload["container"] == {
        "type": "message",
        "message_ts": card["ts"],
        "channel_id": "C0DEV",
        "is_ephemeral": False,
    }
    assert payload["message"]["blocks"] == card["blocks"]
    (action,) = payload["actions"]
    assert (action["action_id"], action["block_id"], action["value"]) == ("press", "decide", "opaque")
    eventually(lambda: play.messages("U0DEV", "C0DEV")[0]["text"], "Pressed by <@U0LEAD>".__eq__)


def test_a_click_on_a_private_answer(echo: EchoApp, play: Driver) -> None:
    """A click on an ephemeral message carries no message, and its response URL can replace or delete that message."""
    button = {"type": "button", "action_id": "quiet", "text": {"type": "plain_text", "text": "Ask"}}
    blocks = [{"type": "actions", "elements": [button]}]
    ts = echo.client.chat_postEphemeral(channel="C0DEV", user="U0DEV", text="plan", blocks=blocks)["message_ts"]
    assert play.do("click", user="U0DEV", channel="C0DEV", ts=ts, action_id="quiet")["outcome"] == "acknowledged"
    payload = echo.received.get(timeout=5)
    assert ("message" in payload, payload["container"]["is_ephemeral"]) == (False, True)
    assert requests.post(payload["response_url"], json={"replace_original": True, "text": "Asked."}, timeout=5).ok
    (answer,) = play.messages("U0DEV", "C0DEV")
    assert (answer["ts"], answer["text"], "blocks" in answer) == (ts, "Asked.", False)
    assert requests.post(payload["response_url"], json={"delete_original": True}, timeout=5).ok
    assert play.messages("U0DEV", "C0DEV") == []


def test_nobody_clicks_what_they_do_not_see(echo: EchoApp, play: Driver) -> None:
    """A click on somebody else's ephemeral message, or on no element of a message, is refused by the page."""
    ts = echo.client.chat_postEphemeral(channel="C0DEV", user="U0DEV", text="plan", blocks=CARD)["message_ts"]
    assert play.do("click", user="U0SAM", channel="C0DEV", ts=ts, action_id="press")["error"] == "message_not_found"
    assert play.do("click", user="U0DEV", channel="C0DEV", ts=ts, action_id="other")["error"] == "action_not_found"
    assert echo.received.empty()


def test_a_response_url_has_five_uses(echo: EchoApp, play: Driver) -> None:
    """A sixth answer is refused with 404; one that Slack would not show is refused and not counted."""
    play.do("command", user="U0DEV", channel="C0RANDOM", text="/img ls")
    url = echo.received.get(timeout=5)["response_url"]
    answers = [requests.post(url, json={"text": text}, timeout=5).status_code for text in ("1", "", "2", "3", "4")]
    answers.append(requests.post(url, json={"text": "5", "response_type": "in_channel"}, timeout=5).status_code)
    answers.append(requests.post(url, json={"text": "6"}, timeout=5).status_code)
    assert answers == [200, 400, 200, 200, 200, 200, 404]
    assert [message["text"] for message in play.messages("U0LEAD", "C0RANDOM")] == ["5"]


def test_a_response_url_lasts_thirty_minutes() -> None:
    """After 30 minutes a response URL is refused with 404."""
    clock = [1_700_000_000.0]
    with demo.workspace(now=lambda: clock[0]) as running, EchoApp(running) as echo:
        Driver(running.url).do("command", user="U0DEV", channel="C0DEV", text="/img ls")
        url = echo.received.get(timeout=5)["response_url"]
        clock[0] += 30 * 60 + 1
        assert requests.post(url, json={"text": "late"}, timeout=5).status_code == 404


def test_silence_is_told() -> None:
    """A command that is not acknowledged in time ends as operation_timeout for its person."""
    with demo.workspace(ack_seconds=0.3) as running, EchoApp(running) as echo:
        _silence(echo, Driver(running.url))


def _silence(echo: EchoApp, play: Driver) -> None:
    assert play.do("command", user="U0DEV", channel="C0DEV", text="/img silent")["outcome"] == "operation_timeout"
    (told,) = play.messages("U0DEV", "C0DEV")
    assert (told["text"], told["user"]) == ('/img failed with the error "operation_timeout"', "USLACKBOT")
    assert echo.received.get(timeout=5)["text"] == "silent"


def test_nobody_listening_is_told(play: Driver) -> None:
    """A command without any connection ends as dispatch_failed for its person."""
    assert play.do("command", user="U0DEV", channel="C0DEV", text="/img ls")["outcome"] == "dispatch_failed"
    assert play.messages("U0DEV", "C0DEV")[0]["text"] == '/img failed with the error "dispatch_failed"'


def test_unknown_commands_and_messages(echo: EchoApp, play: Driver) -> None:
    """A command of no app is explained, and what people say to each other does not reach the app."""
    play.do("command", user="U0DEV", channel="C0DEV", text="/image ls")
    play.do("message", user="U0DEV", channel="C0DEV", text="hello")
    assert [m["text"] for m in play.messages("U0DEV", "C0DEV")] == [
        "/image is not a valid command. Try /img help.",
        "hello",
    ]
    assert [m["text"] for m in play.messages("U0LEAD", "C0DEV")] == ["hello"]
    assert echo.received.empty()


def test_a_changed_group_reaches_the_app(echo: EchoApp, play: Driver) -> None:
    """Who came and who went is an event in Slack's shape, and only a change is one."""
    assert play.do("group", group="S0OPSLEADS", members=["U0LEAD2", "U0SAM"])["outcome"] == "acknowledged"
    payload = echo.received.get(timeout=5)
    assert (payload["type"], payload["team_id"], payload["event_id"][:2]) == ("event_callback", "T0DEMO", "Ev")
    event = payload["event"]
    assert (event["type"], event["subteam_id"], event["team_id"]) == (
        "subteam_members_changed",
        "S0OPSLEADS",
        "T0DEMO",
    )
    assert (event["added_users"], event["added_users_count"]) == (["U0SAM"], 1)
    assert (event["removed_users"], event["removed_users_count"]) == (["U0LEAD"], 1)
    assert event["date_update"] > event["date_previous_update"]
    play.do("group", group="S0OPSLEADS", members=["U0SAM", "U0LEAD2"])
    assert echo.client.usergroups_users_list(usergroup="S0OPSLEADS")["users"] == ["U0LEAD2", "U0SAM"]
    assert echo.received.empty()
    assert play.do("group", group="S0GONE", members=[])["error"] == "no_such_subteam"
    assert play.do("group", group="S0OPSLEADS", members=["U0NOBODY"])["error"] == "invalid_users"


def test_a_name_is_anybodys_to_choose(echo: EchoApp, play: Driver) -> None:
    """Sam calls himself Olga: the ID stays his."""
    play.do("rename", user="U0SAM", name="Olga")
    sam = echo.client.users_info(user="U0SAM")["user"]
    olga = echo.client.users_info(user="U0LEAD")["user"]
    assert (sam["name"], sam["real_name"], sam["id"]) == (olga["name"], olga["real_name"], "U0SAM")
    assert play.do("rename", user="U0NOBODY", name="Olga")["error"] == "user_not_found"


def test_a_form(echo: EchoApp, play: Driver) -> None:
    """A modal is opened by a trigger, refuses what is empty, shows the app's errors, and closes when taken."""
    play.do("command", user="U0DEV", channel="C0DEV", text="/img form")
    echo.received.get(timeout=5)
    view = play.state("U0DEV")["modal"]["id"]
    assert play.state("U0LEAD")["modal"] is None

    def submit(reason: str) -> Any:  # noqa: ANN401 (JSON)
        values = {"reason": {"text": reason}, "host": {"name": "web-3"}, "more": {"set": ["tell"]}}
        return play.do("submit", user="U0DEV", view_id=view, values=values)["errors"]

    assert submit("") == {"reason": "Please complete this required field."}
    assert submit("no") == {"reason": "Say more than no."}
    assert submit("OPS-123") == {}
    assert play.state("U0DEV")["modal"] is None
    echo.received.get(timeout=5)
    payload = echo.received.get(timeout=5)
    assert payload["view"]["callback_id"] == "form"
    assert payload["view"]["state"]["values"] == {
        "reason": {"text": {"type": "plain_text_input", "value": "OPS-123"}},
        "host": {"name": {"type": "static_select", "selected_option": _option("host", 0)}},
        "more": {"set": {"type": "checkboxes", "selected_options": [_option("more", 0)]}},
    }


def _option(block_id: str, index: int) -> Any:  # noqa: ANN401 (JSON)
    (block,) = (block for block in FORM["blocks"] if block["block_id"] == block_id)
    return block["element"]["options"][index]


def test_a_select_that_searches(echo: EchoApp, play: Driver) -> None:
    """What is typed is told to the app without the rest of the view, and what it offers can be chosen; nothing else."""
    play.do("command", user="U0DEV", channel="C0DEV", text="/img search")
    echo.received.get(timeout=5)
    view = play.state("U0DEV")["modal"]["id"]
    where = {"user": "U0DEV", "view_id": view, "block_id": "images", "action_id": "image"}
    assert play.do("suggest", **where, query="redis")["options"] == [option("redis:7.2"), option("redis:6")]
    asked = echo.received.get(timeout=5)
    assert (asked["type"], asked["value"], asked["action_id"], asked["block_id"]) == (
        *("block_suggestion", "redis"),
        *("image", "images"),
    )
    assert (asked["view"]["id"], asked["view"]["state"], "trigger_id" in asked) == (view, {"values": {}}, False)
    chosen = {"images": {"image": ["redis:6", "alpine", "nginx"]}}
    play.do("click", user="U0DEV", view_id=view, block_id="pages", action_id="quiet", values=chosen)
    pressed = echo.received.get(timeout=5)
    assert pressed["container"] == {"type": "view", "view_id": view}
    entered = {"type": "multi_external_select", "selected_options": [option("redis:6"), option("alpine")]}
    assert pressed["view"]["state"]["values"] == {"images": {"image": entered}}
    assert play.do("submit", user="U0DEV", view_id=view, values=chosen)["errors"] == {}
    assert echo.received.get(timeout=5)["view"]["state"]["values"]["images"]["image"] == entered


def test_a_shortcut(echo: EchoApp, play: Driver) -> None:
    """A global shortcut is told with a trigger and no channel, and can open a modal; an unknown one is refused."""
    assert play.do("shortcut", user="U0LEAD", callback_id="img_new")["outcome"] == "acknowledged"
    payload = echo.received.get(timeout=5)
    assert (payload["type"], payload["callback_id"], payload["user"]["id"]) == ("shortcut", "img_new", "U0LEAD")
    assert "channel" not in payload
    assert play.state("U0LEAD")["modal"]["title"]["text"] == "Search"
    assert play.do("shortcut", user="U0LEAD", callback_id="other")["error"] == "shortcut_not_found"


def test_a_trigger_opens_one_view(echo: EchoApp, play: Driver) -> None:
    """A trigger that was used cannot be used again."""
    play.do("command", user="U0DEV", channel="C0DEV", text="/img form")
    trigger = echo.received.get(timeout=5)["trigger_id"]
    with pytest.raises(SlackApiError, match="exchanged_trigger_id"):
        echo.client.views_open(trigger_id=trigger, view=FORM)


def test_a_trigger_lasts_three_seconds() -> None:
    """A trigger older than three seconds opens nothing."""
    clock = [1_700_000_000.0]
    with demo.workspace(now=lambda: clock[0]) as running, EchoApp(running) as echo:
        Driver(running.url).do("command", user="U0DEV", channel="C0DEV", text="/img ls")
        clock[0] += 3.5
        with pytest.raises(SlackApiError, match="expired_trigger_id"):
            echo.client.views_open(trigger_id=echo.received.get(timeout=5)["trigger_id"], view=FORM)


def test_home(echo: EchoApp, play: Driver) -> None:
    """Opening the Home tab is an event, and what the app publishes then is shown to that person."""
    assert play.do("home", user="U0DEV")["outcome"] == "acknowledged"
    assert echo.received.get(timeout=5)["event"]["type"] == "app_home_opened"
    home = eventually(lambda: play.state("U0DEV")["home"])
    assert home["blocks"][0]["text"]["text"] == "Your requests"


def test_each_payload_goes_to_one_connection(running: RunningWorkspace, play: Driver) -> None:
    """Two connections share the commands: each is delivered once, and both get some."""
    with EchoApp(running) as one, EchoApp(running) as two:
        eventually(lambda: play.state("U0DEV")["connected"], (2).__eq__)
        for number in range(6):
            play.do("command", user="U0DEV", channel="C0DEV", text=f"/img {number}")
        counts = (one.received.qsize(), two.received.qsize())
    assert sum(counts) == 6
    assert min(counts) > 0


def test_the_aiohttp_client_comes_back(running: RunningWorkspace, play: Driver) -> None:
    """After Slack's regular disconnect the client that the bot uses is back and gets the next command."""
    seen = asyncio.run(_disconnected(running, play))
    assert seen == ["before", "after"]


async def _disconnected(running: RunningWorkspace, play: Driver) -> list[str]:
    seen: list[str] = []

    async def take(client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        seen.append(request.payload["text"])
        await client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id))

    web = AsyncWebClient(base_url=running.api_url)
    client = SocketModeClient(app_token=running.app_token, web_client=web, ping_interval=3)
    client.socket_mode_request_listeners.append(take)
    await client.connect()
    await asyncio.to_thread(play.do, "command", user="U0DEV", channel="C0DEV", text="/img before")
    await asyncio.to_thread(play.do, "disconnect", reason="refresh_requested")
    await asyncio.to_thread(eventually, lambda: play.state("U0DEV")["connected"])
    await asyncio.to_thread(play.do, "command", user="U0DEV", channel="C0DEV", text="/img after")
    await client.close()
    return seen


def test_a_ticket_is_used_once(running: RunningWorkspace) -> None:
    """The address of a connection works once, begins with hello, and an invented one is refused."""
    assert asyncio.run(_twice(running)) == ("hello", 403)


async def _twice(running: RunningWorkspace) -> tuple[str, int]:
    url = str(WebClient(base_url=running.api_url).apps_connections_open(app_token=running.app_token)["url"])
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(url) as socket:
            hello = json.loads((await socket.receive()).data)
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(url)
    return hello["type"], refused.value.status
