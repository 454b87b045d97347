"""Blocks of a message, never larger than Slack takes them (``limits``)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from bot.slack import limits
from bot.slack.mrkdwn import clipped, cut, escape, unparsed

Block = dict[str, object]

BUDGET = 12_000
"""Characters that our blocks of one message take, keys and quotes included: well below what Slack counts."""
FIRST: Mapping[str, int] = MappingProxyType({"header": 0, "actions": 0, "context": 1})
"""Which blocks are given room before the others."""
FALLBACK = 3900
"""Characters of the text beside the blocks: it has to fit an edit too."""

NOTHING = "…"
"""What stands where nothing is left of a text: Slack refuses empty ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message: blocks, and the full sentence that stands for them in notifications and for screen readers.

    ``plainer`` are the blocks for surfaces that refuse newer ones (``tried.py``); empty where none of them is newer.
    """

    text: str
    blocks: tuple[Block, ...]
    plainer: tuple[Block, ...] = ()


def said(text: str, blocks: Iterable[Block | None], plainer: Iterable[Block | None] = ()) -> Said:
    """Return a message of those *blocks* that are there, cut where Slack's limits end. *text* is plain.

    *plainer* says the same without newer blocks.
    """
    beside = clipped(escape(text), FALLBACK).strip() or NOTHING
    return Said(text=beside, blocks=_kept(blocks), plainer=_kept(plainer))


def _kept(blocks: Iterable[Block | None]) -> tuple[Block, ...]:
    there = [block for block in blocks if block is not None]
    kept = _fitting(there)
    if left_out := len(there) - len(kept):
        kept.insert(-1, context(f"{left_out} more parts do not fit a message; `imgbot show` has everything."))
    return tuple(kept)


def _fitting(blocks: Sequence[Block]) -> list[Block]:
    """Return the *blocks* that fit one message, in their order; what decides is given room first."""
    room, kept = BUDGET, set[int]()
    for at in sorted(range(len(blocks)), key=lambda at: FIRST.get(str(blocks[at]["type"]), len(FIRST))):
        length = _length(blocks[at])
        if length <= room and len(kept) < limits.MESSAGE_BLOCKS - 1:  # one is for what is said of the rest
            room -= length
            kept.add(at)
    return [blocks[at] for at in sorted(kept)]


def _length(block: Block) -> int:
    """Return what a block takes of the budget: with keys and quotes, more than Slack can count.

    A table would be keys for the most part, so of it the text counts. Where Slack finds the whole too long after all,
    the same is said without the table.
    """
    return letters(block) if block["type"] == "table" else len(str(block))


def letters(block: object) -> int:
    """Return how many characters of text there are in *block*, however deep."""
    match block:
        case {"text": str(text)} | {"fallback": str(text)} | {"user_id": str(text)}:
            return len(text)
        case dict():
            return sum(map(letters, block.values()))
        case list() | tuple():
            return sum(map(letters, block))
        case _:
            return 0


def header(text: str) -> Block:
    """Return a headline; nothing in it is parsed."""
    return {"type": "header", "text": plain_text(text, limits.HEADER)}


def section(mrkdwn: str) -> Block:
    """Return a paragraph. *mrkdwn* is already safe."""
    return {"type": "section", "text": markup(mrkdwn, limits.SECTION)}


def context(*mrkdwn: str) -> Block:
    """Return a line of small print."""
    elements = [markup(text, limits.TEXT) for text in mrkdwn if text]
    return {"type": "context", "elements": elements[: limits.CONTEXT] or [markup("", limits.TEXT)]}


def actions(buttons: Sequence[Block]) -> Block | None:
    """Return a row of buttons, or None where there are none."""
    return {"type": "actions", "elements": list(buttons)} if buttons else None


def button(action_id: str, text: str, value: str, *, style: str = "", confirm: Block | None = None) -> Block:
    """Return a button. *value* comes back with the click and must not be cut, so it is refused where it is too long."""
    if len(value) > limits.VALUE:
        raise ValueError(f"A button carries at most {limits.VALUE} characters.")
    made: Block = {
        "type": "button",
        "action_id": action_id,
        "text": plain_text(text, limits.BUTTON),
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
        "title": plain_text(title, limits.CONFIRM_TITLE),
        "text": plain_text(text, limits.CONFIRM_TEXT),
        "confirm": plain_text(yes, limits.CONFIRM_BUTTON),
        "deny": plain_text(no, limits.CONFIRM_BUTTON),
        "style": style,
    }


def plain_text(text: str, most: int) -> Block:
    """Return a text object in which Slack parses nothing, of at most *most* characters."""
    return {"type": "plain_text", "text": cut(unparsed(text), most) or NOTHING, "emoji": True}


def markup(mrkdwn: str, most: int) -> Block:
    """Return a text object in Slack's markup, which is already safe, of at most *most* characters.

    ``verbatim``: Slack makes no links of what looks like an address, a channel or a person
    (docs.slack.dev/reference/block-kit/composition-objects/text-object).
    """
    return {"type": "mrkdwn", "text": clipped(mrkdwn, most) or NOTHING, "verbatim": True}
