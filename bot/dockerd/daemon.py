"""One Docker daemon, through docker-py's low-level client: values in, values out.

Only ``APIClient`` is used: ``client.images.remove`` throws the answer away, and ``client.images.list`` inspects every
image.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TypeVar

from docker import APIClient
from docker.errors import APIError

from bot.dockerd import asking, examining, pulling, registries, translate
from bot.dockerd.beside import Beside
from bot.dockerd.clients import Clients
from bot.dockerd.faults import FAULTS, bad_filter, body, cut, of_removal, sentence
from bot.dockerd.hosts import Endpoint
from bot.dockerd.listening import Listening
from bot.dockerd.taking import Taking
from bot.flows.facts import HostSeen
from bot.flows.ports import Changes, Unreachable
from bot.images.grading import Answer, Silent
from bot.images.ids import ImageId, full_id, partial_id
from bot.images.inventory import Inventory, Store
from bot.images.leaving import Told
from bot.images.listing import BadFilter, Filters
from bot.images.reference import InvalidReference, parse
from bot.images.removal import Outcome, Refusal, Refused, Removal, Removed, Unknown
from bot.images.selection import Among

T = TypeVar("T")


class Daemon:
    """The daemon of one host. May be used by several threads.

    ``may_remove`` is False where it must only look, ``asks_registries`` where it must not ask any.
    """

    def __init__(self, host: str, endpoint: Endpoint, *, may_remove: bool = True, asks_registries: bool = True) -> None:
        self._host = host
        self._endpoint = endpoint
        self._may_remove = may_remove
        self._asks_registries = asks_registries
        self._clients = Clients(endpoint)
        self._beside = Beside(self._clients, endpoint.at_once)
        self._taking = Taking(host, self._beside)
        self._listening = Listening(endpoint.timeout)

    @property
    def host(self) -> str:
        """The host's name in the settings."""
        return self._host

    @property
    def address(self) -> str:
        """Where it is reached."""
        return self._endpoint.url

    @property
    def longest_call(self) -> timedelta:
        """How long one call may take, once it is connected."""
        return self._endpoint.timeout

    def inventory(self, *, kept: bool = False) -> Inventory | Unreachable:
        """Return what the daemon holds now: one list of images, one of containers, an inspect for each new image.

        *kept* images that were listed a few minutes ago may do where the daemon tells that nothing happened to any.

        Afterwards the daemon is asked what happened since the first question. What changed is asked for again, and
        where that does not come to an end the inventory is ``changed``. Where the daemon does not tell what happened (a
        proxy may keep that back), everything is asked twice instead, and it is ``changed`` if the answers differ.
        """
        taking = self._taking
        return self._asked(lambda client: (taking.kept(client) if kept else None) or taking.inventory(client))

    def changes(self, since: int) -> Changes | Unreachable:
        """Return what happened since a moment, in the daemon's own clock, that may make another inventory.

        Daemons before 27 (API 1.46) tell nothing of an image that BuildKit built without a name.
        """
        return self._asked(lambda client: self._taking.events.since(client, since).changes)

    def listen(self, since: int, tell: Callable[[Told], None]) -> int | Unreachable:
        """Tell what happens to images, as ``Listening.listen`` says, for some seconds."""
        return self._asked(lambda client: self._listening.listen(client, since, tell))

    def measured(self, inventory: Inventory, image_ids: Iterable[ImageId]) -> Inventory:
        """Return *inventory* with the sizes of the layers of these images, where they can be told."""
        images = [inventory.images[image_id] for image_id in image_ids if image_id in inventory.images]
        found = self._taking.sizes.measure(self._beside, images, inventory.store)
        return replace(inventory, layer_bytes={**inventory.layer_bytes, **found})

    def used(self) -> int | None:
        """Return the bytes that all layers of the daemon take now; None where it does not tell.

        On the containerd store that counts what it keeps compressed as well.
        """
        used = self._asked(lambda client: translate.layers_size(asking.disk_usage(client)))
        return None if isinstance(used, Unreachable) else used

    def listed(self, filters: Filters) -> Among | BadFilter | Unreachable:
        """Return the images that the daemon itself lists by these filters, with the references that it lists of each.

        For choosing only: those are the references that a filter matched, and nothing is predicted from that. BadFilter
        has the daemon's own words where it refuses a filter.
        """
        return self._asked(partial(_listed, filters=filters))

    def named(self, target: str) -> ImageId | Unreachable | None:
        """Return the image that a full ID or a whole reference names now.

        Raises ValueError for anything else.
        """
        _check(target)

        def inspected(client: APIClient) -> ImageId | None:
            found = asking.image(client, target)
            return None if found is None else self._taking.memory.learn(found)  # a removal that follows is read by it

        return self._asked(inspected)

    def distribution(self, reference: str) -> Answer:
        """Return whether a registry has what ``name@digest`` names. The daemon asks it, for some seconds at most.

        Raises ValueError for any other reference.
        """
        parsed = parse(reference)
        if isinstance(parsed, InvalidReference) or parsed.digest is None or parsed.tag is not None:
            raise ValueError(f"{reference!r} is no name with a digest.")
        if not self._asks_registries:
            return Silent(why=f"the registries of {self._host} are not asked, as [hosts.{self._host}] says")
        try:
            return registries.answered(self._clients.mine(), parsed)
        except FAULTS as error:  # the client itself, whose first call asks for the version
            return Silent(why=sentence(error, self._host, self._endpoint).rstrip("."))

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
        layers, answer = self._taking.memory.layers, ""
        try:
            client = self._clients.mine()
            answer = asking.removal(client, target, force=removal.force, prune=removal.prune)
            records = translate.records(json.loads(answer), image_id, layers)
            return Removed(records=records, answer=cut(answer))
        except FAULTS as error:
            return replace(of_removal(error, self._host, self._endpoint), answer=cut(answer or body(error)))

    def tag(self, image_id: ImageId, name: str) -> Unreachable | None:
        """Give an image a name back that it lost to us.

        Raises ValueError where that is no whole reference, or no full ID.
        """
        reference = parse(name)
        if isinstance(reference, InvalidReference) or reference.tag is None or full_id(image_id) is None:
            raise ValueError(f"{name!r} cannot be a name of {image_id!r}.")
        if not self._may_remove:
            return Unreachable(host=self._host, why=f"I only look at {self._host}, and tag nothing there.")
        repository, name = reference.repository, reference.tag
        tagged = self._asked(lambda client: asking.tag(client, image_id, repository, name))
        return tagged if isinstance(tagged, Unreachable) else None

    def pull(self, source: str, alive: Callable[[], None]) -> ImageId | Refused | Unknown:
        """Pull an image by its digest, and return the image that this names then.

        *alive* is called while it goes on, which may be long. Raises ValueError where *source* is no ``name@digest``.
        """
        reference = parse(source)
        if isinstance(reference, InvalidReference) or reference.digest is None:
            raise ValueError(f"{source!r} is no reference by digest.")
        if not self._may_remove:
            return Refused(refusal=Refusal.FAILED, message=f"I only look at {self._host}, and pull nothing there.")
        try:
            failed = pulling.pull(self._clients.mine(), reference, alive)
        except FAULTS as error:
            failed = pulling.refused(error)
            if failed is None:
                self._clients.drop()
                return pulling.unknown(error, self._host, self._endpoint)
        return failed or self._pulled(source)

    def _pulled(self, source: str) -> ImageId | Refused | Unknown:
        """Return the image that was pulled, by what the daemon says of its name now."""
        match self.named(source):
            case Unreachable(why=why):
                return Unknown(message=f"{why} What came of the pull is not known.")
            case None:
                message = f"{source} was pulled, and yet {self._host} has no such image."
                return Refused(refusal=Refusal.NOT_FOUND, message=message)
            case image_id:
                return image_id

    def examined(self, *, tries: bool = True) -> HostSeen:
        """Return what is seen of the daemon; where it *tries*, by harmless calls, what its socket lets through."""
        tried = examining.calls(removes=self._may_remove, asks=self._asks_registries) if tries else ()
        found = self._asked(lambda client: examining.examined(client, self._host, tried))
        return HostSeen(host=self._host, why=found.why) if isinstance(found, Unreachable) else found

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


def _listed(client: APIClient, filters: Filters) -> Among | BadFilter:
    try:
        found = asking.filtered(client, filters)
        return {ImageId(entry["Id"]): frozenset(translate.references(entry, Store.CLASSIC)) for entry in found}
    except APIError as error:
        if bad := bad_filter(error):
            return BadFilter(message=bad)
        raise


def _check(target: str) -> None:
    """Let nothing pass that the daemon might take for the beginning of an ID, ``sha256:abcd`` included."""
    if full_id(target) is not None:
        return
    reference = parse(target)
    whole = not isinstance(reference, InvalidReference) and (reference.tag or reference.digest)
    if not whole or partial_id(target):
        raise ValueError(f"{target!r} is neither a full image ID nor a reference with a tag or a digest.")
