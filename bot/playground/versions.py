"""``/v1.51/…``: a version before the path, as the Engine API takes it."""

import re

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.playground.world import API_VERSION, MIN_API_VERSION

_VERSIONED = re.compile(r"/v([0-9]+)\.([0-9]+)(/.*)")


class Versions:
    """ASGI middleware that takes the version off the path, or refuses it in the daemon's words."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on without its version."""
        match = _VERSIONED.fullmatch(scope.get("path", ""))
        if match is None:
            await self._app(scope, receive, send)
        elif why := _refusal(int(match[1]), int(match[2])):
            await JSONResponse({"message": why}, status_code=400)(scope, receive, send)
        else:
            await self._app({**scope, "path": match[3], "raw_path": match[3].encode()}, receive, send)


def _refusal(major: int, minor: int) -> str | None:
    asked = f"client version {major}.{minor} is too"
    if (major, minor) > _parsed(API_VERSION):
        return f"{asked} new. Maximum supported API version is {API_VERSION}"
    if (major, minor) < _parsed(MIN_API_VERSION):
        upgrade = "please upgrade your client to a newer version"
        return f"{asked} old. Minimum supported API version is {MIN_API_VERSION}, {upgrade}"
    return None


def _parsed(version: str) -> tuple[int, int]:
    major, minor = version.split(".")
    return int(major), int(minor)
