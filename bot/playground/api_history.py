"""What was said: ``conversations.history`` and ``conversations.replies``, newest first, a page at a time."""

from collections.abc import Sequence

from bot.playground.blocks import Object
from bot.playground.messages import Message, message_shape
from bot.playground.wire import Refusal, flag, ok, text
from bot.playground.workspace import Workspace

PAGE = 100
MOST = 999
"""Messages of a page where nobody asks for another number, and at most (docs.slack.dev, *conversations.history*)."""


def history(workspace: Workspace, given: Object) -> Object:
    """Answer ``conversations.history``: of a thread the first message, and no private answer."""
    channel = _readable(workspace, given)
    said = [m for m in workspace.messages.values() if m.channel == channel and m.only_for is None]
    return _page([m for m in said if m.thread_ts in {None, m.ts}], given)


def replies(workspace: Workspace, given: Object) -> Object:
    """Answer ``conversations.replies``: the first message of a thread and what was said in it."""
    channel, ts = _readable(workspace, given), text(given, "ts")
    if (channel, ts) not in workspace.messages:
        raise Refusal("thread_not_found")
    said = [m for m in workspace.messages.values() if m.channel == channel and ts in {m.ts, m.thread_ts}]
    return _page(said, given)


def _readable(workspace: Workspace, given: Object) -> str:
    channel = text(given, "channel", "channel_not_found")
    if channel not in workspace.channels:
        raise Refusal("channel_not_found")
    if not workspace.bot_sees(channel):
        raise Refusal("not_in_channel")
    return channel


def _page(said: Sequence[Message], given: Object) -> Object:
    newest, oldest = str(given.get("latest") or "9" * 12), str(given.get("oldest") or "0")
    before = str(given.get("cursor") or "") or newest
    if not all(map(_is_ts, (newest, oldest, before))):
        raise Refusal("invalid_ts_latest")
    limit = str(given.get("limit") or PAGE)
    if not limit.isdigit() or not 0 < int(limit) <= MOST:
        raise Refusal("invalid_limit")
    inclusive = flag(given.get("inclusive")) and not given.get("cursor")
    found = [m for m in said if _within(float(m.ts), float(oldest), float(before), inclusive=inclusive)]
    found.sort(key=lambda m: float(m.ts), reverse=True)
    shown, more = found[: int(limit)], len(found) > int(limit)
    return ok(
        messages=[_shape(m, with_metadata=flag(given.get("include_all_metadata"))) for m in shown],
        has_more=more,
        response_metadata={"next_cursor": shown[-1].ts if more else ""},
    )


def _within(ts: float, oldest: float, newest: float, *, inclusive: bool) -> bool:
    return oldest <= ts <= newest if inclusive else oldest < ts < newest


def _is_ts(value: str) -> bool:
    return value.replace(".", "", 1).isdigit()


def _shape(message: Message, *, with_metadata: bool) -> Object:
    shape = message_shape(message)
    if not with_metadata:
        shape.pop("metadata", None)
    return shape
