"""The page at ``/``, and under ``/play/`` what it and the tests do and see."""

from dataclasses import asdict
from importlib import resources

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from bot.playground.blocks import Object
from bot.playground.completion import completions
from bot.playground.doing import Doing, outcome
from bot.playground.inside import Inside
from bot.playground.messages import Message, View, message_shape, view_shape
from bot.playground.people import BOT, EVERYBODY, Channel
from bot.playground.socket_mode import SocketMode
from bot.playground.trouble import chances
from bot.playground.wire import Refusal, arguments, ok, text
from bot.playground.workspace import Workspace

SUGGESTIONS = ("/img ls", "/img rm redis:alpine", "/img history")
"""The first minute."""
USAGE = "rm IMAGE…   ·   ls [IMAGE]   ·   history [WORD…]   ·   show REQUEST   ·   help"
"""The usage hint of ``/img``."""
SHOWN = 500
"""How many messages the page is given, the latest ones."""


class Page:
    """The endpoints of the page."""

    def __init__(self, workspace: Workspace, app: SocketMode, inside: Inside) -> None:
        self._workspace = workspace
        self._app = app
        self._inside = inside
        self._doing = Doing(workspace, app)

    async def index(self, request: Request) -> Response:
        """Show the stage with its seats, or with ``?as=`` one person's seat alone."""
        return _static("seat.html" if "as" in request.query_params else "index.html")

    async def seat(self, _request: Request) -> Response:
        """Show the seat of whoever one was last."""
        return _static("seat.html")

    async def archive(self, request: Request) -> Response:
        """Follow a permalink."""
        channel, digits = request.path_params["channel"], request.path_params["digits"]
        return RedirectResponse(f"/seat#{channel}/{digits[1:-6]}.{digits[-6:]}")

    async def state(self, request: Request) -> Response:
        """Tell what one person sees now."""
        return JSONResponse(self.seen_by(request.query_params.get("user", "")))

    async def commands(self, _request: Request) -> Response:
        """Tell what can be typed: the commands, and the names of images that hosts hold."""
        hosts = await self._inside.held()
        names = {name for host in hosts for row in host["rows"] if not row["went"] for name in row["names"]}
        return JSONResponse({"commands": completions(), "images": sorted(names)})

    async def trouble(self, _request: Request) -> Response:
        """Tell what goes wrong on purpose, by which chances and how often it did."""
        trouble = self._workspace.trouble
        return JSONResponse({"chances": asdict(trouble.chances), "counts": trouble.counts})

    async def do(self, request: Request) -> Response:
        """Do what ``/play/{what}`` says, as one person."""
        given = await arguments(request)
        match request.path_params["what"]:
            case "command" | "message":
                delivery = await self._doing.type(text(given, "user"), text(given, "channel"), text(given, "text"))
            case "click":
                place = self._place(given)
                where = (given.get("block_id"), text(given, "action_id"))
                values = given.get("values") or {}
                delivery = await self._doing.click(text(given, "user"), place, where, given.get("chosen"), values)
            case "suggest":
                where = (given.get("block_id"), text(given, "action_id"))
                query = str(given.get("query") or "")
                offered = await self._doing.suggest(text(given, "user"), self._view(given), where, query)
                return JSONResponse(ok(options=offered))
            case "shortcut":
                delivery = await self._doing.shortcut(text(given, "user"), text(given, "callback_id"))
            case "submit":
                submitted = await self._doing.submit(text(given, "user"), self._view(given), given.get("values") or {})
                return JSONResponse(ok(outcome=outcome(submitted.delivery), errors=submitted.errors))
            case "close":
                await self._doing.close(text(given, "user"), self._view(given))
                delivery = None
            case "home":
                delivery = await self._doing.open_home(text(given, "user"))
            case "group":
                members = given.get("members")
                delivery = await self._doing.regroup(text(given, "group"), [str(one) for one in members or ()])
            case "disconnect":
                await self._app.disconnect(str(given.get("reason") or "refresh_requested"))
                delivery = None
            case "trouble":
                self._workspace.trouble.begin(chances(given))
                return JSONResponse(ok(counts=self._workspace.trouble.counts))
            case what:
                self._administer(what, given)
                delivery = None
        return JSONResponse(ok(outcome=outcome(delivery)))

    def _administer(self, what: str, given: Object) -> None:
        """Change an account, a channel, or what the app may do, as an admin of the workspace."""
        granted = self._workspace.granted
        match what:
            case "rename":
                self._doing.rename(text(given, "user"), text(given, "name"))
            case "deactivate":
                self._doing.deactivate(text(given, "user"), deleted=given.get("deleted") is not False)
            case "grant":
                granted.scopes = frozenset(map(str, given.get("scopes") or ()))
            case "install":
                granted.installed = given.get("installed") is not False
            case "archive":
                granted.archived.add(text(given, "channel"))
            case _:
                raise Refusal("unknown_method")

    def _place(self, given: Object) -> Message | View:
        if given.get("view_id"):
            return self._view(given)
        channel, ts = text(given, "channel"), text(given, "ts")
        message = self._workspace.find(channel, ts, text(given, "user"))
        if message is None:
            raise Refusal("message_not_found")
        return message

    def _view(self, given: Object) -> View:
        view = self._workspace.view(text(given, "view_id"))
        if view is None or view.of != given.get("user"):
            raise Refusal("view_not_found")
        return view

    def seen_by(self, user: str) -> Object:
        """Return what one person sees now. Raises Refusal for somebody who is nobody."""
        workspace = self._workspace
        if workspace.human(user) is None:
            raise Refusal("user_not_found")
        stack = workspace.modals.get(user, [])
        home = workspace.homes.get(user)
        return {
            "workspace": workspace.id,
            "version": workspace.version,
            "me": user,
            "banner": {"text": workspace.banner, "real": workspace.real},
            "connected": self._app.connected,
            "suggestions": SUGGESTIONS,
            "usage": USAGE,
            "shortcuts": [{"id": key, "name": name} for key, name in workspace.shortcuts.items()],
            "people": [
                {"id": p.id, "name": p.real_name, "title": p.title, "is_bot": p.is_bot, "offered": p.id in EVERYBODY}
                for p in workspace.people.values()
            ],
            "groups": {group.id: group.handle for group in workspace.groups.values()},
            "channels": [_channel(c) for c in workspace.channels.values() if user in c.members],
            "messages": [_message(message) for message in workspace.seen_by(user)[-SHOWN:]],
            "latest": {person: self._latest(person) for person in workspace.people if workspace.human(person)},
            "modal": view_shape(stack[-1]) if stack else None,
            "home": view_shape(home) if home else None,
        }

    def _latest(self, person: str) -> dict[str, str]:
        """Return the timestamp of the bot's last message, by channel: what may be new to *person*."""
        return {message.channel: message.ts for message in self._workspace.seen_by(person) if message.user == BOT}


def _static(name: str) -> Response:
    return HTMLResponse(resources.files("bot.playground").joinpath("static", name).read_text("utf-8"))


def _channel(channel: Channel) -> Object:
    return {"id": channel.id, "name": channel.name, "topic": channel.topic, "direct": channel.of is not None}


def _message(message: Message) -> Object:
    return message_shape(message) | {
        "channel": message.channel,
        "only_for": message.only_for,
        "revision": message.revision,
    }
