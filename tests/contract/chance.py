"""What is typed by chance."""

import os
from random import Random

from bot.images.ids import PREFIX
from bot.images.inventory import Image, Inventory
from bot.images.reference import Reference
from tests.contract.words import Typed, Way

EACH = 16
"""Words tried in one world, at least."""
WORLDS = -(-int(os.environ.get("IMGBOT_CONTRACT_REMOVALS", "64")) // EACH)
FIRST_SEED = int(os.environ.get("IMGBOT_CONTRACT_SEED", "0"))
WHOLE = "IMGBOT_CONTRACT_REMOVALS" in os.environ
"""Whether this is ``make contract``: what takes minutes is tried in part by an ordinary run."""

SPELLINGS = ("docker.io/library/{}", "library/{}", "docker.io/{}", "index.docker.io/library/{}")
ABSENT = (
    *("nosuch", "nosuch:1", "f" * 64, "0", "deadbeef0123", "s", "sha", "sha2", "sha25", "sha256", "sha256:abcd"),
    *("sha256:" + "f" * 64, "alpha@sha256:" + "e" * 64, "moby-dangling", "no.such:5000/alpha:1", "x" * 200),
)
INVALID = (
    *("UPPER:1", "m/Upper", "alpha:", "a:1:2", "<none>", "<none>:<none>", "-alpha", "al..pha", "alpha_:1", "a b", " "),
    *("", "alpha@sha256:abc", "alpha@md5:" + "a" * 32, "alpha@sha512:" + "a" * 64, "alpha@sha256:" + "A" * 64),
    *("alpha:" + "t" * 129, "x" * 256, "sha256:", "sha512:" + "a" * 128, "älpha", "alpha:1 ", "a%62", "a?b=c"),
    *("x" * 240, "Registry/alpha", "[::1]:5000/q:1"),  # invalid to old daemons
)
DIGITS = (*range(1, 9), 12, 12, 12, 12, 20, 40, 63, 64)


def command(chance: Random, now: Inventory, before: Inventory) -> Typed:
    """Return a command of one to four words about what a daemon holds *now*, at times about what it held *before*."""
    number = 1 if _is_open(now) else chance.choice((1, 1, 1, 2, 3, 4))
    if chance.random() < 0.03:
        words = [chance.choice(ABSENT) for _ in range(number)]
    else:
        words = [_word(chance, now if now.images and chance.random() < 0.94 else before) for _ in range(number)]
    if number > 1 and chance.random() < 0.12:
        words[-1] = words[0]
    return Typed(
        words=tuple(words),
        force=chance.random() < 0.4,
        prune=chance.random() < 0.8,
        way=chance.choice(list(Way)),
    )


def _is_open(now: Inventory) -> bool:
    """Whether what comes of a word may be in doubt, so that nothing can be said of the next one."""
    return any(mount.image_id is None for container in now.containers for mount in container.mounts)


def _word(chance: Random, held: Inventory) -> str:
    """Return a name, an ID, a digest, or what is none of them."""
    kind = chance.random()
    if kind < 0.05:
        return chance.choice(ABSENT if kind < 0.015 else INVALID)
    images = sorted(held.images.values(), key=_settled)
    named = [image for image in images if image.references]
    if kind < 0.62 and named:
        return _name(chance, chance.choice(sorted(chance.choice(named).references, key=lambda r: r.canonical)))
    image = chance.choice(images)
    return _digest(chance, image) if kind < 0.7 else _id(chance, image)


def _settled(image: Image) -> tuple[list[str], int, int, str]:
    """Order images by what is the same when a world is made again, as far as there is something."""
    return sorted(r.canonical for r in image.references), len(image.layers), image.created, image.id


def _name(chance: Random, reference: Reference) -> str:
    """Return a name as Docker prints it, without its tag, with its digest alone, or spelled in another way."""
    kind = chance.random()
    if kind < 0.1:
        return reference.familiar_repository
    if kind < 0.2:
        return chance.choice(SPELLINGS).format(reference.familiar)
    return reference.canonical if kind < 0.3 else reference.familiar


def _digest(chance: Random, image: Image) -> str:
    """Return a digest of an image, with its own repository or another, with and without a tag."""
    own = [r for r in sorted(image.references, key=lambda r: r.canonical) if r.digest]
    digest = chance.choice(own).digest if own and chance.random() < 0.7 else image.id
    names = [r.familiar_repository for r in image.references]
    name = chance.choice(sorted(names) * 3 + ["alpha", "moby-dangling"])
    return f"{name}{chance.choice(('', '', ':1', ':latest'))}@{digest}"


def _id(chance: Random, image: Image) -> str:
    """Return an ID in full or the beginning of one, with and without its algorithm, and at times in capitals."""
    kind, digits = chance.random(), image.id.removeprefix(PREFIX)
    if kind < 0.3:
        return chance.choice((image.id, digits))
    part = digits[: chance.choice(DIGITS)]
    return part.upper() if kind < 0.35 else chance.choice((part, part, f"{PREFIX}{part}"))
