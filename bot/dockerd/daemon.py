"""One Docker daemon, through docker-py's low-level client: values in, values out.

Only ``APIClient`` is used: ``client.images.remove`` throws the answer away, and ``client.images.list`` inspects every
image.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeVar

from docker import APIClient
from docker.errors import APIError

from bot.dockerd import asking, leftovers, mounts, translate
from bot.dockerd.beside import Beside
from bot.dockerd.clients import Clients
from bot.dockerd.faults import FAULTS, bad_filter, of_removal, sentence
from bot.dockerd.happened import Events, Heard
from bot.dockerd.hosts import Endpoint
from bot.dockerd.seeing import Lists, Memory, lists
from bot.dockerd.sizes import Sizes
from bot.flows.ports import Changes, Unreachable
from bot.images.ids import ImageId, full_id, partial_id
from bot.images.inventory import Container, Image, Inventory, Store
from bot.images.listing import BadFilter, Filters
from bot.images.reference import InvalidReference, parse
from bot.images.removal import Outcome, Refusal, Refused, Removal, Removed

TAKEN_AT_MOST = 3
"""How often an inventory is taken where something happens meanwhile."""

T = TypeVar("T")


class Daemon:
    """The daemon of one host. May be used by several threads. ``may_remove`` is False where it must only look."""

    def __init__(self, host: str, endpoint: Endpoint, *, may_remove: bool = True) -> None:
        self._host = host
        self._endpoint = endpoint
        self._may_remove = may_remove
        self._clients = Clients(endpoint)
        self._beside = Beside(self._clients)
        self._events = Events()
        self._memory = Memory()
        self._store: Store | None = None
        self._sizes = Sizes()

    @property
    def host(self) -> str:
        """The host's name in the settings."""
        return self._host

    def inventory(self) -> Inventory | Unreachable:
        """Return what the daemon holds now: one list of images, one of containers, an inspect for each new image.

        Afterwards the daemon is asked what happened since the first question. Where anything did, all is asked again,
        and after the third time the inventory is ``changed``. Where the daemon does not tell what happened (a proxy may
        keep that back), everything is asked twice instead, and the inventory is ``changed`` if the answers differ.
        """
        return self._asked(self._inventory)

    def changes(self, since: int) -> Changes | Unreachable:
        """Return what happened since a moment, in the daemon's own clock, that may make another inventory.

        Daemons before 27 (API 1.46) tell nothing of an image that BuildKit built without a name.
        """
        return self._asked(lambda client: self._events.since(client, since).changes)

    def _inventory(self, client: APIClient, again: int = TAKEN_AT_MOST - 1) -> Inventory:
        taken = self._taken(client)
        heard = self._heard(client, taken.seen)
        if heard is None:
            second = self._taken(client)
            return replace(second, changed=not _same(taken, second))
        if heard.nothing:
            return replace(taken, seen=heard.changes.seen)
        return self._inventory(client, again - 1) if again else replace(taken, changed=True)

    def _heard(self, client: APIClient, since: int) -> Heard | None:
        try:
            return self._events.since(client, since)
        except FAULTS:
            return None

    def _taken(self, client: APIClient) -> Inventory:
        newest = self._events.newest
        found = self._lists(client)
        images = self._memory.images(self._beside, found)
        return Inventory(
            host=self._host,
            daemon_id=str(found.info["ID"]),
            store=found.store,
            version=str(found.info["ServerVersion"]),
            taken_at=int(time.time()),
            images=images,
            containers=_containers(client, found, images),
            layer_bytes=self._sizes.of(images),
            build_cache_shared=bool(images) and found.build_cache_shared,
            seen=self._events.read(found.reading, found.begun, newest),
        )

    def _lists(self, client: APIClient) -> Lists:
        """Ask for all lists at once: once more where the daemon does not have the store that it had."""
        if self._store is None:
            self._store = translate.store(asking.info(client)[0])
        found = lists(self._beside, self._store)
        if found.store is not self._store:
            self._store = found.store
            found = lists(self._beside, self._store)
        return found

    def measured(self, inventory: Inventory, image_ids: Iterable[ImageId]) -> Inventory:
        """Return *inventory* with the sizes of the layers of these images, where they can be told."""
        images = [inventory.images[image_id] for image_id in image_ids if image_id in inventory.images]
        found = self._sizes.measure(self._beside, images, inventory.store)
        return replace(inventory, layer_bytes={**inventory.layer_bytes, **found})

    def used(self) -> int | None:
        """Return the bytes that all layers of the daemon take now; None where it does not tell.

        On the containerd store that counts what it keeps compressed as well.
        """
        used = self._asked(lambda client: translate.layers_size(asking.disk_usage(client)))
        return None if isinstance(used, Unreachable) else used

    def listed(self, filters: Filters) -> frozenset[ImageId] | BadFilter | Unreachable:
        """Return the images that the daemon itself lists by these filters, without those that went since.

        For choosing only: of an image's references the daemon lists those that a filter matched, and nothing is
        predicted from that. BadFilter has the daemon's own words where it refuses a filter.
        """
        return self._asked(partial(_listed, filters=filters))

    def named(self, target: str) -> ImageId | Unreachable | None:
        """Return the image that a full ID or a whole reference names now.

        Raises ValueError for anything else.
        """
        _check(target)

        def inspected(client: APIClient) -> ImageId | None:
            found = asking.image(client, target)
            return None if found is None else self._memory.learn(found)  # a removal that follows is read by it

        return self._asked(inspected)

    def remove(self, removal: Removal) -> Outcome:
        """Send one removal, once.

        Raises ValueError for a target that is neither a full ID nor a whole reference: docker-py would send
        ``../containers/x`` as it is, and the daemon would remove a container; and a bare ``abcd`` can name an image
        now and begin another's ID a moment later.
        """
        target, image_id = removal.target, removal.image_id
        if target is None or image_id is None:
            raise ValueError(f"There is nothing to send for {removal.word!r}.")
        _check(target)
        if not self._may_remove:
            return Refused(refusal=Refusal.FAILED, message=f"I only look at {self._host}, and remove nothing there.")
        layers = self._memory.layers
        try:
            client = self._clients.mine()
            answer = client.remove_image(target, force=removal.force, noprune=not removal.prune)
            return Removed(records=translate.records(answer, image_id, layers))
        except FAULTS as error:
            return of_removal(error, self._host, self._endpoint)

    def close(self) -> None:
        """Give back every connection."""
        self._beside.close()
        self._clients.close()

    def _asked(self, question: Callable[[APIClient], T]) -> T | Unreachable:
        try:
            return question(self._clients.mine())
        except FAULTS as error:
            self._clients.drop()
            return Unreachable(host=self._host, why=sentence(error, self._host, self._endpoint))


def _listed(client: APIClient, filters: Filters) -> frozenset[ImageId] | BadFilter:
    try:
        return frozenset(ImageId(entry["Id"]) for entry in asking.filtered(client, filters))
    except APIError as error:
        if bad := bad_filter(error):
            return BadFilter(message=bad)
        raise


def _containers(client: APIClient, found: Lists, images: Mapping[ImageId, Image]) -> tuple[Container, ...]:
    """Return the containers; more is asked only where one has an image mounted, or outlived its image."""
    containers = [(translate.container(entry), entry) for entry in found.containers]
    mounting = mounts.resolved(client, found.store, images, containers)
    return leftovers.resolved(client, str(found.info.get("Driver")), images, mounting)


def _same(one: Inventory, other: Inventory) -> bool:
    """Whether both hold the same."""
    return replace(one, taken_at=0, seen=0) == replace(other, taken_at=0, seen=0)


def _check(target: str) -> None:
    """Let nothing pass that the daemon might take for the beginning of an ID, ``sha256:abcd`` included."""
    if full_id(target) is not None:
        return
    reference = parse(target)
    whole = not isinstance(reference, InvalidReference) and (reference.tag or reference.digest)
    if not whole or partial_id(target):
        raise ValueError(f"{target!r} is neither a full image ID nor a reference with a tag or a digest.")
