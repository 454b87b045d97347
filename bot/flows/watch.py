"""Watching: what leaves a host by no request is put on record, with what it was and when.

A host is looked at every few minutes, and soon after its daemon told that something happened to an image. What was
there at the last look, is not there now, and went by none of our steps, went outside the bot. What the daemon told
makes the times exact, and tells of images that came and went between two looks; without it nothing is lost but that.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

import structlog

from bot.approval.notes import LayersGone, LeftOutside
from bot.approval.request import RequestId
from bot.db.kept import KeptHost, Mark, OursSince
from bot.db.store import Store, Transaction
from bot.flows.hearing import Hearing
from bot.flows.outside import another_daemon, went_outside
from bot.flows.pauses import pause
from bot.flows.ports import Clock, Daemon, Unreachable
from bot.images.guards import unguarded
from bot.images.ids import ImageId
from bot.images.inventory import Inventory
from bot.images.leaving import Departures, Left, between, departures, known_of
from bot.images.removal import DeletedLayer

log = structlog.get_logger()

PRUNE = "prune"
REST = timedelta(seconds=10)
RESTS = 10
"""The least pause between two looks for what happened, and how many times as long as the last look it is at least.

What is told meanwhile is kept, with its time.
"""
TOGETHER = 200
"""Images of one event: a prune may take thousands, and an event is read as a whole."""
UNSETTLED = 3
"""How often a host is looked at anew that did not keep still, before it is taken as it is."""
MEASURED = 50
"""Images of which one look measures the layers, for the day on which they leave: a question for each, once."""


class Watch:
    """Watches one host. *every* is how often it is looked at where nothing is told.

    *mine* says whether it is this process that watches it.
    """

    def __init__(
        self, *, daemon: Daemon, store: Store, now: Clock, every: timedelta, mine: Callable[[], bool] = lambda: True
    ) -> None:
        self._daemon = daemon
        self._store = store
        self._now = now
        self._every = every
        self._mine = mine
        self._hearing = Hearing(daemon, now)
        self._looking = threading.Lock()
        self._next = now()
        self._rested = now()
        self._failures = 0
        self._measured: frozenset[ImageId] | None = None
        """The images that need not be measured any more; None before the first look, which is to be quick."""

    @property
    def host(self) -> str:
        """The host's name."""
        return self._daemon.host

    @property
    def heard_at(self) -> datetime | None:
        """Until when this process listened to the host; None where it never did."""
        return self._hearing.heard_at

    def hear(self) -> bool:
        """Listen for some seconds. Returns whether to go on at once."""
        if not self._mine():
            return False
        if not self._hearing.began:
            with self._store.reading() as reading:
                kept = reading.kept_host(self.host)
            self._hearing.begin(kept.seen if kept else 0)
        return self._hearing.listen()

    def end(self) -> None:
        """Say that nobody listens any more."""
        self._hearing.end()

    def due(self) -> bool:
        """Look at the host where it is time to. Returns False: there is no more of it at once."""
        if not self._mine():
            return False
        now = self._now()
        in_time = now >= self._next and not self._hearing.bursting(now)
        rested = now >= self._rested and not self._failures
        after_a_burst = not in_time and rested and self._hearing.burst_over(now)
        if in_time or after_a_burst:
            self.look()
        if after_a_burst:
            self._rested = self._now() + max(REST, RESTS * (self._now() - now))
        return False

    def look(self) -> None:
        """Look at the host, and put on record what left it."""
        with self._looking:
            since = self._now()
            self._hearing.looking()
            with self._store.reading() as reading:
                mark = reading.mark()
            inventory = self._daemon.inventory()
            if isinstance(inventory, Unreachable) or (inventory.changed and self._failures < UNSETTLED):
                self._again(inventory.why if isinstance(inventory, Unreachable) else "it does not keep still")
                return
            self._looked(inventory, since, self._now(), mark)
            self._failures, self._next = 0, self._now() + self._every

    def _again(self, why: str) -> None:
        self._failures += 1
        self._next = self._now() + min(pause(self._failures), self._every)
        if self._failures == 1:
            log.warning("host not looked at", host=self.host, why=why)

    def _with_sizes(self, inventory: Inventory) -> Inventory:
        """Return *inventory* with the sizes of some more layers, where there are any that nobody has asked for."""
        if self._measured is None:
            return inventory
        some = list(islice((i for i in inventory.images if i not in self._measured), MEASURED))
        self._measured |= frozenset(some)  # where it is not told, it will not be
        return self._daemon.measured(inventory, some) if some else inventory

    def _looked(self, inventory: Inventory, since: datetime, until: datetime, mark: Mark) -> None:
        inventory = unguarded(self._with_sizes(inventory), None)  # guards come and go by our own doing
        with self._store.transaction() as tx:
            tx.alone()
            kept = tx.kept_host(self.host)
            if kept is not None and kept.at > since:
                return  # another process has looked since
            fresh = KeptHost(
                host=self.host,
                daemon_id=inventory.daemon_id,
                store=inventory.store,
                seen=inventory.seen,
                at=since,
                mark=mark,
                images={i: known_of(image, inventory.layer_bytes) for i, image in inventory.images.items()},
            )
            if kept is None or not _same(kept, fresh):
                self._begin(tx, kept, fresh)
                ours = None
            else:
                ours, fresh = self._compare(tx, kept, fresh, inventory, until)
        self._measured = _sized(fresh) | (self._measured or frozenset()) & inventory.images.keys()
        self._hearing.looked(inventory.seen, ours.ours if ours else None)

    def _begin(self, tx: Transaction, kept: KeptHost | None, fresh: KeptHost) -> None:
        """Begin with what is there: what another daemon held, or another store, says nothing of this one."""
        tx.keep(kept, fresh)
        if kept is not None:
            told = {"was": kept.daemon_id, "now": fresh.daemon_id, "store": fresh.store.value}
            log.warning("another daemon answers for the host, or with another store", host=self.host, **told)
            tx.announce(another_daemon(kept, fresh), self._now())

    def _compare(
        self, tx: Transaction, kept: KeptHost, fresh: KeptHost, inventory: Inventory, until: datetime
    ) -> tuple[OursSince, KeptHost]:
        """Put on record what left. Returns what was ours, and the host as it is kept now."""
        ours = tx.ours_since(kept.mark, kept.daemon_id)
        told = self._hearing.since(kept.seen)
        found = departures(kept.images, inventory, ours.ours, between(kept.at, until, told))
        pruned = any(each.action == PRUNE for each in told)
        for some in _parts(found.left):
            tx.left_outside(_event(fresh, some, until, pruned=pruned))
        if found.left:
            tx.announce(went_outside(self.host, found.left, pruned=pruned), until)
        for event in _layers_gone(fresh, found, ours, until):
            tx.layers_gone(event)
        fresh = replace(fresh, images=found.known)
        tx.keep(kept, fresh)
        return ours, fresh


def _sized(host: KeptHost) -> frozenset[ImageId]:
    return frozenset(image.id for image in host.images.values() if None not in image.sizes)


def _same(kept: KeptHost, fresh: KeptHost) -> bool:
    return (kept.daemon_id, kept.store) == (fresh.daemon_id, fresh.store)


def _parts(left: tuple[Left, ...]) -> Iterator[tuple[Left, ...]]:
    for first in range(0, len(left), TOGETHER):
        yield left[first : first + TOGETHER]


def _event(fresh: KeptHost, left: tuple[Left, ...], at: datetime, *, pruned: bool) -> LeftOutside:
    return LeftOutside(at=at, host=fresh.host, daemon_id=fresh.daemon_id, store=fresh.store, left=left, pruned=pruned)


def _layers_gone(fresh: KeptHost, found: Departures, ours: OursSince, at: datetime) -> Iterator[LayersGone]:
    """Yield the layers that went with our images, by request and step."""
    by = defaultdict[tuple[RequestId, int], list[DeletedLayer]](list)
    for layer in found.layers:
        if layer.image_id in ours.by:
            by[ours.by[layer.image_id]].append(layer)
    for (request_id, step), layers in by.items():
        yield LayersGone(
            at=at,
            request_id=request_id,
            step=step,
            host=fresh.host,
            daemon_id=fresh.daemon_id,
            store=fresh.store,
            layers=tuple(layers),
        )
