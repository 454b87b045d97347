"""The image stores side by side: which of them answers, and what both of Docker's can be asked.

Of podman no plan is made. Until that is said its lists are read as the classic store's.
"""

from typing import assert_never

from bot.images import classic, containerd
from bot.images.ids import ImageId
from bot.images.inventory import Store
from bot.images.reference import Reference
from bot.images.removal import Refused, Removed
from bot.images.resolve import Meaning, Named
from bot.images.world import World


def remove(world: World, word: str, meaning: Meaning, *, force: bool, prune: bool) -> Removed | Refused:
    """Answer the removal of *word* as the daemon's store would, and change *world* so. A refusal changes nothing."""
    match world.store:
        case Store.CLASSIC | Store.PODMAN:
            return classic.remove(world, word, meaning, force=force, prune=prune)
        case Store.CONTAINERD:
            return containerd.remove(world, meaning, force=force, prune=prune)
        case _:
            assert_never(world.store)


def only_names_refuse(world: World, image_id: ImageId) -> bool:
    """Whether an unforced removal of the ID is refused, and would not be if the image had a single name."""
    if image_id not in world.images or not world.references[image_id]:
        return False
    match world.store:
        case Store.CLASSIC | Store.PODMAN:
            several = not classic.is_single(world.references[image_id])
            return several and classic.conflict(world, image_id, force=False, ignore_names=True) is None
        case Store.CONTAINERD:
            several = not containerd.is_single(world, image_id)
            return several and containerd.conflict(world, image_id, force=False, names_count=False) is None
        case _:
            assert_never(world.store)


def takes_more(world: World, reference: Reference) -> bool:
    """Whether removing a reference takes tags along: to the containerd store a digest means its whole repository."""
    if world.store is not Store.CONTAINERD or reference.tag:
        return False
    mine = world.references[world.named[reference]]
    return any(other.tag and other.repository == reference.repository for other in mine)


def needs_no_user(world: World, named: Named, *, force: bool) -> bool:
    """Whether a container that uses the image, or has it mounted, would change what comes of the name."""
    if world.store is Store.CONTAINERD:
        return containerd.needs_no_user(world, named)
    return classic.needs_no_user(world, named, force=force)


def going_with(world: World, image_id: ImageId, named: Reference) -> list[Reference]:
    """Return the references of an image that go together with *named*."""
    if world.store is Store.CONTAINERD:
        return containerd.going_with(world, image_id, named)
    return classic.going_with(world, image_id, named)


def same_by_id(world: World, named: Named) -> bool:
    """Whether an unforced removal by ID does the same as one by this name; then nothing else can go by a moved name."""
    if world.store is Store.CONTAINERD:
        return containerd.same_by_id(world, named)
    return classic.same_by_id(world, named)
