"""Looks at the hosts and at the record of the bot that runs in the playground, for the page to show."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice

from bot.approval.request import Request, State
from bot.audit.chain import ChainedEvent, canonical
from bot.db.store import Store
from bot.dockerd.daemon import Daemon
from bot.flows.ports import Unreachable
from bot.images.ids import ChainId
from bot.images.inventory import Image, Inventory
from bot.images.removal import Plan
from bot.playground.blocks import Object
from bot.playground.host_picture import nothing, picture, planned

SHOWN = 200
"""How many events the page is given at once."""
OPEN = (State.PENDING, State.APPROVED, State.REMOVING, State.INTERRUPTED)


@dataclass(slots=True)
class _Memory:
    """What a host held when it was looked at last, what has gone since, and what its layers took."""

    last: Inventory | None = None
    gone: Sequence[Image] = ()
    bytes: dict[ChainId, int] = field(default_factory=dict)


class Peek:
    """Looks with connections of its own; nothing is changed. Used by one thread at a time."""

    def __init__(self, store: Store, daemons: Sequence[Daemon]) -> None:
        self._store = store
        self._daemons = daemons
        self._memories: Mapping[str, _Memory] = {daemon.host: _Memory() for daemon in daemons}

    def hosts(self) -> list[Object]:
        """Return the picture of each host: of one that does not answer, what it held when it did."""
        with self._store.reading() as reading:
            waiting = reading.requests(*OPEN, limit=SHOWN)
        return [self._host(daemon, waiting) for daemon in self._daemons]

    def _host(self, daemon: Daemon, waiting: Sequence[Request]) -> Object:
        memory = self._memories[daemon.host]
        inventory = daemon.inventory(kept=True)
        if isinstance(inventory, Unreachable):
            return _drawn(memory, waiting, inventory.why) if memory.last else nothing(daemon.host, inventory.why)
        _remember(memory, daemon.measured(inventory, inventory.images))
        return _drawn(memory, waiting)

    def record(self, after: int) -> list[Object]:
        """Return the events after number *after*, oldest first, and the text that each hash is of."""
        with self._store.reading() as reading:
            return [_told(event) for event in islice(reading.chain(after), SHOWN)]


def _remember(memory: _Memory, now: Inventory) -> None:
    """Keep what was there before and is not any more, until something else goes, or until it is back."""
    before = memory.last.images if memory.last else {}
    left = tuple(image for image in before.values() if image.id not in now.images)
    memory.gone = left or tuple(image for image in memory.gone if image.id not in now.images)
    memory.bytes.update(now.layer_bytes)
    memory.last = replace(now, layer_bytes=dict(memory.bytes))


def _drawn(memory: _Memory, waiting: Sequence[Request], silent: str = "") -> Object:
    if memory.last is None:
        raise LookupError("nothing was looked at")
    here = [request for request in waiting if request.plan.host == memory.last.host]
    plans = [planned(r.id, r.state.value, r.plan) for r in here if isinstance(r.plan, Plan)]
    return picture(memory.last, memory.gone, plans, silent)


def _told(event: ChainedEvent) -> Object:
    fields = event.fields
    return {
        "sequence": fields.sequence,
        "request": fields.request,
        "kind": fields.kind,
        "at": datetime.fromtimestamp(fields.at / 1_000_000, UTC).isoformat(),
        "body": json.loads(fields.body),
        "sealed": canonical(fields).decode(),
        "previous": event.previous_hash,
        "hash": event.hash,
    }
