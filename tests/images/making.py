"""Inventories in a few words: ``held(image("redis:7", layers="ab"))``."""

import hashlib
from collections.abc import Mapping, Sequence

from bot.images.ids import PREFIX, ChainId, ContainerId, DiffId, ImageId, chain_ids
from bot.images.inventory import Container, ContainerState, Image, Inventory, Store
from bot.images.predict import Wanted, plan
from bot.images.reference import Reference, parse
from bot.images.removal import Plan, Refused, Removed, Step, line

DIGEST = "sha256:" + "d1" * 32
OTHER_DIGEST = "sha256:" + "d2" * 32


def sha(text: str) -> str:
    """Return the SHA-256 of a text as Docker spells a digest."""
    return PREFIX + hashlib.sha256(text.encode()).hexdigest()


def image_id(label: str) -> ImageId:
    """Return an ID: that of a label, or with a colon in front these digits and zeros behind them."""
    return ImageId(PREFIX + label[1:].ljust(64, "0")) if label.startswith(":") else ImageId(sha(label))


def chains(layers: str) -> tuple[ChainId, ...]:
    """Return the chain IDs of a stack of layers, a letter each, base first."""
    return chain_ids(DiffId(sha(f"layer {letter}")) for letter in layers)


def reference(text: str) -> Reference:
    """Return a reference that must be one."""
    parsed = parse(text)
    assert isinstance(parsed, Reference), parsed
    return parsed


def image(
    *names: str,
    label: str = "",
    layers: str = "",
    parent: str | None = None,
    created: int = 0,
    labels: Mapping[str, str] | None = None,
    dangling: bool = False,
) -> Image:
    """Return an image with these references. Its ID is that of *label*, or of its first name.

    *dangling* is whether the containerd store has a hidden record of it.
    """
    return Image(
        id=image_id(label or names[0]),
        references=tuple(reference(name) for name in names),
        parent=image_id(parent) if parent else None,
        layers=chains(layers),
        size=1000,
        created=created,
        labels=labels or {},
        dangling_record=dangling,
    )


def container(of: str, state: ContainerState = ContainerState.EXITED, *, name: str = "job") -> Container:
    """Return a container of the image with this label."""
    digits = hashlib.sha256(f"{name} {of}".encode()).hexdigest()
    return Container(id=ContainerId(digits), name=name, image_id=image_id(of), state=state)


def held(
    *images: Image,
    containers: Sequence[Container] = (),
    store: Store = Store.CLASSIC,
    version: str = "28.5.2",
    taken_at: int = 1_000_000,
    layer_bytes: Mapping[ChainId, int] | None = None,
    build_cache_shared: bool = False,
) -> Inventory:
    """Return what a daemon holds."""
    return Inventory(
        host="web-3",
        daemon_id="D1",
        store=store,
        version=version,
        taken_at=taken_at,
        images={image.id: image for image in images},
        containers=tuple(containers),
        layer_bytes=layer_bytes or {},
        build_cache_shared=build_cache_shared,
    )


def planned(inventory: Inventory, *words: str, force: bool = False, prune: bool = True) -> Plan:
    """Return the plan for these words."""
    made = plan(inventory, Wanted(words=words, command=" ".join(words), force=force, prune=prune))
    assert isinstance(made, Plan), made
    return made


def step(inventory: Inventory, word: str, *, force: bool = False, prune: bool = True) -> Step:
    """Return the only step of a plan for one word."""
    return planned(inventory, word, force=force, prune=prune).steps[0]


def said(step: Step) -> list[str]:
    """Return what Docker prints of a step: its records, or the message with its status word in front."""
    match step.outcome:
        case Removed(records=records):
            return [line(record) for record in records]
        case Refused(refusal=refusal, message=message):
            return [f"{refusal}: {message}"]


def deleted(layers: str, *, down_to: str = "") -> list[str]:
    """Return the lines for a stack of layers from top to base, without the layers below that stay."""
    return [f"Deleted: {chain}" for chain in reversed(chains(layers)[len(down_to) :])]
