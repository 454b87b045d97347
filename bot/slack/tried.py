"""Which surfaces take newer blocks: found out by trying, and remembered for a while.

Slack brings new blocks out to workspaces one after the other, and not all of them to ephemeral messages and response
URLs. Where one refuses a message with a table it is sent at once without, and the next ones are drawn without.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from math import inf

import structlog

from bot.slack.blocks import Said

AGAIN = 3600.0
"""Seconds until a surface is tried once more: what was not taken may be by then."""
REFUSALS = frozenset({"invalid_blocks", "invalid_blocks_format", "invalid_attachments", "invalid_arguments"})
"""What Slack says of blocks that it does not know there."""
TOO_LONG = "msg_blocks_too_long"
"""What it says of one message, which tells nothing of the next."""

log = structlog.get_logger()


class Surface(StrEnum):
    """Where a message is shown."""

    RESPONSE_URL = "response_url"
    EPHEMERAL = "ephemeral"
    POSTED = "posted"


class Tried:
    """What was refused where. *now* gives seconds on a clock that only goes on."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._until: dict[Surface, float] = {}

    def fit(self, surface: Surface, message: Said) -> Said:
        """Return *message* as it is sent there first: without newer blocks where they were refused lately."""
        return _plainer(message) if self._now() < self._until.get(surface, -inf) else message

    def instead(self, surface: Surface, sent: Said, why: str) -> Said | None:
        """Return what is sent after *sent* was refused with *why*; None where leaving newer blocks out is no help."""
        if not sent.plainer or why not in REFUSALS | {TOO_LONG}:
            return None
        if why != TOO_LONG:
            self._until[surface] = self._now() + AGAIN
            log.info("newer blocks are refused here", surface=surface.value, error=why)
        return _plainer(sent)


def _plainer(message: Said) -> Said:
    return replace(message, blocks=message.plainer, plainer=()) if message.plainer else message
