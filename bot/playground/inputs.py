"""What a person chose or typed, in the shape that Slack gives it in ``actions`` and in ``state.values``.

The page sends plain values: a string for a text or one choice, a list of strings for several.
"""

from collections.abc import Mapping

from bot.playground.blocks import Object, elements

SEARCHED = frozenset({"external_select", "multi_external_select"})
"""The selects whose options the app suggests."""

Values = dict[str, dict[str, str | list[str]]]
"""Plain values by block ID and action ID."""


def action(block: Object, element: Object, value: object, action_ts: str) -> Object:
    """Return the click on *element* of *block*, with *value* where something was chosen."""
    found: Object = {"action_id": element["action_id"], "block_id": block["block_id"], "action_ts": action_ts}
    copied = {name: element[name] for name in ("text", "value", "style") if name in element}
    return found | copied | entered(element, value)


def entered(element: Object, value: object) -> Object:
    """Return one input's entry: ``{"type": …, "value" | "selected_option" | "selected_options": …}``."""
    chosen: Object = {"type": element["type"]}
    match element["type"]:
        case "plain_text_input":
            return chosen | {"value": str(value) if value else None}
        case "static_select" | "external_select" | "radio_buttons" | "overflow":
            return chosen | {"selected_option": next(iter(_options(element, [value])), None)}
        case "checkboxes" | "multi_static_select" | "multi_external_select":
            return chosen | {"selected_options": _options(element, value if isinstance(value, list) else [])}
        case _:
            return chosen


def with_suggestions(blocks: list[Object], suggested: Mapping[str, list[Object]]) -> list[Object]:
    """Return *blocks* in which the selects that search have what can be chosen: what the app suggested by action ID.

    What they began with can be chosen as well.
    """
    return [_with_suggestions(block, suggested) for block in blocks]


def _with_suggestions(block: Object, suggested: Mapping[str, list[Object]]) -> Object:
    found = [
        each | {"options": [*suggested.get(each["action_id"], []), *_begun_with(each)]}
        if each["type"] in SEARCHED
        else each
        for each in elements(block)
    ]
    match block["type"]:
        case "actions":
            return block | {"elements": found}
        case "input":
            return block | {"element": found[0]}
        case "section" if found:
            return block | {"accessory": found[0]}
        case _:
            return block


def _begun_with(element: Object) -> list[Object]:
    return [*element.get("initial_options", []), *([element["initial_option"]] if "initial_option" in element else [])]


def state_values(blocks: list[Object], given: Values) -> Object:
    """Return ``state.values`` of a view: every input, with what was entered or what it began with."""
    values: Object = {}
    for block in blocks:
        for element in elements(block):
            if element["type"] not in {"button", "overflow"}:
                name = element["action_id"]
                value = given.get(block["block_id"], {}).get(name, _initial(element))
                values.setdefault(block["block_id"], {})[name] = entered(element, value)
    return values


def missing(blocks: list[Object], values: Object) -> dict[str, str]:
    """Return, by block ID, what Slack itself says of inputs that must not be empty."""
    empty: dict[str, str] = {}
    for block in blocks:
        if block["type"] == "input" and not block.get("optional"):
            entry = values[block["block_id"]][block["element"]["action_id"]]
            if not any(entry.get(name) for name in ("value", "selected_option", "selected_options")):
                empty[block["block_id"]] = "Please complete this required field."
    return empty


def _options(element: Object, values: list[object]) -> list[Object]:
    chosen = {option["value"]: option for option in element.get("options", []) if option["value"] in values}
    return list(chosen.values())


def _initial(element: Object) -> object:
    if "initial_option" in element:
        return element["initial_option"]["value"]
    if "initial_options" in element:
        return [option["value"] for option in element["initial_options"]]
    return element.get("initial_value", "")
