"""Who has which layer. A chain ID stands for a layer and everything below it, so whoever has one has those below too.

A layer goes when the last image and the last container that has it is gone (moby,
``daemon/internal/layer/layer_store.go``, ``releaseLayer``).
"""

from collections.abc import Iterable, Iterator, Sequence

from bot.images.ids import ChainId, ImageId
from bot.images.inventory import Container, Image

FEW = 16


class Shares:
    """The layers of some images (in the order in which holders are to be named), with how many hold each of them."""

    def __init__(self, images: Sequence[Image]) -> None:
        self._holds: dict[ChainId, int] = {}  # by images and by containers
        self._held: dict[ChainId, int] = {}  # by containers alone, whatever becomes of the images
        self._sharers: dict[ChainId, list[ImageId]] = {}  # of the layers that several images have
        self._first: dict[ChainId, int] = {}  # where in that list the first is that is still there
        self._gone: set[ImageId] = set()
        self._orphans: dict[ChainId, dict[str, Container]] = {}
        holds = self._holds
        for image in images:
            for chain in image.layers:
                holds[chain] = holds.get(chain, 0) + 1
        for image in images:
            for chain in image.layers:
                if holds[chain] == 1:
                    break  # nor is anything above it shared
                self._sharers.setdefault(chain, []).append(image.id)

    def hold(self, chains: Iterable[ChainId]) -> None:
        """Count one container more that holds these layers for good."""
        for chain in chains:
            self._holds[chain] += 1
            self._held[chain] = self._held.get(chain, 0) + 1

    def orphan(self, container: Container, chains: Iterable[ChainId]) -> None:
        """Count a container that holds layers of an image that is gone; those that no image has do not matter."""
        known = [chain for chain in chains if chain in self._holds]
        self.hold(known)
        self._orphaned(container, known)

    def _orphaned(self, container: Container, chains: Iterable[ChainId]) -> None:
        for chain in chains:
            self._orphans.setdefault(chain, {})[container.id] = container

    def remove(self, image: Image, containers: Iterable[Container]) -> list[ChainId]:
        """Take an image away that *containers* use; return the layers that nobody has any more, top first."""
        self._gone.add(image.id)
        for container in containers:
            self._orphaned(container, image.layers)
        gone: list[ChainId] = []
        holds = self._holds
        for chain in reversed(image.layers):
            left = holds[chain] - 1
            if left:
                holds[chain] = left
            else:
                del holds[chain]
                gone.append(chain)
        return gone

    def left(self, layers: Sequence[ChainId]) -> int:
        """Return how many of an image's layers (base first) something still has."""
        left = len(layers)
        while left and layers[left - 1] not in self._holds:
            left -= 1
        return left

    def sharing(self, chain: ChainId) -> int:
        """Return how many images have a layer."""
        return self._holds.get(chain, 0) - self._held.get(chain, 0)

    def images(self, chain: ChainId) -> Iterator[ImageId]:
        """Yield the images that have a layer which several had at the beginning.

        Those that are gone are dropped when they are half of the list, and passed over for good where they lead it, so
        that naming a few holders takes no longer the more images go.
        """
        sharers, gone = self._sharers.get(chain), self._gone
        if sharers is None:
            return
        if len(sharers) - self._first.get(chain, 0) > 2 * self.sharing(chain) + FEW:
            sharers = self._sharers[chain] = [image_id for image_id in sharers if image_id not in gone]
            self._first[chain] = 0
        first = self._first.get(chain, 0)
        while first < len(sharers) and sharers[first] in gone:
            first += 1
        self._first[chain] = first
        for at in range(first, len(sharers)):
            if sharers[at] not in gone:
                yield sharers[at]

    def orphans(self, chain: ChainId) -> list[Container]:
        """Return the containers that hold a layer of an image that is gone."""
        found = self._orphans.get(chain)
        return list(found.values()) if found else []
