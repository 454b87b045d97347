"""The slash command, under the name that a workspace gave it.

Sentences everywhere say ``/img``, the name that the manifest proposes. Here, where they leave for Slack, that becomes
what somebody here has to type. What a button carries, and what is on record, stays as it is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.command.refusal import COMMAND
from bot.slack import limits
from bot.slack.blocks import Block, Said
from bot.slack.mrkdwn import clipped

_OURS = re.compile(rf"(?<![\w/.:@-]){re.escape(COMMAND)}(?![\w/:@-])", re.ASCII)
"""The command as a word of its own: no part of an image's name or of a path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """Calls the slash command *command*, with its slash."""

    command: str = COMMAND

    def text(self, told: str) -> str:
        """Return a sentence with the command's name in it."""
        return told if self.command == COMMAND else _OURS.sub(self.command, told)

    def said(self, message: Said) -> Said:
        """Return a message likewise."""
        if self.command == COMMAND:
            return message
        return replace(
            message,
            text=self.text(message.text),
            blocks=tuple(map(self.block, message.blocks)),
            plainer=tuple(map(self.block, message.plainer)),
        )

    def block(self, made: Block) -> Block:
        """Return a block, or a whole view, with every text in it likewise."""
        return {key: self._part(key, value) for key, value in made.items()}

    def _part(self, key: str, value: object) -> object:
        match value:
            case str() if key == "text":
                return clipped(self.text(value), limits.SECTION)
            case Mapping():
                return {inner: self._part(inner, part) for inner, part in value.items()}
            case list() | tuple():
                return [self._part("", part) for part in value]
            case _:
                return value


IMG = Naming()
"""The name that the manifest proposes."""
