"""The events of the simulated daemon: what it remembers, and those who listen."""

import asyncio
import json
import re
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from bot.playground.blocks import Object

REMEMBERED = 256
"""How many events a daemon remembers (moby, ``daemon/events/events.go``)."""
SECOND = 1_000_000_000

_MOMENT = re.compile(r"(\d{1,12})(?:\.(\d{1,9}))?", re.ASCII)


class BadMoment(ValueError):  # noqa: N818 -- named for what it says
    """A moment that is none; the message is the daemon's."""


def moment(text: str | None) -> int | None:
    """Return the nanoseconds since 1970 of seconds with up to nine decimals; None where none are given.

    Raises BadMoment.
    """
    if not text:
        return None
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise BadMoment(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return int(match[1]) * SECOND + int((match[2] or "").ljust(9, "0"))


class Events:
    """What happened, the last of it, and the streams that wait for more. *now* is in seconds since 1970."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._remembered: deque[Object] = deque(maxlen=REMEMBERED)
        self._listeners: list[asyncio.Queue[Object | None]] = []

    def say(self, event: Object) -> None:
        """Remember an event, and tell those who listen."""
        self._remembered.append(event)
        for listener in self._listeners:
            listener.put_nowait(event)

    def close(self) -> None:
        """Let those who listen go."""
        for listener in self._listeners:
            listener.put_nowait(None)

    async def stream(self, since: int | None, until: int | None) -> AsyncIterator[str]:
        """Yield what is remembered between two moments, both included, and then what happens until the second.

        Without either nothing is remembered; without *until* it goes on.
        """
        listener: asyncio.Queue[Object | None] = asyncio.Queue()
        self._listeners.append(listener)
        try:
            for event in self._between(since, until):
                yield json.dumps(event) + "\n"
            with suppress(TimeoutError):
                while (heard := await asyncio.wait_for(listener.get(), self._left(until))) is not None:
                    yield json.dumps(heard) + "\n"
        finally:
            with suppress(ValueError):
                self._listeners.remove(listener)

    def _between(self, since: int | None, until: int | None) -> list[Object]:
        if since is None and until is None:
            return []
        return [
            event
            for event in self._remembered
            if (since or 0) <= event["timeNano"] and (until is None or event["timeNano"] <= until)
        ]

    def _left(self, until: int | None) -> float | None:
        """Return the seconds until a moment; None where there is none."""
        return None if until is None else max(0.0, until / SECOND - self._now())
