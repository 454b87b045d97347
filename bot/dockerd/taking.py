"""An inventory of one moment: all is asked for, then what happened meanwhile, and what changed is asked again."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from docker import APIClient

from bot.dockerd import asking, leftovers, mounts, translate
from bot.dockerd.beside import Beside
from bot.dockerd.faults import FAULTS
from bot.dockerd.happened import Events, Heard
from bot.dockerd.seeing import Lists, Memory, lists
from bot.dockerd.sizes import Sizes
from bot.dockerd.translate import Json
from bot.images.ids import ImageId
from bot.images.inventory import Container, Image, Inventory, Store

TAKEN_AT_MOST = 3
"""How often everything is asked for where images change meanwhile."""
KEPT_FOR = 300.0
"""Seconds for which a list of images may stand in for another where nothing happened to any image since."""
TELLS_BUILDS = 27
"""The version of Docker from which on it tells of an image that was built without a name (API 1.46)."""
NANOSECONDS = 1_000_000_000
CHECKED_AT_MOST = 8
"""How often it is asked what happened meanwhile: containers come and go, and their list alone is quick."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """An inventory that may have been overtaken, and the daemon's time before its containers were asked for.

    The inventory's ``seen`` is the time before everything else was. ``count`` is how many images the daemon said that
    it has, ``at`` when it was asked, by our monotonic clock in seconds.
    """

    inventory: Inventory
    driver: str
    listed: int
    count: int
    at: float


class Taking:
    """Takes the inventories of one daemon."""

    def __init__(self, host: str, beside: Beside) -> None:
        self.events = Events()
        self.memory = Memory()
        self.sizes = Sizes()
        self._host = host
        self._beside = beside
        self._store: Store | None = None
        self._last: Taken | None = None

    def kept(self, client: APIClient) -> Inventory | None:
        """Return what the daemon holds with the images that were listed last; None where they must be listed anew.

        For the containerd store alone, whose list takes some 6 ms for each image. The daemon must tell that nothing
        happened to any image since, without having forgotten anything, and that it has as many; containers are listed.
        """
        last = self._last
        if last is None or not _may_be_kept(last):
            return None
        info, reading = asking.info(client)
        self.events.read(reading)
        if not _same_daemon(last, info):
            return None
        again = self._containers_again(client, last, last.inventory.seen)
        heard = self._heard(client, again)
        if heard is None or not heard.nothing or not heard.changes.complete:
            return None
        inventory = replace(again.inventory, seen=heard.changes.seen, layer_bytes=self.sizes.of(last.inventory.images))
        self._last = replace(again, inventory=inventory)
        return inventory

    def inventory(self, client: APIClient) -> Inventory:
        """Return what the daemon holds, ``changed`` where it did not keep still for long enough.

        Where the daemon does not tell what happened, everything is asked for twice, and the answers are compared.
        """
        self._last = None
        taken, times = self._everything(client), 1
        for _ in range(CHECKED_AT_MOST):
            heard = self._heard(client, taken)
            if heard is None:
                second = self._everything(client).inventory
                return replace(second, changed=not _same(taken.inventory, second))
            if heard.nothing:
                still = replace(taken.inventory, seen=heard.changes.seen)
                self._last = replace(taken, inventory=still)
                return still
            if not heard.of_images:
                taken = self._containers_again(client, taken, heard.changes.seen)
            elif times < TAKEN_AT_MOST:
                taken, times = self._everything(client), times + 1
            else:
                break
        return replace(taken.inventory, changed=True)

    def _heard(self, client: APIClient, taken: Taken) -> Heard | None:
        try:
            return self.events.since(client, taken.inventory.seen, taken.listed)
        except FAULTS:
            return None

    def _everything(self, client: APIClient) -> Taken:
        newest = self.events.newest
        found = self._lists(client)
        self.events.read(found.reading)
        images = self.memory.images(self._beside, found)
        begun = self.events.before(found.begun, newest)
        driver = str(found.info.get("Driver"))
        inventory = Inventory(
            host=self._host,
            daemon_id=str(found.info["ID"]),
            store=found.store,
            version=str(found.info["ServerVersion"]),
            taken_at=int(time.time()),
            images=images,
            containers=_containers(client, found.containers, found.store, driver, images),
            layer_bytes=self.sizes.of(images),
            build_cache_shared=bool(images) and found.build_cache_shared,
            seen=begun,
        )
        at = found.begun / NANOSECONDS
        return Taken(inventory=inventory, driver=driver, listed=begun, count=_count(found.info), at=at)

    def _lists(self, client: APIClient) -> Lists:
        """Ask for all lists at once: once more where the daemon does not have the store that it had."""
        if self._store is None:
            self._store = translate.store(asking.info(client)[0])
        found = lists(self._beside, self._store)
        if found.store is not self._store:
            self._store = found.store
            found = lists(self._beside, self._store)
        return found

    def _containers_again(self, client: APIClient, taken: Taken, seen: int) -> Taken:
        """Return what was taken with the containers as they are now; nothing else happened until *seen*."""
        begun, newest, before = time.monotonic_ns(), self.events.newest, taken.inventory
        listed = asking.containers(client)
        containers = _containers(client, listed, before.store, taken.driver, before.images)
        fresh = replace(before, containers=containers, taken_at=int(time.time()), seen=seen)
        return replace(taken, inventory=fresh, listed=max(seen, self.events.before(begun, newest)))


def _containers(
    client: APIClient, listed: Sequence[Json], store: Store, driver: str, images: Mapping[ImageId, Image]
) -> tuple[Container, ...]:
    """Return the containers; more is asked only where one has an image mounted, or outlived its image."""
    containers = [(translate.container(entry), entry) for entry in listed]
    mounting = mounts.resolved(client, store, images, containers)
    return leftovers.resolved(client, driver, images, mounting)


def _may_be_kept(last: Taken) -> bool:
    """Whether its list of images takes long, and its daemon tells of whatever happens to one."""
    version = last.inventory.version.partition(".")[0]
    tells = version.isdecimal() and int(version) >= TELLS_BUILDS
    return last.inventory.store is Store.CONTAINERD and tells and time.monotonic() - last.at < KEPT_FOR


def _same_daemon(last: Taken, info: Json) -> bool:
    before = last.inventory
    told = (str(info["ID"]), str(info["ServerVersion"]), translate.store(info), _count(info))
    return told == (before.daemon_id, before.version, before.store, last.count)


def _count(info: Json) -> int:
    return int(info.get("Images", -1))


def _same(one: Inventory, other: Inventory) -> bool:
    """Whether both hold the same."""
    return replace(one, taken_at=0, seen=0) == replace(other, taken_at=0, seen=0)
