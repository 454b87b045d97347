"""What a daemon is asked for one inventory, and what need not be asked again."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Any, TypeVar

from docker import APIClient

from bot.dockerd import asking, translate
from bot.dockerd.beside import Beside
from bot.dockerd.clock import Reading
from bot.dockerd.faults import FAULTS
from bot.dockerd.translate import Json
from bot.images.ids import ChainId, ImageId
from bot.images.inventory import Image, Store

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """The answers of one daemon that belong together, and the moment of our monotonic clock before the first."""

    begun: int
    info: Json
    reading: Reading
    images: Sequence[Json]
    containers: Sequence[Json]
    dangling: frozenset[str]
    build_cache_shared: bool

    @property
    def store(self) -> Store:
        """The image store that the daemon has."""
        return translate.store(self.info)


def lists(beside: Beside, store: Store) -> Lists:
    """Ask for everything at once; *store* is what the daemon is thought to have.

    The containerd store is asked for a second list: of the images that it keeps as dangling besides their names. The
    classic one is asked whether it has a build cache.
    """
    begun = time.monotonic_ns()
    info = beside.begin(asking.info)
    images = beside.begin(asking.images)
    containers = beside.begin(asking.containers)
    dangling = beside.begin(asking.dangling) if store is Store.CONTAINERD else _known(frozenset[str]())
    shared = beside.begin(_build_cache_shared) if store is Store.CLASSIC else _known(value=False)
    everything: list[Future[Any]] = [info, images, containers, dangling, shared]
    wait(everything)
    told, reading = info.result()
    return Lists(
        begun=begun,
        info=told,
        reading=reading,
        images=images.result(),
        containers=containers.result(),
        dangling=dangling.result(),
        build_cache_shared=shared.result(),
    )


def _known(value: T) -> Future[T]:
    """Return an answer that is there already."""
    future = Future[T]()
    future.set_result(value)
    return future


def _build_cache_shared(client: APIClient) -> bool:
    """Whether a build cache may hold layers of images: it does, or the daemon does not say."""
    try:
        return translate.build_cache_shared(asking.build_cache(client))
    except FAULTS:
        return True


class Memory:
    """The images listed last. What was listed the same is not translated again, and an image is inspected once."""

    def __init__(self) -> None:
        self._listed: dict[ImageId, tuple[Json, Store, bool, Image]] = {}
        self._layers: dict[ImageId, tuple[ChainId, ...]] = {}

    @property
    def layers(self) -> Mapping[ImageId, tuple[ChainId, ...]]:
        """The layers of every image that is known."""
        return self._layers

    def learn(self, inspected: Json) -> ImageId:
        """Keep the layers of an image that was inspected."""
        image_id = ImageId(inspected["Id"])
        self._layers[image_id] = translate.layers(inspected)
        return image_id

    def images(self, beside: Beside, found: Lists) -> dict[ImageId, Image]:
        """Return the images that are listed, without those that went since. Those that are new are inspected."""
        store = found.store
        layers = self._layers_of(beside, [ImageId(entry["Id"]) for entry in found.images], store)
        listed: dict[ImageId, tuple[Json, Store, bool, Image]] = {}
        for entry in found.images:
            image_id = ImageId(entry["Id"])
            if image_id in layers:
                listed[image_id] = self._image(entry, store, layers[image_id], dangling=image_id in found.dangling)
        self._listed, self._layers = listed, layers
        return {image_id: image for image_id, (*_, image) in listed.items()}

    def _image(
        self, entry: Json, store: Store, layers: tuple[ChainId, ...], *, dangling: bool
    ) -> tuple[Json, Store, bool, Image]:
        known = self._listed.get(ImageId(entry["Id"]))
        if known is not None and known[:3] == (entry, store, dangling):
            return known
        return entry, store, dangling, translate.image(entry, store, layers, dangling=dangling)

    def _layers_of(
        self, beside: Beside, image_ids: Sequence[ImageId], store: Store
    ) -> dict[ImageId, tuple[ChainId, ...]]:
        known = self._layers
        new = [image_id for image_id in image_ids if image_id not in known]
        fresh = beside.each(asking.image, new, store)
        layers = known | {image_id: translate.layers(told) for image_id, told in fresh if told is not None}
        return {image_id: layers[image_id] for image_id in image_ids if image_id in layers}
