"""What a word means to a daemon: a name, an ID, or nothing that it holds.

The classic store is moby's ``daemon/images/image.go``, the containerd store its ``daemon/containerd/image.go``
(``resolveAllReferences``).
"""

from dataclasses import dataclass, replace

from bot.images.ids import ImageId, full_id, partial_id
from bot.images.inventory import Store
from bot.images.older import parse_as
from bot.images.reference import HUB, OFFICIAL, InvalidReference, Reference, parse, with_default_tag
from bot.images.removal import Refusal, Refused
from bot.images.world import World

LEAST_DIGITS = 4
"""Fewer digits are no abbreviated ID to the containerd store; to the classic one a single digit is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A word that names an image by a reference: ``typed`` is what Docker prints, ``held`` what the daemon keeps."""

    image_id: ImageId
    typed: Reference
    held: Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """A word that Docker takes for the ID of an image, in full or in part.

    ``spelled`` is the reference that it is all the same, where the containerd store has one by which the image may go.
    """

    image_id: ImageId
    spelled: Reference | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Aimed:
    """A repository with the digest of an image that has no such name. Only the containerd store knows it."""

    image_id: ImageId
    typed: Reference


Meaning = Named | Identified | Aimed | Refused


def resolve(world: World, word: str) -> Meaning:
    """Return what *word* means to a daemon, or how it refuses the word."""
    if word in world.images:
        return Identified(image_id=ImageId(word))  # an ID in full, as a list has them: the usual case in a batch
    if not word:
        return Refused(refusal=Refusal.NOT_FOUND, message="page not found")  # it ends up at DELETE /images/
    if not word.strip():
        return Refused(refusal=Refusal.INVALID, message="image name cannot be blank")
    match parse_as(world.version, word):
        case InvalidReference(message=message):
            return Refused(refusal=Refusal.INVALID, message=message)
        case Reference() as parsed:
            typed = with_default_tag(parsed)
            return _recorded(world, word, typed) if world.store is Store.CONTAINERD else _named(world, word, typed)
        case image_id if world.store is Store.CONTAINERD and full_id(image_id) is None:
            return Refused(refusal=Refusal.INVALID, message="invalid name reference")
        case image_id:
            return Identified(image_id=image_id) if image_id in world.images else _not_held(image_id)


def _named(world: World, word: str, typed: Reference) -> Meaning:
    """Look for a name first, then for the beginning of an ID; how it was typed then decides what is removed."""
    held = _kept(replace(typed, tag=None) if typed.digest else typed)  # name:tag@digest is looked up by its digest
    image_id = world.named.get(held)
    if image_id is None:
        digits = partial_id(word)
        matching = world.with_prefix(digits) if digits else ()
        return Identified(image_id=matching[0]) if len(matching) == 1 else _not_held(typed.familiar)
    if _spells_its_id(image_id, word):
        return Identified(image_id=image_id)
    return Named(image_id=image_id, typed=typed, held=held)


def _kept(reference: Reference) -> Reference:
    """Return what the classic store keeps of a reference: it goes by the familiar form (``daemon/internal/refstore``).

    So ``docker.io/localhost/x`` and ``localhost/x`` are one there.
    """
    if reference.domain != HUB or reference.path.startswith(OFFICIAL):
        return reference
    kept = parse(reference.familiar)
    return kept if isinstance(kept, Reference) else reference


def _recorded(world: World, word: str, typed: Reference) -> Meaning:
    """Look for a name and for the beginning of an ID at once; both together must mean one image."""
    digits = partial_id(word) or ""
    found = set(world.with_prefix(digits)) if len(digits) >= LEAST_DIGITS else set()
    named = world.named.get(typed)
    if len(found | ({named} if named else set())) > 1:
        return Refused(refusal=Refusal.NOT_FOUND, message="ambiguous reference")
    if named is not None:
        spells = _spells_its_id(named, word)
        return Identified(image_id=named, spelled=typed) if spells else Named(image_id=named, typed=typed, held=typed)
    if found:
        return Identified(image_id=found.pop())
    if typed.digest in world.images:
        return Aimed(image_id=ImageId(typed.digest), typed=typed)
    return _not_held(typed.familiar)


def _spells_its_id(image_id: ImageId, word: str) -> bool:
    """Whether Docker takes the word for an ID although it names the image: it is how the ID begins.

    So an image called ``sha`` or like the first digits of its own ID is removed by ID (``isImageIDPrefix``).
    """
    return image_id.startswith(word) or image_id.partition(":")[2].startswith(word)


def _not_held(name: str) -> Refused:
    return Refused(refusal=Refusal.NOT_FOUND, message=f"No such image: {name}")
