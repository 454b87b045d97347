"""What the classic store does, a second time and as plainly as can be: no index, every count made anew each time.

It is written from the decision table, not from ``bot.images.classic``, and shares no code with it but the grammar of
references and the values. Slow, and meant to be obviously right.
"""

from dataclasses import dataclass, field

from bot.images.ids import ChainId, ImageId
from bot.images.inventory import ContainerState, Inventory
from bot.images.reference import Reference

BUSY = {ContainerState.RUNNING, ContainerState.PAUSED, ContainerState.RESTARTING}
CONFLICT = ["conflict"]
MISSING = ["not-found"]


@dataclass
class Daemon:
    """A daemon: its images by ID, who is whose parent, containers as pairs, and the layers on its disk."""

    names: dict[ImageId, set[Reference]]
    parents: dict[ImageId, ImageId | None]
    stacks: dict[ImageId, tuple[ChainId, ...]]
    containers: list[tuple[ImageId, ContainerState, tuple[ChainId, ...]]]
    disk: set[ChainId] = field(default_factory=set)

    @classmethod
    def of(cls, inventory: Inventory) -> "Daemon":
        """Return the daemon that the inventory is of."""
        images = inventory.images
        return cls(
            names={i: set(image.references) for i, image in images.items()},
            parents={i: image.parent for i, image in images.items()},
            stacks={i: image.layers for i, image in images.items()},
            containers=[
                (c.image_id, c.state, images[c.image_id].layers) for c in inventory.containers if c.image_id in images
            ],
            disk={chain for image in images.values() for chain in image.layers},
        )

    def by_name(self, name: Reference, *, force: bool, prune: bool) -> list[str]:
        """Remove by an explicit ``name:tag`` or ``name@digest``; return the lines, or the kind of refusal."""
        holders = [i for i, names in self.names.items() if name in names]
        if not holders:
            return MISSING
        image = holders[0]
        if not force and self.counts_as_one(image) and self.states(image):
            return CONFLICT
        self.names[image].remove(name)
        lines = [f"Untagged: {name.familiar}"]
        mine = [other for other in self.names[image] if other.repository == name.repository]
        if name.digest is None and all(other.digest for other in mine):
            for other in sorted(mine, key=lambda other: other.canonical):
                self.names[image].remove(other)
                lines.append(f"Untagged: {other.familiar}")
        free = not self.names[image] and not self.children(image) and not BUSY & set(self.states(image))
        if free and (force or not self.states(image)):
            lines += self.drop(image, prune=prune)
        return lines

    def by_id(self, image: ImageId, *, force: bool, prune: bool) -> list[str]:
        """Remove by a full ID; return the lines, or the kind of refusal."""
        if image not in self.names:
            return MISSING
        if self.children(image) or BUSY & set(self.states(image)):
            return CONFLICT
        if not force and self.names[image] and not self.counts_as_one(image):
            return CONFLICT
        if not force and self.states(image):
            return CONFLICT
        names = sorted(self.names[image], key=lambda name: name.canonical)
        self.names[image] = set()
        return [f"Untagged: {name.familiar}" for name in names] + self.drop(image, prune=prune)

    def counts_as_one(self, image: ImageId) -> bool:
        """One reference; or one tag, or none, and digests of one repository."""
        names = self.names[image]
        tags = [name for name in names if name.tag]
        return len(names) == 1 or (len(tags) < 2 and len({name.repository for name in names}) == 1)

    def states(self, image: ImageId) -> list[ContainerState]:
        """Return the states of the containers of an image."""
        return [state for of, state, _ in self.containers if of == image]

    def children(self, image: ImageId) -> list[ImageId]:
        """Return the images built on this one."""
        return [child for child, parent in self.parents.items() if parent == image]

    def drop(self, image: ImageId, *, prune: bool) -> list[str]:
        """Delete an image, then what of its layers neither an image nor a container has, then its parents."""
        parent, stack = self.parents.pop(image), self.stacks.pop(image)
        del self.names[image]
        held = {chain for other in self.stacks.values() for chain in other}
        held |= {chain for _, _, layers in self.containers for chain in layers}
        gone = [chain for chain in reversed(stack) if chain not in held and chain in self.disk]
        self.disk -= set(gone)
        lines = [f"Deleted: {image}", *(f"Deleted: {chain}" for chain in gone)]
        if not prune or parent is None or parent not in self.names:
            return lines
        if self.names[parent] or self.children(parent) or self.states(parent):
            return lines
        return lines + self.drop(parent, prune=True)
