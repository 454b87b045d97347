"""The least of a Slack: who the app is, one Socket Mode connection, and the time from an envelope to its answer.

Everything else that is called is answered with ``ok``. The playground can do far more, and would be measured with it.
"""

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import WSCloseCode, web

BOT_TOKEN, APP_TOKEN = "xoxb-benchmark", "xapp-benchmark"
TEAM = "T0BENCH"
GIVES_UP_AFTER = 30.0


class Lost(Exception):  # noqa: N818 -- what became of the envelope
    """An envelope was not acknowledged."""


@dataclass(slots=True)
class Slack:
    """The server. ``url`` is where it is, once it runs; ``hellos`` counts the connections that were made."""

    url: str = ""
    hellos: int = 0
    _socket: web.WebSocketResponse | None = None
    _connected: asyncio.Event = field(default_factory=asyncio.Event)
    _waiting: dict[str, "asyncio.Future[float]"] = field(default_factory=dict)
    frozen: bool = False

    async def connected(self) -> None:
        """Wait until the app is there."""
        await asyncio.wait_for(self._connected.wait(), GIVES_UP_AFTER)

    async def command(self, text: str) -> float:
        """Send a slash command, and return for how many seconds its acknowledgement took. Raises Lost without one."""
        await self.connected()
        key = str(uuid.uuid4())
        self._waiting[key] = asyncio.get_running_loop().create_future()
        envelope = {"envelope_id": key, "type": "slash_commands", "accepts_response_payload": True}
        began = time.perf_counter()
        try:
            await self._link().send_str(json.dumps(envelope | {"payload": self._payload(key, text)}))
            return await asyncio.wait_for(self._waiting[key], GIVES_UP_AFTER) - began
        except (TimeoutError, ConnectionError) as error:
            raise Lost(text) from error
        finally:
            del self._waiting[key]

    def _payload(self, key: str, text: str) -> dict[str, str]:
        return {
            "team_id": TEAM,
            "channel_id": "C0BENCH",
            "user_id": "U0BENCH",
            "command": "/img",
            "text": text,
            "api_app_id": "A0BENCH",
            "is_enterprise_install": "false",
            "response_url": f"{self.url}/api/response",
            "trigger_id": key,
        }

    async def close(self) -> None:
        """End the connection with a close frame."""
        await self._taken().close(code=WSCloseCode.GOING_AWAY)

    async def refresh(self) -> None:
        """Say that the connection ends, as Slack does every few hours, and end it."""
        socket = self._taken()
        await socket.send_json({"type": "disconnect", "reason": "refresh_requested", "debug_info": {"host": "bench"}})
        await socket.close()

    def reset(self) -> None:
        """End the connection without a word (RST)."""
        transport = self._transport(self._taken())
        transport.abort()

    def half_close(self) -> None:
        """Say that nothing more comes (FIN), and go on listening: the app's end of it stays open."""
        self._transport(self._taken()).write_eof()

    def freeze(self) -> None:
        """Say nothing more at all, not even to a ping."""
        self.frozen = True
        self._taken()

    def _taken(self) -> web.WebSocketResponse:
        """Return the connection, which counts no more."""
        taken, self._socket = self._link(), None
        self._connected.clear()
        return taken

    def _link(self) -> web.WebSocketResponse:
        if self._socket is None:
            raise ConnectionError("there is no connection")
        return self._socket

    @staticmethod
    def _transport(socket: web.WebSocketResponse) -> asyncio.Transport:
        transport = socket._req.transport if socket._req is not None else None  # noqa: SLF001 -- aiohttp hides it
        if not isinstance(transport, asyncio.Transport):
            raise ConnectionError("the connection is gone")
        return transport

    async def api(self, request: web.Request) -> web.Response:
        """Answer a call of the Web API."""
        match request.match_info["method"]:
            case "auth.test":
                who = {"team_id": TEAM, "user_id": "U0BOT", "bot_id": "B0BOT", "team": "bench", "user": "imgbot"}
                return web.json_response({"ok": True, "url": self.url, **who})
            case "apps.connections.open":
                return web.json_response({"ok": True, "url": f"{self.url.replace('http', 'ws', 1)}/link"})
            case "users.info":
                member = {"id": "U0BENCH", "team_id": TEAM, "deleted": False, "is_bot": False}
                return web.json_response({"ok": True, "user": member})
            case _:
                return web.json_response({"ok": True, "channel": {"id": "C0BENCH"}, "ts": str(time.time())})

    async def link(self, request: web.Request) -> web.WebSocketResponse:
        """Serve a connection."""
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        info = {"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0BENCH"}, "debug_info": {}}
        await socket.send_json(info)
        self._socket, self.frozen = socket, False
        self.hellos += 1
        self._connected.set()
        async for said in socket:
            if said.type is web.WSMsgType.PING and not (self.frozen and socket is not self._socket):
                await socket.pong(said.data)
            if said.type is web.WSMsgType.TEXT:
                self._acknowledged(json.loads(said.data))
        return socket

    def _acknowledged(self, said: dict[str, str]) -> None:
        waiting = self._waiting.get(said.get("envelope_id", ""))
        if waiting is not None and not waiting.done():
            waiting.set_result(time.perf_counter())


@asynccontextmanager
async def slack() -> AsyncIterator[Slack]:
    """Run one within the block."""
    server = Slack()
    app = web.Application()
    app.add_routes(
        [web.post("/api/{method}", server.api), web.get("/api/{method}", server.api), web.get("/link", server.link)]
    )
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    server.url = f"http://{host}:{port}"
    try:
        yield server
    finally:
        await runner.cleanup()
