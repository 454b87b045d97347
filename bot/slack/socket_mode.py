"""Socket Mode: Bolt's aiohttp client on an event loop and a thread of its own.

The built-in client is deaf for up to a minute after a half-closed connection; this one is back within seconds.
"""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import structlog
from slack_bolt import App
from slack_bolt.adapter.socket_mode.aiohttp import SocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.adapter.socket_mode.internals import run_bolt_app
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

log = structlog.get_logger()

PING = 4.0
"""Seconds between pings; a connection that is silent for longer is made anew."""
THREADS = 16
"""Deliveries that are taken at the same time; all that wait are committed together (``flows/keep.py``)."""
PAUSE = 2.0
"""Seconds before a connection that failed is tried again."""


class Handler(SocketModeHandler):
    """Bolt's handler, with each delivery on a thread of its own.

    Bolt answers on the event loop: one delivery that waits for the database would hold up all others, and the pings.
    """

    def __init__(self, app: App, app_token: str, web_client: AsyncWebClient) -> None:
        super().__init__(app, app_token, web_client=web_client, ping_interval=PING)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="deliver")

    async def handle(self, client: AsyncBaseSocketModeClient, req: SocketModeRequest) -> None:
        """Let Bolt answer, and send what it says."""
        began = time.time()
        answer = await asyncio.get_running_loop().run_in_executor(self._threads, run_bolt_app, self.app, req)
        await send_async_response(client, req, answer, began)

    async def close_async(self) -> None:
        """Close the connection, once what was delivered is answered."""
        await asyncio.to_thread(self._threads.shutdown)
        await super().close_async()  # type: ignore[no-untyped-call]  # Bolt's has no types


class SocketMode:
    """One connection to Slack, kept up until told to stop."""

    def __init__(self, app: App, app_token: str, api_url: str) -> None:
        self._app = app
        self._app_token = app_token
        self._api_url = api_url
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

    def stop(self, timeout: float) -> None:
        """Close the connection, and wait for that at most *timeout* seconds."""
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
        handler = Handler(self._app, self._app_token, client)
        connecting = asyncio.create_task(self._connect(handler))
        await self._stop.wait()
        connecting.cancel()
        await asyncio.gather(connecting, return_exceptions=True)
        await handler.close_async()

    async def _connect(self, handler: Handler) -> None:
        while True:
            try:
                await handler.connect_async()  # type: ignore[no-untyped-call]  # likewise
            except Exception as error:  # noqa: BLE001 -- whatever keeps Slack away now, it is tried again
                log.warning("Slack not reached", error=type(error).__name__)
                await asyncio.sleep(PAUSE)
                continue
            self._connected.set()
            return
