"""Which steps of a plan must wait for which; all others may be carried out at once, and in any order.

Two removals at once that touch the same image, name or layer make a daemon's answers lose lines, and a step that comes
before one that it was planned after may do something else. So a step waits for an earlier one where either changes what
the other goes by:

- an image that it untags or deletes, with every name of it;
- an image that one that it deletes was built on, however far down: whether that is still there, and has other
  children, decides what is pruned and what is told;
- a layer that goes with an image, which goes with the last image that has it. Layers that stay, because some image or
  container keeps them, are nobody's to wait for.

What a name or an ID means needs no more than that: each step is sent a full ID or a whole reference, and each reference
is one image's. A step that is refused is never sent, so nothing waits for it, nor it for anything.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from bot.images.ids import ChainId, ImageId
from bot.images.inventory import Inventory
from bot.images.removal import DeletedImage, DeletedLayer, Removed, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class _Footprint:
    """What a step changes, and what else it goes by. A chain ID is never an image ID, so they stand side by side."""

    changes: AbstractSet[ImageId | ChainId]
    goes_by: AbstractSet[ImageId | ChainId]


_NONE = _Footprint(changes=frozenset(), goes_by=frozenset())


def waits(steps: Sequence[Step], inventory: Inventory) -> tuple[frozenset[int], ...]:
    """Return, for each of these steps, planned on *inventory*, the earlier ones that must have ended before it is sent.

    Steps are counted from 0. Where a step waits for one that itself waits for a third, the third may be left out.
    """
    last_change: dict[ImageId | ChainId, int] = {}
    looked_since: defaultdict[ImageId | ChainId, set[int]] = defaultdict(set)
    found: list[frozenset[int]] = []
    for number, step in enumerate(steps):
        footprint = _footprint(step, inventory)
        earlier: set[int] = set()
        for key in footprint.changes:
            earlier |= looked_since.pop(key, set())
        earlier |= {last_change[key] for key in footprint.changes | footprint.goes_by if key in last_change}
        for key in footprint.changes:
            last_change[key] = number
        for key in footprint.goes_by:
            looked_since[key].add(number)
        found.append(frozenset(earlier))
    return tuple(found)


def _footprint(step: Step, inventory: Inventory) -> _Footprint:
    if not isinstance(step.outcome, Removed):
        return _NONE
    records = step.outcome.records
    deleted = {record.image_id for record in records if isinstance(record, DeletedImage)}
    changes: set[ImageId | ChainId] = {record.image_id for record in records}
    changes |= {record.chain_id for record in records if isinstance(record, DeletedLayer)}
    changes |= {step.removal.image_id} if step.removal.image_id else set()
    goes_by = {key for image_id in deleted for key in _below(image_id, inventory)}
    return _Footprint(changes=changes, goes_by=goes_by - changes)


def _below(image_id: ImageId, inventory: Inventory) -> Iterator[ImageId | ChainId]:
    """Yield the images that an image was built on, those of them that are held, and its layers."""
    seen: set[ImageId] = set()
    image = inventory.images.get(image_id)
    if image is not None:
        yield from image.layers
    while image is not None and image.parent is not None and image.parent not in seen:
        seen.add(image.parent)
        yield image.parent
        image = inventory.images.get(image.parent)
