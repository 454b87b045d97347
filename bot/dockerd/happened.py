"""What happened on a host, from the events that its daemon remembers.

A daemon remembers its last 256 events of all types, and none from before its start (moby, ``daemon/events/events.go``).
So events are asked for without a filter, from one that is known on: where an event from before the moment is still
there, none after it was forgotten.
"""

import time
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from docker import APIClient

from bot.dockerd import asking
from bot.dockerd.clock import Reading
from bot.dockerd.translate import Json
from bot.flows.ports import Change, Changes
from bot.images.ids import full_id

REMEMBERED = 256
"""How many events a daemon remembers (moby, ``eventsLimit``)."""
MATTERS = {
    "image": frozenset({"tag", "untag", "delete", "load", "pull", "import", "push", "create", "prune"}),
    "container": frozenset(
        {"create", "destroy", "start", "die", "pause", "unpause", "restart", "commit"}  # a commit makes an image
    ),
}
"""What may make another inventory, by the type of what it happened to. ``push`` gives a digest to the classic store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What happened since a moment. ``may_lack`` is whether the daemon may have forgotten some of it.

    ``changes.complete`` is stricter: there, that it forgot none must be shown by an older event.
    """

    changes: Changes
    may_lack: bool

    @property
    def nothing(self) -> bool:
        """Whether nothing happened, as far as the daemon can know."""
        return not self.changes.changes and not self.may_lack


class Events:
    """The events of one daemon, and its clock."""

    def __init__(self) -> None:
        self._reading: Reading | None = None
        self._known: tuple[int, ...] = ()

    @property
    def newest(self) -> int:
        """When the last event was that is known, by the daemon's clock; 0 where none is."""
        return self._known[-1] if self._known else 0

    def read(self, reading: Reading, begun: int, newest: int) -> int:
        """Take in what the daemon's clock showed, and return a moment before *begun* on our monotonic clock.

        That is as late as can be told: what was the newest event then happened before.
        """
        self._reading = reading
        earliest, latest = reading.earliest(begun), reading.latest(begun)
        return newest if earliest <= newest <= latest else earliest

    def since(self, client: APIClient, moment: int) -> Heard:
        """Return what happened after *moment*, in nanoseconds of the daemon's clock, until now."""
        reading = self._clock(client)
        events = asking.events(client, self._from(moment), reading.latest(time.monotonic_ns()))
        times = [int(event["timeNano"]) for event in events]
        self._known = tuple(sorted({*self._known, *times})[-REMEMBERED:])
        shown = any(at <= moment for at in times)
        changes = Changes(
            changes=tuple(_changes(event for event, at in zip(events, times, strict=True) if at > moment)),
            seen=max((moment, *times)),
            complete=shown,
        )
        return Heard(changes=changes, may_lack=not shown and len(events) >= REMEMBERED)

    def _clock(self, client: APIClient) -> Reading:
        reading = self._reading
        if reading is None or not reading.is_good(time.monotonic_ns()):
            _, reading = asking.info(client)
            self._reading = reading
        return reading

    def _from(self, moment: int) -> int:
        """Return when the last event until *moment* was, of those that are known; 0 asks for all."""
        known = self._known
        before = bisect_right(known, moment)
        return known[before - 1] if before else 0


def _changes(events: Iterable[Json]) -> Sequence[Change]:
    return [
        Change(action=event["Action"], image_id=full_id(event["Actor"]["ID"]) if event["Type"] == "image" else None)
        for event in events
        if event["Action"] in MATTERS.get(event["Type"], ())
    ]
