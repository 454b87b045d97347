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
from docker.errors import NotFound

from bot.dockerd import translate
from bot.dockerd.clients import Clients
from bot.dockerd.faults import FAULTS, of_removal, sentence
from bot.dockerd.hosts import Endpoint
from bot.flows.ports import Unreachable
from bot.images.ids import ChainId, ImageId, full_id, partial_id
from bot.images.inventory import Image, Inventory, Store
from bot.images.reference import InvalidReference, parse
from bot.images.removal import Outcome, Refusal, Refused, Removal, Removed

CACHE_WITHIN = 5.0
"""Seconds that the question for the build cache may take. Daemons older than 23.0 add every volume up for it."""

T = TypeVar("T")


class Daemon:
    """The daemon of one host. May be used by several threads. ``may_remove`` is False where it must only look."""

    def __init__(self, host: str, endpoint: Endpoint, *, may_remove: bool = True) -> None:
        self._host = host
        self._endpoint = endpoint
        self._may_remove = may_remove
        self._clients = Clients(endpoint)
        self._layers: dict[ImageId, tuple[ChainId, ...]] = {}  # of the images listed last
        self._bytes: dict[ImageId, Mapping[ChainId, int]] = {}

    @property
    def host(self) -> str:
        """The host's name in the settings."""
        return self._host

    def inventory(self) -> Inventory | Unreachable:
        """Return what the daemon holds now: one list of images, one of containers, an inspect for each new image.

        The containerd store is asked for a second list: of the images that it keeps as dangling besides their names.
        """
        return self._asked(self._inventory)

    def _inventory(self, client: APIClient) -> Inventory:
        info = client.info()
        store = translate.store(info)
        listed = client.images(all=True)
        containers = client.containers(all=True)
        layers = self._layers_of(client, [ImageId(entry["Id"]) for entry in listed])
        dangling = _dangling(client) if store is Store.CONTAINERD else frozenset()
        images = [
            translate.image(entry, store, layers[entry["Id"]], dangling=entry["Id"] in dangling)
            for entry in listed
            if entry["Id"] in layers
        ]
        return Inventory(
            host=self._host,
            daemon_id=str(info["ID"]),
            store=store,
            version=str(info["ServerVersion"]),
            taken_at=int(time.time()),
            images={image.id: image for image in images},
            containers=tuple(translate.container(entry) for entry in containers),
            build_cache_shared=store is Store.CLASSIC and bool(images) and _build_cache_shared(client),
        )

    def _layers_of(self, client: APIClient, image_ids: list[ImageId]) -> dict[ImageId, tuple[ChainId, ...]]:
        """Return the layers of these images, without those that went since they were listed."""
        known, measured, found = self._layers, self._bytes, dict[ImageId, tuple[ChainId, ...]]()
        for image_id in image_ids:
            layers = known.get(image_id)
            if layers is None:
                inspected = _inspected(client, image_id)
                layers = translate.layers(inspected) if inspected else None
            if layers is not None:
                found[image_id] = layers
        self._layers = found
        self._bytes = {image_id: measured[image_id] for image_id in found if image_id in measured}
        return found

    def measured(self, inventory: Inventory, image_ids: Iterable[ImageId]) -> Inventory:
        """Return *inventory* with the sizes of the layers of these images, where they can be told."""
        known = dict(inventory.layer_bytes)
        for image_id in image_ids:
            image = inventory.images.get(image_id)
            if image is not None and inventory.store is Store.CLASSIC:
                known |= self._measured(image)
        return replace(inventory, layer_bytes=known)

    def _measured(self, image: Image) -> Mapping[ChainId, int]:
        if image.id not in self._bytes:
            history = self._asked(partial(_history, image.id))
            if isinstance(history, Unreachable) or history is None:
                return {}
            self._bytes[image.id] = translate.layer_bytes(image, history)
        return self._bytes[image.id]

    def named(self, target: str) -> ImageId | Unreachable | None:
        """Return the image that a full ID or a whole reference names now.

        Raises ValueError for anything else.
        """
        _check(target)

        def inspected(client: APIClient) -> ImageId | None:
            found = _inspected(client, target)
            if found is None:
                return None
            image_id = ImageId(found["Id"])
            self._layers[image_id] = translate.layers(found)  # a removal that follows is read by them
            return image_id

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
        layers = self._layers
        try:
            client = self._clients.mine()
            answer = client.remove_image(target, force=removal.force, noprune=not removal.prune)
            return Removed(records=translate.records(answer, image_id, layers))
        except FAULTS as error:
            return of_removal(error, self._host, self._endpoint)

    def close(self) -> None:
        """Give back every connection."""
        self._clients.close()

    def _asked(self, question: Callable[[APIClient], T]) -> T | Unreachable:
        try:
            return question(self._clients.mine())
        except FAULTS as error:
            self._clients.drop()
            return Unreachable(host=self._host, why=sentence(error, self._host, self._endpoint))


def _dangling(client: APIClient) -> frozenset[str]:
    """Return the images that the list of dangling ones has."""
    return frozenset(entry["Id"] for entry in client.images(all=True, filters={"dangling": ["true"]}))


def _inspected(client: APIClient, target: str) -> translate.Json | None:
    """Return ``GET /images/{name}/json``; None where there is no such image."""
    try:
        found: translate.Json = client.inspect_image(target)
    except NotFound:
        return None
    return found


def _history(image_id: ImageId, client: APIClient) -> list[translate.Json] | None:
    """Return ``GET /images/{name}/history``; None where there is no such image any more."""
    try:
        found: list[translate.Json] = client.history(image_id)
    except NotFound:
        return None
    return found


def _check(target: str) -> None:
    """Let nothing pass that the daemon might take for the beginning of an ID, ``sha256:abcd`` included."""
    if full_id(target) is not None:
        return
    reference = parse(target)
    whole = not isinstance(reference, InvalidReference) and (reference.tag or reference.digest)
    if not whole or partial_id(target):
        raise ValueError(f"{target!r} is neither a full image ID nor a reference with a tag or a digest.")


def _build_cache_shared(client: APIClient) -> bool:
    """Whether a build cache may hold layers of images: it does, or the daemon does not say."""
    try:
        answer = client.get(
            f"{client.base_url}/v{client.api_version}/system/df",
            params={"type": "build-cache"},
            timeout=CACHE_WITHIN,
        )
        answer.raise_for_status()
        return translate.build_cache_shared(answer.json())
    except FAULTS:
        return True
