"""``response_url``: five answers within thirty minutes, without a token."""

from dataclasses import replace

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from bot.playground.api_chat import content
from bot.playground.blocks import Object
from bot.playground.messages import Message
from bot.playground.people import BOT
from bot.playground.troubled import troubled
from bot.playground.wire import Refusal, arguments, flag
from bot.playground.workspace import HOOK_SECONDS, HOOK_USES, Hook, Workspace


class Hooks:
    """The endpoint."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def answer(self, request: Request) -> Response:
        """Take one answer: 404 when the address is unknown, used up or too old, 400 for what cannot be shown."""
        return await troubled(self._workspace.trouble, lambda: self._taken(request))

    async def _taken(self, request: Request) -> Response:
        key = request.path_params["key"]
        try:
            hook = self._usable(key)
            respond(self._workspace, hook, await arguments(request))
        except Refusal as refusal:
            status = 404 if refusal.error in {"expired_url", "used_url"} else 400
            return JSONResponse({"ok": False, "error": refusal.error, **refusal.more}, status_code=status)
        self._workspace.hooks[key] = replace(hook, uses=hook.uses + 1)
        return PlainTextResponse("ok")

    def _usable(self, key: str) -> Hook:
        hook = self._workspace.hooks.get(key)
        if hook is None or self._workspace.now() - hook.given_at > HOOK_SECONDS:
            raise Refusal("expired_url")
        if hook.uses >= HOOK_USES:
            raise Refusal("used_url")
        return hook


def respond(workspace: Workspace, hook: Hook, given: Object) -> None:
    """Show an answer: in the place of the message that the hook was given on, or as a new one.

    A slash command has no such message: what a person typed cannot be replaced or deleted.
    """
    original = workspace.messages.get((hook.channel, hook.message)) if hook.message else None
    if flag(given.get("delete_original")):
        if original is not None:
            workspace.remove_message(original)
        return
    words, blocks = content(given)
    if flag(given.get("replace_original")) and original is not None:
        workspace.post(replace(original, text=words, blocks=tuple(blocks)))
        return
    workspace.post(
        Message(
            channel=hook.channel,
            ts=workspace.timestamp(),
            user=BOT,
            text=words,
            blocks=tuple(blocks),
            only_for=None if given.get("response_type") == "in_channel" else hook.of,
            thread_ts=given.get("thread_ts"),
        )
    )
