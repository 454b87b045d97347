"""A daemon's images as a simulation may change them: indexed once, then changed step by step.

Nothing in here outlives a prediction. The inventory that it begins with is never changed.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from itertools import chain as joined

from bot.images.guards import is_guard, kept_for
from bot.images.ids import PREFIX, ChainId, ImageId, short
from bot.images.inventory import Container, Image, Inventory
from bot.images.reference import Reference
from bot.images.removal import Holder
from bot.images.shares import Shares


class World:
    """Images, references, children, containers and layers, each looked up without searching."""

    def __init__(self, inventory: Inventory) -> None:
        self.version = inventory.version
        self.store = inventory.store
        self.bytes = inventory.layer_bytes
        self.windows = inventory.windows
        self.images: dict[ImageId, Image] = dict(inventory.images)
        self.references: dict[ImageId, tuple[Reference, ...]] = {i: m.references for i, m in self.images.items()}
        self.named: dict[Reference, ImageId] = {r: i for i, image in self.images.items() for r in image.references}
        self.dangling: set[ImageId] = {i for i, image in self.images.items() if image.dangling_record}
        self.children: defaultdict[ImageId, dict[ImageId, None]] = defaultdict(dict)
        self.containers: defaultdict[ImageId, list[Container]] = defaultdict(list)
        self.mounters: defaultdict[ImageId, list[Container]] = defaultdict(list)
        self._ids = sorted(self.images)
        self._names: dict[ImageId, str] = {}
        self._holders: dict[ImageId, Holder] = {}
        ordered = sorted(self.images.values(), key=self._by_name)
        self.shares = Shares(ordered)
        for image in ordered:
            if image.parent is not None:
                self.children[image.parent][image.id] = None
        for container in sorted(inventory.containers, key=lambda container: container.id):
            self._add(container)

    def _by_name(self, image: Image) -> tuple[bool, str]:
        """Order images by name, those without one last."""
        return not image.references, self.name(image.id)

    def _add(self, container: Container) -> None:
        """Count what a container uses and holds: its image, or the layers of one that is gone, and what it mounts."""
        self.containers[container.image_id].append(container)
        image = self.images.get(container.image_id)
        if image is not None:
            self.shares.hold(image.layers)
        elif container.holds:
            self.shares.orphan(container, container.holds)
        for mount in container.mounts:
            if mount.image_id in self.images:
                self.mounters[mount.image_id].append(container)
                self.shares.hold(self.images[mount.image_id].layers)

    def users(self, image_id: ImageId) -> list[Container]:
        """Return the containers that are of an image or have it mounted, by ID."""
        users, mounters = self.containers.get(image_id, []), self.mounters.get(image_id)
        if not mounters:
            return users
        return sorted({c.id: c for c in joined(users, mounters)}.values(), key=lambda container: container.id)

    def with_prefix(self, digits: str) -> tuple[ImageId, ...]:
        """Return every image whose ID begins with these hexadecimal digits."""
        first = bisect_left(self._ids, PREFIX + digits)
        last = bisect_left(self._ids, PREFIX + digits + "g")  # the letter after the last hexadecimal digit
        return tuple(i for i in self._ids[first:last] if i in self.images)

    @cached_property
    def tagged_repositories(self) -> dict[str, list[Reference]]:
        """The tags of each repository when this is first asked, by the repository's familiar name."""
        found: defaultdict[str, list[Reference]] = defaultdict(list)
        for reference in self.named:
            if reference.tag and not is_guard(reference):
                found[reference.familiar_repository].append(reference)
        return dict(found)

    def sharers(self, chain: ChainId) -> Iterator[ImageId]:
        """Yield the images that have a layer which several had at the beginning."""
        return self.shares.images(chain)

    def ordered(self, image_id: ImageId) -> list[Reference]:
        """Return the image's references as Docker orders them: bytewise by their full form."""
        references = self.references[image_id]
        return list(references) if len(references) < 2 else sorted(references, key=_canonical)  # noqa: PLR2004 -- one is sorted

    def name(self, image_id: ImageId) -> str:
        """Return what a person calls an image: its first name, or its short ID."""
        name = self._names.get(image_id)
        if name is None:
            references = [reference for reference in self.ordered(image_id) if not is_guard(reference)]
            name = self._names[image_id] = references[0].familiar if references else short(image_id)
        return name

    def holder(self, image_id: ImageId) -> Holder:
        """Return an image as what holds a layer."""
        holder = self._holders.get(image_id)
        if holder is None:
            kept = kept_for(self.references[image_id], self.windows)
            holder = self._holders[image_id] = Holder(kind="image", name=self.name(image_id), detail=kept)
        return holder

    def untag(self, reference: Reference) -> None:
        """Take a reference away."""
        image_id = self.named.pop(reference)
        self.references[image_id] = tuple(kept for kept in self.references[image_id] if kept != reference)
        self._names.pop(image_id, None)
        self._holders.pop(image_id, None)

    def delete(self, image_id: ImageId) -> list[ChainId]:
        """Take an image away, and return the layers that go with it, top first."""
        image = self.images.pop(image_id)
        self.dangling.discard(image_id)
        for reference in self.references.pop(image_id):
            del self.named[reference]
        if image.parent is not None:
            self.children[image.parent].pop(image_id, None)
        return self.shares.remove(image, [*self.containers.get(image_id, ()), *self.mounters.get(image_id, ())])


def _canonical(reference: Reference) -> str:
    return reference.canonical
