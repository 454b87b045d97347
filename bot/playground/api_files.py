"""Uploads: get an address, send the content there, share it in a channel.

Which error stands for what: docs.slack.dev/reference/methods/files.getUploadURLExternal and
files.completeUploadExternal. What Slack does with content of another length than was announced it does not say; here it
is refused.
"""

import re
import secrets
from collections.abc import Iterator
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
ALT_TEXT = 1000
SHOWN = frozenset({"image/png"})
"""What the page shows and does not only offer for download: nothing in it can run."""
_OTHER = re.compile(r"[^A-Za-z0-9._-]+")


def get_upload_url(workspace: Workspace, given: Object) -> Object:
    """Answer ``files.getUploadURLExternal``."""
    name = text(given, "filename")
    length, alt = str(given.get("length", "")), str(given.get("alt_txt") or "")
    if not length.isdecimal():
        raise Refusal("invalid_arguments")
    if not int(length):
        raise Refusal("missing_argument")
    if int(length) > LARGEST:
        raise Refusal("file_upload_size_restricted")
    if len(alt) > ALT_TEXT:
        raise Refusal("alt_txt_too_large")
    key = "F0" + secrets.token_hex(5).upper()
    workspace.files[key] = SharedFile(id=key, name=name, title=name, length=int(length), alt=alt)
    return ok(upload_url=f"{workspace.url}/upload/{key}", file_id=key)


def complete_upload(workspace: Workspace, given: Object) -> Object:
    """Answer ``files.completeUploadExternal``: the files become one message, where a channel is given."""
    wanted = parsed(given.get("files"), "invalid_arguments")
    files = [_arrived(workspace, each) for each in wanted] if isinstance(wanted, list) and wanted else None
    if files is None:
        raise Refusal("invalid_arguments")
    channel = str(given.get("channel_id") or "")
    if channel and channel not in workspace.channels:
        raise Refusal("channel_not_found")
    if channel and not workspace.bot_sees(channel):
        raise Refusal("not_in_channel")
    for file in files:
        workspace.files[file.id] = file
    if channel:
        _share(workspace, channel, files, given)
    return ok(files=[_told(workspace, file) for file in files])


def _arrived(workspace: Workspace, each: object) -> SharedFile:
    file = workspace.files.get(str(each.get("id"))) if isinstance(each, dict) else None
    if file is None or not file.content or file.complete:
        raise Refusal("file_not_found")
    title = str(each["title"]) if isinstance(each, dict) and each.get("title") else file.title
    return replace(file, title=title, complete=True)


def _told(workspace: Workspace, file: SharedFile) -> Object:
    shape = file_shape(file)
    return shape | {"permalink": f"{workspace.url}{shape['permalink']}"}


def _share(workspace: Workspace, channel: str, files: list[SharedFile], given: Object) -> None:
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


def picture_faults(workspace: Workspace, blocks: object) -> Iterator[str]:
    """Yield what is wrong with the pictures in *blocks* that name a file: it has to be there, and to be a picture.

    The words are Slack's (slackapi/python-slack-sdk#1658).
    """
    for index, block in enumerate(blocks if isinstance(blocks, list) else ()):
        named = block.get("slack_file") if isinstance(block, dict) else None
        if named is None:
            continue
        file = workspace.files.get(str(named.get("id"))) if isinstance(named, dict) and set(named) == {"id"} else None
        if file is None or not file.complete or file.mimetype not in SHOWN:
            yield f"invalid slack file [json-pointer:/blocks/{index}/slack_file]"


class Files:
    """The endpoints that take and give a file's content."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def upload(self, request: Request) -> Response:
        """Take the raw content of a file that was announced, all of it and no more."""
        file = self._workspace.files.get(request.path_params["key"])
        content = await request.body()
        if file is None or file.content or len(content) != file.length:
            return PlainTextResponse("not accepted", status_code=400)
        self._workspace.files[file.id] = replace(file, content=content)
        return PlainTextResponse(f"OK - {len(content)}")

    async def download(self, request: Request) -> Response:
        """Give a picture to be shown, and anything else as a download, so that nothing in it runs in the page."""
        file = self._workspace.files.get(request.path_params["key"])
        if file is None or not file.content:
            return PlainTextResponse("no such file", status_code=404)
        shown = file.mimetype in SHOWN
        name = _OTHER.sub("_", file.name).lstrip(".") or "file"
        headers = {
            "Content-Disposition": f'{"inline" if shown else "attachment"}; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
        }
        return Response(
            file.content, media_type=file.mimetype if shown else "application/octet-stream", headers=headers
        )
