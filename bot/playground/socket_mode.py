"""Socket Mode: connections of the app, and envelopes that wait for their acknowledgement.

Each envelope goes to any one of the connections (docs.slack.dev/apis/events-api/using-socket-mode).
"""

import asyncio
import json
import secrets
import uuid
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.playground.blocks import Object
from bot.playground.people import APP_ID
from bot.playground.workspace import Workspace

ACK_SECONDS = 3.0
"""How long Slack waits before it tells the person ``operation_timeout``."""
LIFETIME = 18_060
"""The ``approximate_connection_time`` that Slack announces, in seconds."""


class Kind(StrEnum):
    """The types of envelopes."""

    COMMAND = "slash_commands"
    INTERACTIVE = "interactive"
    EVENT = "events_api"


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """The app took it; ``payload`` is what it answered with, or nothing."""

    payload: Object


class Failure(StrEnum):
    """What Slack tells a person whose command did not arrive, or was not acknowledged."""

    NOBODY = "dispatch_failed"
    SILENT = "operation_timeout"


Delivery = Acknowledged | Failure


class SocketMode:
    """The connections of one app."""

    def __init__(self, workspace: Workspace, *, ack_seconds: float = ACK_SECONDS) -> None:
        self._workspace = workspace
        self._ack_seconds = ack_seconds
        self._tickets: set[str] = set()
        self._connections: list[WebSocket] = []
        self._waiting: dict[str, asyncio.Future[Object]] = {}

    @property
    def connected(self) -> int:
        """How many connections there are."""
        return len(self._connections)

    def open(self) -> str:
        """Return the address of a new connection; it can be used once."""
        ticket = secrets.token_urlsafe(18)
        self._tickets.add(ticket)
        return f"{self._workspace.url.replace('http', 'ws', 1)}/link/?ticket={ticket}&app_id={APP_ID}"

    async def serve(self, socket: WebSocket) -> None:
        """Serve one connection for as long as it lasts."""
        ticket = socket.query_params.get("ticket", "")
        if ticket not in self._tickets:
            await socket.close(code=4401)
            return
        self._tickets.remove(ticket)
        await socket.accept()
        self._connections.append(socket)
        try:
            await socket.send_json(self._hello())
            self._workspace.changed()
            await self._listen(socket)
        finally:
            self._drop(socket)

    async def deliver(self, kind: Kind, payload: Object) -> Delivery:
        """Send *payload* to any connection and wait for the acknowledgement."""
        key = str(uuid.uuid4())
        envelope: Object = {"envelope_id": key, "type": kind.value, "payload": payload}
        envelope["accepts_response_payload"] = kind is not Kind.EVENT
        if kind is Kind.EVENT:
            envelope |= {"retry_attempt": 0, "retry_reason": ""}
        self._waiting[key] = asyncio.get_running_loop().create_future()
        try:
            if not await self._sent(envelope):
                return Failure.NOBODY
            return Acknowledged(payload=await asyncio.wait_for(self._waiting[key], self._ack_seconds))
        except TimeoutError:
            return Failure.SILENT
        finally:
            del self._waiting[key]

    async def disconnect(self, reason: str) -> None:
        """Tell every connection that it ends, and end it, as Slack does every few hours."""
        for socket in list(self._connections):
            self._drop(socket)
            with suppress(WebSocketDisconnect, RuntimeError):
                await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "playground"}})
                await socket.close()

    async def _sent(self, envelope: Object) -> bool:
        """Send *envelope* as well as it goes: held back, several times, or over a connection that ends with it."""
        trouble = self._workspace.trouble
        if held_back := trouble.shuffle():
            await asyncio.sleep(held_back)
        for _ in range(trouble.copies() - 1):
            await self._send(envelope | {"envelope_id": str(uuid.uuid4())})  # its acknowledgement says nothing to us
        sent = await self._send(envelope)
        if sent and trouble.cuts():
            await self._cut()
        return sent

    async def _cut(self) -> None:
        """End the connection that was used last, without a word."""
        socket = self._connections[-1]
        self._drop(socket)
        with suppress(WebSocketDisconnect, RuntimeError):
            await socket.close(code=1011)

    async def _send(self, envelope: Object) -> bool:
        for socket in list(self._connections):
            with suppress(WebSocketDisconnect, RuntimeError):
                await socket.send_json(envelope)
                self._connections.append(self._connections.pop(0))
                return True
            self._drop(socket)
        return False

    async def _listen(self, socket: WebSocket) -> None:
        with suppress(WebSocketDisconnect, RuntimeError):  # the second where it was found gone while something was sent
            async for text in socket.iter_text():
                self._take(text)

    def _take(self, text: str) -> None:
        with suppress(ValueError):
            said = json.loads(text)
            key = said.get("envelope_id") if isinstance(said, dict) else None
            waiting = self._waiting.get(str(key))
            if waiting is not None and not waiting.done():
                payload = said.get("payload")
                waiting.set_result(payload if isinstance(payload, dict) else {})

    def _hello(self) -> Object:
        return {
            "type": "hello",
            "num_connections": len(self._connections),
            "connection_info": {"app_id": APP_ID},
            "debug_info": {"host": "playground", "build_number": 1, "approximate_connection_time": LIFETIME},
        }

    def _drop(self, socket: WebSocket) -> None:
        if socket in self._connections:
            self._connections.remove(socket)
            self._workspace.changed()
