"""Guard tags: names of ours that keep an image until the window for an undo ends.

``imgbot.guard/<64 digits of the image's ID>:request-<number>-<8 digits of the plan's digest>`` is a name that no
registry answers for, and that says whose it is. To Docker it is a name like any other: while an image has it, losing
all others deletes nothing. To people it is none: lists, suggestions and statistics go without it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from bot.images.ids import PREFIX, ImageId, short
from bot.images.inventory import Image, Inventory
from bot.images.reference import Reference, parse
from bot.images.removal import Refusal, Refused

DOMAIN = "imgbot.guard"
KEPT = "imgbot-kept"
PLANNED = "planned"
"""The tag that stands in a plan for the one that the request will have: its number is not known yet."""

_TAG = re.compile(r"request-([0-9]+)-[0-9a-f]{8}", re.ASCII)


def label(number: int, digest: str) -> str:
    """Return the tag that every guard of one request has."""
    return f"request-{number}-{digest[:8]}"


def guard_of(image_id: ImageId, tag: str) -> Reference:
    """Return the guard of an image: its ID is spelled in full, for a guard must never move from one to another."""
    return Reference(domain=DOMAIN, path=image_id.removeprefix(PREFIX), tag=tag)


def kept_name(image_id: ImageId, tag: str) -> str:
    """Return the ordinary name of an image that must stay and would have none without its guard."""
    return f"{KEPT}/{short(image_id)}:{tag}"


def is_guard(reference: Reference) -> bool:
    """Whether a reference is a guard, of whichever request."""
    return reference.domain == DOMAIN


def is_guard_name(name: str) -> bool:
    """Whether a name, in Docker's words, is a guard."""
    parsed = parse(name)
    return isinstance(parsed, Reference) and is_guard(parsed)


def request_of(reference: Reference) -> int | None:
    """Return the number of the request that a guard is of; None where its tag tells none."""
    told = _TAG.fullmatch(reference.tag or "") if is_guard(reference) else None
    return int(told[1]) if told else None


def guards_in(inventory: Inventory) -> tuple[Reference, ...]:
    """Return the guards that there are on a daemon."""
    return tuple(r for image in inventory.images.values() for r in image.references if is_guard(r))


def kept_for(references: Iterable[Reference], windows: Mapping[str, datetime]) -> str:
    """Return what the guards among *references* keep an image for; nothing where there is none.

    *windows* are when each window ends, where that is known, by the tags of guards.
    """
    guards = [reference for reference in references if is_guard(reference)]
    if not guards:
        return ""
    numbers = sorted({number for each in guards if (number := request_of(each)) is not None})
    ends = [windows[each.tag] for each in guards if each.tag and each.tag in windows]
    until = f" until {max(ends):%Y-%m-%d %H:%M} UTC" if ends else ""
    return f"kept for the undo of request {', '.join(map(str, numbers))}{until}" if numbers else "kept for an undo"


def not_ours_to_remove(
    image_id: ImageId, references: Iterable[Reference], windows: Mapping[str, datetime]
) -> Refused | None:
    """Return how a removal that would take a guard along is refused; None where the image has none."""
    why = kept_for(references, windows)
    if not why:
        return None
    message = (
        f"{short(image_id)} is {why}: press Reclaim now there or wait until its window ends, or press Undo to keep it"
    )
    return Refused(refusal=Refusal.PROTECTED, message=message)


def visible(inventory: Inventory) -> Inventory:
    """Return *inventory* as people see it: without guards, and without the images that have no other name."""
    guarded = {i: image for i, image in inventory.images.items() if any(map(is_guard, image.references))}
    if not guarded:
        return inventory
    images = dict(inventory.images)
    for image_id, image in guarded.items():
        bare = _without(image, None)
        if bare.references:
            images[image_id] = bare
        else:
            del images[image_id]
    return replace(inventory, images=images)


def unguarded(inventory: Inventory, tag: str | None) -> Inventory:
    """Return *inventory* as it is without the guards with this tag; of every request where that is None."""
    return replace(inventory, images={i: _without(image, tag) for i, image in inventory.images.items()})


def _without(image: Image, tag: str | None) -> Image:
    left = tuple(r for r in image.references if not (is_guard(r) and tag in (None, r.tag)))
    return image if len(left) == len(image.references) else replace(image, references=left)


def guarded(inventory: Inventory, image_ids: Iterable[ImageId], tag: str) -> Inventory:
    """Return *inventory* as it is once these images have a guard. A name takes the place of a hidden record."""
    images = dict(inventory.images)
    for image_id in image_ids:
        image, guard = images[image_id], guard_of(image_id, tag)
        if guard not in image.references:
            images[image_id] = replace(image, references=(*image.references, guard), dangling_record=False)
    return replace(inventory, images=images)
