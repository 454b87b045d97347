"""Uploading: get an address from Slack, send the bytes there as they are read, and share the file with one person.

``WebClient.files_upload_v2`` does the same and holds the whole file in memory.
"""

import urllib.request
from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.approval.request import Person
from bot.flows.ports import Shown
from bot.flows.uploads import Content, NotUploaded, Uploaded
from bot.slack.faults import FAULTS, UNKNOWN_METHOD, WORD, told, warn

SECONDS = 60
"""How long one piece of a file may take."""
NOT_TAKEN = "Slack did not take it."
PERHAPS = "Slack did not answer at the end, so it may be in our direct messages all the same."
REFUSED: Mapping[str, str] = MappingProxyType(
    {
        "missing_scope": "The app may not upload files: it needs the scope files:write, and to be installed again.",
        "file_uploads_disabled": "This workspace takes no files.",
        "file_uploads_except_images_disabled": "This workspace takes no files but pictures.",
        "file_upload_size_restricted": "This workspace takes no file of that size.",
        "file_type_not_allowed": "This workspace takes no files of that type.",
        "storage_limit_reached": "This workspace has no room for files left.",
        UNKNOWN_METHOD: "This server takes no files.",
        "ratelimited": "Slack takes no more files from me for a minute.",
    }
)
"""Slack's errors in words (docs.slack.dev/reference/methods/files.getUploadURLExternal)."""


def share(  # noqa: PLR0913 -- what Slack wants to know of a file
    client: WebClient,
    to: Person | Shown,
    content: Content,
    *,
    length: int,
    name: str,
    title: str,
    comment: str,
    alt: str = "",
) -> Uploaded | NotUploaded:
    """Give one person a file in their direct message with the bot; or everybody, in the thread of a message.

    *comment* is Slack's markup, *alt* has at most ``limits.FILE_ALT_TEXT`` characters.
    """
    sent = False
    try:
        channel, thread = _place(client, to)
        place = client.files_getUploadURLExternal(filename=name, length=length, alt_txt=alt or None)
        _sent(client, told(place, "upload_url"), content, length)
        sent = True
        shared = client.files_completeUploadExternal(
            files=[{"id": told(place, "file_id"), "title": title}],
            channel_id=channel,
            thread_ts=thread,
            initial_comment=comment,
        )
    except FAULTS as error:  # what urllib raises is one of the last
        return _not_uploaded(error, to.channel if isinstance(to, Shown) else to.user_id, sent=sent)
    files = shared.get("files")
    first = files[0] if isinstance(files, list) and files and isinstance(files[0], dict) else {}
    return Uploaded(id=str(place["file_id"]), link=str(first.get("permalink") or ""))


def _place(client: WebClient, to: Person | Shown) -> tuple[str, str | None]:
    """Return the channel, and the thread where it is one."""
    if isinstance(to, Shown):
        return to.channel, to.ts
    return told(client.conversations_open(users=[to.user_id]), "channel", "id"), None


def _not_uploaded(error: Exception, to: str, *, sent: bool) -> NotUploaded:
    """Return why a file was not uploaded. Where its bytes were *sent* and no word came back, it may be there."""
    said = str(error.response.get("error", "")) if isinstance(error, SlackApiError) else ""
    warn("file not uploaded", error, to=to)
    if WORD.fullmatch(said):
        return NotUploaded(why=REFUSED.get(said, f"Slack says {said}."))
    return NotUploaded(why=PERHAPS if sent else NOT_TAKEN)


def _sent(client: WebClient, url: str, content: Content, length: int) -> None:
    """Send the bytes. Raises OSError where they are not taken."""
    if not url.startswith(("https://", "http://")):
        raise OSError("Slack gave an address that is none.")
    headers = {"Content-Type": "application/octet-stream", "Content-Length": str(length)}
    request = urllib.request.Request(url, data=content, headers=headers, method="POST")  # noqa: S310 -- read piece by piece; the scheme is checked
    with _opener(client).open(request, timeout=SECONDS) as answer:
        if answer.status != HTTPStatus.OK:
            raise OSError(f"The upload was answered with {answer.status}.")


def _opener(client: WebClient) -> urllib.request.OpenerDirector:
    """Return what goes the way that the client goes: through its proxy, trusting whom it trusts."""
    handlers: list[urllib.request.BaseHandler] = [urllib.request.HTTPSHandler(context=client.ssl)]
    if client.proxy:
        handlers.append(urllib.request.ProxyHandler({"http": client.proxy, "https": client.proxy}))
    return urllib.request.build_opener(*handlers)
