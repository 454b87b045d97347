"""A message as readable text: all that Slack is given, in the order in which a person sees it. Nothing is left out."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from bot.slack.blocks import Said
from tests.slack.catalogue.drawn import Made

Given = Mapping[str, Any]


def written(made: Made) -> str:
    """Return a message, or a view, as text."""
    return "\n".join(_message(made) if isinstance(made, Said) else _view(made)) + "\n"


def _message(message: Said) -> Iterator[str]:
    yield f"(beside the blocks) {message.text}"
    for block in message.blocks:
        yield ""
        yield from _block(block)
    if message.plainer:
        yield ""
        yield "(where tables are refused)"
    for block in message.plainer:
        yield ""
        yield from _block(block)


def _view(view: Given) -> Iterator[str]:
    rest = dict(view)
    for block in rest.pop("blocks"):
        yield ""
        yield from _block(block)
    yield ""
    for name, value in rest.items():
        yield f"({name}) {_words(value)}"


def _block(block: Given) -> Iterator[str]:
    match block:
        case {"type": "header", "text": text, **rest} if not rest:
            yield f"# {_words(text)}"
        case {"type": "section", "text": text, **rest} if not rest:
            yield _words(text)
        case {"type": "context", "elements": elements, **rest} if not rest:
            yield from (f"(small) {_words(element)}" for element in elements)
        case {"type": "actions", "elements": elements, **rest} if not rest:
            for element in elements:
                yield from _element(element)
        case {"type": "input", "label": label, "element": element, **rest}:
            yield f"{_words(label)} {_all(rest) if rest else ''}".rstrip()
            yield from _element(element)
        case {"type": "table", "rows": rows, **rest}:
            yield from (" | ".join(_words(cell) for cell in row) for row in rows)
            yield f"(table) {' '.join(_column(each) for each in rest.pop('column_settings'))}"
            if rest.keys() - {"type"}:
                yield _all(rest)
        case _:
            yield _all(block)


def _column(settings: Given) -> str:
    return f"{settings['align']}{'+wrapped' if settings['is_wrapped'] else ''}"


def _element(element: Given) -> Iterator[str]:
    match element:
        case {"type": "button", "text": text, **rest}:
            confirm = rest.pop("confirm", None)
            yield f"[{_words(text)}] {_all(rest)}"
            if confirm:
                yield "    asks first: " + " / ".join(_words(part) for part in confirm.values())
        case {"type": "checkboxes", "options": options, **rest}:
            ticked = rest.pop("initial_options", [])
            yield _all(rest)
            for option in options:
                yield f"[{'x' if option in ticked else ' '}] {' — '.join(_words(part) for part in option.values())}"
        case _:
            yield _all(element)


def _words(text: object) -> str:
    """Return a text object, which is one as we always make them; anything else in full."""
    match text:
        case {"type": "mrkdwn", "text": str(words), "verbatim": True, **rest} if not rest:
            return words
        case {"type": "plain_text", "text": str(words), "emoji": True, **rest} if not rest:
            return words
        case {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": pieces}]}:
            return "".join(_words(piece) for piece in pieces)
        case {"type": "text", "text": str(words), "style": {"code": True}, **rest} if not rest:
            return f"`{words}`"
        case {"type": "text", "text": str(words), "style": {"bold": True}, **rest} if not rest:
            return f"*{words}*"
        case {"type": "text", "text": str(words), **rest} if not rest:
            return words
        case {"type": "user", "user_id": user, **rest} if not rest:
            return f"<@{user}>"
        case {"type": "date", "timestamp": at, "format": how, "fallback": words, **rest} if not rest:
            return f"<{at} {how}|{words}>"
        case str():
            return text
        case _:
            return _all(text)


def _all(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
