"""An ASGI application served from a thread of this process, on a socket that is already bound."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

START_SECONDS = 30.0
GRACE_SECONDS = 3
"""How long open requests may take when the server stops."""


class NotStartedError(RuntimeError):
    """The server did not come up."""


class _Server(uvicorn.Server):
    """A server that says when it is ready, and lets those who wait go before it stops."""

    def __init__(self, config: uvicorn.Config, closing: Callable[[], None]) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._closing = closing

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._closing()
        await super().shutdown(sockets=sockets)


@contextmanager
def running(app: ASGIApp, listening: socket.socket, closing: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Serve *app* on *listening* within the block; *closing* is called on the loop before the server stops.

    Raises NotStartedError when the server does not answer.
    """
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ws_ping_interval=10,
    )
    server = _Server(config, closing)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="playground", daemon=True)
    thread.start()
    try:
        if not server.ready.wait(START_SECONDS):
            raise NotStartedError("The playground's server did not start.")
        yield
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
