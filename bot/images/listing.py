"""Docker's ``ls`` on an inventory: which images, with which of their references (moby, ``daemon/images/images.go``).

The daemon trims the references of an image to those that a filter matched; prediction never sees that, only this does.
"""

from collections.abc import Callable
from dataclasses import dataclass

from bot.images.containerd import dangling
from bot.images.glob import BadPattern, Glob, compiled
from bot.images.ids import ImageId
from bot.images.inventory import Image, Inventory, Store
from bot.images.moments import moment
from bot.images.reference import Reference
from bot.images.removal import Refused
from bot.images.resolve import resolve
from bot.images.world import World

_FALSE, _TRUE = frozenset({"0", "false"}), frozenset({"1", "true"})
MATCHES_FULL_NAMES = (29, 5)
"""From this version on patterns are also held against ``docker.io/library/redis``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An image that is listed, and the references of it that are shown, in Docker's order."""

    image: Image
    references: tuple[Reference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BadFilter:
    """Why a filter cannot be used, in Docker's words."""

    message: str


Filters = tuple[tuple[str, str], ...]
Test = Callable[[Row], bool]


def listed(
    inventory: Inventory, pattern: str | None, filters: Filters, *, everything: bool
) -> tuple[Row, ...] | BadFilter:
    """Return what ``docker image ls`` lists: newest first, then by name, then by ID.

    Filters of different keys all count; of several ``reference`` ones (*pattern* is one more) any does, of the others
    each. *everything* is ``-a``. Docker itself orders equally old images at random, and tells a pattern that makes no
    sense only when it comes to match it; here it is always told. In the containerd store it matches nothing.
    """
    wanted = (*filters, ("reference", pattern)) if pattern else filters
    globs = [compiled(value) for key, value in wanted if key == "reference"]
    tests = _tests(inventory, wanted)
    if isinstance(tests, BadFilter):
        return tests
    bad = next((glob for glob in globs if isinstance(glob, BadPattern)), None)
    if bad and inventory.store is not Store.CONTAINERD:
        return BadFilter(message=bad.message)
    parents = frozenset() if everything else frozenset(image.parent for image in inventory.images.values())
    view = _View(
        patterns=tuple(glob for glob in globs if isinstance(glob, Glob)) if globs else None,
        full=_version(inventory) >= MATCHES_FULL_NAMES,
        parents=parents,
        dangling=next((value in _TRUE for key, value in wanted if key == "dangling"), None),
    )
    make = _row_of_records if inventory.store is Store.CONTAINERD else _row
    rows = (make(image, view) for image in sorted(inventory.images.values(), key=_newest_first))
    return tuple(row for row in rows if row and all(test(row) for test in tests))


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """What is to be seen: patterns (None where none is given) that also match full names or not, and no *parents*.

    ``dangling`` is that filter, None where it is not given.
    """

    patterns: tuple[Glob, ...] | None
    full: bool
    parents: frozenset[ImageId | None]
    dangling: bool | None

    def matches(self, reference: Reference) -> bool:
        """Whether the familiar form matches, with or without tag or digest (``reference.FamiliarMatch``)."""
        if self.patterns is None:
            return True
        names = [reference.familiar, reference.familiar_repository]
        names += [reference.canonical, reference.repository] if self.full else []
        return any(pattern.matches(name) for pattern in self.patterns for name in names)


def _newest_first(image: Image) -> tuple[int, bool, str, str]:
    name = min((reference.canonical for reference in image.references), default="")
    return -image.created, not name, name, image.id


def _matching(image: Image, view: _View) -> tuple[Reference, ...]:
    if len(image.references) == 1:
        return image.references if view.matches(image.references[0]) else ()
    return tuple(filter(view.matches, sorted(image.references, key=lambda reference: reference.canonical)))


def _row(image: Image, view: _View) -> Row | None:
    """Return an image with something to show: a reference, or with no pattern given an image that is no parent."""
    references = _matching(image, view)
    seen = references or (view.patterns is None and image.id not in view.parents)
    return Row(image=image, references=references) if seen else None


def _row_of_records(image: Image, view: _View) -> Row | None:
    """Likewise of the containerd store, where a dangling image is a record that is called ``moby-dangling@ID``.

    So patterns match it, and an image may be dangling besides its names.
    """
    references = () if view.dangling else _matching(image, view)
    hidden = image.dangling_record and view.dangling is not False and view.matches(dangling(image.id))
    seen = references or (hidden and image.id not in view.parents)
    return Row(image=image, references=references) if seen else None


def _version(inventory: Inventory) -> tuple[int, ...]:
    parts = inventory.version.split(".")[:2]
    return tuple(int(part) for part in parts) if all(part.isdecimal() for part in parts) else ()


def _tests(inventory: Inventory, filters: Filters) -> list[Test] | BadFilter:
    """Return what a row must pass besides the patterns."""
    wanted = frozenset(value for key, value in filters if key == "dangling")
    if wanted and bool(wanted & _TRUE) == bool(wanted & _FALSE):
        return BadFilter(message=f"invalid filter 'dangling=[{' '.join(sorted(wanted))}]'")
    world = World(inventory) if any(key in {"before", "since", "dangling"} for key, _ in filters) else None
    tests: list[Test] = []
    for key, value in filters:
        test = None if key == "reference" else _test(inventory, world, key, value)
        if isinstance(test, BadFilter):
            return test
        tests += [test] if test else []
    return tests


def _test(inventory: Inventory, world: World | None, key: str, value: str) -> Test | BadFilter:
    match key:
        case "label":
            return _labelled(value, inventory.store)
        case "label!" if inventory.store is Store.CONTAINERD:
            return _labelled(value, inventory.store, without=True)
        case "until":
            return _until(value, inventory.taken_at)
        case "dangling" if inventory.store is Store.CONTAINERD:
            return lambda _: True  # its rows are made by it
        case "dangling" if world:
            return _dangling(world, wanted=value in _TRUE)
        case "before" | "since" if world:
            return _relative(world, key, value)
        case _:
            return BadFilter(message=f"invalid filter '{key}'")


def _labelled(value: str, held_in: Store, *, without: bool = False) -> Test:
    """Return the test for a label, with a value or with any.

    The containerd store knows its opposite too: another value, or no such label (moby, ``daemon/containerd/
    image_list.go``, ``setupLabelFilter``).
    """
    key, equals, wanted = value.partition("=")
    if held_in is Store.CONTAINERD and key.endswith("!"):
        key, without = key[:-1], not without
    if equals:
        return lambda row: key in row.image.labels and (row.image.labels[key] == wanted) is not without
    return lambda row: (key in row.image.labels) is not without


def _dangling(world: World, *, wanted: bool) -> Test:
    """Dangling is: no tag to show and no child; with a digest only it still is. Not dangling is: any reference."""
    if wanted:
        return lambda row: not any(r.tag for r in row.references) and not world.children.get(row.image.id)
    return lambda row: bool(row.references)


def _until(value: str, now: int) -> Test | BadFilter:
    """Made before a moment. Docker knows this filter since version 25; here it works on any host."""
    until = moment(value, now)
    if until is None:
        return BadFilter(message=f'failed to parse value as time or duration: "{value}"')
    return lambda row: row.image.created < until


def _relative(world: World, key: str, value: str) -> Test | BadFilter:
    """Made before or since another image was, by whole seconds: Docker lists no more, though it compares finer."""
    meant = resolve(world, value)
    if isinstance(meant, Refused):
        return BadFilter(message=meant.message)
    created = world.images[meant.image_id].created
    if key == "before":
        return lambda row: row.image.created < created
    return lambda row: row.image.created > created
