"""Blocks of a message, never larger than Slack takes them.

Limits: docs.slack.dev/reference/block-kit, and the undocumented total of about 13,200 characters in all blocks of one
message (slackapi/bolt-js#2509).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from bot.slack.mrkdwn import escape, plain

Block = dict[str, object]

HEADER = 150
SECTION = 3000
BUTTON = 75
VALUE = 2000
CONFIRM_TITLE = 100
CONFIRM_TEXT = 300
CONFIRM_BUTTON = 30
CONTEXT = 10
BLOCKS = 50
BUDGET = 12_000
FIRST: Mapping[str, int] = MappingProxyType({"header": 0, "actions": 0, "context": 1})
"""Which blocks are given room before the others."""
FALLBACK = 3900


NOTHING = "…"
"""What stands where nothing is left of a text: Slack refuses empty ones."""
NO_PRINT: Block = {"type": "mrkdwn", "text": NOTHING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message: blocks, and the full sentence that stands for them in notifications and for screen readers."""

    text: str
    blocks: tuple[Block, ...]


def said(text: str, blocks: Iterable[Block | None]) -> Said:
    """Return a message of those *blocks* that are there, cut where Slack's limits end. *text* is plain."""
    there = [block for block in blocks if block is not None]
    kept = _fitting(there)
    if left_out := len(there) - len(kept):
        kept.insert(-1, context(f"{left_out} more parts do not fit a message; `imgbot show` has everything."))
    return Said(text=cut(escape(text), FALLBACK) or NOTHING, blocks=tuple(kept))


def _fitting(blocks: Sequence[Block]) -> list[Block]:
    """Return the *blocks* that fit one message, in their order; what decides is given room first."""
    room, kept = BUDGET, set[int]()
    for at in sorted(range(len(blocks)), key=lambda at: FIRST.get(str(blocks[at]["type"]), len(FIRST))):
        length = len(str(blocks[at]))  # with keys and quotes: more than Slack can count
        if length <= room and len(kept) < BLOCKS - 1:  # one is for what is said of the rest
            room -= length
            kept.add(at)
    return [blocks[at] for at in sorted(kept)]


def header(text: str) -> Block:
    """Return a headline; nothing in it is parsed."""
    return {
        "type": "header",
        "text": {"type": "plain_text", "text": cut(plain(text), HEADER) or NOTHING, "emoji": True},
    }


def section(mrkdwn: str) -> Block:
    """Return a paragraph. *mrkdwn* is already safe."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": cut(mrkdwn, SECTION) or NOTHING}}


def context(*mrkdwn: str) -> Block:
    """Return a line of small print."""
    elements: list[Block] = [{"type": "mrkdwn", "text": cut(text, SECTION)} for text in mrkdwn if text]
    return {"type": "context", "elements": elements[:CONTEXT] or [NO_PRINT]}


def actions(buttons: Sequence[Block]) -> Block | None:
    """Return a row of buttons, or None where there are none."""
    return {"type": "actions", "elements": list(buttons)} if buttons else None


def button(action_id: str, text: str, value: str, *, style: str = "", confirm: Block | None = None) -> Block:
    """Return a button. *value* comes back with the click and must not be cut, so it is refused where it is too long."""
    if len(value) > VALUE:
        raise ValueError(f"A button carries at most {VALUE} characters.")
    made: Block = {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": cut(text, BUTTON), "emoji": True},
        "value": value,
    }
    if style:
        made["style"] = style
    if confirm:
        made["confirm"] = confirm
    return made


def confirmation(title: str, text: str, yes: str, no: str, *, style: str = "primary") -> Block:
    """Return a question that is asked before a button counts."""
    return {
        "title": {"type": "plain_text", "text": cut(plain(title), CONFIRM_TITLE)},
        "text": {"type": "plain_text", "text": cut(plain(text), CONFIRM_TEXT)},
        "confirm": {"type": "plain_text", "text": cut(yes, CONFIRM_BUTTON)},
        "deny": {"type": "plain_text", "text": cut(no, CONFIRM_BUTTON)},
        "style": style,
    }


def cut(text: str, limit: int) -> str:
    """Return *text*, or its beginning and an ellipsis where it is longer than *limit* characters."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
