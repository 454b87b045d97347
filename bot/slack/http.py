"""HTTP mode: Slack sends what people do to one address of ours, signed.

Signature and age are checked before anything of the body is read (docs.slack.dev/authentication/verifying-requests-
from-slack). The same request once more within its five minutes is the same delivery, and is kept once.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import structlog
from slack_bolt import App
from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response
from slack_sdk.signature import SignatureVerifier
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.slack.manifest import EVENTS_PATH

THREADS = 16
"""Deliveries that are taken at the same time; all that wait are committed together (``flows/keep.py``)."""
LARGEST = 1_000_000
"""Bytes of a request: Slack's largest are forms, of some 100 kB."""
UNSIGNED = "This is not signed by Slack for this app, or too old.\n"
TOO_LARGE = "That is more than Slack sends.\n"

log = structlog.get_logger()


class HttpMode:
    """Takes what Slack sends and has Bolt answer it. *acknowledged* is told how many seconds each answer took."""

    def __init__(self, app: App, signing_secret: str, acknowledged: Callable[[float], None]) -> None:
        self._app = app
        self._verifier = SignatureVerifier(signing_secret)
        self._acknowledged = acknowledged
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="deliver")

    def route(self) -> Route:
        """Return where Slack sends everything."""
        return Route(EVENTS_PATH, self._answer, methods=["GET", "POST"])

    def stop(self, timeout: float) -> None:
        """Wait at most *timeout* seconds for what was delivered to be answered, and take no more."""
        ended = threading.Thread(target=self._threads.shutdown, name="delivered", daemon=True)
        ended.start()
        ended.join(timeout)

    async def _answer(self, request: Request) -> Response:
        began = time.perf_counter()
        if request.method != "POST":  # Slack may look whether the certificate is good (``ssl_check=1``)
            return PlainTextResponse("Slack sends by POST.\n", status_code=200 if _looks(request) else 405)
        body = await _body(request)
        if body is None:
            return PlainTextResponse(TOO_LARGE, status_code=413)
        if not self._is_signed(request, body):
            log.warning("request not signed by Slack", client=request.client.host if request.client else "")
            return PlainTextResponse(UNSIGNED, status_code=401)
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(self._threads, self._app.dispatch, to_bolt_request(request, body))
        self._acknowledged(time.perf_counter() - began)
        return to_starlette_response(answer)

    def _is_signed(self, request: Request, body: bytes) -> bool:
        """Whether Slack signed it in the last five minutes. What is no number, or no ASCII, would raise."""
        timestamp = request.headers.get("x-slack-request-timestamp", "")
        signature = request.headers.get("x-slack-signature", "")
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) < 20 and signature.isascii()):  # noqa: PLR2004 -- more digits than any time has
            return False
        try:
            return self._verifier.is_valid(body, timestamp, signature)
        except UnicodeDecodeError:
            return False


def _looks(request: Request) -> bool:
    return request.query_params.get("ssl_check") == "1"


async def _body(request: Request) -> bytes | None:
    """Return what was sent; None where it is more than Slack sends."""
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > LARGEST:
            return None
    return bytes(found)
