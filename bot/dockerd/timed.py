"""A daemon whose calls are told of: which, what came of it, and how long it took."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from bot.flows.ports import Changes, Daemon, Unreachable
from bot.images.grading import Answer as Registry
from bot.images.ids import ImageId
from bot.images.inventory import Inventory
from bot.images.leaving import Told
from bot.images.listing import BadFilter, Filters
from bot.images.removal import Outcome, Refused, Removal, Unknown
from bot.images.selection import Among

T = TypeVar("T")

OK, REFUSED, UNREACHABLE, UNCLEAR, RAISED = "ok", "refused", "unreachable", "unclear", "raised"
"""What may come of a call. ``unclear`` is a removal or a pull of which nobody knows what it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of the daemon of ``host``: a method of the port, one of the results above, and its duration."""

    host: str
    call: str
    result: str
    seconds: float


class Timed:
    """Does what *daemon* does, and tells of each call."""

    def __init__(self, daemon: Daemon, tell: Callable[[Call], None]) -> None:
        self._daemon = daemon
        self._tell = tell

    @property
    def host(self) -> str:
        """The host's name in the settings."""
        return self._daemon.host

    @property
    def longest_call(self) -> timedelta:
        """How long one call may take, the connection included."""
        return self._daemon.longest_call

    def inventory(self, *, kept: bool = False) -> Inventory | Unreachable:
        """Return what the daemon holds."""
        return self._told("inventory", lambda: self._daemon.inventory(kept=kept))

    def changes(self, since: int) -> Changes | Unreachable:
        """Return what happened since a moment."""
        return self._told("changes", lambda: self._daemon.changes(since))

    def listen(self, since: int, tell: Callable[[Told], None]) -> int | Unreachable:
        """Tell what happens; that takes some seconds in any case."""
        return self._told("listen", lambda: self._daemon.listen(since, tell))

    def measured(self, inventory: Inventory, image_ids: Iterable[ImageId]) -> Inventory:
        """Return *inventory* with the sizes of layers."""
        return self._told("measured", lambda: self._daemon.measured(inventory, image_ids))

    def used(self) -> int | None:
        """Return the bytes that all layers take."""
        return self._told("used", self._daemon.used)

    def listed(self, filters: Filters) -> Among | BadFilter | Unreachable:
        """Return what the daemon lists by filters."""
        return self._told("listed", lambda: self._daemon.listed(filters))

    def named(self, target: str) -> ImageId | Unreachable | None:
        """Return the image that a reference or an ID names."""
        return self._told("named", lambda: self._daemon.named(target))

    def distribution(self, reference: str) -> Registry:
        """Return whether a registry has it."""
        return self._told("distribution", lambda: self._daemon.distribution(reference))

    def remove(self, removal: Removal) -> Outcome:
        """Send one removal."""
        return self._told("remove", lambda: self._daemon.remove(removal))

    def tag(self, image_id: ImageId, name: str) -> Unreachable | None:
        """Give an image a name back."""
        return self._told("tag", lambda: self._daemon.tag(image_id, name))

    def pull(self, source: str, alive: Callable[[], None]) -> ImageId | Refused | Unknown:
        """Pull an image by its digest."""
        return self._told("pull", lambda: self._daemon.pull(source, alive))

    def _told(self, call: str, ask: Callable[[], T]) -> T:
        began, result = time.perf_counter(), RAISED
        try:
            answer = ask()
            result = _result(answer)
        finally:
            self._tell(Call(host=self.host, call=call, result=result, seconds=time.perf_counter() - began))
        return answer


def _result(answer: object) -> str:
    match answer:
        case Unreachable():
            return UNREACHABLE
        case Refused() | BadFilter():
            return REFUSED
        case Unknown():
            return UNCLEAR
        case _:
            return OK
