"""What came of a removal that nobody saw the end of: the host as it is, held against what was predicted."""

from dataclasses import dataclass, replace

from bot.images.containerd import dangling
from bot.images.ids import ImageId
from bot.images.inventory import Inventory, Store
from bot.images.reference import Reference, parse
from bot.images.removal import DeletedImage, DeletedLayer, Record, Removed, Step, Untagged


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Everything that was predicted is gone; ``records`` are those of it that the host shows."""

    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotDone:
    """Everything is still there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """Some is gone and some is not: ``records`` are what was predicted and is gone by now, ``why`` says what is not."""

    why: str
    records: tuple[Record, ...] = ()


Afterwards = Done | NotDone | Unclear


def afterwards(step: Step, inventory: Inventory) -> Afterwards:
    """Say what came of *step*, begun before *inventory* was taken.

    Layers are no evidence by themselves (another image may hold them by now), so they only follow the image that they
    belong to; those that are still held by some image are left out of the records.
    """
    predicted = step.outcome.records if isinstance(step.outcome, Removed) else ()
    untagged = {record.image_id for record in predicted if isinstance(record, Untagged)}
    by_name = step.removal.target != step.removal.image_id and not step.removal.force
    kept = untagged & _kept_for_children(inventory) if by_name else set()
    evidence = {
        record: _gone(record, inventory) or (isinstance(record, DeletedImage) and record.image_id in kept)
        for record in predicted
        if not isinstance(record, DeletedLayer)
    }
    if not any(evidence.values()):
        return NotDone()
    if not all(evidence.values()):
        gone = tuple(record for record, is_gone in evidence.items() if is_gone)
        left = [_name(record) for record, gone in evidence.items() if not gone]
        return Unclear(why=f"Part of it is gone, but {', '.join(left)} is still there.", records=gone)
    held = {chain for image in inventory.images.values() for chain in image.layers}
    return Done(records=tuple(r for r in predicted if not (isinstance(r, DeletedLayer) and r.chain_id in held)))


def _kept_for_children(inventory: Inventory) -> set[ImageId]:
    """Return the images without a name that others were built on.

    The containerd store tells such a one as deleted with its last name, and keeps it by its hidden record.
    """
    parents = {image.parent for image in inventory.images.values()}
    return {
        i for i, image in inventory.images.items() if image.dangling_record and not image.references and i in parents
    }


def _gone(record: Untagged | DeletedImage, inventory: Inventory) -> bool:
    """Whether the image is gone, or the reference no longer names the image that it named."""
    image = inventory.images.get(record.image_id)
    if isinstance(record, DeletedImage) or image is None:
        return image is None
    if record.reference == dangling(record.image_id).familiar:
        return not image.dangling_record
    reference = parse(record.reference)
    if not isinstance(reference, Reference):
        return True
    if reference.digest and inventory.store is Store.CLASSIC:
        reference = replace(reference, tag=None)  # it ignores the tag of name:tag@digest
    return reference not in image.references


def _name(record: Record) -> str:
    return record.reference if isinstance(record, Untagged) else record.image_id
