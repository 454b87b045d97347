"""Slack's limits: one table. What the bot cuts by, what the playground refuses by, and what the tests hold both to.

Sources: docs.slack.dev/reference/block-kit for blocks, elements and composition objects (numbers of characters, and of
things in a list); docs.slack.dev/reference/views for forms and the Home tab; docs.slack.dev/reference/methods for
chat.postMessage, chat.update and files.getUploadURLExternal. ``tests/slack/test_limits.py`` holds each number to the
registry of slackblocks, which was written by others. What has another source says so.
"""

# A message, a form, the Home tab
MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
MESSAGE_CHARACTERS = 13_171
"""All text in the blocks of a message. Not documented: 13,172 were refused with msg_blocks_too_long (bolt-js#2509)."""
MESSAGE_TEXT = 40_000
"""Text beside the blocks, or without any; what is longer is cut (chat.postMessage, *Truncating content*)."""
UPDATE_TEXT = 4_000
"""The same in an edit: msg_too_long beyond it (chat.update)."""
VIEW_TITLE = 24
"""Title, submit and close of a form."""
VIEW_BYTES = 250_000
"""All of a form or a Home tab: view_too_large beyond it (views.open, *Errors*)."""
METADATA = 3000
"""Private metadata of a form."""
IDENTIFIER = 255
"""action_id, block_id, callback_id and external_id."""

# Blocks
TEXT = 3000
"""A text object that has no limit of its own, such as one in a context."""
SECTION = 3000
FIELDS, FIELD = 10, 2000
HEADER = 150
CONTEXT = 10
"""Elements of a context."""
ACTIONS = 25
"""Elements of a row of actions."""
LABEL = 2000
"""Label of an input, and its hint."""
ALT_TEXT, IMAGE_TITLE = 2000, 2000
MARKDOWN = 12_000
TABLE_ROWS, TABLE_COLUMNS = 100, 20
TABLE_CHARACTERS = 10_000
"""Text of a table. Slack's page does not tell; others found it (NousResearch/hermes-agent#56102)."""
TABLES = 1
"""Tables of a message (docs.slack.dev/reference/block-kit/blocks/table-block: only_one_table_allowed)."""

# Elements
BUTTON = 75
"""Text of a button, and its accessibility label."""
VALUE = 2000
URL = 3000
SELECT, OVERFLOW, BOXES = 100, 5, 10
"""Options of a select, of an overflow menu, of a group of boxes or radio buttons."""
PLACEHOLDER = 150
INPUT = 3000
"""Characters that a plain text input takes at most."""

# Composition objects
OPTION = 75
"""Text of an option, and its description."""
OPTION_VALUE = 150
CONFIRM_TITLE, CONFIRM_TEXT, CONFIRM_BUTTON = 100, 300, 30

# Files
FILE_ALT_TEXT = 1000
"""What says what a picture shows, given with its upload (files.getUploadURLExternal)."""
