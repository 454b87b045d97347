"""Looking for a message of ours that Slack may have already: the answer to an earlier try was lost, or its process was.

``chat.postMessage`` has no key that would make it post once. What says which message it is are its metadata
(docs.slack.dev/messaging/message-metadata), which come back with ``conversations.history``.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from slack_sdk import WebClient

from bot.flows.ports import Shown
from bot.slack.faults import FAULTS, is_refusal, warn

Metadata = dict[str, str | dict[str, str]]
"""What a message is about, for programs."""

PAGE = 200
PAGES = 5
"""How far back is looked: a message that is said again was said some minutes ago."""


def sought(client: WebClient, channel: str, about: Metadata, *, thread: str = "") -> Shown | None:
    """Return where the newest message is that is *about* this, in a channel or in a thread of it; None where none is.

    Raises what the client raises where Slack does not answer.
    """
    messages = _messages(client, channel, thread)
    return next((Shown(channel=channel, ts=str(each["ts"])) for each in messages if _is_about(each, about)), None)


def has_file(client: WebClient, channel: str, thread: str, name: str) -> bool:
    """Whether a file of that name is in a thread. A file cannot have metadata. Raises likewise."""
    messages = _messages(client, channel, thread)
    return any(file.get("name") == name for each in messages for file in each.get("files") or ())


def _messages(client: WebClient, channel: str, thread: str) -> Iterator[Mapping[str, Any]]:
    """Yield what was said, page by page.

    Nothing where we may not read it, or the server cannot tell: better said twice than not at all, then.
    """
    cursor = ""
    for _ in range(PAGES):
        try:
            page = _page(client, channel, thread, cursor)
        except FAULTS as error:
            if not is_refusal(error):
                raise
            warn("cannot see what was said", error, channel=channel)
            return
        yield from page.get("messages") or ()
        cursor = (page.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return


def _page(client: WebClient, channel: str, thread: str, cursor: str) -> Mapping[str, Any]:
    ask: Callable[..., Any] = client.conversations_history
    more: dict[str, Any] = {}
    if thread:
        ask, more = client.conversations_replies, {"ts": thread}
    data = ask(channel=channel, limit=PAGE, cursor=cursor or None, include_all_metadata=True, **more).data
    return data if isinstance(data, dict) else {}


def _is_about(message: Mapping[str, Any], about: Metadata) -> bool:
    """Whether a message is ours and about this. Only an app can give its messages metadata."""
    said = message.get("metadata") or {}
    return all(said.get(key) == value for key, value in about.items())
