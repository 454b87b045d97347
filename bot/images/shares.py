"""Who has which layer. Layers are a forest: a chain ID stands for a layer and everything below it.

So the images with a layer are those whose topmost layer is it or above it, and a layer goes when the last image and the
last container that has it is gone (moby, ``daemon/internal/layer/layer_store.go``, ``releaseLayer``).
"""

from collections.abc import Iterable, Iterator, Sequence

from bot.images.ids import ChainId, ImageId
from bot.images.inventory import Container, Image


class Shares:
    """The layers of a daemon, with how many hold each of them."""

    def __init__(self) -> None:
        self._holds: dict[ChainId, int] = {}  # by images and by containers
        self._above: dict[ChainId, dict[ChainId, None]] = {}
        self._tops: dict[ChainId, dict[ImageId, None]] = {}
        self._held: dict[ChainId, int] = {}  # by containers alone, whatever becomes of the images
        self._orphans: dict[ChainId, dict[str, Container]] = {}

    def add(self, image: Image) -> None:
        """Count an image's layers. Images that are added first are named first."""
        holds, below = self._holds, None
        for chain in image.layers:
            if chain in holds:
                holds[chain] += 1
            else:
                holds[chain] = 1
                if below is not None:
                    self._above.setdefault(below, {})[chain] = None
            below = chain
        if below is not None:
            self._tops.setdefault(below, {})[image.id] = None

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
        if not image.layers:
            return []
        top = image.layers[-1]
        del self._tops[top][image.id]
        for container in containers:
            self._orphaned(container, image.layers)
        gone = [chain for chain in reversed(image.layers) if self._released(chain)]
        for below, chain in zip(image.layers, image.layers[1:], strict=False):
            if chain not in self._holds and below in self._above:
                self._above[below].pop(chain, None)
        return gone

    def _released(self, chain: ChainId) -> bool:
        left = self._holds[chain] - 1
        if left:
            self._holds[chain] = left
            return False
        del self._holds[chain]
        return True

    def is_held(self, chain: ChainId) -> bool:
        """Whether anything has a layer."""
        return chain in self._holds

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
        """Yield the images that have a layer."""
        waiting = [chain]
        while waiting:
            next_one = waiting.pop()
            yield from self._tops.get(next_one, ())
            waiting += reversed(self._above.get(next_one, {}))

    def orphans(self, chain: ChainId) -> list[Container]:
        """Return the containers that hold a layer of an image that is gone."""
        return list(self._orphans.get(chain, {}).values())
