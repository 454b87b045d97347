"""Socket Mode: Bolt's aiohttp client on an event loop and a thread of its own.

The built-in client is deaf for up to a minute after a half-closed connection; this one is back within seconds.
"""

import asyncio
import threading

import structlog
from slack_bolt import App
from slack_bolt.adapter.socket_mode.aiohttp import SocketModeHandler
from slack_sdk.web.async_client import AsyncWebClient

log = structlog.get_logger()

PING = 4.0
"""Seconds between pings; a connection that is silent for longer is made anew."""
PAUSE = 2.0
"""Seconds before a connection that failed is tried again."""


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
        handler = SocketModeHandler(self._app, self._app_token, web_client=client, ping_interval=PING)
        connecting = asyncio.create_task(self._connect(handler))
        await self._stop.wait()
        connecting.cancel()
        await asyncio.gather(connecting, return_exceptions=True)
        await handler.close_async()

    async def _connect(self, handler: SocketModeHandler) -> None:
        while True:
            try:
                await handler.connect_async()
            except Exception as error:  # noqa: BLE001 -- whatever keeps Slack away now, it is tried again
                log.warning("Slack not reached", error=type(error).__name__)
                await asyncio.sleep(PAUSE)
                continue
            self._connected.set()
            return
