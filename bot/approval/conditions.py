"""What a rule is about: hosts, names, force, bytes, how well a thing can be had back, and who asks.

Each name that a plan removes is held against the rules by itself. A rule for ``prod/*`` would otherwise be passed over
by whoever asks for one image more, and a rule for ``scratch/*`` would let other images go along.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.approval.request import Person
from bot.images.glob import Glob
from bot.images.grades import Grade
from bot.images.grading import deleted_by, grades
from bot.images.ids import ImageId
from bot.images.layers import total
from bot.images.protection import ANY, matches
from bot.images.reference import Reference, parse
from bot.images.removal import Plan, Removed, Step, Untagged
from bot.images.restoral import AnyPlan, PutBack, RestorePlan, RestoreStep, Tagged

Group = Callable[[str], frozenset[str] | None]
"""The user IDs in a user group; None where that cannot be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requesters:
    """Who is in the groups that rules name: all ``members``, and those who have been there for the time to cool off."""

    members: Group
    settled: Group

    def __call__(self, group_id: str) -> frozenset[str] | None:
        """Return all members of a group."""
        return self.members(group_id)


ELSEWHERE = "it is about the hosts"
NAMELESS = ""
"""Stands for images without a name among the names of a plan; no pattern matches it."""
_DANGLING = "moby-dangling"  # the containerd store's own name for an image that has none


class Action(StrEnum):
    """What is done with images."""

    REMOVE = "remove"
    RESTORE = "restore"


def action_of(plan: AnyPlan) -> Action:
    """Return what *plan* does with images."""
    return Action.RESTORE if isinstance(plan, RestorePlan) else Action.REMOVE


def unread(_group: str) -> None:
    """Tell of no group who is in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A plan, who asks for it, and what can be found out about both."""

    plan: AnyPlan
    requester: Person
    group: Group


def settled(case: Case) -> Case:
    """Return a case in which only those count as members of a group who have cooled off."""
    return replace(case, group=case.group.settled) if isinstance(case.group, Requesters) else case


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What a plan has to be like. All count that are given.

    ``hosts`` are names, or ``*``. ``images`` are patterns, read as ``ls`` reads them; ``bytes_over`` is met by plans
    that free more bytes, or nobody knows how many; ``requesters`` are user IDs and user group IDs. Without ``actions``
    it is about both.
    """

    hosts: tuple[str, ...] = (ANY,)
    images: tuple[Glob, ...] = ()
    force: bool | None = None
    bytes_over: int | None = None
    grades: tuple[Grade, ...] = ()
    requesters: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """The conditions are met."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotMet:
    """One of the conditions is not met, and why."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """Whether the conditions are met cannot be told, and why."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """A name that a plan takes away, and how its image can be had back: ``grade`` is None where the image stays."""

    name: str
    grade: Grade | None


def met(conditions: Conditions, case: Case, about: Going) -> Met | NotMet | Untold:
    """Return whether *conditions* are met by a case, for one of the names that it removes."""
    why = next(_unmet(conditions, case, about), None)
    if why is not None:
        return NotMet(why=why)
    return _asked_by(conditions.requesters, case) if conditions.requesters else Met()


def _unmet(conditions: Conditions, case: Case, about: Going) -> Iterator[str]:
    plan = case.plan
    if not {plan.host, ANY} & set(conditions.hosts):
        yield f"{ELSEWHERE} {', '.join(conditions.hosts)}"
    if conditions.actions and action_of(plan) not in conditions.actions:
        yield f"it is about {' and '.join(conditions.actions)} alone"
    if conditions.images and not _matches(conditions.images, about.name):
        yield f"no pattern of it matches: {', '.join(glob.text for glob in conditions.images)}"
    if conditions.force is not None and conditions.force is not _forced(plan):
        yield f"it is about plans {'with' if conditions.force else 'without'} --force"
    if conditions.bytes_over is not None and not _over(plan, conditions.bytes_over):
        yield f"it is about more than {conditions.bytes_over} bytes"
    if conditions.grades and (about.grade or Grade.REPULLABLE) not in conditions.grades:  # what stays is not lost
        stands = "stays" if about.grade is None else f"is {about.grade}"
        yield f"it is about images that are {' or '.join(conditions.grades)}, and this one {stands}"


def _matches(patterns: tuple[Glob, ...], name: str) -> bool:
    reference = parse(name)
    return isinstance(reference, Reference) and any(matches(pattern, reference) for pattern in patterns)


def _removing(plan: AnyPlan) -> list[tuple[Step, Removed]]:
    """Return the steps that remove something. Putting images back frees nothing and forces nothing."""
    if not isinstance(plan, Plan):
        return []
    return [(step, step.outcome) for step in plan.steps if isinstance(step.outcome, Removed)]


def _forced(plan: AnyPlan) -> bool:
    return any(step.removal.force for step, _ in _removing(plan))


def _over(plan: AnyPlan, least: int) -> bool:
    later = [step for step in plan.reclaims if isinstance(step.outcome, Removed)]
    freed = total(step.freed for step in (*(step for step, _ in _removing(plan)), *later)).bytes
    return freed is None or freed > least


def _asked_by(people: tuple[str, ...], case: Case) -> Met | NotMet | Untold:
    user = case.requester.user_id
    if user in people:
        return Met()
    groups = {person: case.group(person) for person in people if is_group(person)}
    if any(members and user in members for members in groups.values()):
        return Met()
    unread = [group for group, members in groups.items() if members is None]
    if unread:
        return Untold(why=f"Slack did not tell me who is in {', '.join(unread)}, so I cannot tell which rule counts.")
    return NotMet(why=f"it is about requests of {', '.join(people)}")


def is_group(identifier: str) -> bool:
    """Whether an ID is a user group's: those begin with S, users' with U or W."""
    return identifier.startswith("S")


def parts(plan: AnyPlan) -> tuple[Going, ...]:
    """Return each name that a plan takes away or gives back, once, with the grade of its image.

    The name is ``NAMELESS`` where it deletes images by their ID alone; that is there once for each of their grades. An
    image that is put back and gets no tag is called by its digest. Nothing is lost of it, so it has no grade.
    """
    if isinstance(plan, RestorePlan):
        given = dict.fromkeys(name for step in plan.steps for name in _given(step))
        return tuple(Going(name=name, grade=None) for name in given or (NAMELESS,))
    known = grades(plan)
    found = (part for step, outcome in _removing(plan) for part in _parts(step, outcome, known))
    return tuple(dict.fromkeys(found)) or (Going(name=NAMELESS, grade=Grade.UNKNOWN),)


def _parts(step: Step, outcome: Removed, known: Mapping[ImageId, Grade]) -> Iterator[Going]:
    named = {record.reference: record.image_id for record in outcome.records if isinstance(record, Untagged)}
    for name in _names(outcome):
        image_id = named.get(name) or deleted_by(step) or step.removal.image_id
        yield Going(name=name, grade=None if image_id is None else known.get(image_id))


def _given(step: RestoreStep) -> list[str]:
    gains = step.outcome.gains if isinstance(step.outcome, PutBack) else ()
    return [gain.reference for gain in gains if isinstance(gain, Tagged)] or [gain.reference for gain in gains]


def _names(outcome: Removed) -> list[str]:
    """Return the names that go with a step. A digest that goes along with a tag of its repository is not counted."""
    going = [record.reference for record in outcome.records if isinstance(record, Untagged)]
    parsed = {name: parse(name) for name in going}
    known = {name: found for name, found in parsed.items() if isinstance(found, Reference)}
    tagged = {reference.repository for reference in known.values() if reference.tag}
    along = {name for name, found in known.items() if not found.tag and found.repository in tagged}
    own = {name for name, found in known.items() if found.familiar_repository == _DANGLING}
    return [name for name in going if name not in along | own] or [NAMELESS]
