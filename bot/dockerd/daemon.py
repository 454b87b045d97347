"""One Docker daemon, through docker-py's low-level client: values in, values out.

Only ``APIClient`` is used: ``client.images.remove`` throws the answer away, and ``client.images.list`` inspects every
image. Its connection pools are not thread-safe, so each thread has a client of its own.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeVar

import docker
import requests
from docker.errors import APIError, DockerException

from bot.dockerd import translate
from bot.dockerd.hosts import Endpoint
from bot.flows.ports import Unreachable
from bot.images.ids import ChainId, ImageId, full_id
from bot.images.inventory import Image, Inventory, Store
from bot.images.reference import InvalidReference, parse
from bot.images.removal import Outcome, Refusal, Refused, Removal, Removed, Unknown

NEWEST_API = (1, 51)
"""The newest version of the Engine API that this file was tried with; newer daemons are asked for this one."""
OLDEST_API = "1.24"

REFUSALS: Mapping[int, Refusal] = {
    400: Refusal.INVALID,
    404: Refusal.NOT_FOUND,
    409: Refusal.CONFLICT,
    500: Refusal.FAILED,
}

FAULTS = (DockerException, requests.RequestException, OSError, ValueError, KeyError)
"""What a call may raise: docker-py's own, a lost connection, an answer that is not JSON or lacks what it must have."""

T = TypeVar("T")


class Daemon:
    """The daemon of one host. May be used by several threads. ``may_remove`` is False where it must only look."""

    def __init__(self, host: str, endpoint: Endpoint, *, may_remove: bool = True) -> None:
        self._host = host
        self._endpoint = endpoint
        self._may_remove = may_remove
        self._mine = threading.local()
        self._clients: list[docker.APIClient] = []
        self._lock = threading.Lock()
        self._layers: dict[ImageId, tuple[ChainId, ...]] = {}
        self._bytes: dict[ImageId, Mapping[ChainId, int]] = {}

    @property
    def host(self) -> str:
        """The host's name in the settings."""
        return self._host

    def inventory(self) -> Inventory | Unreachable:
        """Return what the daemon holds now: one list of images, one of containers, an inspect for each new image."""
        return self._asked(self._inventory)

    def _inventory(self, client: docker.APIClient) -> Inventory:
        info = client.info()
        listed = client.images(all=True)
        containers = client.containers(all=True)
        images = [self._image(client, entry) for entry in listed]
        return Inventory(
            host=self._host,
            daemon_id=str(info.get("ID", "")),
            store=translate.store(info),
            version=str(info.get("ServerVersion", "")),
            taken_at=int(time.time()),
            images={image.id: image for image in images if image is not None},
            containers=tuple(translate.container(entry) for entry in containers),
            build_cache_shared=_build_cache_shared(client),
        )

    def _image(self, client: docker.APIClient, listed: translate.Json) -> Image | None:
        """Return a listed image with its layers; None where it went between the list and the look at it."""
        image_id = ImageId(listed["Id"])
        if image_id not in self._layers:
            try:
                self._layers[image_id] = translate.layers(_inspected(client, image_id))
            except docker.errors.NotFound:
                return None
        return translate.image(listed, self._layers[image_id])

    def measured(self, inventory: Inventory, image_ids: Iterable[ImageId]) -> Inventory:
        """Return *inventory* with the sizes of the layers of these images, where they can be told."""
        known = dict(inventory.layer_bytes)
        for image_id in image_ids:
            image = inventory.images.get(image_id)
            if image is None or inventory.store is not Store.CLASSIC:
                continue
            if image_id not in self._bytes:
                history = self._asked(partial(_history, image_id))
                if isinstance(history, Unreachable):
                    continue
                self._bytes[image_id] = translate.layer_bytes(image.layers, history)
            known |= self._bytes[image_id]
        return replace(inventory, layer_bytes=known)

    def named(self, target: str) -> ImageId | Unreachable | None:
        """Return the image that a reference or an ID names now."""
        _check(target)

        def inspected(client: docker.APIClient) -> ImageId | None:
            try:
                return ImageId(_inspected(client, target)["Id"])
            except docker.errors.NotFound:
                return None

        return self._asked(inspected)

    def remove(self, removal: Removal) -> Outcome:
        """Send one removal.

        Raises ValueError for a target that is neither an ID nor a reference: docker-py would send
        ``../containers/x`` as it is, and the daemon would remove a container.
        """
        target, image_id = removal.target, removal.image_id
        if target is None or image_id is None:
            raise ValueError(f"There is nothing to send for {removal.word!r}.")
        _check(target)
        if not self._may_remove:
            raise PermissionError(f"Nothing is removed from {self._host}: the bot only looks.")
        try:
            client = self._client()
            answer = client.remove_image(target, force=removal.force, noprune=not removal.prune)
            return Removed(records=translate.records(answer, image_id, self._layers))
        except APIError as error:
            return _refused(error)
        except FAULTS as error:
            return Unknown(message=f"{self._host} did not say what came of it: {_plain(error)}.")

    def close(self) -> None:
        """Give back every connection."""
        with self._lock:
            clients, self._clients = self._clients, []
        for client in clients:
            client.close()

    def _asked(self, question: Callable[[docker.APIClient], T]) -> T | Unreachable:
        try:
            return question(self._client())
        except FAULTS as error:
            return Unreachable(
                host=self._host, why=f"{self._host} did not answer at {self._endpoint.url}: {_plain(error)}."
            )

    def _client(self) -> docker.APIClient:
        """Return this thread's client, for the newest version of the API that both sides know."""
        client = getattr(self._mine, "client", None)
        if client is None:
            client = self._connected()
            self._mine.client = client
            with self._lock:
                self._clients.append(client)
        return client

    def _connected(self) -> docker.APIClient:
        first = self._made(OLDEST_API)
        try:
            answered = first.version(api_version=False)
        finally:
            first.close()
        newest = min(_version(answered["ApiVersion"]), NEWEST_API)
        version = max(newest, _version(answered.get("MinAPIVersion") or OLDEST_API))
        return self._made(".".join(map(str, version)))

    def _made(self, version: str) -> docker.APIClient:
        endpoint = self._endpoint
        seconds = int(endpoint.timeout.total_seconds())
        return docker.APIClient(base_url=endpoint.url, version=version, timeout=seconds, tls=endpoint.tls or False)


def _inspected(client: docker.APIClient, target: str) -> translate.Json:
    found: translate.Json = client.inspect_image(target)
    return found


def _history(image_id: ImageId, client: docker.APIClient) -> list[translate.Json]:
    found: list[translate.Json] = client.history(image_id)
    return found


def _check(target: str) -> None:
    if full_id(target) is None and isinstance(parse(target), InvalidReference):
        raise ValueError(f"{target!r} is neither an image ID nor a reference.")


def _refused(error: APIError) -> Refused | Unknown:
    refusal = REFUSALS.get(error.status_code or 0)
    if refusal is None:
        return Unknown(message=f"Docker answered with the status {error.status_code}: {error.explanation}")
    return Refused(refusal=refusal, message=str(error.explanation or error))


def _build_cache_shared(client: docker.APIClient) -> bool:
    """Whether a build cache holds layers of images (``GET /system/df``); daemons before 18.09 do not tell."""
    entries = client.df().get("BuildCache") or []
    return any(entry.get("Shared") for entry in entries)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def _plain(error: Exception) -> str:
    """Return the innermost reason in one line: docker-py and requests wrap it several times over."""
    while error.__cause__ is not None or error.__context__ is not None:
        inner = error.__cause__ or error.__context__
        if not isinstance(inner, Exception):
            break
        error = inner
    return (str(error).splitlines() or [type(error).__name__])[0] or type(error).__name__
