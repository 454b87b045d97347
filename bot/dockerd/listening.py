"""What happens to the images of a host, told as it happens: for a while, and then from there on again.

A question that ends by itself needs nobody to end it, and shows within its time that the daemon is still there.
"""

import time
from collections.abc import Callable
from datetime import timedelta

from docker import APIClient

from bot.dockerd import asking
from bot.dockerd.clock import SECOND, Reading
from bot.dockerd.translate import Json, told
from bot.images.leaving import Told

WHILE = timedelta(seconds=10)
"""How long one question listens, at most, and no longer than half of the daemon's time-out.

A proxy may hold an answer back until it is whole; then this is how late it is heard.
"""
OVERLAP = 2 * SECOND
"""How far the next question goes back: a daemon may tell of something after its time."""


class Listening:
    """Listens to one daemon, by its clock. Only one thread does at a time."""

    def __init__(self, timeout: timedelta) -> None:
        self._while = int(min(WHILE, timeout / 2).total_seconds() * SECOND)
        self._reading: Reading | None = None

    def listen(self, client: APIClient, since: int, tell: Callable[[Told], None]) -> int:
        """Tell what happened to images from *since* on (nanoseconds of the daemon's clock; 0 is now) and happens.

        Returns the moment from which to listen next: what is told twice is for the listener to see.
        """
        now = self._clock(client).earliest(time.monotonic_ns())
        begin = now if not since or since > now else since  # its clock may have been set back
        until = now + self._while
        for event in asking.told_until(client, begin, until):
            if (heard := _heard(event)) is not None:
                tell(heard)
        return max(begin, until - OVERLAP)

    def _clock(self, client: APIClient) -> Reading:
        if self._reading is None or not self._reading.is_good(time.monotonic_ns()):
            _, self._reading = asking.info(client)
        return self._reading


def _heard(event: Json) -> Told | None:
    return told(event) if event.get("Type") == "image" else None
