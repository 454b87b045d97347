"""What Slack takes in a block: a shape for each, with the numbers of ``bot.slack.limits``.

Source: docs.slack.dev/reference/block-kit (blocks, elements and composition objects).
"""

from dataclasses import dataclass
from enum import StrEnum

from bot.slack import limits


class Surface(StrEnum):
    """Where blocks are shown."""

    MESSAGE = "message"
    MODAL = "modal"
    HOME = "home"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A plain string of at most ``most`` characters."""

    most: int
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text object of 1 to ``most`` characters; ``plain`` where ``mrkdwn`` is refused."""

    most: int
    plain: bool = True
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of a few words."""

    of: frozenset[str]
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Anything:
    """A field that is not looked into."""

    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class One:
    """An object of one of the shapes, told apart by ``type``; the name "" stands for an object without a type."""

    of: dict[str, "Shape"]
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Many:
    """A list of ``least`` to ``most`` objects."""

    of: dict[str, "Shape"]
    most: int
    least: int = 1
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """A list of 1 to ``most`` text objects of at most ``each`` characters."""

    most: int
    each: int
    required: bool = False


Rule = Words | Text | Choice | Anything | One | Many | Texts
Shape = dict[str, Rule]

_ACTION: Shape = {"type": Anything(), "action_id": Words(most=limits.IDENTIFIER)}
_BLOCK: Shape = {"type": Anything(), "block_id": Words(most=limits.IDENTIFIER)}
_STYLE = Choice(of=frozenset({"primary", "danger"}))

CONFIRM: Shape = {
    "title": Text(most=limits.CONFIRM_TITLE, required=True),
    "text": Text(most=limits.CONFIRM_TEXT, plain=False, required=True),
    "confirm": Text(most=limits.CONFIRM_BUTTON, required=True),
    "deny": Text(most=limits.CONFIRM_BUTTON, required=True),
    "style": _STYLE,
}
OPTION: Shape = {
    "text": Text(most=limits.OPTION, plain=False, required=True),
    "value": Words(most=limits.OPTION_VALUE, required=True),
    "description": Text(most=limits.OPTION, plain=False),
    "url": Words(most=limits.URL),
}
_CONFIRM = One(of={"": CONFIRM})
_CHOSEN: Shape = {"confirm": _CONFIRM, "focus_on_load": Anything()}


def _options(most: int) -> Many:
    return Many(of={"": OPTION}, most=most, required=True)


IMAGE_ELEMENT: Shape = {
    "type": Anything(),
    "image_url": Words(most=limits.URL),
    "slack_file": Anything(),
    "alt_text": Words(most=limits.ALT_TEXT, required=True),
}
TEXT_ELEMENTS: dict[str, Shape] = {
    "mrkdwn": {"type": Anything(), "text": Words(most=limits.TEXT, required=True), "verbatim": Anything()},
    "plain_text": {"type": Anything(), "text": Words(most=limits.TEXT, required=True), "emoji": Anything()},
}


def _suggesting(**more: Rule) -> Shape:
    """Return a select whose options the app suggests while somebody types."""
    return {**_ACTION, **_CHOSEN, "placeholder": Text(most=limits.PLACEHOLDER), "min_query_length": Anything(), **more}


_SEVERAL: Shape = {"initial_options": Many(of={"": OPTION}, most=limits.SELECT), "max_selected_items": Anything()}
ACTION_ELEMENTS: dict[str, Shape] = {
    "button": {
        **_ACTION,
        "text": Text(most=limits.BUTTON, required=True),
        "value": Words(most=limits.VALUE),
        "url": Words(most=limits.URL),
        "style": _STYLE,
        "confirm": _CONFIRM,
        "accessibility_label": Words(most=limits.BUTTON),
    },
    "static_select": {
        **_ACTION,
        **_CHOSEN,
        "options": _options(limits.SELECT),
        "placeholder": Text(most=limits.PLACEHOLDER),
        "initial_option": One(of={"": OPTION}),
    },
    "multi_static_select": {
        **_ACTION,
        **_CHOSEN,
        "options": _options(limits.SELECT),
        "placeholder": Text(most=limits.PLACEHOLDER),
        **_SEVERAL,
    },
    "external_select": _suggesting(initial_option=One(of={"": OPTION})),
    "multi_external_select": _suggesting(**_SEVERAL),
    "overflow": {**_ACTION, "options": _options(limits.OVERFLOW), "confirm": _CONFIRM},
    "checkboxes": {
        **_ACTION,
        **_CHOSEN,
        "options": _options(limits.BOXES),
        "initial_options": Many(of={"": OPTION}, most=limits.BOXES),
    },
    "radio_buttons": {**_ACTION, **_CHOSEN, "options": _options(limits.BOXES), "initial_option": One(of={"": OPTION})},
}
INPUT_ELEMENTS: dict[str, Shape] = {
    "plain_text_input": {
        **_ACTION,
        "multiline": Anything(),
        "initial_value": Words(most=limits.INPUT),
        "placeholder": Text(most=limits.PLACEHOLDER),
        "min_length": Anything(),
        "max_length": Anything(),
        "focus_on_load": Anything(),
        "dispatch_action_config": Anything(),
    },
    **{kind: shape for kind, shape in ACTION_ELEMENTS.items() if kind not in {"button", "overflow"}},
}
BLOCKS: dict[str, Shape] = {
    "section": {
        **_BLOCK,
        "text": Text(most=limits.SECTION, plain=False),
        "fields": Texts(most=limits.FIELDS, each=limits.FIELD),
        "accessory": One(of={**ACTION_ELEMENTS, "image": IMAGE_ELEMENT}),
        "expand": Anything(),
    },
    "header": {**_BLOCK, "text": Text(most=limits.HEADER, required=True)},
    "divider": _BLOCK,
    "context": {
        **_BLOCK,
        "elements": Many(of={**TEXT_ELEMENTS, "image": IMAGE_ELEMENT}, most=limits.CONTEXT, required=True),
    },
    "actions": {**_BLOCK, "elements": Many(of=ACTION_ELEMENTS, most=limits.ACTIONS, required=True)},
    "image": {**_BLOCK, **IMAGE_ELEMENT, "title": Text(most=limits.IMAGE_TITLE)},
    "input": {
        **_BLOCK,
        "label": Text(most=limits.LABEL, required=True),
        "element": One(of=INPUT_ELEMENTS, required=True),
        "hint": Text(most=limits.LABEL),
        "optional": Anything(),
        "dispatch_action": Anything(),
    },
    "rich_text": {**_BLOCK, "elements": Anything(required=True)},
    "markdown": {**_BLOCK, "text": Words(most=limits.MARKDOWN, required=True)},
    "table": {**_BLOCK, "rows": Anything(required=True), "column_settings": Anything()},
}
SUGGESTED: Shape = {
    "options": Many(of={"": OPTION}, most=limits.SELECT, least=0),
    "option_groups": Many(
        of={"": {"label": Text(most=75, required=True), "options": _options(limits.SELECT)}},
        most=limits.SELECT,
        least=0,
    ),
}
"""The answer to a ``block_suggestion`` (docs.slack.dev/reference/interaction-payloads/block_suggestion-payload)."""
REFUSED_IN = {Surface.MESSAGE: frozenset[str](), Surface.MODAL: frozenset({"markdown", "table"})}
REFUSED_IN[Surface.HOME] = REFUSED_IN[Surface.MODAL]

VIEW: Shape = {
    "type": Anything(required=True),
    "blocks": Anything(required=True),
    "callback_id": Words(most=limits.IDENTIFIER),
    "external_id": Words(most=limits.IDENTIFIER),
    "private_metadata": Words(most=limits.METADATA),
    "clear_on_close": Anything(),
    "notify_on_close": Anything(),
    "submit_disabled": Anything(),
    "title": Text(most=limits.VIEW_TITLE),
    "submit": Text(most=limits.VIEW_TITLE),
    "close": Text(most=limits.VIEW_TITLE),
}
