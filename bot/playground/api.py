"""The Web API under ``/api/``: who may call, and which method answers."""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.playground import api_chat, api_directory, api_files, api_history, api_views
from bot.playground.blocks import Object
from bot.playground.people import APP_ID, BOT, BOT_ID, TEAM_ID, TEAM_NAME
from bot.playground.troubled import troubled
from bot.playground.wire import Refusal, arguments, ok, refused, token
from bot.playground.workspace import Workspace

Method = Callable[[Workspace, Object], Object]


def auth_test(workspace: Workspace, _given: Object) -> Object:
    """Answer ``auth.test``."""
    return ok(
        url=workspace.url + "/",
        team=TEAM_NAME,
        team_id=TEAM_ID,
        user="imgbot",
        user_id=BOT,
        bot_id=BOT_ID,
        app_id=APP_ID,
        is_enterprise_install=False,
    )


def api_test(_workspace: Workspace, given: Object) -> Object:
    """Answer ``api.test``."""
    return ok(args=given)


METHODS: Mapping[str, Method] = {
    "api.test": api_test,
    "auth.test": auth_test,
    "chat.delete": api_chat.delete,
    "chat.getPermalink": api_chat.get_permalink,
    "chat.postEphemeral": api_chat.post_ephemeral,
    "chat.postMessage": api_chat.post_message,
    "chat.update": api_chat.update,
    "conversations.history": api_history.history,
    "conversations.info": api_directory.conversations_info,
    "conversations.members": api_directory.conversations_members,
    "conversations.open": api_directory.conversations_open,
    "conversations.replies": api_history.replies,
    "files.completeUploadExternal": api_files.complete_upload,
    "files.getUploadURLExternal": api_files.get_upload_url,
    "usergroups.list": api_directory.usergroups_list,
    "usergroups.users.list": api_directory.usergroups_users_list,
    "users.info": api_directory.users_info,
    "views.open": api_views.open_view,
    "views.publish": api_views.publish,
    "views.push": api_views.push,
    "views.update": api_views.update,
}


class WebApi:
    """The endpoint. ``open_connection`` gives the address of a new Socket Mode connection."""

    def __init__(self, workspace: Workspace, open_connection: Callable[[], str]) -> None:
        self._workspace = workspace
        self._open_connection = open_connection

    async def answer(self, request: Request) -> Response:
        """Answer one call; everything but a broken request and what goes wrong on purpose has status 200."""
        return await troubled(self._workspace.trouble, lambda: self._answered(request))

    async def _answered(self, request: Request) -> Response:
        try:
            given = await arguments(request)
            answer = self._called(request.path_params["method"], token(request, given), given)
            scopes = ",".join(sorted(self._workspace.granted.scopes))
            return JSONResponse(answer, headers={"x-oauth-scopes": scopes})
        except Refusal as refusal:
            return refused(refusal)

    def _called(self, method: str, key: str, given: Object) -> Object:
        if method == "apps.connections.open":
            self._check(key, self._workspace.app_token)
            return ok(url=self._open_connection())
        if method not in METHODS:
            raise Refusal("unknown_method", {"req_method": method})
        if method != "api.test":
            self._check(key, self._workspace.bot_token)
            self._workspace.granted.check(method)
        return METHODS[method](self._workspace, given)

    def _check(self, key: str, wanted: str) -> None:
        if not key:
            raise Refusal("not_authed")
        if key != wanted:
            known = {self._workspace.app_token, self._workspace.bot_token}
            raise Refusal("not_allowed_token_type" if key in known else "invalid_auth")
