"""Socket Mode: Slack's aiohttp client on an event loop and a thread of its own.

The built-in client is deaf for up to a minute after a half-closed connection; this one is back within seconds.
"""

import asyncio
import json
import threading
import time
from collections.abc import Callable

import structlog
from slack_bolt import App
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.committing import Answers

log = structlog.get_logger()

PING = 4.0
"""Seconds between pings; a connection that is silent for longer is made anew."""
PAUSE = 2.0
"""Seconds before a connection that failed is tried again."""
OK = 200


SILENT = 60.0
"""Seconds without a word from Slack after which a connection counts as lost."""

Acknowledged = Callable[[float], None]
"""Told how many seconds it took until a delivery was acknowledged."""


def _nobody(_: float) -> None:
    """Tell nobody."""


class Handler:
    """Has Bolt answer what comes over a connection.

    Bolt's own handler answers on the event loop, where one delivery that waits for the database would hold up all
    others and the pings; and it imports all of Bolt once more for apps of another kind.
    """

    def __init__(self, app: App, app_token: str, web_client: AsyncWebClient, told: Acknowledged) -> None:
        self._answers = Answers(app)
        self._told = told
        self._under_way = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self.client = SocketModeClient(app_token, logger=app.logger, web_client=web_client, ping_interval=PING)
        self.client.socket_mode_request_listeners.append(self._handle)

    async def _handle(self, client: AsyncBaseSocketModeClient, delivery: SocketModeRequest) -> None:
        """Let Bolt answer, and send what it says."""
        began = time.perf_counter()
        self._under_way += 1
        self._idle.clear()
        try:
            answer = await self._answers.to(delivery)
            if answer.status == OK:
                said = SocketModeResponse(delivery.envelope_id, payload_of(answer))
                await client.send_socket_mode_response(said)
                self._told(time.perf_counter() - began)
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    @property
    def is_fresh(self) -> bool:
        """Whether there is a connection, and Slack was heard of lately on it."""
        session, heard = self.client.current_session, self.client.last_ping_pong_time
        return session is not None and not session.closed and (heard is None or time.time() - heard < SILENT)

    async def close(self) -> None:
        """Close the connection, once what was delivered is answered."""
        await self._idle.wait()
        await self.client.close()


def payload_of(answer: BoltResponse) -> dict[str, object] | None:
    """Return what goes with an acknowledgement: an object where Bolt says JSON, a text, or nothing."""
    if not answer.body:
        return None
    if answer.first_headers().get("content-type", "").startswith("application/json"):
        told: dict[str, object] = json.loads(answer.body)
        return told
    return {"text": answer.body}


class SocketMode:
    """Connections to Slack, kept up until told to stop. Slack sends each delivery to any one of them."""

    def __init__(
        self, app: App, app_token: str, api_url: str, *, connections: int = 1, acknowledged: Acknowledged = _nobody
    ) -> None:
        self._app = app
        self._app_token = app_token
        self._api_url = api_url
        self._connections = connections
        self._acknowledged = acknowledged
        self._handlers: tuple[Handler, ...] = ()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._connected = threading.Event()
        self._thread = threading.Thread(target=self._run, name="socket-mode", daemon=True)

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def wait_connected(self, timeout: float) -> bool:
        """Wait for the first connection, at most *timeout* seconds. Returns whether there is one."""
        return self._connected.wait(timeout)

    @property
    def connected(self) -> int:
        """The connections that Slack was heard of on lately."""
        return sum(handler.is_fresh for handler in self._handlers)

    def stop(self, timeout: float) -> None:
        """Close the connections, and wait for that at most *timeout* seconds."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(timeout)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        client = AsyncWebClient(base_url=self._api_url)
        self._handlers = tuple(
            Handler(self._app, self._app_token, client, self._acknowledged) for _ in range(self._connections)
        )
        connecting = [asyncio.create_task(self._connect(handler)) for handler in self._handlers]
        await self._stop.wait()
        for task in connecting:
            task.cancel()
        await asyncio.gather(*connecting, return_exceptions=True)
        for handler in self._handlers:
            await handler.close()

    async def _connect(self, handler: Handler) -> None:
        while True:
            try:
                await handler.client.connect()
            except Exception as error:  # noqa: BLE001 -- whatever keeps Slack away now, it is tried again
                log.warning("Slack not reached", error=type(error).__name__)
                await asyncio.sleep(PAUSE)
                continue
            self._connected.set()
            return
