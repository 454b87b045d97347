"""Our limits against another's: slackblocks keeps its own list of what Slack takes."""

import pytest
from slackblocks import _limits as theirs

from bot.slack import blocks as ours


@pytest.mark.parametrize(
    ("limit", "name"),
    [
        (ours.HEADER, "HEADER_TEXT_MAX_LENGTH"),
        (ours.SECTION, "SECTION_TEXT_MAX_LENGTH"),
        (ours.BUTTON, "BUTTON_TEXT_MAX_LENGTH"),
        (ours.VALUE, "BUTTON_VALUE_MAX_LENGTH"),
        (ours.CONFIRM_TITLE, "CONFIRMATION_TITLE_MAX_LENGTH"),
        (ours.CONFIRM_TEXT, "CONFIRMATION_TEXT_MAX_LENGTH"),
        (ours.CONFIRM_BUTTON, "CONFIRMATION_CONFIRM_MAX_LENGTH"),
        (ours.CONTEXT, "CONTEXT_ELEMENTS_MAX_ITEMS"),
        (ours.BLOCKS, "MESSAGE_BLOCKS_MAX_ITEMS"),
    ],
)
def test_our_limits_are_theirs(limit: int, name: str) -> None:
    """Two sources that were written independently agree."""
    assert limit == getattr(theirs, name)


def test_a_button_never_carries_half_a_value() -> None:
    """A value that is cut would come back as another one, so it is refused."""
    with pytest.raises(ValueError, match="at most 2000"):
        ours.button("x", "X", "v" * 2001)
