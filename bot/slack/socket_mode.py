"""Socket Mode: Bolt's aiohttp client on an event loop and a thread of its own.

The built-in client is deaf for up to a minute after a half-closed connection; this one is back within seconds.
"""

import asyncio
import threading
import time
from collections.abc import Callable
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


SILENT = 60.0
"""Seconds without a word from Slack after which a connection counts as lost."""

Acknowledged = Callable[[float], None]
"""Told how many seconds it took until a delivery was acknowledged."""


def _nobody(_: float) -> None:
    """Tell nobody."""


class Handler(SocketModeHandler):
    """Bolt's handler, with each delivery on a thread of its own.

    Bolt answers on the event loop: one delivery that waits for the database would hold up all others, and the pings.
    """

    def __init__(
        self, app: App, app_token: str, web_client: AsyncWebClient, threads: ThreadPoolExecutor, told: Acknowledged
    ) -> None:
        super().__init__(app, app_token, web_client=web_client, ping_interval=PING)
        self._threads = threads
        self._told = told

    async def handle(self, client: AsyncBaseSocketModeClient, req: SocketModeRequest) -> None:
        """Let Bolt answer, and send what it says."""
        began, clock = time.time(), time.perf_counter()
        answer = await asyncio.get_running_loop().run_in_executor(self._threads, run_bolt_app, self.app, req)
        await send_async_response(client, req, answer, began)
        self._told(time.perf_counter() - clock)

    @property
    def is_fresh(self) -> bool:
        """Whether there is a connection, and Slack was heard of lately on it."""
        session, heard = self.client.current_session, self.client.last_ping_pong_time
        return session is not None and not session.closed and (heard is None or time.time() - heard < SILENT)


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
        threads = ThreadPoolExecutor(THREADS, thread_name_prefix="deliver")
        self._handlers = tuple(
            Handler(self._app, self._app_token, client, threads, self._acknowledged) for _ in range(self._connections)
        )
        connecting = [asyncio.create_task(self._connect(handler)) for handler in self._handlers]
        await self._stop.wait()
        for task in connecting:
            task.cancel()
        await asyncio.gather(*connecting, return_exceptions=True)
        await asyncio.to_thread(threads.shutdown)  # what was delivered is answered before the connections close
        for handler in self._handlers:
            await handler.close_async()  # type: ignore[no-untyped-call]  # Bolt's has no types

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
