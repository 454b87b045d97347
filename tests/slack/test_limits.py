"""Our limits against another's: slackblocks keeps its own list of what Slack takes."""

import pytest
from slackblocks import _limits as theirs

from bot.slack import blocks, limits, table

THEIRS = {
    "MESSAGE_BLOCKS": "MESSAGE_BLOCKS_MAX_ITEMS",
    "VIEW_BLOCKS": "VIEW_BLOCKS_MAX_ITEMS",
    "VIEW_TITLE": "VIEW_TITLE_MAX_LENGTH VIEW_CLOSE_MAX_LENGTH VIEW_SUBMIT_MAX_LENGTH",
    "METADATA": "VIEW_PRIVATE_METADATA_MAX_LENGTH",
    "IDENTIFIER": "ACTION_ID_MAX_LENGTH BLOCK_ID_MAX_LENGTH VIEW_CALLBACK_ID_MAX_LENGTH VIEW_EXTERNAL_ID_MAX_LENGTH",
    "TEXT": "TEXT_MAX_LENGTH",
    "SECTION": "SECTION_TEXT_MAX_LENGTH",
    "FIELDS": "SECTION_FIELDS_MAX_ITEMS",
    "FIELD": "SECTION_FIELDS_ITEM_MAX_LENGTH",
    "HEADER": "HEADER_TEXT_MAX_LENGTH",
    "CONTEXT": "CONTEXT_ELEMENTS_MAX_ITEMS",
    "ACTIONS": "ACTIONS_ELEMENTS_MAX_ITEMS",
    "LABEL": "INPUT_LABEL_MAX_LENGTH INPUT_HINT_MAX_LENGTH",
    "ALT_TEXT": "IMAGE_ALT_TEXT_MAX_LENGTH IMAGE_ELEMENT_ALT_TEXT_MAX_LENGTH",
    "IMAGE_TITLE": "IMAGE_TITLE_MAX_LENGTH",
    "MARKDOWN": "MARKDOWN_TEXT_MAX_LENGTH",
    "TABLE_ROWS": "TABLE_ROWS_MAX_ITEMS",
    "TABLE_COLUMNS": "TABLE_COLUMNS_MAX_ITEMS",
    "BUTTON": "BUTTON_TEXT_MAX_LENGTH BUTTON_ACCESSIBILITY_LABEL_MAX_LENGTH",
    "VALUE": "BUTTON_VALUE_MAX_LENGTH",
    "URL": "BUTTON_URL_MAX_LENGTH OPTION_URL_MAX_LENGTH IMAGE_IMAGE_URL_MAX_LENGTH IMAGE_ELEMENT_IMAGE_URL_MAX_LENGTH",
    "SELECT": "SELECT_OPTIONS_MAX_ITEMS",
    "OVERFLOW": "OVERFLOW_OPTIONS_MAX_ITEMS",
    "BOXES": "CHECKBOXES_OPTIONS_MAX_ITEMS RADIO_BUTTONS_OPTIONS_MAX_ITEMS",
    "PLACEHOLDER": "SELECT_PLACEHOLDER_MAX_LENGTH PLAIN_TEXT_INPUT_PLACEHOLDER_MAX_LENGTH",
    "INPUT": "PLAIN_TEXT_INPUT_MAX_LENGTH_MAX",
    "OPTION": "OPTION_TEXT_MAX_LENGTH OPTION_DESCRIPTION_MAX_LENGTH",
    "OPTION_VALUE": "OPTION_VALUE_MAX_LENGTH",
    "CONFIRM_TITLE": "CONFIRMATION_TITLE_MAX_LENGTH",
    "CONFIRM_TEXT": "CONFIRMATION_TEXT_MAX_LENGTH",
    "CONFIRM_BUTTON": "CONFIRMATION_CONFIRM_MAX_LENGTH CONFIRMATION_DENY_MAX_LENGTH",
}
"""Our names, and what they are called there."""
ONLY_OURS = {
    "MESSAGE_CHARACTERS",
    "MESSAGE_TEXT",
    "UPDATE_TEXT",
    "TABLES",
    "TABLE_CHARACTERS",
    "VIEW_BYTES",
    "FILE_ALT_TEXT",
}
"""slackblocks has none of these; each has its source beside it."""


@pytest.mark.parametrize(("name", "called"), THEIRS.items())
def test_our_limits_are_theirs(name: str, called: str) -> None:
    """Two sources that were written independently agree."""
    assert {getattr(theirs, each) for each in called.split()} == {getattr(limits, name)}


def test_no_limit_is_held_to_nothing() -> None:
    """Each number of the table is compared, or has a source of its own."""
    assert {name for name in vars(limits) if name.isupper()} == THEIRS.keys() | ONLY_OURS


def test_what_we_say_fits_by_our_own_budget() -> None:
    """What the bot cuts by is below what Slack refuses."""
    assert blocks.BUDGET < limits.MESSAGE_CHARACTERS
    assert table.ROOM < limits.TABLE_CHARACTERS
    assert table.ROOM < blocks.BUDGET
    assert blocks.FALLBACK < limits.UPDATE_TEXT < limits.MESSAGE_TEXT


def test_a_button_never_carries_half_a_value() -> None:
    """A value that is cut would come back as another one, so it is refused."""
    with pytest.raises(ValueError, match="at most 2000"):
        blocks.button("x", "X", "v" * 2001)
