"""Who holds an image and its layers: names, containers, children, rules, and the images with the same layers."""

from dataclasses import replace

from bot.images.glob import Glob, compiled
from bot.images.inventory import ContainerState, Inventory, Mount, Store
from bot.images.protection import Protection
from bot.images.removal import Holder, Refused
from bot.images.why import NotHere, Share, Why, why
from tests.images.making import DIGEST, chains, container, held, image, image_id

SIZES = dict(zip(chains("abcd"), (20, 8, 10, 3), strict=True))


def asked(inventory: Inventory, word: str) -> Why:
    """Return what holds an image that is there."""
    found = why(inventory, word)
    assert isinstance(found, Why)
    return found


def test_layers_are_grouped_by_who_else_has_them() -> None:
    """The topmost first; those that nobody else has have no holders."""
    inventory = held(
        image("redis:7", layers="abcd"),
        image("postgres:16", layers="abx"),
        image("debian:12", layers="a"),
        layer_bytes=SIZES,
    )
    postgres, debian = Holder(kind="image", name="postgres:16"), Holder(kind="image", name="debian:12")
    assert asked(inventory, "redis:7").shares == (
        Share(layers=2, bytes=13),
        Share(layers=1, bytes=8, holders=(postgres,)),
        Share(layers=1, bytes=20, holders=(debian, postgres)),
    )


def test_everything_that_holds_the_image_is_named() -> None:
    """Its names in Docker's order, containers of it and with it mounted, what was built on it, and rules."""
    mounter = replace(container("other", name="reader"), mounts=(Mount(name="r:1", image_id=image_id("i")),))
    inventory = held(
        image("r:2", "r:1", f"r@{DIGEST}", label="i", layers="a"),
        image("child:1", parent="i", layers="ab"),
        image("other:1", label="other"),
        containers=[container("i", ContainerState.RUNNING, name="web"), mounter],
    )
    glob = compiled("r")
    assert isinstance(glob, Glob)
    found = why(inventory, "r:1", [Protection(name="ours", patterns=(glob,))])
    assert isinstance(found, Why)
    assert [reference.familiar for reference in found.references] == ["r:1", "r:2", f"r@{DIGEST}"]
    assert {(holder.kind, holder.name, holder.detail) for holder in found.containers} == {
        ("container", "container web", "running"),
        ("mount", "container reader", "exited"),
    }
    assert found.children == ("child:1",)
    assert found.rules == (Holder(kind="rule", name='rule "ours"'),)
    assert found.removal is not None
    assert isinstance(found.removal.outcome, Refused)
    assert found.removal.stays[0].holders[0] == Holder(kind="rule", name='rule "ours"')


def test_layers_of_an_image_that_is_gone_are_held_by_its_container() -> None:
    """The storage driver tells which, so the container is named."""
    (base,) = chains("a")
    stray = replace(container("gone", name="old"), holds=(base,))
    shares = asked(held(image("r:1", layers="ab"), containers=[stray]), "r:1").shares
    assert [(share.layers, [holder.name for holder in share.holders]) for share in shares] == [
        (1, []),
        (1, ["container old"]),
    ]


def test_a_word_that_means_nothing_is_told_in_dockers_words() -> None:
    """With what may have been meant."""
    found = why(held(image("redis:7")), "redsi")
    assert found == NotHere(message="No such image: redsi:latest", hint="Did you mean redis:7?")


def test_where_no_plan_can_be_made_there_is_none() -> None:
    """What holds an image of podman can be told all the same."""
    assert asked(held(image("r:1"), store=Store.PODMAN), "r:1").removal is None
