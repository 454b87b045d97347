"""Requests as Slack reads them and answers as it writes them."""

import json
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.playground.blocks import Object


class Refusal(Exception):  # noqa: N818 (it is Slack's answer, not an error of ours)
    """What Slack answers with ``"ok": false``; ``more`` goes beside the error word."""

    def __init__(self, error: str, more: Object | None = None) -> None:
        super().__init__(error)
        self.error = error
        self.more = more or {}


def ok(**fields: object) -> Object:
    """Return a good answer."""
    return {"ok": True, **fields}


def refused(refusal: Refusal) -> JSONResponse:
    """Return a refusal as Slack does, with status 200."""
    return JSONResponse({"ok": False, "error": refusal.error, **refusal.more})


def busy(seconds: int) -> JSONResponse:
    """Return what Slack answers to somebody who calls too often (docs.slack.dev/apis/web-api/rate-limits)."""
    return JSONResponse({"ok": False, "error": "ratelimited"}, status_code=429, headers={"Retry-After": str(seconds)})


def failed() -> JSONResponse:
    """Return what Slack answers when it has a fault of its own."""
    return JSONResponse({"ok": False, "error": "internal_error"}, status_code=500)


def invalid(error: str, faults: list[str]) -> Refusal:
    """Return the refusal of blocks or a view, with what is wrong in it."""
    return Refusal(error, {"errors": faults, "response_metadata": {"messages": [f"[ERROR] {f}" for f in faults]}})


async def arguments(request: Request) -> Object:
    """Return the arguments in the query and in a form-encoded or JSON body.

    Raises Refusal for a JSON body that is none.
    """
    body = await request.body()
    found: Object = dict(request.query_params)
    if "json" in request.headers.get("content-type", ""):
        return found | _json_object(body)
    return found | dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))


def _json_object(body: bytes) -> Object:
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        raise Refusal("invalid_json") from None
    if not isinstance(value, dict):
        raise Refusal("json_not_object")
    return value


def parsed(value: object, error: str) -> object:
    """Return what a form field carries as JSON text, or the value itself where the body was JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise Refusal(error) from None


def flag(value: object, *, default: bool = False) -> bool:
    """Return a truth value as forms and JSON spell it."""
    return default if value is None else value in {True, "true", "1"}


def text(given: Object, name: str, error: str = "invalid_arguments") -> str:
    """Return a required argument that is a string."""
    value = given.get(name)
    if not isinstance(value, str) or not value:
        raise Refusal(error)
    return value


def token(request: Request, given: Object) -> str:
    """Return the token of a call, from its header or its arguments."""
    header = request.headers.get("authorization", "")
    scheme, _, value = header.partition(" ")
    return value.strip() if scheme.lower() == "bearer" else str(given.get("token", ""))
