"""What every message is held to: Slack takes it, and nothing in it does anything but what we meant."""

import re
from collections.abc import Iterator

from bot.playground.blocks import block_faults, view_faults
from bot.playground.limits import Surface
from bot.playground.tables import characters, tables_of
from bot.slack import limits
from bot.slack.blocks import Block, Said
from tests.slack.catalogue import Made

NAMED = frozenset({"U0DEV", "U0LEAD", "U0LEAD2", "S0OPSLEADS", "U0SAM"})
"""The people and groups that the examples name, and nobody else."""
OLD = frozenset({"section", "header", "context", "actions", "divider", "image"})
"""Blocks that every surface takes."""
_MENTION = re.compile(r"<(?:@|!subteam\^)([A-Z0-9]+)>")
_DATE = re.compile(r"<!date\^\d+\^\{date_short_pretty\} \{time\}\|\d{4}-\d\d-\d\d \d\d:\d\d UTC>")
_LINK = re.compile(r"<https://slack\.example/[\w/]+\|our direct messages>")
_QUOTE = re.compile(r"^>", re.MULTILINE)
_ENTITY = re.compile(r"&(?!amp;|lt;|gt;)")
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_EMOJI = re.compile(r":[\w+'-]+:")
_UNSEEN = re.compile("[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def faults(made: Made) -> list[str]:
    """Return what is wrong with a message or a view; nothing where all is well."""
    if isinstance(made, Said):
        return [*_message(list(made.blocks)), *_beside(made.text), *_plainer(list(made.plainer))]
    surface = Surface(str(made["type"]))
    return [*view_faults(made, surface), *_texts(made)]


def _message(blocks: list[Block]) -> Iterator[str]:
    yield from block_faults(blocks, Surface.MESSAGE)
    if characters(blocks) > limits.MESSAGE_CHARACTERS:
        yield "too many characters"
    if tables_of(blocks) > limits.TABLES:
        yield "too many tables"
    yield from _texts(blocks)


def _plainer(blocks: list[Block]) -> Iterator[str]:
    """Yield what is wrong with the blocks for surfaces that refuse newer ones: they have none of these."""
    yield from _message(blocks)
    if newer := {str(block["type"]) for block in blocks} - OLD:
        yield f"{newer} are refused where the plainer blocks are shown"


def _beside(text: str) -> Iterator[str]:
    if not text.strip():
        yield "no text beside the blocks"
    if len(text) > limits.UPDATE_TEXT:
        yield "the text beside the blocks is too long for an edit"
    yield from _markup(text)


def _texts(value: object) -> Iterator[str]:
    """Yield what is wrong with any text in blocks, however deep."""
    match value:
        case {"type": "mrkdwn", "text": str(text), **rest}:
            if rest != {"verbatim": True}:
                yield f"Slack would make links of addresses in {text!r}"
            yield from _markup(text)
        case {"type": "plain_text", "text": str(text)}:
            yield from _plain(text)
        case {"type": "text", "text": str(text), "style": {"code": True}}:
            yield from _seen(text)
        case {"type": "raw_text" | "text", "text": str(text)}:
            yield from _plain(text)
        case {"type": "user", "user_id": str(named)}:
            if named not in NAMED:
                yield f"{named} would be named"
        case {"type": "usergroup" | "broadcast" | "link" | "emoji"}:
            yield f"{value!r} is made of nothing that we say"
        case dict():
            for part in value.values():
                yield from _texts(part)
        case list() | tuple():
            for part in value:
                yield from _texts(part)


def _markup(text: str) -> Iterator[str]:
    yield from _seen(text)
    for named in _MENTION.findall(text):
        if named not in NAMED:
            yield f"{named} would be pinged by {text!r}"
    rest = _QUOTE.sub("", _LINK.sub("", _DATE.sub("", _MENTION.sub("", text))))
    if "<" in rest or ">" in rest:
        yield f"Slack would parse {rest!r}"
    if _ENTITY.search(rest):
        yield f"half an entity in {rest!r}"
    outside = _CODE.sub("", rest)
    if "`" in outside:
        yield f"code is begun and not ended in {text!r}"
    if emoji := _EMOJI.search(outside):
        yield f"{emoji[0]} would be a picture in {text!r}"


def _plain(text: str) -> Iterator[str]:
    yield from _seen(text)
    if emoji := _EMOJI.search(text):
        yield f"{emoji[0]} would be a picture in {text!r}"


def _seen(text: str) -> Iterator[str]:
    if unseen := _UNSEEN.search(text):
        yield f"{unseen[0]!r} cannot be seen in {text!r}"
