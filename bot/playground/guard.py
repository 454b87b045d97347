"""Who may talk to the workspace: programs and pages of this machine.

It listens on the loopback address only. A page from elsewhere, opened in a browser on this machine, could still reach
it: under a name of its own that resolves to 127.0.0.1 (so the Host header must be a loopback name), or by sending a
form across origins (so an Origin header must be our own).
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
READING = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS = {
    b"content-security-policy": (
        b"default-src 'self'; img-src 'self' data:; connect-src 'self' ws://127.0.0.1:* ws://localhost:*; "
        b"object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
}


def refusal(method: str, headers: Headers) -> str | None:
    """Return why a request is refused, or None."""
    host = headers.get("host", "")
    if _name(host) not in LOOPBACK:
        return "This workspace answers to loopback names only, such as 127.0.0.1 and localhost."
    origin = headers.get("origin")
    if method not in READING and origin is not None and origin != f"http://{host}":
        return "This workspace takes nothing from pages of another origin."
    return None


def _name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:  # such as a bracket that nobody closes
        return None


class Guard:
    """ASGI middleware that refuses the others and sends the page's security headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it with status 403."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        method = scope.get("method", "WEBSOCKET")
        why = refusal(method, Headers(scope=scope))
        if why is None:
            await self._app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await WebSocketClose(code=4403, reason=why)(scope, receive, send)
        else:
            await PlainTextResponse(why, status_code=403)(scope, receive, send)


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *HEADERS.items()]
        await send(message)

    return sending
