"""Why an image is there: who holds its names, the image itself, and each of its layers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice

from bot.images.guards import is_guard, kept_for
from bot.images.ids import ChainId, ImageId
from bot.images.inventory import Image, Inventory
from bot.images.layers import NAMED, container_holder, size_of
from bot.images.predict import Wanted, plan
from bot.images.protection import Protection, guard
from bot.images.reference import Reference
from bot.images.removal import Holder, Plan, Refused, Step
from bot.images.resolve import resolve
from bot.images.suggest import suggestion
from bot.images.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Layers of an image that the same others have; no holders where nobody else has them. ``bytes`` where known.

    ``more`` counts the holders that are not named.
    """

    layers: int
    bytes: int | None
    holders: tuple[Holder, ...] = ()
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """What holds one image of a host. ``removal`` is what removing it by the word that was asked for would do.

    ``references`` are its names, ``containers`` those that are of it or have it mounted, ``children`` what was built on
    it, ``rules`` those that protect it. ``shares`` has its layers, the topmost first. ``kept`` says for which undo, if
    for any, it is kept.
    """

    host: str
    image: Image
    references: tuple[Reference, ...]
    containers: tuple[Holder, ...]
    children: tuple[str, ...]
    rules: tuple[Holder, ...]
    shares: tuple[Share, ...]
    removal: Step | None
    kept: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotHere:
    """The word means nothing here: Docker's words for it, and what may have been meant."""

    message: str
    hint: str


def why(inventory: Inventory, word: str, protections: Sequence[Protection] = ()) -> Why | NotHere:
    """Return what holds the image that *word* means to the daemon, as it means it in a removal."""
    world = World(inventory)
    meaning = resolve(world, word)
    if isinstance(meaning, Refused):
        return NotHere(message=meaning.message, hint=suggestion(world, word))
    image = inventory.images[meaning.image_id]
    every = tuple(world.ordered(image.id))
    references = tuple(reference for reference in every if not is_guard(reference))
    return Why(
        host=inventory.host,
        image=image,
        references=references,
        containers=tuple(container_holder(container, image.id) for container in world.users(image.id)),
        children=tuple(world.name(child) for child in world.children.get(image.id, ())),
        rules=tuple(guard(inventory, protections).holders(image, references)),
        kept=kept_for(every, inventory.windows),
        shares=tuple(_shares(world, image)),
        removal=_removal(inventory, word, protections),
    )


def _removal(inventory: Inventory, word: str, protections: Sequence[Protection]) -> Step | None:
    """Return what the removal of *word* would do; None where none is made on such a host."""
    made = plan(inventory, Wanted(words=(word,), protections=tuple(protections)))
    return made.steps[0] if isinstance(made, Plan) else None


def _shares(world: World, image: Image) -> Iterator[Share]:
    """Yield the layers in groups. Whoever has a layer has those below it, so as many holders are the same ones."""
    for _, group in groupby(reversed(image.layers), key=lambda chain: _others(world, chain)):
        layers = list(group)
        holders = list(islice(_holders(world, image.id, layers[0]), NAMED))
        yield Share(
            layers=len(layers),
            bytes=size_of(world, layers),
            holders=tuple(holders),
            more=_others(world, layers[0]) - len(holders),
        )


def _others(world: World, chain: ChainId) -> int:
    return world.shares.sharing(chain) - 1 + len(world.shares.orphans(chain))


def _holders(world: World, image_id: ImageId, chain: ChainId) -> Iterator[Holder]:
    for other in world.sharers(chain):
        if other != image_id:
            yield world.holder(other)
    for container in world.shares.orphans(chain):
        yield container_holder(container)
