"""Names and images that are not to be removed, whoever asks.

A rule covers names by a pattern, the newest images of a repository, images that are still young, or images with a
label. Age goes by the image's own time of creation and the moment of the inventory; no clock is read.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from bot.images.glob import Glob
from bot.images.ids import ImageId, short
from bot.images.inventory import Image, Inventory, Store
from bot.images.reference import Reference
from bot.images.removal import Holder, Refusal, Refused
from bot.images.resolve import Aimed, Identified, Meaning, Named
from bot.images.spans import span_text
from bot.images.stores import going_with
from bot.images.world import World

ANY = "*"
"""Every host."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Always:
    """Every name that the patterns match."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Newest:
    """The ``count`` images of each repository that were created last, and those of the same second as the last of them.

    An image is of every repository that it has a tag or a digest of.
    """

    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Younger:
    """Images that were created less than ``age`` before the inventory was taken."""

    age: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """Images with any of these labels: ``key``, whatever it says, or ``key=value``."""

    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """A rule that keeps what it is about, on these hosts (names, or ``*``).

    Where there are patterns it is about no other names; they are read as the filter ``reference`` of ``ls`` reads them,
    and held against the familiar form and the full one, with and without the tag or the digest.
    """

    name: str
    patterns: tuple[Glob, ...] = ()
    hosts: tuple[str, ...] = (ANY,)
    by: Always | Newest | Younger | Labelled = Always()

    def covers(self, reference: Reference) -> bool:
        """Whether the patterns match *reference*, or there are none."""
        return not self.patterns or any(matches(pattern, reference) for pattern in self.patterns)


def matches(pattern: Glob, reference: Reference) -> bool:
    """Whether a pattern matches a reference in one of its forms, with or without its tag or digest."""
    names = (reference.familiar, reference.familiar_repository, reference.canonical, reference.repository)
    return any(map(pattern.matches, names))


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """The rules that count on one host, and what they need to know of it as it was when the inventory was taken.

    ``created`` has the times at which the images of each repository were created, the newest first.
    """

    rules: tuple[Protection, ...]
    taken_at: int
    created: Mapping[str, Sequence[int]]

    def holders(self, image: Image, references: Iterable[Reference]) -> list[Holder]:
        """Return the rules that keep *image* or any of these references of it, with why."""
        every = list(references)
        found = ((rule, self._why(rule, image, every)) for rule in self.rules)
        return [Holder(kind="rule", name=f'rule "{rule.name}"', detail=why) for rule, why in found if why is not None]

    def refusal(self, image: Image, references: Sequence[Reference]) -> Refused | None:
        """Return that these references of *image*, or without any the image itself, are kept; None where they go."""
        for rule in self.rules:
            for named in [[reference] for reference in references] or [[]]:
                why = self._why(rule, image, named)
                if why is not None:
                    name = named[0].familiar if named else short(image.id)
                    because = f": {why}" if why else ""
                    return Refused(
                        refusal=Refusal.PROTECTED, message=f'{name} is protected by rule "{rule.name}"{because}'
                    )
        return None

    def _why(self, rule: Protection, image: Image, references: Sequence[Reference]) -> str | None:
        """Return why *rule* keeps an image or any of these references: empty where the name says it, None where not."""
        covered = [reference for reference in references if rule.covers(reference)]
        if rule.patterns and not covered:
            return None
        match rule.by:
            case Always():
                return "" if covered else None
            case Newest(count=count):
                return self._newest(image, covered, count)
            case Younger(age=age):
                return f"younger than {span_text(age)}" if self.taken_at - image.created < age.total_seconds() else None
            case Labelled(labels=labels):
                return next((f"labelled {label}" for label in labels if _has(image, label)), None)
            case _:
                assert_never(rule.by)

    def _newest(self, image: Image, references: Iterable[Reference], count: int) -> str | None:
        for reference in references:
            created = self.created.get(reference.repository, ())
            if len(created) <= count or image.created >= created[count - 1]:
                which = f"one of the {count} newest images" if count > 1 else "the newest image"
                return f"{which} of {reference.familiar_repository}"
        return None


def guard(inventory: Inventory, rules: Iterable[Protection]) -> Guard:
    """Return the rules that count on the host that *inventory* is of."""
    here = tuple(rule for rule in rules if {inventory.host, ANY} & set(rule.hosts))
    counting = any(isinstance(rule.by, Newest) for rule in here)
    created = _created(inventory) if counting else {}
    return Guard(rules=here, taken_at=inventory.taken_at, created=created)


def _created(inventory: Inventory) -> Mapping[str, Sequence[int]]:
    times: defaultdict[str, list[int]] = defaultdict(list)
    for image in inventory.images.values():
        for repository in {reference.repository for reference in image.references}:
            times[repository].append(image.created)
    return {repository: sorted(created, reverse=True) for repository, created in times.items()}


def _has(image: Image, label: str) -> bool:
    key, given, value = label.partition("=")
    return key in image.labels and (not given or image.labels[key] == value)


def protected(world: World, meaning: Meaning, guard: Guard, *, prune: bool) -> Refused | None:
    """Return that the word is not to be carried out, where something that would go with it is kept."""
    if not guard.rules or isinstance(meaning, Refused):
        return None
    image = world.images[meaning.image_id]
    going = _going(world, meaning)
    if (refused := guard.refusal(image, going)) is not None:
        return refused
    if len(going) < len(world.references[image.id]):
        return None
    parents = _parents(world, image) if prune else ()
    return next((kept for parent in parents if (kept := guard.refusal(parent, ()))), None)


def _going(world: World, meaning: Identified | Named | Aimed) -> list[Reference]:
    """Return the references that go with a word where Docker does not refuse it."""
    match meaning:
        case Identified(image_id=image_id):
            return world.ordered(image_id)
        case Named(image_id=image_id, held=named) | Aimed(image_id=image_id, typed=named):
            return going_with(world, image_id, named)
        case _:
            assert_never(meaning)


def _parents(world: World, image: Image) -> Iterator[Image]:
    """Yield the parents that would go with an image: those without a name, a container and, on most, another child."""
    alone = world.store is not Store.CONTAINERD
    while (parent := _parent(world, image)) is not None:
        others = len(world.children[parent.id]) > 1
        if world.references[parent.id] or world.users(parent.id) or (alone and others):
            return
        yield parent
        image = parent


def _parent(world: World, image: Image) -> Image | None:
    parent: ImageId | None = image.parent
    return world.images.get(parent) if parent else None
