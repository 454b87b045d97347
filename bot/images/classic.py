"""What the classic image store answers to a removal (moby, ``daemon/images/image_delete.go``)."""

from collections.abc import Collection
from typing import assert_never

from bot.images.ids import ImageId, short
from bot.images.reference import Reference
from bot.images.removal import DeletedImage, DeletedLayer, Record, Refusal, Refused, Removed, Untagged
from bot.images.resolve import Aimed, Identified, Meaning, Named
from bot.images.world import World


def remove(world: World, word: str, meaning: Meaning, *, force: bool, prune: bool) -> Removed | Refused:
    """Answer the removal of *word*, and change *world* as the daemon would. A refusal changes nothing."""
    match meaning:
        case Refused():
            return meaning
        case Named():
            return _by_name(world, word, meaning, force=force, prune=prune)
        case Identified(image_id=image_id):
            return _by_id(world, image_id, force=force, prune=prune)
        case Aimed():
            raise ValueError("The classic store knows a digest only by the name that it is held by.")
        case _:
            assert_never(meaning)


def _by_name(world: World, word: str, named: Named, *, force: bool, prune: bool) -> Removed | Refused:
    image_id = named.image_id
    users = world.users(image_id)
    if users and needs_no_user(world, named, force=force):
        return Refused(
            refusal=Refusal.CONFLICT,
            message=f'conflict: unable to remove repository reference "{word}" (must force)'
            f" - container {short(users[0].id)} is using its referenced image {short(image_id)}",
        )
    world.untag(named.held)
    records: list[Record] = [Untagged(reference=named.typed.familiar, image_id=image_id)]
    if named.held.tag:
        records += _untag_digests_of(world, image_id, named.held)
    if not world.references[image_id] and conflict(world, image_id, force=force) is None:
        records += _delete(world, image_id, prune=prune)
    return Removed(records=tuple(records))


def going_with(world: World, image_id: ImageId, named: Reference) -> list[Reference]:
    """Return the references that go with one: with the last tag of a repository its digests, with a digest nothing."""
    ours = [r for r in world.ordered(image_id) if r.repository == named.repository and r != named]
    last = named.tag is not None and not any(reference.tag for reference in ours)
    return [named, *(ours if last else ())]


def needs_no_user(world: World, named: Named, *, force: bool) -> bool:
    """Whether a container that uses the image, or has it mounted, would refuse the name."""
    return not force and is_single(world.references[named.image_id])


def same_by_id(world: World, named: Named) -> bool:
    """Whether an unforced removal by ID does what one by this name does: untag all there is, and delete the image.

    A container that has the image mounted refuses a name only.
    """
    references = world.references[named.image_id]
    last = named.typed == named.held and is_single(references) and (named.held.tag or len(references) == 1)
    unused = not world.users(named.image_id) and not world.children.get(named.image_id)
    return bool(last) and unused


def _untag_digests_of(world: World, image_id: ImageId, gone: Reference) -> list[Record]:
    """With the last tag of a repository its digest references go too."""
    rest = [r for r in world.ordered(image_id) if r.repository == gone.repository]
    if any(reference.tag for reference in rest):
        return []
    return _untag(world, image_id, rest)


def _by_id(world: World, image_id: ImageId, *, force: bool, prune: bool) -> Removed | Refused:
    single = is_single(world.references[image_id])
    if (refused := conflict(world, image_id, force=force, ignore_names=single)) is not None:
        return refused
    records = _untag(world, image_id, world.ordered(image_id))
    return Removed(records=(*records, *_delete(world, image_id, prune=prune)))


def is_single(references: Collection[Reference]) -> bool:
    """Whether references count as one: a single one, or at most one tag and digests of its own repository.

    So two tags never do, not even of one repository (``isSingleReference``).
    """
    if len(references) == 1:
        return True
    tags = sum(1 for reference in references if not reference.digest)
    return tags <= 1 and len({reference.repository for reference in references}) == 1


def conflict(world: World, image_id: ImageId, *, force: bool, ignore_names: bool = False) -> Refused | None:
    """Return why the image cannot be deleted, in the order in which the daemon looks (``checkImageDeleteConflict``).

    With *ignore_names* the image's references are no obstacle. Where several containers use it Docker names any of
    them; here it is the first by ID.
    """
    if world.children.get(image_id):
        return _refused(image_id, "cannot be forced", "image has dependent child images")
    containers = world.containers.get(image_id, [])
    running = next((container for container in containers if container.state.is_running), None)
    if running:
        return _refused(image_id, "cannot be forced", f"image is being used by running container {short(running.id)}")
    if force:
        return None
    if world.references[image_id] and not ignore_names:
        return _refused(image_id, "must be forced", "image is referenced in multiple repositories")
    if containers:
        stopped = short(containers[0].id)
        return _refused(image_id, "must be forced", f"image is being used by stopped container {stopped}")
    return None


def _refused(image_id: ImageId, how: str, why: str) -> Refused:
    return Refused(refusal=Refusal.CONFLICT, message=f"conflict: unable to delete {short(image_id)} ({how}) - {why}")


def _untag(world: World, image_id: ImageId, references: list[Reference]) -> list[Record]:
    for reference in references:
        world.untag(reference)
    return [Untagged(reference=reference.familiar, image_id=image_id) for reference in references]


def _delete(world: World, image_id: ImageId, *, prune: bool) -> list[Record]:
    """Delete the image, the layers that nothing holds any more, and with *prune* the parents that nothing needs."""
    records: list[Record] = []
    doomed: ImageId | None = image_id
    while doomed is not None and doomed in world.images:
        parent = world.images[doomed].parent
        records.append(DeletedImage(image_id=doomed))
        records += _layers(world, doomed)
        prunable = prune and parent in world.images and conflict(world, parent, force=False) is None
        doomed = parent if prunable else None
    return records


def _layers(world: World, image_id: ImageId) -> list[DeletedLayer]:
    """Delete the image, and return the records of the layers that go with it."""
    gone, bytes_of = world.delete(image_id), world.bytes
    return [DeletedLayer(chain_id=chain, image_id=image_id, bytes=bytes_of.get(chain)) for chain in gone]
