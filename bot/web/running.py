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


class Running:
    """*app* on *listening*, once it is started. *closing* is called on the loop before the server stops."""

    def __init__(
        self, app: ASGIApp, listening: socket.socket, closing: Callable[[], None] = lambda: None, *, name: str = "http"
    ) -> None:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            ws_ping_interval=10,
        )
        self._listening = listening
        self._server = _Server(config, closing)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listening]}, name=name, daemon=True
        )

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self._listening.getsockname()[:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    def start(self) -> None:
        """Begin to answer. Raises NotStartedError where it does not."""
        self._thread.start()
        if not self._server.ready.wait(START_SECONDS):
            raise NotStartedError(f"The server at {self.url} did not start.")

    def stop(self, timeout: float | None = None) -> None:
        """Answer what is being asked, and end; within *timeout* seconds where that is given."""
        self._server.should_exit = True
        if self._thread.ident is not None:
            self._thread.join(timeout)
        self._listening.close()


@contextmanager
def running(app: ASGIApp, listening: socket.socket, closing: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Serve *app* on *listening* within the block; *closing* is called on the loop before the server stops.

    Raises NotStartedError when the server does not answer.
    """
    server = Running(app, listening, closing, name="playground")
    try:
        server.start()
        yield
    finally:
        server.stop()
