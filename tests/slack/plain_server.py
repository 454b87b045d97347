"""Another server that speaks Slack's Web API and Socket Mode: as little as its documentation shows, and no more.

It shares nothing with the playground. What it answers has the shape of the examples on docs.slack.dev/reference/methods
and docs.slack.dev/apis/events-api/using-socket-mode. A call with an argument that is not documented, without one that
has to be there, or with the wrong token is refused and stands in ``faults``; every method that is not in ``ARGUMENTS``
is unknown.
"""

import asyncio
import itertools
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from aiohttp import WSMsgType, web

Object = dict[str, Any]

BOT_TOKEN, APP_TOKEN = "xoxb-plain", "xapp-plain"
TEAM, APP, CHANNEL, GROUP = "T123ABC456", "A123ABC456", "C123ABC456", "S0614TZR7"
ADA, LEAD = "U0G9QF9C6", "W012A3CDE"
DOMAIN = {"team": {"id": TEAM, "domain": "example"}, "api_app_id": APP}

_MESSAGE = {"text", "blocks", "metadata", "unfurl_links", "unfurl_media", "thread_ts"}
ARGUMENTS: Mapping[str, tuple[set[str], set[str]]] = {
    "apps.connections.open": (set(), set()),
    "auth.test": (set(), set()),
    "chat.delete": ({"channel", "ts"}, set()),
    "chat.postEphemeral": ({"channel", "user"}, {"text", "blocks", "thread_ts"}),
    "chat.postMessage": ({"channel"}, _MESSAGE),
    "chat.update": ({"channel", "ts"}, {"text", "blocks", "metadata"}),
    "conversations.open": (set(), {"users", "channel", "return_im"}),
    "usergroups.users.list": ({"usergroup"}, {"include_disabled", "team_id"}),
    "users.info": ({"user"}, {"include_locale"}),
    "views.open": ({"view"}, {"trigger_id", "interactivity_pointer"}),
}
"""The methods with the arguments that each has to have and may have, besides the token."""


class PlainServer:
    """The server. ``brief`` leaves out of ``users.info`` what a server with one workspace and no bots may not know."""

    def __init__(self, *, brief: bool) -> None:
        self.brief = brief
        self.url = ""
        self.faults: list[str] = []
        self.unknown: list[str] = []
        self.messages: dict[str, Object] = {}
        self.answers: list[Object] = []
        self.views: list[Object] = []
        self.loop = asyncio.new_event_loop()
        self._socket: web.WebSocketResponse | None = None
        self._acknowledged: dict[str, asyncio.Future[Object]] = {}
        self._numbers = itertools.count(1)

    def command(self, user: str, text: str) -> Object:
        """Type ``/img`` with this behind it, and return the acknowledgement."""
        whose = {"team_id": TEAM, "team_domain": "example", "user_id": user, "user_name": "somebody"}
        where = {"channel_id": "C2147483705", "channel_name": "test", "response_url": self._answer_at()}
        typed = {"command": "/img", "text": text, "trigger_id": self._trigger(), "is_enterprise_install": "false"}
        return self.deliver("slash_commands", whose | where | typed | {"api_app_id": APP})

    def click(self, user: str, ts: str, action_id: str) -> Object:
        """Press a button of a message in the channel, and return the acknowledgement."""
        message = self.messages[ts]
        found = (each for block in message["blocks"] for each in block.get("elements", ()))
        pressed = next(each for each in found if each.get("action_id") == action_id)
        kept = {key: pressed[key] for key in ("action_id", "type", "value", "text") if key in pressed}
        action = kept | {"block_id": "gfLx", "action_ts": f"1602600000.{next(self._numbers):06}"}
        whose = {"user": {"id": user, "username": "somebody", "team_id": TEAM}, "trigger_id": self._trigger()}
        container = {"type": "message", "message_ts": ts, "channel_id": CHANNEL, "is_ephemeral": False}
        where = {"container": container, "channel": {"id": CHANNEL, "name": "test"}, "message": message | {"ts": ts}}
        what = {"type": "block_actions", "actions": [action], "response_url": self._answer_at()}
        return self.deliver("interactive", DOMAIN | whose | where | what)

    def submit(self, user: str, view: Object, values: Object) -> Object:
        """Send in a form, and return the acknowledgement."""
        whose = {"user": {"id": user, "name": "somebody"}, "trigger_id": self._trigger()}
        sent = {"type": "view_submission", "view": view | {"state": {"values": values}}}
        return self.deliver("interactive", DOMAIN | whose | sent)

    async def call(self, request: web.Request) -> web.Response:
        """Answer a method of the Web API."""
        method = request.match_info["method"]
        if method not in ARGUMENTS:
            self.unknown.append(method)
            return web.json_response({"ok": False, "error": "unknown_method", "req_method": method})
        given = {**request.query, **(await _body(request))}
        needs, may = ARGUMENTS[method]
        token = APP_TOKEN if method == "apps.connections.open" else BOT_TOKEN
        if request.headers.get("Authorization") != f"Bearer {token}":
            return self._refused(method, "invalid_auth")
        if needs - given.keys() or given.keys() - needs - may:
            return self._refused(method, f"invalid_arguments {sorted(given)}")
        return web.json_response({"ok": True} | self._told(method, given))

    async def answer(self, request: web.Request) -> web.Response:
        """Take what is sent to a response URL."""
        self.answers.append(await request.json())
        return web.Response(text="ok")

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        """Serve the connection of Socket Mode."""
        self._socket = socket = web.WebSocketResponse()
        await socket.prepare(request)
        hello = {"type": "hello", "num_connections": 1, "connection_info": {"app_id": APP}}
        await socket.send_json(hello)
        async for received in socket:
            if received.type is WSMsgType.TEXT:
                told = json.loads(received.data)
                self._acknowledged[told["envelope_id"]].set_result(told.get("payload") or {})
        return socket

    def _told(self, method: str, given: Object) -> Object:
        match method:
            case "apps.connections.open":
                return {"url": f"{self.url.replace('http', 'ws', 1)}/link/?ticket=1234-5678&app_id={APP}"}
            case "auth.test":
                return {
                    "url": f"{self.url}/",
                    "team": "Example",
                    "user": "bot",
                    "team_id": TEAM,
                    "user_id": "W23456789",
                }
            case "chat.postMessage" | "chat.update":
                ts = given.get("ts") or f"1503435956.{next(self._numbers):06}"
                self.messages[ts] = self.messages.get(ts, {}) | given
                return {"channel": given["channel"], "ts": ts, "message": given | {"type": "message"}}
            case "chat.postEphemeral":
                return {"message_ts": "1502210682.580145"}
            case "chat.delete":
                return {"channel": given["channel"], "ts": given["ts"]}
            case "conversations.open":
                return {"channel": {"id": f"D{given['users'][1:]}"}}
            case "usergroups.users.list":
                return {"users": [LEAD]}
            case "users.info":
                return {"user": {"id": given["user"], "name": "somebody"} | ({} if self.brief else _full())}
            case _:
                view = {**given["view"], "id": f"V{next(self._numbers)}", "team_id": TEAM, "hash": "156663117.cd33ad1f"}
                self.views.append(view)
                return {"view": view}

    def _refused(self, method: str, why: str) -> web.Response:
        self.faults.append(f"{method}: {why}")
        return web.json_response({"ok": False, "error": why.partition(" ")[0]})

    def _answer_at(self) -> str:
        return f"{self.url}/commands/{next(self._numbers)}"

    def _trigger(self) -> str:
        return f"13345224609.738474920.{next(self._numbers)}"

    def deliver(self, kind: str, payload: Object) -> Object:
        """Send an envelope, and return what comes with its acknowledgement."""
        return asyncio.run_coroutine_threadsafe(self._delivered(kind, payload), self.loop).result(timeout=5)

    async def _delivered(self, kind: str, payload: Object) -> Object:
        key = f"e{next(self._numbers)}"
        acknowledged = self._acknowledged[key] = asyncio.get_running_loop().create_future()
        assert self._socket is not None
        envelope = {"payload": payload, "envelope_id": key, "type": kind}
        await self._socket.send_json(envelope | {"accepts_response_payload": kind != "events_api"})
        return await asyncio.wait_for(acknowledged, 3)


def _full() -> Object:
    marks = dict.fromkeys(("deleted", "is_bot", "is_restricted", "is_ultra_restricted", "is_app_user"), False)
    return {"team_id": TEAM, "real_name": "Somebody", "profile": {"team": TEAM}, "updated": 1502138686, **marks}


async def _body(request: web.Request) -> Object:
    if request.content_type == "application/json":
        return dict(json.loads(await request.text() or "{}"))
    return dict(await request.post())


@contextmanager
def plain_server(*, brief: bool = False) -> Iterator[PlainServer]:
    """Run the server within the block, on a thread of its own."""
    server, app = PlainServer(brief=brief), web.Application()
    app.router.add_route("*", "/api/{method}", server.call)
    app.router.add_post("/commands/{number}", server.answer)
    app.router.add_get("/link/", server.connect)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    server.loop.run_until_complete(runner.setup())
    server.loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", 0).start())
    server.url = "http://127.0.0.1:{1}".format(*runner.addresses[0])
    thread = threading.Thread(target=server.loop.run_forever)
    thread.start()
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), server.loop).result(timeout=5)
        server.loop.call_soon_threadsafe(server.loop.stop)
        thread.join()
        server.loop.close()
