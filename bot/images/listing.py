"""Docker's ``ls`` on an inventory: which images, with which of their references.

The daemon trims the references of an image to those that a filter matched; prediction never sees that, only this does.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.images.glob import BadPattern, compiled
from bot.images.inventory import Image, Inventory
from bot.images.reference import Reference
from bot.images.removal import Refused
from bot.images.resolve import resolve
from bot.images.world import World

BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An image that is listed, and the references of it that are shown."""

    image: Image
    references: tuple[Reference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BadFilter:
    """Why a filter cannot be used."""

    message: str


Filters = tuple[tuple[str, str], ...]


def listed(
    inventory: Inventory, pattern: str | None, filters: Filters, *, everything: bool
) -> tuple[Row, ...] | BadFilter:
    """Return what ``docker image ls`` lists of a classic store, newest first, and by ID where equally old.

    Filters of different keys all count; of several ``reference`` ones any, of the others each. *everything* is ``-a``.
    """
    wanted = (*filters, ("reference", pattern)) if pattern else filters
    tests = _tests(inventory, wanted)
    if isinstance(tests, BadFilter):
        return tests
    try:
        patterns = [compiled(value) for key, value in wanted if key == "reference"]
    except BadPattern:
        return BadFilter(message="syntax error in pattern")
    parents = set() if everything else {image.parent for image in inventory.images.values()}
    rows = []
    for image in sorted(inventory.images.values(), key=lambda image: (-image.created, image.id)):
        if not image.references and (patterns or image.id in parents):
            continue  # a part of another image, or nothing that a pattern could match
        matching = tuple(r for r in image.references if not patterns or any(_matches(p, r) for p in patterns))
        if (matching or not patterns) and all(test(image) for test in tests):
            rows.append(Row(image=image, references=matching))
    return tuple(rows)


def _matches(pattern: re.Pattern[str], reference: Reference) -> bool:
    """Whether a pattern matches the familiar form, with or without tag or digest (``reference.FamiliarMatch``)."""
    return bool(pattern.fullmatch(reference.familiar) or pattern.fullmatch(reference.familiar_repository))


Test = Callable[[Image], bool]


def _tests(inventory: Inventory, filters: Filters) -> list[Test] | BadFilter:
    """Return what an image must pass besides the patterns."""
    world = World(inventory) if any(key in {"before", "since", "dangling"} for key, _ in filters) else None
    tests: list[Test] = []
    for key, value in filters:
        if key == "reference":
            continue
        test = _test(world, key, value)
        if isinstance(test, BadFilter):
            return test
        tests.append(test)
    return tests


def _test(world: World | None, key: str, value: str) -> Test | BadFilter:
    match key:
        case "label":
            return _labelled(value)
        case "dangling" if world and value in BOOLEANS:
            return _dangling(world, wanted=BOOLEANS[value])
        case "dangling":
            return BadFilter(message=f"invalid filter 'dangling=[{value}]'")
        case "before" | "since" if world:
            return _relative(world, key, value)
        case _:
            return BadFilter(message=f"invalid filter '{key}'")


def _labelled(value: str) -> Test:
    key, equals, wanted = value.partition("=")
    return lambda image: key in image.labels and (not equals or image.labels[key] == wanted)


def _dangling(world: World, *, wanted: bool) -> Test:
    """Dangling is: no tag and no child; with a digest only it still is. Not dangling is: any reference."""
    if wanted:
        return lambda image: not any(r.tag for r in image.references) and not world.children.get(image.id)
    return lambda image: bool(image.references)


def _relative(world: World, key: str, value: str) -> Test | BadFilter:
    meant = resolve(world, value)
    if isinstance(meant, Refused):
        return BadFilter(message=meant.message)
    created = world.images[meant.image_id].created
    return (lambda image: image.created < created) if key == "before" else (lambda image: image.created > created)
