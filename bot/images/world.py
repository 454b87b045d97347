"""A daemon's images as a simulation may change them: indexed once, then changed step by step.

Nothing in here outlives a prediction. The inventory that it begins with is never changed.
"""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection
from functools import cached_property

from bot.images.ids import PREFIX, ChainId, ImageId, short
from bot.images.inventory import Container, Image, Inventory
from bot.images.reference import Reference


class World:
    """Images, references, children, containers and layers, each looked up without searching."""

    def __init__(self, inventory: Inventory) -> None:
        self.version = inventory.version
        self.store = inventory.store
        self.images: dict[ImageId, Image] = dict(inventory.images)
        self.references: dict[ImageId, set[Reference]] = {i: set(image.references) for i, image in self.images.items()}
        self.named: dict[Reference, ImageId] = {r: i for i, image in self.images.items() for r in image.references}
        self.dangling: set[ImageId] = {i for i, image in self.images.items() if image.dangling_record}
        self.children: defaultdict[ImageId, dict[ImageId, None]] = defaultdict(dict)
        self.containers: defaultdict[ImageId, list[Container]] = defaultdict(list)
        self._ids = sorted(self.images)
        self._below: dict[ChainId, ChainId | None] = {}
        self._holds: Counter[ChainId] = Counter()
        self._users: defaultdict[ChainId, dict[ImageId, None]] = defaultdict(dict)
        self._orphans: defaultdict[ChainId, list[Container]] = defaultdict(list)
        for image in sorted(self.images.values(), key=lambda image: (not image.references, self.name(image.id))):
            self._add(image)
        for container in sorted(inventory.containers, key=lambda container: container.id):
            self.containers[container.image_id].append(container)
            if container.image_id in self.images:
                self._hold(self.images[container.image_id].layers)

    def _add(self, image: Image) -> None:
        if image.parent is not None:
            self.children[image.parent][image.id] = None
        below: ChainId | None = None
        for chain in image.layers:
            if chain not in self._below:
                self._below[chain] = below
                if below is not None:
                    self._holds[below] += 1
            self._users[chain][image.id] = None
            below = chain
        self._hold(image.layers)

    def _hold(self, layers: tuple[ChainId, ...]) -> None:
        """Count one more holder of the topmost layer; each layer holds the one below it."""
        if layers:
            self._holds[layers[-1]] += 1

    def with_prefix(self, digits: str) -> tuple[ImageId, ...]:
        """Return every image whose ID begins with these hexadecimal digits."""
        first = bisect_left(self._ids, PREFIX + digits)
        last = bisect_left(self._ids, PREFIX + digits + "g")  # the letter after the last hexadecimal digit
        return tuple(self._ids[first:last])

    @cached_property
    def tagged_repositories(self) -> dict[str, list[Reference]]:
        """The tags of each repository at the beginning, by the repository's familiar name."""
        found: defaultdict[str, list[Reference]] = defaultdict(list)
        for reference in self.named:
            if reference.tag:
                found[reference.familiar_repository].append(reference)
        return dict(found)

    def users(self, chain: ChainId) -> Collection[ImageId]:
        """Return the images that have a layer: by name, those without one last."""
        return self._users[chain]

    def orphans(self, chain: ChainId) -> Collection[Container]:
        """Return the containers that hold a layer of an image that was deleted here."""
        return self._orphans[chain]

    def ordered(self, image_id: ImageId) -> list[Reference]:
        """Return the image's references as Docker orders them: bytewise by their full form."""
        return sorted(self.references[image_id], key=lambda reference: reference.canonical)

    def name(self, image_id: ImageId) -> str:
        """Return what a person calls an image: its first name, or its short ID."""
        references = self.ordered(image_id)
        return references[0].familiar if references else short(image_id)

    def untag(self, reference: Reference) -> None:
        """Take a reference away."""
        image_id = self.named.pop(reference)
        self.references[image_id].discard(reference)

    def delete(self, image_id: ImageId) -> list[ChainId]:
        """Take an image away, and return the layers that go with it, top first."""
        image = self.images.pop(image_id)
        self.dangling.discard(image_id)
        del self._ids[bisect_left(self._ids, image_id)]
        for reference in self.references.pop(image_id):
            del self.named[reference]
        if image.parent is not None:
            self.children[image.parent].pop(image_id, None)
        for chain in image.layers:
            del self._users[chain][image_id]
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
