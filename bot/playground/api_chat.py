"""The ``chat.*`` methods. Which error stands for what: docs.slack.dev/reference/methods."""

from dataclasses import replace

from bot.playground.api_files import picture_faults
from bot.playground.blocks import Object, block_faults
from bot.playground.limits import Surface
from bot.playground.messages import Message, message_shape
from bot.playground.people import BOT, Channel
from bot.playground.tables import characters, tables_of
from bot.playground.wire import Refusal, invalid, ok, parsed, text
from bot.playground.workspace import Workspace
from bot.slack import limits


def post_message(workspace: Workspace, given: Object) -> Object:
    """Answer ``chat.postMessage``."""
    channel = _channel(workspace, given, error="not_in_channel")
    words, blocks = content(workspace, given)
    message = workspace.post(
        Message(
            channel=channel.id,
            ts=workspace.timestamp(),
            user=BOT,
            text=words,
            blocks=tuple(blocks),
            thread_ts=_thread(workspace, channel, given),
            metadata=_metadata(given),
        )
    )
    return ok(channel=channel.id, ts=message.ts, message=message_shape(message))


def post_ephemeral(workspace: Workspace, given: Object) -> Object:
    """Answer ``chat.postEphemeral``."""
    channel = _channel(workspace, given, error="not_in_channel")
    person = text(given, "user", "user_not_found")
    if workspace.human(person) is None:
        raise Refusal("user_not_found")
    if person not in channel.members:
        raise Refusal("user_not_in_channel")
    words, blocks = content(workspace, given)
    ts = workspace.timestamp()
    workspace.post(
        Message(channel=channel.id, ts=ts, user=BOT, text=words, blocks=tuple(blocks), only_for=person),
    )
    return ok(message_ts=ts)


def update(workspace: Workspace, given: Object) -> Object:
    """Answer ``chat.update``: text without blocks takes the blocks away, and an edit with blocks has no mark."""
    message = _own(workspace, given, error="cant_update_message")
    if len(str(given.get("text") or "")) > limits.UPDATE_TEXT:
        raise Refusal("msg_too_long")
    words, blocks = content(workspace, given)
    metadata = _metadata(given)
    message = workspace.post(
        replace(
            message,
            text=words,
            blocks=tuple(blocks),
            edited=message.edited or not blocks,
            metadata=message.metadata if metadata is None else metadata,
        )
    )
    return ok(channel=message.channel, ts=message.ts, text=message.text, message=message_shape(message))


def delete(workspace: Workspace, given: Object) -> Object:
    """Answer ``chat.delete``."""
    message = _own(workspace, given, error="cant_delete_message")
    workspace.remove_message(message)
    return ok(channel=message.channel, ts=message.ts)


def get_permalink(workspace: Workspace, given: Object) -> Object:
    """Answer ``chat.getPermalink`` with an address of the page."""
    channel = _channel(workspace, given, error="channel_not_found")
    ts = text(given, "message_ts", "message_not_found")
    if (channel.id, ts) not in workspace.messages:
        raise Refusal("message_not_found")
    return ok(channel=channel.id, permalink=permalink(workspace, channel.id, ts))


def permalink(workspace: Workspace, channel: str, ts: str) -> str:
    """Return the address of a message."""
    return f"{workspace.url}/archives/{channel}/p{ts.replace('.', '')}"


def content(workspace: Workspace, given: Object) -> tuple[str, list[Object]]:
    """Return the text and the blocks of a message. Raises Refusal for what Slack would not take."""
    words = str(given.get("text") or "")[: limits.MESSAGE_TEXT]
    blocks = checked_blocks(workspace, parsed(given.get("blocks"), "invalid_blocks_format"))
    if not words.strip() and not blocks:
        raise Refusal("no_text")
    return words, blocks


def checked_blocks(workspace: Workspace, blocks: object) -> list[Object]:
    """Return *blocks* as a list, empty for none. Raises Refusal for what Slack would not take."""
    if blocks is None:
        return []
    if faults := block_faults(blocks, Surface.MESSAGE) or list(picture_faults(workspace, blocks)):
        raise invalid("invalid_blocks", faults)
    if tables_of(blocks) > limits.TABLES:
        raise invalid("invalid_attachments", ["only_one_table_allowed"])
    if tables_of(blocks) and workspace.trouble.refuses_tables():
        raise invalid("invalid_blocks", ["unsupported type: table [json-pointer:/blocks]"])
    if characters(blocks) > limits.MESSAGE_CHARACTERS:
        raise Refusal("msg_blocks_too_long")
    return blocks if isinstance(blocks, list) else []


def _channel(workspace: Workspace, given: Object, error: str) -> Channel:
    name = text(given, "channel", "channel_not_found")
    if workspace.human(name):
        return workspace.direct(name)
    if name not in workspace.channels:
        raise Refusal("channel_not_found")
    if not workspace.bot_sees(name):
        raise Refusal(error)
    if name in workspace.granted.archived:
        raise Refusal("is_archived")
    return workspace.channels[name]


def _own(workspace: Workspace, given: Object, error: str) -> Message:
    channel = _channel(workspace, given, error="channel_not_found")
    message = workspace.messages.get((channel.id, text(given, "ts", "message_not_found")))
    if message is None or message.only_for is not None:
        raise Refusal("message_not_found")
    if message.user != BOT:
        raise Refusal(error)
    return message


def _thread(workspace: Workspace, channel: Channel, given: Object) -> str | None:
    parent = given.get("thread_ts")
    if not parent:
        return None
    if (channel.id, parent) not in workspace.messages:
        raise Refusal("thread_not_found")
    return str(parent)


def _metadata(given: Object) -> Object | None:
    metadata = parsed(given.get("metadata"), "invalid_metadata_format")
    if metadata is None:
        return None
    if not isinstance(metadata, dict):
        raise Refusal("invalid_metadata_format")
    return metadata
