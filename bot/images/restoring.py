"""What can be put back of what a request removed, on a host as it is now."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import assert_never

from bot.images.containerd import DANGLING
from bot.images.drift import Drift, difference, few
from bot.images.grades import Grade, Graded
from bot.images.ids import PREFIX, ImageId, short
from bot.images.inventory import Inventory, Store
from bot.images.reference import Reference, parse, with_default_tag
from bot.images.removal import DeletedImage, Plan, Removed, Step, Untagged
from bot.images.restoral import (
    AnyPlan,
    Gain,
    NotPutBack,
    Obstacle,
    Pulled,
    PutBack,
    Restoral,
    RestorePlan,
    RestoreStep,
    Tagged,
    gain_line,
)

STAYS_A_NAME = "On this image store the digest that an image is pulled by stays as a name of it"


def restorals(
    removed: Iterable[tuple[Step, Removed]], store: Store, graded: Iterable[Graded] = ()
) -> tuple[Restoral, ...]:
    """Return what steps took that can be wanted back: each image that lost a name, or that a step was about.

    Parents without a name that went along are left out: they were there for the image alone. Of several digests the one
    is taken that a registry had when the plan was *graded*, if any.
    """
    had = {each.image_id: each.reference for each in graded if each.grade is Grade.REPULLABLE}
    names: dict[ImageId, list[Reference]] = {}
    for step, outcome in removed:
        for record in outcome.records:
            match record:
                case Untagged(reference=name, image_id=image_id):
                    names.setdefault(image_id, []).extend(_named(name))
                case DeletedImage(image_id=image_id) if image_id == step.removal.image_id:
                    names.setdefault(image_id, [])
                case _:
                    continue
    return tuple(_restoral(image_id, lost, store, had.get(image_id)) for image_id, lost in names.items())


def _named(name: str) -> Iterator[Reference]:
    """Yield a name that was lost; not the containerd store's own one for an image that has none."""
    reference = parse(name)
    if isinstance(reference, Reference) and reference.familiar_repository != DANGLING:
        yield reference


def _restoral(image_id: ImageId, lost: Sequence[Reference], store: Store, had: str | None) -> Restoral:
    sources = [had] if had else []
    sources += [_by_digest(name, name.digest) for name in lost if name.digest]
    if store is Store.CONTAINERD:  # whose image IDs are the digests that a registry knows
        sources += [_by_digest(name, image_id) for name in lost]
    tags = [_by_tag(name) for name in lost if name.tag and not (name.digest and store is Store.CLASSIC)]
    return Restoral(image_id=image_id, source=next(iter(sources), None), names=tuple(dict.fromkeys(tags)))


def by_digest(name: str) -> str | None:
    """Return the ``name@digest`` of a name that was untagged with a digest; None where it had none."""
    return next((_by_digest(found, found.digest) for found in _named(name) if found.digest), None)


def _by_digest(name: Reference, digest: str) -> str:
    return Reference(domain=name.domain, path=name.path, digest=digest).familiar


def _by_tag(name: Reference) -> str:
    return Reference(domain=name.domain, path=name.path, tag=name.tag).familiar


def chosen(wanted: Sequence[Restoral], word: str) -> tuple[Restoral, ...]:
    """Return which of *wanted* a word means: by a name, the digest to pull it by, or else the beginning of its ID."""
    reference = parse(word)
    name = with_default_tag(reference).familiar if isinstance(reference, Reference) else word
    if named := tuple(each for each in wanted if name in {*each.names, each.source}):
        return named
    digits = word.removeprefix(PREFIX)
    return tuple(each for each in wanted if digits and each.image_id.removeprefix(PREFIX).startswith(digits))


def restore_plan(of: int, command: str, wanted: Sequence[Restoral], inventory: Inventory) -> RestorePlan:
    """Plan to put back what request *of* removed, each on what the one before leaves."""
    now = dict(_names(inventory))
    steps: list[RestoreStep] = []
    for restoral in wanted:
        outcome = _outcome(restoral, now, inventory)
        steps.append(RestoreStep(restoral=restoral, outcome=outcome))
        now |= {gain.reference: gain.image_id for gain in _gains(outcome)}
    pulls = any(isinstance(gain, Pulled) for step in steps for gain in _gains(step.outcome))
    return RestorePlan(
        host=inventory.host,
        daemon_id=inventory.daemon_id,
        store=inventory.store,
        command=command,
        of=of,
        steps=tuple(steps),
        notes=(STAYS_A_NAME,) if pulls and inventory.store is Store.CONTAINERD else (),
    )


def _names(inventory: Inventory) -> Mapping[str, ImageId]:
    """Return which image each name names."""
    return {reference.familiar: image.id for image in inventory.images.values() for reference in image.references}


def _gains(outcome: PutBack | NotPutBack) -> tuple[Gain, ...]:
    return outcome.gains if isinstance(outcome, PutBack) else ()


def _outcome(restoral: Restoral, now: Mapping[str, ImageId], inventory: Inventory) -> PutBack | NotPutBack:
    free = [name for name in restoral.names if name not in now]
    taken = [name for name in restoral.names if now.get(name, restoral.image_id) != restoral.image_id]
    left = tuple(is_taken(name, now[name], inventory.host) for name in taken)
    if not free and taken:
        return NotPutBack(obstacle=Obstacle.TAKEN, message="; ".join(left))
    tagged = [Tagged(reference=name, image_id=restoral.image_id) for name in free]
    if restoral.image_id in inventory.images:
        if not free:
            return NotPutBack(obstacle=Obstacle.PRESENT, message=f"{restoral.word} is there already")
        return PutBack(gains=tuple(tagged), left=left)
    if restoral.source is None:
        return NotPutBack(
            obstacle=Obstacle.NO_DIGEST,
            message=f"no digest of {restoral.word} is on record to pull it by: this may have been the only copy",
        )
    return PutBack(gains=(Pulled(reference=restoral.source, image_id=restoral.image_id), *tagged), left=left)


def is_taken(name: str, by: ImageId, host: str) -> str:
    """Return that another image has a name now."""
    return f"{name} now names another image on {host} ({short(by)}): left as it is"


def restore_difference(approved: Sequence[RestoreStep], now: Sequence[RestoreStep]) -> Drift:
    """Return how *now* differs from *approved*, the same restorals in the same order.

    That something of it came back by itself is covered by the approval. All else is not: a name that another image has
    by now, or another obstacle.
    """
    lines = [line for before, after in zip(approved, now, strict=True) for line in _lines(before, after)]
    return Drift(material=bool(lines), lines=few(lines))


def _lines(before: RestoreStep, now: RestoreStep) -> list[str]:
    if isinstance(before.outcome, PutBack) and isinstance(now.outcome, PutBack):
        fewer = set(now.outcome.gains) <= set(before.outcome.gains)
        if fewer and before.outcome.left == now.outcome.left:
            return []
    was, will = _told(before), _told(now)
    return [f"- {text}" for text in was if text not in will] + [f"+ {text}" for text in will if text not in was]


def _told(step: RestoreStep) -> list[str]:
    match step.outcome:
        case PutBack(gains=gains, left=left):
            return [*map(gain_line, gains), *left]
        case NotPutBack(message=message):
            return [message]
        case _:
            assert_never(step.outcome)


def plan_difference(approved: AnyPlan, now: AnyPlan) -> Drift:
    """Return how *now* differs from *approved*, which it is the same plan as, made again."""
    match approved, now:
        case Plan(steps=was), Plan(steps=will):
            return difference(was, will)
        case RestorePlan(steps=before), RestorePlan(steps=after):
            return restore_difference(before, after)
    raise TypeError(f"{type(now)} is not {type(approved)} made again")


def as_planned(step: RestoreStep, outcome: PutBack) -> bool:
    """Whether nothing came but what was predicted, and nothing is left as it was but what the plan said."""
    planned = step.outcome
    return isinstance(planned, PutBack) and set(outcome.gains) <= set(planned.gains) and outcome.left == planned.left


def came_back(step: RestoreStep, inventory: Inventory) -> tuple[Gain, ...]:
    """Return what of a step, as it was planned, *inventory* shows to be there."""
    now = _names(inventory)
    return tuple(
        gain
        for gain in _gains(step.outcome)
        if (gain.image_id in inventory.images if isinstance(gain, Pulled) else now.get(gain.reference) == gain.image_id)
    )
