"""What happened on a host, from the events that its daemon remembers.

A daemon remembers its last 256 events of all types, and none from before its start (moby, ``daemon/events/events.go``).
So events are asked for without a filter, from one that is known on: where an event from before the moment is still
there, none after it was forgotten.
"""

import time
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

from docker import APIClient

from bot.dockerd import asking
from bot.dockerd.clock import Reading
from bot.dockerd.translate import Json
from bot.flows.ports import Change, Changes
from bot.images.ids import full_id

REMEMBERED = 256
"""How many events a daemon remembers (moby, ``eventsLimit``)."""
IMAGE, CONTAINER, COMMIT = "image", "container", "commit"
MATTERS = {
    IMAGE: frozenset({"tag", "untag", "delete", "load", "pull", "import", "push", "create", "prune"}),
    CONTAINER: frozenset({"create", "destroy", "start", "die", "pause", "unpause", "restart", COMMIT}),
}
"""What may make another inventory, by the type of what it happened to. ``push`` gives a digest to the classic store.

A container's ``commit`` makes an image; the others change nothing but the list of containers.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What happened since a moment. ``of_images`` is whether any of it may have changed images, for all that is known.

    It is also where the daemon may have forgotten something. ``changes.complete`` is stricter: there, that it forgot
    nothing must be shown by an older event.
    """

    changes: Changes
    of_images: bool

    @property
    def nothing(self) -> bool:
        """Whether nothing happened, as far as the daemon can know."""
        return not self.changes.changes and not self.of_images


class Events:
    """The events of one daemon, and its clock."""

    def __init__(self) -> None:
        self._reading: Reading | None = None
        self._known: tuple[int, ...] = ()

    @property
    def newest(self) -> int:
        """When the last event was that is known, by the daemon's clock; 0 where none is."""
        return self._known[-1] if self._known else 0

    def read(self, reading: Reading) -> None:
        """Take in what the daemon's clock showed."""
        self._reading = reading

    def before(self, at: int, newest: int) -> int:
        """Return a time of the daemon's clock before the moment *at* of our monotonic one, as late as can be told.

        *newest* is what the newest event was then: it had happened. 0 where its clock was never read.
        """
        if self._reading is None:
            return 0
        earliest, latest = self._reading.earliest(at), self._reading.latest(at)
        return newest if earliest <= newest <= latest else earliest

    def since(self, client: APIClient, moment: int, listed: int = 0) -> Heard:
        """Return what happened after *moment*, in nanoseconds of the daemon's clock, until now.

        What happened to containers before they were *listed* is left out.
        """
        reading = self._clock(client)
        events = asking.events(client, self._from(moment), reading.latest(time.monotonic_ns()))
        times = [int(event["timeNano"]) for event in events]
        self._known = tuple(sorted({*self._known, *times})[-REMEMBERED:])
        shown = any(at <= moment for at in times)
        of_containers = max(moment, listed)
        later = [
            e for e, at in zip(events, times, strict=True) if at > (of_containers if _is_a_containers(e) else moment)
        ]
        changes = Changes(changes=_changes(later), seen=max((moment, *times)), complete=shown)
        forgot = not shown and len(events) >= REMEMBERED
        return Heard(
            changes=changes, of_images=forgot or any(_matters(event) and not _is_a_containers(event) for event in later)
        )

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


def _matters(event: Json) -> bool:
    return event["Action"] in MATTERS.get(event["Type"], ())


def _is_a_containers(event: Json) -> bool:
    return bool(event["Type"] == CONTAINER and event["Action"] != COMMIT)


def _changes(events: Iterable[Json]) -> tuple[Change, ...]:
    return tuple(
        Change(
            action=event["Action"],
            image_id=full_id(event["Actor"]["ID"]) if event["Type"] == IMAGE else None,
            name=_name(event) if event["Type"] == IMAGE else "",
        )
        for event in events
        if _matters(event)
    )


def _name(event: Json) -> str:
    """Return the name that an event of an image is about. A label cannot forge it (moby, ``LogImageEvent``)."""
    return str((event["Actor"].get("Attributes") or {}).get("name", ""))
