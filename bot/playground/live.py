"""What is pushed to the page: a WebSocket that says what is different now.

``/play/live?user=U`` says what one person sees, whole, after each change. ``/play/live`` without a person says what is
inside: ``{"about": {…}}`` of the workspace and ``{"hosts": […]}`` when they are different, ``{"record": […]}`` with
what is new after ``?after=N``.
A WebSocket and not server-sent events, because a browser allows itself six of those for all its pages together.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect

from bot.playground.blocks import Object
from bot.playground.inside import Inside
from bot.playground.trouble import Chances
from bot.playground.wire import Refusal
from bot.playground.workspace import Workspace

LOOK_EVERY = 1.0
"""Seconds between two looks inside while somebody watches."""
UNKNOWN = 4404
"""The code with which a connection for nobody is closed."""


class Live:
    """The endpoint."""

    def __init__(self, workspace: Workspace, seen_by: Callable[[str], Object], inside: Inside) -> None:
        self._workspace = workspace
        self._seen_by = seen_by
        self._inside = inside

    async def serve(self, socket: WebSocket) -> None:
        """Push until the page goes away, or the workspace ends."""
        await socket.accept()
        user = socket.query_params.get("user")
        telling = self._states(socket, user) if user else self._insides(socket)
        told = asyncio.create_task(telling)
        gone = asyncio.create_task(_gone(socket))
        try:
            await asyncio.wait({told, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
            told.cancel()
            with suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
                await told
        with suppress(WebSocketDisconnect, RuntimeError):
            await socket.close()

    async def _states(self, socket: WebSocket, user: str) -> None:
        seen = -1
        while not self._workspace.closing:
            await self._workspace.wait_for_change(seen)
            seen = self._workspace.version
            try:
                await socket.send_json(self._seen_by(user))
            except Refusal:
                await socket.close(code=UNKNOWN)
                return

    async def _insides(self, socket: WebSocket) -> None:
        given = socket.query_params.get("after", "0")
        shown: Object = {}
        after, seen = int(given) if given.isdecimal() else 0, -1
        while not self._workspace.closing:
            seen = self._workspace.version
            for name, value in (("about", about(self._workspace)), ("hosts", await self._inside.held())):
                if shown.get(name) != value:
                    shown[name] = value
                    await socket.send_json({name: value})
            while new := await self._inside.recorded(after):
                after = int(new[-1]["sequence"])
                await socket.send_json({"record": new})
            with suppress(TimeoutError):
                await asyncio.wait_for(self._workspace.wait_for_change(seen), LOOK_EVERY)


def about(workspace: Workspace) -> Object:
    """Return what the stage says of the workspace itself."""
    return {
        "workspace": workspace.id,
        "banner": {"text": workspace.banner, "real": workspace.real},
        "trouble": workspace.trouble.chances != Chances(),
    }


async def _gone(socket: WebSocket) -> None:
    with suppress(WebSocketDisconnect, RuntimeError):
        while True:
            await socket.receive_text()
