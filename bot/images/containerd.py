"""What the containerd image store answers to a removal (moby, ``daemon/containerd/image_delete.go``).

It holds *records*, each a name for a digest; an image is all records of one digest. A record that only keeps an image
without a name is called ``moby-dangling@ID``. Docker tells of no layers here, so none are predicted.
"""

from typing import assert_never

from bot.images.ids import ImageId, short
from bot.images.inventory import Container
from bot.images.reference import Reference
from bot.images.removal import DeletedImage, Record, Refusal, Refused, Removed, Untagged
from bot.images.resolve import Aimed, Identified, Meaning, Named
from bot.images.world import World

DANGLING = "moby-dangling"


def dangling(image_id: ImageId) -> Reference:
    """Return the name of the record that keeps an image without a name. It is in no registry, so it has no domain."""
    return Reference(domain="", path=DANGLING, digest=image_id)


def remove(world: World, meaning: Meaning, *, force: bool, prune: bool) -> Removed | Refused:
    """Answer the removal of a word that means *meaning*, and change *world* as the daemon would."""
    match meaning:
        case Refused():
            return meaning
        case Named():
            return _by_name(world, meaning, force=force, prune=prune)
        case Aimed():
            return _by_digest(world, meaning, force=force, prune=prune)
        case Identified(image_id=image_id, spelled=spelled):
            single = spelled is None and is_single(world, image_id)
            return _delete_all(world, image_id, force=force, prune=prune, names_count=not single)
        case _:
            assert_never(meaning)


def records(world: World, image_id: ImageId) -> list[Reference]:
    """Return every record of an image, the hidden one too, as the store orders them: bytewise by their full form."""
    hidden = [dangling(image_id)] if image_id in world.dangling else []
    return sorted([*world.references[image_id], *hidden], key=lambda reference: reference.canonical)


def is_single(world: World, image_id: ImageId) -> bool:
    """Whether the image's records count as one: those that go with the first that has a name are all."""
    every = records(world, image_id)
    named = next((record for record in every if record != dangling(image_id)), None)
    return named is None or len(_same(every, image_id, named, all_tags=False)) == len(every)


def _same(every: list[Reference], image_id: ImageId, named: Reference, *, all_tags: bool) -> list[Reference]:
    """Return the records that go together with *named* (``getSameReferences``).

    The hidden one always does, one of another repository never. Of its own repository those with its tag do; digests
    too, last, where the image has no other tag of the repository; and with *all_tags* every one.
    """
    same: list[Reference] = []
    digests: list[Reference] = []
    others = False
    tag = named.tag
    for record in every:
        ours = record.repository == named.repository
        if record == dangling(image_id) or (ours and all_tags):
            same.append(record)
        elif ours and record.tag is None:
            digests.append(record)
        elif ours:
            tag = tag or record.tag
            others |= record.tag != tag
            same += [record] if record.tag == tag else []
    return same if others else same + digests


def going_with(world: World, image_id: ImageId, named: Reference) -> list[Reference]:
    """Return the names of an image that go together with *named*, without the hidden one."""
    same = _same(records(world, image_id), image_id, named, all_tags=named.tag is None)
    return [record for record in same if record != dangling(image_id)]


def _by_name(world: World, named: Named, *, force: bool, prune: bool) -> Removed | Refused:
    image_id, held = named.image_id, named.held
    every = records(world, image_id)
    same = _same(every, image_id, held, all_tags=held.tag is None)
    if len(same) < len(every):
        return Removed(records=tuple(_untag(world, image_id, same)))
    users = world.users(image_id)
    if not users:
        return _delete_all(world, image_id, force=force, prune=prune, names_count=len(every) == 1)
    if not force:
        why = f"container {short(users[0].id)} is using its referenced image {short(image_id)}"
        return _refused(held.familiar, "must be forced", why)
    gone = _untag(world, image_id, [held])
    if not world.references[image_id]:
        world.dangling.add(image_id)
    return Removed(records=tuple(gone))


def needs_no_user(world: World, named: Named) -> bool:
    """Whether a container that uses the image, or has it mounted, would refuse the name, or keep the image."""
    every = records(world, named.image_id)
    return len(_same(every, named.image_id, named.held, all_tags=named.held.tag is None)) == len(every)


def same_by_id(world: World, named: Named) -> bool:
    """Whether an unforced removal by ID does what one by this name does: untag all there is, and delete the image.

    By its ID an image goes altogether; by a name one that others were built on stays without a name.
    """
    image_id = named.image_id
    unused = not world.users(image_id) and not world.children.get(image_id)
    return unused and named.typed == named.held and needs_no_user(world, named) and is_single(world, image_id)


def _by_digest(world: World, aimed: Aimed, *, force: bool, prune: bool) -> Removed | Refused:
    """Remove what goes together with a name that the image does not have: with a digest alone, its repository."""
    every = records(world, aimed.image_id)
    same = _same(every, aimed.image_id, aimed.typed, all_tags=aimed.typed.tag is None)
    if not same:
        return Refused(refusal=Refusal.NOT_FOUND, message=f"No such image: {aimed.typed.familiar}")
    if len(same) < len(every):
        return Removed(records=tuple(_untag(world, aimed.image_id, same)))
    return _delete_all(world, aimed.image_id, force=force, prune=prune, names_count=False)


def _untag(world: World, image_id: ImageId, gone: list[Reference]) -> list[Record]:
    for reference in gone:
        if reference == dangling(image_id):
            world.dangling.discard(image_id)
        else:
            world.untag(reference)
    return [Untagged(reference=reference.familiar, image_id=image_id) for reference in gone]


def conflict(world: World, image_id: ImageId, *, force: bool, names_count: bool) -> Refused | None:
    """Return why the image cannot be deleted, in the order in which the daemon looks (``checkImageDeleteConflict``).

    Children are no obstacle. Where several containers use it Docker names any of them; here it is the first by ID.
    """
    containers = world.containers.get(image_id, [])
    running = [container for container in containers if container.state.is_running]
    if running:
        return _used(image_id, "cannot be forced", "running", running[0])
    if force:
        return None
    if containers:
        return _used(image_id, "must be forced", "stopped", containers[0])
    if names_count and len(records(world, image_id)) > 1:
        return _refused(short(image_id), "must be forced", "image is referenced in multiple repositories")
    return None


def _used(image_id: ImageId, how: str, state: str, container: Container) -> Refused:
    return _refused(short(image_id), how, f"image is being used by {state} container {short(container.id)}")


def _refused(what: str, how: str, why: str) -> Refused:
    return Refused(refusal=Refusal.CONFLICT, message=f"conflict: unable to delete {what} ({how}) - {why}")


def _delete_all(world: World, image_id: ImageId, *, force: bool, prune: bool, names_count: bool) -> Removed | Refused:
    """Delete the image by all its records, and with *prune* the nameless images that it was built on.

    An image with a child, and with a single record that is in the way, is told as deleted and yet stays, without a
    name. Where it had several records its parents are not looked at.
    """
    if (refused := conflict(world, image_id, force=force, names_count=names_count)) is not None:
        return refused
    every = records(world, image_id)
    parents = _parents(world, image_id) if prune and len(every) == 1 else []
    stays = names_count and not force and every == world.ordered(image_id) and bool(world.children.get(image_id))
    gone = _untag(world, image_id, world.ordered(image_id))
    if stays:
        world.dangling.add(image_id)
    else:
        world.delete(image_id)
    return Removed(records=(*gone, DeletedImage(image_id=image_id), *_pruned(world, parents)))


def _parents(world: World, image_id: ImageId) -> list[ImageId]:
    """Return the images that this one was built on, the nearest first; none where one of them is missing."""
    found: list[ImageId] = []
    parent = world.images[image_id].parent
    while parent is not None and parent not in (image_id, *found):
        if parent not in world.images:
            return []
        found.append(parent)
        parent = world.images[parent].parent
    return found


def _pruned(world: World, parents: list[ImageId]) -> list[Record]:
    """Delete parents up to the first that has a name or a container. Of its records the store looks at the first."""
    gone: list[Record] = []
    for parent in parents:
        if records(world, parent)[:1] != [dangling(parent)] or world.containers.get(parent):
            break
        world.dangling.discard(parent)
        if not world.references[parent]:
            world.delete(parent)
        gone.append(DeletedImage(image_id=parent))
    return gone
