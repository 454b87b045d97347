"""An entry of the catalogue: an example, and what draws it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.slack.blocks import Block, Said

Made = Said | Block
"""A message; or a form or a Home tab, which Slack calls a view."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """``draw`` makes of ``example``, or of a value like it, what Slack is given; None where a view is too long.

    ``name`` is a path: the group, and what is shown.
    """

    name: str
    example: Any
    draw: Callable[[Any], Made | None]

    @property
    def made(self) -> Made:
        """What Slack is given for the example itself."""
        made = self.draw(self.example)
        assert made is not None, self.name
        return made
