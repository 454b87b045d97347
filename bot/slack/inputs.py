"""What forms are made of, and what each carries along."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.flows.ports import ReplyTo
from bot.slack import limits
from bot.slack.blocks import NOTHING, Block
from bot.slack.mrkdwn import cut, unparsed


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What a form brings back: the value of its kind, where its answer goes, and a code that has to be typed.

    ``url`` is the response URL of the button that opened it: a form has none of its own. ``left_out`` are the steps
    that are not ticked on the pages that are not shown.
    """

    value: str
    channel: str
    code: str = ""
    url: str = ""
    left_out: frozenset[int] = frozenset()


def metadata(carried: Carried) -> str | None:
    """Return what comes back with a form. Without the response URL where there is no room for it; None for too much."""
    kept = {"value": carried.value, "channel": carried.channel, "code": carried.code, "url": carried.url}
    if carried.left_out:
        kept["left_out"] = f"{sum(1 << number for number in carried.left_out):x}"
    texts = (json.dumps(each, ensure_ascii=False) for each in (kept, kept | {"url": ""}))
    return next((text for text in texts if len(text) <= limits.METADATA), None)


def carried(text: str) -> Carried:
    """Read what a form carried. Empty where it was none of ours."""
    try:
        values = json.loads(text)
    except ValueError:
        values = {}
    told = values if isinstance(values, dict) else {}
    return Carried(
        value=str(told.get("value", "")),
        channel=str(told.get("channel", "")),
        code=str(told.get("code", "")),
        url=str(told.get("url", "")),
        left_out=_bits(str(told.get("left_out", "0"))),
    )


def _bits(digits: str) -> frozenset[int]:
    try:
        number = int(digits, 16)
    except ValueError:
        return frozenset()
    return frozenset(at for at in range(number.bit_length()) if number >> at & 1)


def modal(
    callback_id: str, title: str, blocks: Sequence[Block], *, carries: Carried, submit: str = "", close: str = "Back"
) -> Block | None:
    """Return a form as Slack takes it; None where what it has to carry is too long."""
    text = metadata(carries)
    if text is None:
        return None
    return {
        "type": "modal",
        "callback_id": callback_id,
        "title": plain_text(title),
        **({"submit": plain_text(submit)} if submit else {}),
        "close": plain_text(close),
        "private_metadata": text,
        "blocks": list(blocks),
    }


def where(reply_to: ReplyTo, value: str = "", code: str = "", left_out: frozenset[int] = frozenset()) -> Carried:
    """Return what a form carries whose answer goes to *reply_to*."""
    return Carried(value=value, channel=reply_to.channel, code=code, url=reply_to.url, left_out=left_out)


def text_input(name: str, label: str, *, most: int = limits.INPUT, least: int = 0, **more: object) -> Block:
    """Return a field for text; *more* are fields of its block, and ``multiline`` and ``initial_value`` of itself."""
    element: Block = {"type": "plain_text_input", "action_id": name, "max_length": most}
    if least:
        element["min_length"] = least
    element |= {key: more.pop(key) for key in ("multiline", "initial_value") if more.get(key)}
    kept = {key: value for key, value in more.items() if key not in {"multiline", "initial_value"}}
    return {
        "type": "input",
        "block_id": name,
        "label": plain_text(cut(unparsed(label), limits.LABEL)),
        "element": element,
        **kept,
    }


def option(text: str, value: str, description: str = "") -> Block:
    """Return something to choose or to tick."""
    made: Block = {"text": plain_text(cut(unparsed(text), limits.OPTION) or NOTHING), "value": value}
    beside = cut(unparsed(description), limits.OPTION)
    return made | {"description": plain_text(beside)} if beside else made


def plain_text(text: str) -> Block:
    """Return a text in which Slack parses nothing."""
    return {"type": "plain_text", "text": text, "emoji": True}


def entries(state: Mapping[str, object]) -> Iterator[tuple[str, str, str]]:
    """Yield what was entered in a view's ``state``, as block ID, action ID and value: each ticked box is one."""
    values = state.get("values")
    for name, block in values.items() if isinstance(values, dict) else ():
        for action, entry in block.items() if isinstance(block, dict) else ():
            yield from ((str(name), str(action), value) for value in _values(entry))


def _values(entry: object) -> Iterator[str]:
    if not isinstance(entry, dict):
        return
    if isinstance(entry.get("value"), str):
        yield entry["value"]
    if isinstance(entry.get("selected_option"), dict):
        yield str(entry["selected_option"].get("value", ""))
    for chosen in entry.get("selected_options") or ():
        yield str(chosen["value"])
