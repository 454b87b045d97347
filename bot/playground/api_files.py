"""Uploads: get an address, send the content there, share it in a channel."""

import secrets
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from bot.playground.blocks import Object
from bot.playground.messages import Message, SharedFile, file_shape
from bot.playground.people import BOT
from bot.playground.wire import Refusal, ok, parsed, text
from bot.playground.workspace import Workspace

LARGEST = 10_000_000
"""Bytes; the workspace lives in memory."""


def get_upload_url(workspace: Workspace, given: Object) -> Object:
    """Answer ``files.getUploadURLExternal``."""
    name = text(given, "filename")
    if not str(given.get("length", "")).isdigit() or not 0 < int(given["length"]) <= LARGEST:
        raise Refusal("invalid_arguments")
    key = "F0" + secrets.token_hex(5).upper()
    workspace.files[key] = SharedFile(id=key, name=name, title=name)
    return ok(upload_url=f"{workspace.url}/upload/{key}", file_id=key)


def complete_upload(workspace: Workspace, given: Object) -> Object:
    """Answer ``files.completeUploadExternal``: the files become one message, where a channel is given."""
    wanted = parsed(given.get("files"), "invalid_arguments")
    files = [_arrived(workspace, each) for each in wanted] if isinstance(wanted, list) and wanted else None
    if files is None:
        raise Refusal("invalid_arguments")
    if channel := given.get("channel_id"):
        _share(workspace, str(channel), files, given)
    return ok(files=[file_shape(file) for file in files])


def _arrived(workspace: Workspace, each: object) -> SharedFile:
    file = workspace.files.get(str(each.get("id"))) if isinstance(each, dict) else None
    if file is None or not file.content:
        raise Refusal("file_not_found")
    titled = replace(file, title=str(each["title"])) if isinstance(each, dict) and each.get("title") else file
    workspace.files[file.id] = titled
    return titled


def _share(workspace: Workspace, channel: str, files: list[SharedFile], given: Object) -> None:
    if channel not in workspace.channels:
        raise Refusal("channel_not_found")
    if not workspace.bot_sees(channel):
        raise Refusal("not_in_channel")
    workspace.post(
        Message(
            channel=channel,
            ts=workspace.timestamp(),
            user=BOT,
            text=str(given.get("initial_comment") or ""),
            thread_ts=given.get("thread_ts"),
            files=tuple(files),
        )
    )


class Files:
    """The endpoints that take and give a file's content."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def upload(self, request: Request) -> Response:
        """Take the raw content of a file that was announced."""
        file = self._workspace.files.get(request.path_params["key"])
        content = await request.body()
        if file is None or file.content or not 0 < len(content) <= LARGEST:
            return PlainTextResponse("not accepted", status_code=400)
        self._workspace.files[file.id] = replace(file, content=content)
        return PlainTextResponse(f"OK - {len(content)}")

    async def download(self, request: Request) -> Response:
        """Give the content as a download, so that nothing in it runs in the page."""
        file = self._workspace.files.get(request.path_params["key"])
        if file is None or not file.content:
            return PlainTextResponse("no such file", status_code=404)
        headers = {"Content-Disposition": f'attachment; filename="{file.id}.txt"', "X-Content-Type-Options": "nosniff"}
        return Response(file.content, media_type="application/octet-stream", headers=headers)
