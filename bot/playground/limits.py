"""What Slack takes in a block: one table of shapes.

Sources: docs.slack.dev/reference/block-kit (blocks, elements and composition objects) and the limits registry of
slackblocks 3.0.0 (``_limits.py``). The total of a message is not documented: 13 172 characters were the least that
were refused (slackapi/bolt-js#2509).
"""

from dataclasses import dataclass
from enum import StrEnum

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MESSAGE_CHARACTERS = 13_171
MESSAGE_TEXT = 40_000
UPDATE_TEXT = 4_000
IDENTIFIER = 255
PRIVATE_METADATA = 3_000


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

_ACTION: Shape = {"type": Anything(), "action_id": Words(most=IDENTIFIER)}
_BLOCK: Shape = {"type": Anything(), "block_id": Words(most=IDENTIFIER)}
_STYLE = Choice(of=frozenset({"primary", "danger"}))

CONFIRM: Shape = {
    "title": Text(most=100, required=True),
    "text": Text(most=300, plain=False, required=True),
    "confirm": Text(most=30, required=True),
    "deny": Text(most=30, required=True),
    "style": _STYLE,
}
OPTION: Shape = {
    "text": Text(most=75, plain=False, required=True),
    "value": Words(most=150, required=True),
    "description": Text(most=75, plain=False),
    "url": Words(most=3000),
}
_CONFIRM = One(of={"": CONFIRM})
_CHOSEN: Shape = {"confirm": _CONFIRM, "focus_on_load": Anything()}


def _options(most: int) -> Many:
    return Many(of={"": OPTION}, most=most, required=True)


IMAGE_ELEMENT: Shape = {
    "type": Anything(),
    "image_url": Words(most=3000),
    "slack_file": Anything(),
    "alt_text": Words(most=2000, required=True),
}
TEXT_ELEMENTS: dict[str, Shape] = {
    "mrkdwn": {"type": Anything(), "text": Words(most=3000, required=True), "verbatim": Anything()},
    "plain_text": {"type": Anything(), "text": Words(most=3000, required=True), "emoji": Anything()},
}
OPTIONS = 100
"""How many options a select has, and how many of them an app may suggest at a time."""


def _suggesting(**more: Rule) -> Shape:
    """Return a select whose options the app suggests while somebody types."""
    return {**_ACTION, **_CHOSEN, "placeholder": Text(most=150), "min_query_length": Anything(), **more}


_SEVERAL: Shape = {"initial_options": Many(of={"": OPTION}, most=OPTIONS), "max_selected_items": Anything()}
ACTION_ELEMENTS: dict[str, Shape] = {
    "button": {
        **_ACTION,
        "text": Text(most=75, required=True),
        "value": Words(most=2000),
        "url": Words(most=3000),
        "style": _STYLE,
        "confirm": _CONFIRM,
        "accessibility_label": Words(most=75),
    },
    "static_select": {
        **_ACTION,
        **_CHOSEN,
        "options": _options(OPTIONS),
        "placeholder": Text(most=150),
        "initial_option": One(of={"": OPTION}),
    },
    "multi_static_select": {
        **_ACTION,
        **_CHOSEN,
        "options": _options(OPTIONS),
        "placeholder": Text(most=150),
        **_SEVERAL,
    },
    "external_select": _suggesting(initial_option=One(of={"": OPTION})),
    "multi_external_select": _suggesting(**_SEVERAL),
    "overflow": {**_ACTION, "options": _options(5), "confirm": _CONFIRM},
    "checkboxes": {**_ACTION, **_CHOSEN, "options": _options(10), "initial_options": Many(of={"": OPTION}, most=10)},
    "radio_buttons": {**_ACTION, **_CHOSEN, "options": _options(10), "initial_option": One(of={"": OPTION})},
}
INPUT_ELEMENTS: dict[str, Shape] = {
    "plain_text_input": {
        **_ACTION,
        "multiline": Anything(),
        "initial_value": Words(most=3000),
        "placeholder": Text(most=150),
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
        "text": Text(most=3000, plain=False),
        "fields": Texts(most=10, each=2000),
        "accessory": One(of={**ACTION_ELEMENTS, "image": IMAGE_ELEMENT}),
        "expand": Anything(),
    },
    "header": {**_BLOCK, "text": Text(most=150, required=True)},
    "divider": _BLOCK,
    "context": {**_BLOCK, "elements": Many(of={**TEXT_ELEMENTS, "image": IMAGE_ELEMENT}, most=10, required=True)},
    "actions": {**_BLOCK, "elements": Many(of=ACTION_ELEMENTS, most=25, required=True)},
    "image": {**_BLOCK, **IMAGE_ELEMENT, "title": Text(most=2000)},
    "input": {
        **_BLOCK,
        "label": Text(most=2000, required=True),
        "element": One(of=INPUT_ELEMENTS, required=True),
        "hint": Text(most=2000),
        "optional": Anything(),
        "dispatch_action": Anything(),
    },
    "rich_text": {**_BLOCK, "elements": Anything(required=True)},
    "markdown": {**_BLOCK, "text": Words(most=12_000, required=True)},
    "table": {**_BLOCK, "rows": Anything(required=True), "column_settings": Anything()},
}
SUGGESTED: Shape = {
    "options": Many(of={"": OPTION}, most=OPTIONS, least=0),
    "option_groups": Many(
        of={"": {"label": Text(most=75, required=True), "options": _options(OPTIONS)}}, most=OPTIONS, least=0
    ),
}
"""The answer to a ``block_suggestion`` (docs.slack.dev/reference/interaction-payloads/block_suggestion-payload)."""
REFUSED_IN = {Surface.MESSAGE: frozenset[str](), Surface.MODAL: frozenset({"markdown", "table"})}
REFUSED_IN[Surface.HOME] = REFUSED_IN[Surface.MODAL]

VIEW: Shape = {
    "type": Anything(required=True),
    "blocks": Anything(required=True),
    "callback_id": Words(most=IDENTIFIER),
    "external_id": Words(most=IDENTIFIER),
    "private_metadata": Words(most=PRIVATE_METADATA),
    "clear_on_close": Anything(),
    "notify_on_close": Anything(),
    "submit_disabled": Anything(),
    "title": Text(most=24),
    "submit": Text(most=24),
    "close": Text(most=24),
}
