"""The workspace as one application: page, Web API, Socket Mode, response URLs and files."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from bot.playground.api import WebApi
from bot.playground.api_files import Files
from bot.playground.guard import Guard
from bot.playground.hooks import Hooks
from bot.playground.inside import Inside
from bot.playground.live import Live
from bot.playground.page import Page
from bot.playground.socket_mode import ACK_SECONDS, SocketMode
from bot.playground.wire import Refusal
from bot.playground.workspace import Workspace


def site(workspace: Workspace, *, ack_seconds: float = ACK_SECONDS, inside: Inside | None = None) -> Starlette:
    """Return the application that serves *workspace*, and shows what is *inside* beside it."""
    behind = inside or Inside()
    app = SocketMode(workspace, ack_seconds=ack_seconds)
    page = Page(workspace, app, behind)
    files = Files(workspace)
    return Starlette(
        routes=[
            Route("/", page.index),
            Route("/seat", page.seat),
            Route("/archives/{channel}/{digits}", page.archive),
            Route("/play/state", page.state),
            Route("/play/commands", page.commands),
            Route("/play/trouble", page.trouble),
            WebSocketRoute("/play/live", Live(workspace, page.seen_by, behind).serve),
            Route("/play/{what}", page.do, methods=["POST"]),
            Route("/api/{method}", WebApi(workspace, app.open).answer, methods=["GET", "POST"]),
            Route("/response/{key}", Hooks(workspace).answer, methods=["POST"]),
            Route("/upload/{key}", files.upload, methods=["POST"]),
            Route("/files/{key}", files.download),
            Route("/files/{key}/{name}", files.download),
            WebSocketRoute("/link/", app.serve),
            Mount("/static", StaticFiles(packages=[("bot.playground", "static")])),
        ],
        middleware=[Middleware(Guard)],
        exception_handlers={Refusal: _unusable, ClientDisconnect: _gone},
    )


async def _unusable(_request: Request, refusal: Exception) -> Response:
    return JSONResponse({"ok": False, "error": str(refusal)}, status_code=400)


async def _gone(_request: Request, _error: Exception) -> Response:
    """Answer somebody who is gone: nobody reads it."""
    return Response(status_code=400)
