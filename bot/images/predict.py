"""What removals would do: words left to right, each on what the ones before it leave."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from bot.images.inventory import Inventory, Store
from bot.images.layers import left_behind
from bot.images.reference import unmistakable
from bot.images.removal import (
    Certainty,
    DeletedLayer,
    Plan,
    Record,
    Refusal,
    Refused,
    Removal,
    Removed,
    Step,
    line,
)
from bot.images.resolve import Aimed, Identified, Meaning, Named, resolve
from bot.images.stores import remove
from bot.images.suggest import suggestion
from bot.images.world import World

BUILD_CACHE = "the build cache may hold some of these layers, and Docker does not say which"
CONTAINERD_SINCE = 25
GONE_IMAGE = "a container whose image is gone may hold some of these layers, and Docker does not say which"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsupported:
    """Why no plan is made of a daemon: a sentence."""

    why: str


def plan(inventory: Inventory, words: Sequence[str], *, command: str, force: bool, prune: bool) -> Plan | Unsupported:
    """Predict what ``docker image rm`` with these words would do to the daemon that *inventory* is of."""
    if (why := _unsupported(inventory)) is not None:
        return why
    world = World(inventory)
    doubt = _doubt(inventory)
    steps = tuple(_step(inventory, world, word, doubt, force=force, prune=prune) for word in words)
    return Plan(
        host=inventory.host,
        daemon_id=inventory.daemon_id,
        store=inventory.store,
        command=command,
        steps=steps,
    )


def _unsupported(inventory: Inventory) -> Unsupported | None:
    """Return why nothing can be predicted: before Docker 25 the containerd store was an experiment of other rules."""
    if inventory.store is Store.PODMAN:
        return Unsupported(
            why=f"{inventory.host} is podman, which removes images by other rules than Docker. I only list them there."
        )
    major = inventory.version.partition(".")[0]
    if inventory.store is Store.CLASSIC or (major.isdecimal() and int(major) >= CONTAINERD_SINCE):
        return None
    return Unsupported(
        why=f"{inventory.host} keeps its images in the containerd store of Docker {inventory.version}. I can predict"
        f" removals there from version {CONTAINERD_SINCE} on, so I remove nothing."
    )


def _step(inventory: Inventory, world: World, word: str, doubt: str, *, force: bool, prune: bool) -> Step:
    meaning = resolve(world, word)
    removal = _removal(word, meaning, force=force, prune=prune)
    outcome = remove(world, word, meaning, force=force, prune=prune)
    if isinstance(outcome, Refused):
        if isinstance(meaning, Identified) and meaning.spelled:
            removal = replace(removal, target=None)  # neither name nor ID need be refused where the word is
        hint = suggestion(world, word) if outcome.refusal is Refusal.NOT_FOUND else ""
        stays = left_behind(inventory, world, removal.image_id, outcome)
        return Step(removal=removal, outcome=outcome, hint=hint, stays=stays)
    sized = Removed(records=tuple(_sized(record, inventory) for record in outcome.records))
    uncertain = doubt if any(isinstance(record, DeletedLayer) for record in sized.records) else ""
    return Step(
        removal=removal,
        outcome=sized,
        stays=left_behind(inventory, world, removal.image_id, sized),
        certainty=Certainty.AT_MOST if uncertain else Certainty.EXACT,
        doubt=uncertain,
    )


def _removal(word: str, meaning: Meaning, *, force: bool, prune: bool) -> Removal:
    """Return the call: the full ID where the word meant one, the whole reference where it meant a name."""
    match meaning:
        case Named(image_id=image_id, typed=typed) | Aimed(image_id=image_id, typed=typed):
            return Removal(word=word, target=unmistakable(typed), image_id=image_id, force=force, prune=prune)
        case Identified(image_id=image_id, spelled=spelled):
            # By such a name the answer is the same, and a child keeps the image; force deletes it by its ID only.
            target = unmistakable(spelled) if spelled and not force else image_id
            return Removal(word=word, target=target, image_id=image_id, force=force, prune=prune)
        case Refused():
            return Removal(word=word, target=None, image_id=None, force=force, prune=prune)
        case _:
            assert_never(meaning)


def _sized(record: Record, inventory: Inventory) -> Record:
    if isinstance(record, DeletedLayer):
        return replace(record, bytes=inventory.layer_bytes.get(record.chain_id))
    return record


def _doubt(inventory: Inventory) -> str:
    """Return why layers may be held by what the daemon does not show, or nothing."""
    if inventory.build_cache_shared:
        return BUILD_CACHE
    if any(container.image_id not in inventory.images for container in inventory.containers):
        return GONE_IMAGE
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """What ``docker image rm`` prints, and its exit code."""

    stdout: tuple[str, ...]
    stderr: tuple[str, ...]
    exit_code: int


def printed(made: Plan) -> Printed:
    """Return what the command line would print: records as they come, then every error.

    With ``--force`` it exits with 0 where only "not found" went wrong (docker/cli, ``cli/command/image/remove.go``).
    """
    refused = [step.outcome for step in made.steps if isinstance(step.outcome, Refused)]
    removed = [step.outcome for step in made.steps if isinstance(step.outcome, Removed)]
    forgiven = all(step.removal.force for step in made.steps) and all(
        refusal.refusal is Refusal.NOT_FOUND for refusal in refused
    )
    return Printed(
        stdout=tuple(line(record) for outcome in removed for record in outcome.records),
        stderr=tuple(f"Error response from daemon: {refusal.message}" for refusal in refused),
        exit_code=1 if refused and not forgiven else 0,
    )
