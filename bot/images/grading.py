"""From what registries answer to a grade for each image that a plan deletes.

A registry is asked for ``name@digest``, never for a tag: a tag may mean another image by now. On the classic store such
references are there by a pull or a push. On the containerd store the image ID is the digest of what was pulled, and of
what would be pushed, so it is asked for in the repository of each name; the ``RepoDigests`` that it makes up are not
looked at.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from bot.images.grades import Grade, Graded
from bot.images.guards import is_guard
from bot.images.ids import ImageId
from bot.images.inventory import Image, Inventory, Store
from bot.images.reference import Reference
from bot.images.removal import DeletedImage, Plan, Removed, Step

GOOD_FOR = timedelta(hours=1)
"""How long a grade stands while registries do not answer: one that is down for a moment voids no approval."""
NEVER_SHARED = "there is no digest of it that a registry could be asked for"
"""It was built there, or its digest went with a name: an undo gives back the name alone."""
NO_NAME = "it has no name that a registry could be asked for"
NOT_ASKED = "no registry was asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Has:
    """The registry has the manifest with this digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HasNot:
    """The registry says that it does not have it; ``why`` is a sentence without its full stop."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """The registry was not asked, did not answer, or does not say; ``why`` is a sentence without its full stop."""

    why: str


Answer = Has | HasNot | Silent


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What came of asking for a reference, and when."""

    answer: Answer
    at: datetime


def going(plan: Plan) -> tuple[ImageId, ...]:
    """Return the images that a plan deletes, at once or when it can no longer be undone, each once.

    Parents that go along have no layers that their child does not have, and no name; they come back with it.
    """
    steps = (*plan.steps, *plan.reclaims)
    return tuple(dict.fromkeys(found for step in steps if (found := deleted_by(step)) is not None))


def deleted_by(step: Step) -> ImageId | None:
    """Return the image that a step deletes; None where it takes names only, or nothing."""
    records = step.outcome.records if isinstance(step.outcome, Removed) else ()
    return next((record.image_id for record in records if isinstance(record, DeletedImage)), None)


def grades(plan: Plan) -> Mapping[ImageId, Grade]:
    """Return how each image that a plan deletes can be had back; what it leaves is not among them."""
    known = {each.image_id: each.grade for each in plan.graded}
    return {image_id: known.get(image_id, Grade.UNKNOWN) for image_id in going(plan)}


def askable(image: Image, store: Store) -> tuple[str, ...]:
    """Return the references that registries can be asked for, as Docker prints them, in order and each once."""
    references = [each for each in image.references if not is_guard(each)]
    if store is Store.CONTAINERD:
        found = {(each.domain, each.path, each.digest or image.id) for each in references}
    else:
        found = {(each.domain, each.path, each.digest) for each in references if each.digest}
    named = (Reference(domain=domain, path=path, digest=digest) for domain, path, digest in found)
    return tuple(reference.familiar for reference in sorted(named, key=lambda reference: reference.canonical))


def wanted(plan: Plan, inventory: Inventory) -> tuple[str, ...]:
    """Return the references to ask for so that all images that *plan* deletes can be graded."""
    images = (inventory.images[image_id] for image_id in going(plan) if image_id in inventory.images)
    return tuple(dict.fromkeys(each for image in images for each in askable(image, plan.store)))


def graded(plan: Plan, inventory: Inventory, answers: Mapping[str, Answered], earlier: Iterable[Graded] = ()) -> Plan:
    """Return *plan* with the grade of each image that it deletes.

    *answers* are by reference; one that is not there was not asked for. *earlier* are grades of the same images:
    one that registries gave stands for an hour where they no longer say.
    """
    before = {each.image_id: each for each in earlier}
    images = [inventory.images[image_id] for image_id in going(plan) if image_id in inventory.images]
    fresh = (_graded(image, plan.store, answers) for image in images)
    return replace(plan, graded=tuple(standing(each, before.get(each.image_id)) for each in fresh))


def standing(fresh: Graded, earlier: Graded | None) -> Graded:
    """Return the grade that counts: the earlier one where the fresh one is unknown and it is less than an hour old."""
    if fresh.grade is not Grade.UNKNOWN or earlier is None or earlier.grade is Grade.UNKNOWN:
        return fresh
    if fresh.asked_at is None or earlier.asked_at is None or fresh.asked_at - earlier.asked_at >= GOOD_FOR:
        return fresh
    return earlier


def _graded(image: Image, store: Store, answers: Mapping[str, Answered]) -> Graded:
    """Return the grade of one image: one registry that has it will do; where all say no, it is the only copy."""
    references = askable(image, store)
    if not references:
        why = NEVER_SHARED if image.references else NO_NAME
        return Graded(image_id=image.id, grade=Grade.ONLY_COPY, why=why)
    found = [(reference, answers.get(reference)) for reference in references]
    graded = [_by(image.id, reference, answered) for reference, answered in found]
    return min(graded, key=lambda each: _DECIDES.index(each.grade))


_DECIDES = (Grade.REPULLABLE, Grade.UNKNOWN, Grade.ONLY_COPY)


def _by(image_id: ImageId, reference: str, answered: Answered | None) -> Graded:
    """Return the grade that one reference alone would give."""
    if answered is None:
        return Graded(image_id=image_id, grade=Grade.UNKNOWN, reference=reference, why=NOT_ASKED)
    grade, why = _told(answered.answer)
    return Graded(image_id=image_id, grade=grade, reference=reference, asked_at=answered.at, why=why)


def _told(answer: Answer) -> tuple[Grade, str]:
    match answer:
        case Has():
            return Grade.REPULLABLE, ""
        case HasNot(why=why):
            return Grade.ONLY_COPY, why
        case Silent(why=why):
            return Grade.UNKNOWN, why
        case _:
            assert_never(answer)
