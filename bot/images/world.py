"""A daemon's images as a simulation may change them: indexed once, then changed step by step.

Nothing in here outlives a prediction. The inventory that it begins with is never changed.
"""

from bisect import bisect_left
from collections import Counter, defaultdict

from bot.images.ids import PREFIX, ChainId, ImageId
from bot.images.inventory import Container, Image, Inventory
from bot.images.reference import Reference


class World:
    """Images, references, children, containers and layers, looked up in constant time."""

    def __init__(self, inventory: Inventory) -> None:
        self.images: dict[ImageId, Image] = dict(inventory.images)
        self.references: dict[ImageId, set[Reference]] = {}
        self.named: dict[Reference, ImageId] = {}
        self.children: defaultdict[ImageId, set[ImageId]] = defaultdict(set)
        self.containers: defaultdict[ImageId, list[Container]] = defaultdict(list)
        self._ids = sorted(inventory.images)
        self._below: dict[ChainId, ChainId | None] = {}
        self._holds: Counter[ChainId] = Counter()
        self._users: defaultdict[ChainId, set[ImageId]] = defaultdict(set)
        self._orphans: defaultdict[ChainId, list[Container]] = defaultdict(list)
        for image in inventory.images.values():
            self._add(image)
        for container in sorted(inventory.containers, key=lambda container: container.id):
            self.containers[container.image_id].append(container)
            image_or_none = self.images.get(container.image_id)
            if image_or_none is not None and image_or_none.layers:
                self._holds[image_or_none.layers[-1]] += 1

    def _add(self, image: Image) -> None:
        self.references[image.id] = set(image.references)
        self.named.update(dict.fromkeys(image.references, image.id))
        if image.parent is not None:
            self.children[image.parent].add(image.id)
        below: ChainId | None = None
        for chain in image.layers:
            if chain not in self._below:
                self._below[chain] = below
                if below is not None:
                    self._holds[below] += 1
            self._users[chain].add(image.id)
            below = chain
        if below is not None:
            self._holds[below] += 1

    def with_prefix(self, digits: str) -> ImageId | None:
        """Return the only image whose ID begins with these hexadecimal digits; None where there is none, or several."""
        prefix = PREFIX + digits
        at = bisect_left(self._ids, prefix)
        matching = [image_id for image_id in self._ids[at : at + 2] if image_id.startswith(prefix)]
        return matching[0] if len(matching) == 1 else None

    def users(self, chain: ChainId) -> set[ImageId]:
        """Return the images that have a layer."""
        return self._users[chain]

    def orphans(self, chain: ChainId) -> list[Container]:
        """Return the containers that hold a layer of an image that was deleted here."""
        return self._orphans[chain]

    def ordered(self, image_id: ImageId) -> list[Reference]:
        """Return the image's references as Docker orders them: bytewise by their full form."""
        return sorted(self.references[image_id], key=lambda reference: reference.canonical)

    def untag(self, reference: Reference) -> None:
        """Take a reference away."""
        image_id = self.named.pop(reference)
        self.references[image_id].discard(reference)

    def delete(self, image_id: ImageId) -> list[ChainId]:
        """Take an image away, and return the layers that go with it, top first."""
        image = self.images.pop(image_id)
        del self._ids[bisect_left(self._ids, image_id)]
        for reference in list(self.references.pop(image_id)):
            del self.named[reference]
        if image.parent is not None:
            self.children[image.parent].discard(image_id)
        for chain in image.layers:
            self._users[chain].discard(image_id)
            self._orphans[chain] += self.containers.get(image_id, [])
        return self._release(image.layers[-1] if image.layers else None)

    def _release(self, chain: ChainId | None) -> list[ChainId]:
        """Let go of a layer; those that nothing holds any more go (moby, ``layer_store.go``, ``releaseLayer``)."""
        gone: list[ChainId] = []
        while chain is not None:
            self._holds[chain] -= 1
            if self._holds[chain]:
                break
            gone.append(chain)
            chain = self._below.pop(chain)
        return gone
