"""What stands behind the chat, for the page to show: what each host holds, and the record with its chain.

The workspace knows neither the bot nor its hosts: whoever starts it gives the two functions. They may take their time
(a daemon is asked), so they are called beside the event loop, by one at a time, and what they found is kept for all
who look.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from bot.playground.blocks import Object

KEPT = 0.7
"""Seconds for which what was found is shown to everybody who looks."""


def _nothing_held() -> list[Object]:
    return []


def _nothing_recorded(_after: int) -> list[Object]:
    return []


@dataclass(slots=True, kw_only=True)
class Inside:
    """``hosts`` returns the picture of each host, ``record`` the events after a number, oldest first."""

    hosts: Callable[[], list[Object]] = _nothing_held
    record: Callable[[int], list[Object]] = _nothing_recorded
    _found: list[Object] = field(default_factory=list)
    _at: float = -KEPT
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def held(self) -> list[Object]:
        """Return what each host holds, not older than a moment."""
        async with self._turn:
            if monotonic() - self._at >= KEPT:
                self._found = await asyncio.to_thread(self.hosts)
                self._at = monotonic()
            return self._found

    async def recorded(self, after: int) -> list[Object]:
        """Return the events after number *after*, oldest first, some of them where there are many."""
        return await asyncio.to_thread(self.record, after)
