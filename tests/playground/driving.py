"""What the tests of the playground drive it with."""

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import requests
from slack_bolt import Ack, App
from slack_bolt.adapter.socket_mode.aiohttp import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.demo import RunningWorkspace

DEADLINE = 10.0


def eventually(look: Callable[[], Any], wanted: Callable[[Any], bool] = bool, *, within: float = DEADLINE) -> Any:  # noqa: ANN401 -- what is looked at
    """Return what *look* sees as soon as it is *wanted*; fail when that takes longer than *within* (s)."""
    until = time.monotonic() + within
    while not wanted(seen := look()):
        assert time.monotonic() < until, f"still {seen!r} after {within} s"
        time.sleep(0.02)
    return seen


class Driver:
    """People in the workspace, through ``/play/``."""

    def __init__(self, url: str) -> None:
        self.url = url

    def state(self, user: str) -> dict[str, Any]:
        """Return what *user* sees."""
        return dict(requests.get(f"{self.url}/play/state", params={"user": user}, timeout=DEADLINE).json())

    def messages(self, user: str, channel: str) -> list[dict[str, Any]]:
        """Return the messages that *user* sees in *channel*."""
        return [message for message in self.state(user)["messages"] if message["channel"] == channel]

    def do(self, what: str, **given: object) -> dict[str, Any]:
        """Do *what* and return the answer."""
        return dict(requests.post(f"{self.url}/play/{what}", json=given, timeout=DEADLINE).json())


class EchoApp:
    """A Bolt app that keeps what it is sent and answers ``/img`` with a card.

    ``/img card`` posts a message with a button in #dev, ``/img form`` opens a modal, ``/img search`` one with a select
    that searches, as the shortcut does; ``/img silent`` is never acknowledged, and anything else is said back.
    """

    def __init__(self, running: RunningWorkspace) -> None:
        self.received: queue.Queue[dict[str, Any]] = queue.Queue()
        self.client = WebClient(token=running.bot_token, base_url=running.api_url, retry_handlers=[])
        self.app = App(client=self.client, process_before_response=True)
        self.app.command("/img")(self._command)
        self.app.action("press")(self._press)
        self.app.action("quiet")(self._quiet)
        self.app.view("form")(self._form)
        self.app.options("image")(self._suggest)
        self.app.shortcut("img_new")(self._shortcut)
        self.app.event("app_home_opened")(self._home)
        self.app.event("subteam_members_changed")(self._group)
        self._tokens = (running.app_token, running.api_url)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="echo", daemon=True)

    def __enter__(self) -> Self:
        """Connect."""
        self._thread.start()
        self._handler = asyncio.run_coroutine_threadsafe(self._connected(), self._loop).result(DEADLINE)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        """Disconnect."""
        asyncio.run_coroutine_threadsafe(self._handler.client.close(), self._loop).result(DEADLINE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(DEADLINE)
        self._loop.close()

    async def _connected(self) -> SocketModeHandler:
        token, url = self._tokens
        handler = SocketModeHandler(self.app, token, web_client=AsyncWebClient(base_url=url), ping_interval=3)
        await handler.client.connect()
        return handler

    def _command(self, ack: Ack, body: dict[str, Any]) -> None:
        self.received.put(body)
        match body["text"]:
            case "silent":
                return
            case "card":
                ack()
                self.client.chat_postMessage(channel="C0DEV", text="a card", blocks=CARD)
            case "form":
                self.client.views_open(trigger_id=body["trigger_id"], view=FORM)
                ack()
            case "search":
                self.client.views_open(trigger_id=body["trigger_id"], view=SEARCH)
                ack()
            case _:
                ack(text=f"You said: {body['text']}")

    def _press(self, ack: Ack, body: dict[str, Any]) -> None:
        ack()
        self.received.put(body)
        self.client.chat_update(channel="C0DEV", ts=body["message"]["ts"], text=f"Pressed by <@{body['user']['id']}>")

    def _quiet(self, ack: Ack, body: dict[str, Any]) -> None:
        ack()
        self.received.put(body)

    def _form(self, ack: Ack, body: dict[str, Any]) -> None:
        self.received.put(body)
        values = body["view"]["state"]["values"]
        if "reason" in values and values["reason"]["text"]["value"] == "no":
            ack(response_action="errors", errors={"reason": "Say more than no."})
        else:
            ack()

    def _suggest(self, ack: Ack, body: dict[str, Any]) -> None:
        self.received.put(body)
        ack(options=[option(name) for name in ("redis:7.2", "redis:6", "nginx") if body["value"] in name])

    def _shortcut(self, ack: Ack, body: dict[str, Any]) -> None:
        self.received.put(body)
        self.client.views_open(trigger_id=body["trigger_id"], view=SEARCH)
        ack()

    def _group(self, body: dict[str, Any]) -> None:
        self.received.put(body)

    def _home(self, body: dict[str, Any]) -> None:
        self.received.put(body)
        view = {"type": "home", "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "Your requests"}}]}
        self.client.views_publish(user_id=body["event"]["user"], view=view)


def option(value: str) -> dict[str, Any]:
    """Return an option that shows its value."""
    return {"text": {"type": "plain_text", "text": value}, "value": value}


SEARCH: dict[str, Any] = {
    "type": "modal",
    "callback_id": "form",
    "title": {"type": "plain_text", "text": "Search"},
    "submit": {"type": "plain_text", "text": "Ask"},
    "blocks": [
        {
            "type": "input",
            "block_id": "images",
            "dispatch_action": True,
            "label": {"type": "plain_text", "text": "Images"},
            "element": {
                "type": "multi_external_select",
                "action_id": "image",
                "min_query_length": 0,
                "initial_options": [option("alpine")],
            },
        },
        {
            "type": "actions",
            "block_id": "pages",
            "elements": [{"type": "button", "action_id": "quiet", "text": {"type": "plain_text", "text": "More"}}],
        },
    ],
}
CARD: list[dict[str, Any]] = [
    {"type": "header", "text": {"type": "plain_text", "text": "Remove redis:alpine?"}},
    {"type": "section", "text": {"type": "mrkdwn", "text": "*<@U0DEV>* asks to remove `redis:alpine`"}},
    {
        "type": "actions",
        "block_id": "decide",
        "elements": [
            {
                "type": "button",
                "action_id": "press",
                "value": "opaque",
                "style": "primary",
                "text": {"type": "plain_text", "text": "Approve"},
                "confirm": {
                    "title": {"type": "plain_text", "text": "Remove 1 image?"},
                    "text": {"type": "mrkdwn", "text": "It frees *21 MB*."},
                    "confirm": {"type": "plain_text", "text": "Approve"},
                    "deny": {"type": "plain_text", "text": "Back"},
                },
            }
        ],
    },
]
FORM: dict[str, Any] = {
    "type": "modal",
    "callback_id": "form",
    "title": {"type": "plain_text", "text": "Ask to remove"},
    "submit": {"type": "plain_text", "text": "Ask"},
    "close": {"type": "plain_text", "text": "Cancel"},
    "blocks": [
        {
            "type": "input",
            "block_id": "reason",
            "label": {"type": "plain_text", "text": "Why?"},
            "hint": {"type": "plain_text", "text": "Such as OPS-123, disk full"},
            "element": {"type": "plain_text_input", "action_id": "text", "multiline": True},
        },
        {
            "type": "input",
            "block_id": "host",
            "label": {"type": "plain_text", "text": "Host"},
            "element": {
                "type": "static_select",
                "action_id": "name",
                "options": [
                    {"text": {"type": "plain_text", "text": "web-3"}, "value": "web-3"},
                    {"text": {"type": "plain_text", "text": "build-2"}, "value": "build-2"},
                ],
            },
        },
        {
            "type": "input",
            "block_id": "more",
            "optional": True,
            "label": {"type": "plain_text", "text": "Options"},
            "element": {
                "type": "checkboxes",
                "action_id": "set",
                "options": [{"text": {"type": "plain_text", "text": "Tell me when it is done"}, "value": "tell"}],
            },
        },
    ],
}
