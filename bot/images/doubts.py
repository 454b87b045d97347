"""Why a prediction may be *at most*: what Docker's API does not tell of a host, and which steps it matters for."""

from dataclasses import dataclass

from bot.images.inventory import Inventory
from bot.images.removal import DeletedLayer, Doubt, Part, Refused, Removed
from bot.images.resolve import Meaning, Named
from bot.images.stores import needs_no_user
from bot.images.world import World

BUILD_CACHE = "the build cache may hold some of these layers, and Docker does not say which"
CHANGED = "the host changed while I looked at it, several times over"
GONE_IMAGE = "a container whose image is gone may hold some of these layers, and Docker does not say which"


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubts:
    """What is not told of one host: a sentence for each part of a prediction that it makes doubtful, or nothing."""

    layers: str = ""
    outcome: str = ""  # where it hinges on whether any container uses the image
    everything: str = ""

    @classmethod
    def of(cls, inventory: Inventory) -> "Doubts":
        """Return what *inventory* leaves open."""
        mounted = _mounted_unknown(inventory)
        return cls(
            layers=mounted or _held_unknown(inventory),
            outcome=mounted,
            everything=CHANGED if inventory.changed else "",
        )

    def hinges(self, world: World, meaning: Meaning, *, force: bool) -> bool:
        """Whether what comes of a word hinges on something that is not told; *world* is as it is before."""
        return bool(self.outcome) and isinstance(meaning, Named) and needs_no_user(world, meaning, force=force)

    def about(self, outcome: Removed | Refused, *, hinges: bool) -> tuple[Doubt, ...]:
        """Return the doubts about a predicted outcome, which may *hinge* on what is not told, or follow one that does.

        A refusal is certain unless it comes after such a one: what is not told could only be one reason more.
        """
        if self.everything:
            return (Doubt(part=Part.OUTCOME, why=self.everything), Doubt(part=Part.LAYERS, why=self.everything))
        if isinstance(outcome, Refused):
            return (Doubt(part=Part.OUTCOME, why=self.outcome),) if hinges else ()
        found = [Doubt(part=Part.OUTCOME, why=self.outcome)] if hinges else []
        if self.layers and any(isinstance(record, DeletedLayer) for record in outcome.records):
            found.append(Doubt(part=Part.LAYERS, why=self.layers))
        return tuple(found)


def _mounted_unknown(inventory: Inventory) -> str:
    """Return that some container has some image mounted, and nobody can say which."""
    for container in inventory.containers:
        for mount in container.mounts:
            if mount.image_id is None:
                return (
                    f"container {container.name} has an image mounted that was called {mount.name} when it was made,"
                    " and Docker does not say which that was"
                )
    return ""


def _held_unknown(inventory: Inventory) -> str:
    if inventory.build_cache_shared:
        return BUILD_CACHE
    for container in inventory.containers:
        gone = container.image_id not in inventory.images and container.holds is None
        if gone or any(mount.image_id not in inventory.images for mount in container.mounts):
            return GONE_IMAGE
    return ""
