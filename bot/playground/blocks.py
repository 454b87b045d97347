"""Blocks and views held to Slack's limits: refused in Slack's words, with a pointer to the place."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, assert_never

from bot.playground import limits as shapes
from bot.playground.limits import Anything, Choice, Many, One, Rule, Shape, Surface, Text, Texts, Words
from bot.playground.tables import table_faults
from bot.slack import limits

Object = dict[str, Any]
"""A JSON object of Slack's. Its fields are checked where it comes in, by the shapes in ``limits``."""


def block_faults(blocks: object, surface: Surface) -> list[str]:
    """Return what Slack would refuse in *blocks*; empty where it takes them."""
    if not isinstance(blocks, list):
        return ["must provide a list [json-pointer:/blocks]"]
    most = limits.MESSAGE_BLOCKS if surface is Surface.MESSAGE else limits.VIEW_BLOCKS
    if len(blocks) > most:
        return [f"no more than {most} items allowed [json-pointer:/blocks]"]
    faults = [fault for index, block in enumerate(blocks) for fault in _block(block, f"/blocks/{index}", surface)]
    return faults or list(_repeated(blocks))


def view_faults(view: object, surface: Surface) -> list[str]:
    """Return what Slack would refuse in *view*, a modal or a Home tab."""
    if not isinstance(view, dict):
        return ["must provide an object [json-pointer:/view]"]
    if view.get("type") != surface.value:
        return [f"must be a valid type: {surface.value} [json-pointer:/view/type]"]
    faults = list(_fields(view, shapes.VIEW, "/view"))
    if surface is Surface.MODAL and "title" not in view:
        faults.append("missing required field: title [json-pointer:/view]")
    return faults or block_faults(view["blocks"], surface) or list(_submit(view))


def suggestion_faults(answer: Object) -> list[str]:
    """Return what Slack would refuse in the options that an app suggests."""
    return list(_fields(answer, shapes.SUGGESTED, ""))


def _submit(view: Object) -> Iterator[str]:
    if view["type"] == "modal" and "submit" not in view and any(b["type"] == "input" for b in view["blocks"]):
        yield "missing required field: submit [json-pointer:/view]"


def _block(block: object, at: str, surface: Surface) -> Iterator[str]:
    kind = block.get("type") if isinstance(block, dict) else None
    if kind in shapes.REFUSED_IN[surface]:
        yield f"unsupported type: {kind} [json-pointer:{at}/type]"
        return
    yield from _one(block, shapes.BLOCKS, at)
    if isinstance(block, dict) and kind == "table":
        yield from table_faults(block, at)
    if isinstance(block, dict) and kind == "section" and not ("text" in block or "fields" in block):
        yield f"missing required field: text or fields [json-pointer:{at}]"


def _one(value: object, shapes: dict[str, Shape], at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"must provide an object [json-pointer:{at}]"
        return
    kind = "" if "" in shapes else value.get("type", "")
    if kind not in shapes:
        yield f"unsupported type: {kind} [json-pointer:{at}/type]"
        return
    yield from _fields(value, shapes[kind], at)


def _fields(value: Object, shape: Shape, at: str) -> Iterator[str]:
    for name, rule in shape.items():
        if name in value:
            yield from _field(value[name], rule, f"{at}/{name}")
        elif rule.required:
            yield f"missing required field: {name} [json-pointer:{at}]"
    for name in value.keys() - shape.keys():
        yield f"invalid additional property: {name} [json-pointer:{at}]"


def _field(value: object, rule: Rule, at: str) -> Iterator[str]:
    match rule:
        case Words():
            yield from _words(value, rule.most, at)
        case Text():
            yield from _text(value, rule.most, at, plain=rule.plain)
        case Texts():
            yield from _length(value, 1, rule.most, at)
            for index, text in enumerate(value if isinstance(value, list) else ()):
                yield from _text(text, rule.each, f"{at}/{index}", plain=False)
        case Choice():
            if value not in rule.of:
                yield f"must be one of: {', '.join(sorted(rule.of))} [json-pointer:{at}]"
        case One():
            yield from _one(value, rule.of, at)
        case Many():
            yield from _many(value, rule, at)
        case Anything():
            return
        case _:
            assert_never(rule)


def _many(value: object, rule: Many, at: str) -> Iterator[str]:
    yield from _length(value, rule.least, rule.most, at)
    for index, item in enumerate(value if isinstance(value, list) else ()):
        yield from _one(item, rule.of, f"{at}/{index}")


def _length(value: object, least: int, most: int, at: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"must provide a list [json-pointer:{at}]"
    elif len(value) > most:
        yield f"no more than {most} items allowed [json-pointer:{at}]"
    elif len(value) < least:
        yield f"no fewer than {least} items allowed [json-pointer:{at}]"


def _words(value: object, most: int, at: str, least: int = 0) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"must provide a string [json-pointer:{at}]"
    elif len(value) > most:
        yield f"must be less than {most + 1} characters [json-pointer:{at}]"
    elif len(value) < least:
        yield f"must be more than {least - 1} characters [json-pointer:{at}]"


def _text(value: object, most: int, at: str, *, plain: bool) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"must provide an object [json-pointer:{at}]"
        return
    if value.get("type") not in ({"plain_text"} if plain else {"plain_text", "mrkdwn"}):
        yield f"unsupported type: {value.get('type')} [json-pointer:{at}/type]"
        return
    yield from _words(value.get("text"), most, f"{at}/text", least=1)


def _repeated(blocks: list[Object]) -> Iterator[str]:
    yield from _twice((block.get("block_id") for block in blocks), "block_id", "/blocks")
    for index, block in enumerate(blocks):
        yield from _twice((e.get("action_id") for e in elements(block)), "action_id", f"/blocks/{index}")


def _twice(names: Iterator[object], what: str, at: str) -> Iterator[str]:
    for name, count in Counter(name for name in names if name).items():
        if count > 1:
            yield f"`{what}` {name} already exists [json-pointer:{at}]"


def elements(block: Object) -> list[Object]:
    """Return the interactive elements of a block."""
    match block["type"]:
        case "actions":
            return list(block["elements"])
        case "input":
            return [block["element"]]
        case "section" if block.get("accessory", {}).get("type", "image") != "image":
            return [block["accessory"]]
        case _:
            return []


def named(blocks: list[Object]) -> list[Object]:
    """Return *blocks* with a ``block_id`` and each element with an ``action_id``: Slack gives them where they lack."""
    return [_named({"block_id": f"b{index}"} | block) for index, block in enumerate(blocks)]


def _named(block: Object) -> Object:
    found = [{"action_id": f"{block['block_id']}-{index}"} | each for index, each in enumerate(elements(block))]
    match block["type"]:
        case "actions":
            return block | {"elements": found}
        case "input":
            return block | {"element": found[0]}
        case "section" if found:
            return block | {"accessory": found[0]}
        case _:
            return block
