"""A plan that can be undone for a while: names go now, each image stays by a guard, and goes when the window ends.

It is made by the same prediction, on what the host holds once the guards are there. What Docker would refuse without
them stays refused: a guard must not let anything through. Where an ID was meant, its names go one by one, for by ID
Docker would refuse, or with force take the guard too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.images.containerd import DANGLING
from bot.images.doubts import Doubts
from bot.images.guards import PLANNED, guard_of, guarded, is_guard, unguarded
from bot.images.ids import ImageId, short
from bot.images.inventory import Inventory
from bot.images.layers import deleted_images
from bot.images.listing import BadFilter
from bot.images.predict import Simulation, Unsupported, Wanted, plan
from bot.images.protection import guard
from bot.images.reference import Reference, parse, unmistakable
from bot.images.removal import Plan, Refusal, Refused, Removal, Removed, Step
from bot.images.resolve import Identified, resolve
from bot.images.world import World

NAMELESS = "It has no name that could go; its content goes when the window ends."

HIDDEN = "this is the store's own name for an image without one and cannot be put back: ask for the image by its ID"


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoable:
    """How a plan is made that can be undone.

    ``tag`` is that of the request's own guards where they may be there already. *Frozen* words were written out before,
    so that each is one step, and none stands for several names.
    """

    tag: str = PLANNED
    frozen: bool = False


def undoable(inventory: Inventory, wanted: Wanted, how: Undoable) -> Plan | Unsupported | BadFilter:
    """Predict what *wanted* would do with guards, and in ``reclaims`` what removing the guards would do after that.

    There is one reclaim for each image that a step is about, in the order of the steps.
    """
    bare = unguarded(inventory, how.tag)
    plain = plan(bare, wanted)
    if not isinstance(plain, Plan) or not plain.removes:
        return plain
    removing = [step.removal for step in plain.steps if isinstance(step.outcome, Removed)]
    going = [removal.image_id for removal in removing if not _is_hidden(removal.word)]
    kept = list(dict.fromkeys(image_id for image_id in going if image_id))
    held = guarded(bare, kept, how.tag)
    simulation = Simulation(
        inventory=held,
        wanted=wanted,
        guard=guard(bare, wanted.protections),
        world=World(held),
        doubts=Doubts.of(held),
    )
    for step in plain.steps:
        _step(simulation, step, frozen=how.frozen)
    if not how.frozen:  # as it will be planned again: by the names that it came to
        words = tuple(step.removal.word for step in simulation.steps)
        return undoable(inventory, replace(wanted, words=words), replace(how, frozen=True))
    pruned = frozenset(i for s in plain.steps for i in deleted_images([s.outcome]) if i != s.removal.image_id)
    reclaims = tuple(reclaim(simulation, image_id, how.tag, pruned) for image_id in kept)
    return replace(plain, steps=tuple(simulation.steps), reclaims=reclaims)


def _step(simulation: Simulation, step: Step, *, frozen: bool) -> None:
    """Do with a guard what *step* does without one."""
    removal, world = step.removal, simulation.world
    if isinstance(step.outcome, Refused) or removal.image_id is None:
        simulation.steps.append(step)
        return
    if _is_hidden(removal.word):
        refused = Refused(refusal=Refusal.PROTECTED, message=HIDDEN)
        simulation.steps.append(Step(removal=replace(removal, target=None), outcome=refused))
        return
    if not isinstance(resolve(world, removal.word), Identified):
        simulation.step(removal.word)
        return
    names = [reference for reference in world.ordered(removal.image_id) if not is_guard(reference)]
    if not names:
        simulation.steps.append(_nothing_to_untag(removal))
    elif frozen:
        message = f"{short(removal.image_id)} has got the name {names[0].familiar}, and had none"
        refused = Refused(refusal=Refusal.CONFLICT, message=message)
        simulation.steps.append(Step(removal=replace(removal, target=None), outcome=refused))
    for reference in () if frozen else names:
        if world.named.get(reference) == removal.image_id:  # a digest may have gone with the tag before it
            simulation.step(unmistakable(reference))


def _is_hidden(word: str) -> bool:
    """Whether a word is the containerd store's own name for an image without one, which a guard takes the place of."""
    reference = parse(word)
    return isinstance(reference, Reference) and reference.familiar_repository == DANGLING


def _nothing_to_untag(removal: Removal) -> Step:
    return Step(removal=replace(removal, target=None), outcome=Removed(records=()), hint=NAMELESS)


def reclaim(simulation: Simulation, image_id: ImageId, tag: str, pruned: frozenset[ImageId]) -> Step:
    """Return what removing an image's guard by its name does: by force only where nothing else would have done.

    Parents go along only where they would without a guard (*pruned*): the containerd store looks at them where an image
    has a single name, and a guard is one.
    """
    prune = simulation.wanted.prune and simulation.inventory.images[image_id].parent in pruned
    pruning = replace(simulation, wanted=replace(simulation.wanted, prune=prune))
    step = _guard_removed(pruning, image_id, tag, force=False)
    if isinstance(step.outcome, Refused) and simulation.wanted.force:
        return _guard_removed(pruning, image_id, tag, force=True)
    return step


def _guard_removed(simulation: Simulation, image_id: ImageId, tag: str, *, force: bool) -> Step:
    name = guard_of(image_id, tag).familiar
    after = replace(simulation, wanted=replace(simulation.wanted, force=force, guards=True), steps=[], notes=[])
    after.step(name)
    (step,) = after.steps
    return replace(step, removal=replace(step.removal, target=name, force=force))


def reclaimed(inventory: Inventory, planned: Step, tag: str) -> Step:
    """Return what removing one guard does now, as it was *planned*; refused where Docker would refuse it by now."""
    removal = planned.removal
    if removal.image_id is None:
        raise ValueError("A guard is of an image.")
    simulation = Simulation(
        inventory=inventory,
        wanted=Wanted(words=(), prune=removal.prune),
        guard=guard(inventory, ()),
        world=World(inventory),
        doubts=Doubts.of(inventory),
    )
    return _guard_removed(simulation, removal.image_id, tag, force=removal.force)


def images_of(reclaims: Sequence[Step]) -> tuple[ImageId, ...]:
    """Return the images that have a guard by these steps."""
    return tuple(step.removal.image_id for step in reclaims if step.removal.image_id is not None)
