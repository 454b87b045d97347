"""What stays and for whom, and what is freed."""

import pytest

from bot.images.doubts import BUILD_CACHE
from bot.images.ids import short
from bot.images.inventory import ContainerState, Image, Inventory, Store
from bot.images.layers import COMPRESSED, NAMED, UNMEASURED, deleted_images, freed, total
from bot.images.removal import Certainty, Freed, Holder, Removed, Stays, Step
from tests.images.making import chains, container, held, image, image_id, planned, step

SIZES = dict(zip(chains("abc"), (30, 7, 4), strict=True))


def test_layers_that_others_have_stay_for_them() -> None:
    """Two of three layers, their size, and the images by name; those without a name come last."""
    inventory = held(
        image("redis:7", layers="abc"),
        image("postgres:16", layers="abd"),
        image(label="nameless", layers="ab"),
        image("alpine:3", layers="a"),
        layer_bytes=SIZES,
    )
    assert step(inventory, "redis:7").stays == (
        Stays(
            image_id=image_id("redis:7"),
            layers=2,
            bytes=37,
            holders=(
                Holder(kind="image", name="postgres:16"),
                Holder(kind="image", name=short(image_id("nameless"))),
            ),
            of_layers=3,
            of_bytes=41,
        ),
    )


def test_a_size_that_is_not_known_is_not_guessed() -> None:
    """One layer without a size, and the sum is none."""
    base, _ = chains("ab")
    inventory = held(image("r:1", layers="abc"), image("s:1", layers="ab"), layer_bytes={base: 30})
    made = step(inventory, "r:1")
    assert [stays.bytes for stays in made.stays] == [None]
    assert isinstance(made.outcome, Removed)
    assert freed(made.outcome.records) is None


def test_nothing_stays_of_an_image_that_goes_whole() -> None:
    """Its layers are freed, and their sizes add up."""
    made = step(held(image("r:1", layers="abc"), layer_bytes=SIZES), "r:1")
    assert made.stays == ()
    assert isinstance(made.outcome, Removed)
    assert freed(made.outcome.records) == 41


def whole(*holders: Holder) -> tuple[Stays, ...]:
    """Return what stays where the image itself does."""
    return (Stays(image_id=image_id("i"), layers=0, bytes=1000, holders=holders),)


def test_another_name_keeps_the_image() -> None:
    """The names that are left, in Docker's order."""
    made = step(held(image("r:1", "s:2", "s:1", label="i")), "r:1")
    assert made.stays == whole(Holder(kind="reference", name="s:1"), Holder(kind="reference", name="s:2"))


def test_a_conflict_shows_everything_that_holds_the_image() -> None:
    """Its own name, each container with its state, and the images built on it."""
    inventory = held(
        image("r:1", label="i"),
        image("child:1", parent="i"),
        containers=[container("i", ContainerState.RUNNING, name="cache-1")],
    )
    assert step(inventory, short(image_id("i"))).stays == whole(
        Holder(kind="reference", name="r:1"),
        Holder(kind="container", name="container cache-1", detail="running"),
        Holder(kind="child", name="child:1"),
    )


def test_a_container_keeps_the_layers_of_an_image_that_was_forced_away() -> None:
    """The image goes, its layers stay for the container."""
    made = step(held(image("r:1", label="i", layers="ab"), containers=[container("i", name="job")]), "r:1", force=True)
    assert [(stays.layers, stays.holders) for stays in made.stays] == [
        (2, (Holder(kind="container", name="container job", detail="exited"),))
    ]


def test_a_word_that_means_nothing_leaves_nothing_behind() -> None:
    """There is no image to speak of."""
    assert step(held(image("r:1")), "nope").stays == ()


def test_of_many_holders_some_are_named_and_the_rest_counted() -> None:
    """A base layer of forty images names the first ones by name, and says how many more there are."""
    inventory = held(*(image(f"app:{number:02}", layers=f"a{chr(65 + number)}") for number in range(40)))
    stays = step(inventory, "app:39").stays[0]
    assert [holder.name for holder in stays.holders] == [f"app:{number:02}" for number in range(NAMED)]
    assert stays.more == 39 - NAMED


def test_holders_are_those_that_the_steps_before_left() -> None:
    """An image that goes first holds nothing for the second."""
    inventory = held(*(image(f"app:{name}", layers=f"a{name}") for name in "xyz"))
    steps: tuple[Step, ...] = planned(inventory, "app:x", "app:y", "app:z").steps
    assert [[holder.name for stays in step.stays for holder in stays.holders] for step in steps] == [
        ["app:y", "app:z"],
        ["app:z"],
        [],
    ]
    assert deleted_images(step.outcome for step in steps) == [image_id(f"app:{name}") for name in "xyz"]


EXACT = Freed(bytes=3)
MOST = Freed(bytes=4, certainty=Certainty.AT_MOST, why="the build cache")
ABOUT = Freed(bytes=5, certainty=Certainty.ABOUT, why="compressed")
UNKNOWN = Freed(bytes=None, certainty=Certainty.ABOUT, why="not told")


@pytest.mark.parametrize(
    ("parts", "together"),
    [
        ([], Freed()),
        ([EXACT, EXACT], Freed(bytes=6)),
        ([EXACT, MOST], Freed(bytes=7, certainty=Certainty.AT_MOST, why="the build cache")),
        ([MOST, ABOUT, EXACT], Freed(bytes=12, certainty=Certainty.ABOUT, why="compressed")),
        ([ABOUT, UNKNOWN], Freed(bytes=None, certainty=Certainty.ABOUT, why="compressed")),
    ],
)
def test_a_sum_is_no_surer_than_its_parts(parts: list[Freed], together: Freed) -> None:
    """Exact only where all are, and unknown where one is."""
    assert total(parts) == together


@pytest.mark.parametrize(
    ("inventory", "gone"),
    [
        (held(image("r:1", layers="abc"), layer_bytes=SIZES), Freed(bytes=41)),
        (held(image("r:1", layers="abc"), image("s:1", layers="ab"), layer_bytes=SIZES), Freed(bytes=4)),
        (held(image("r:1", "r:2", layers="abc"), layer_bytes=SIZES), Freed()),
        (
            held(image("r:1", layers="abc"), layer_bytes=SIZES, build_cache_shared=True),
            Freed(bytes=41, certainty=Certainty.AT_MOST, why=BUILD_CACHE),
        ),
        (
            held(image("r:1", layers="abc"), image("s:1", layers="a")),
            Freed(bytes=None, certainty=Certainty.ABOUT, why=UNMEASURED),
        ),
        (held(image("r:1", layers="abc")), Freed(bytes=1000)),
    ],
    ids=["alone", "shared", "only a name", "build cache", "not measured", "whole, and not measured"],
)
def test_what_is_freed_is_what_nobody_else_has(inventory: Inventory, gone: Freed) -> None:
    """The bytes of the layers that go, exact where they are certain."""
    assert step(inventory, "r:1").freed == gone


@pytest.mark.parametrize(
    ("others", "share"),
    [([], 1000), ([image("s:1", layers="ab")], round(1000 * 4 / 41)), ([image("s:1", layers="abcd")], 0)],
)
def test_the_containerd_store_is_estimated(others: list[Image], share: int) -> None:
    """Of what an image takes with its compressed layers, as much as goes of its unpacked ones: *about*, and why."""
    inventory = held(image("r:1", layers="abc"), *others, layer_bytes=SIZES, store=Store.CONTAINERD)
    assert step(inventory, "r:1").freed == Freed(bytes=share, certainty=Certainty.ABOUT, why=COMPRESSED)


def test_an_image_that_stays_without_a_name_frees_nothing() -> None:
    """The containerd store tells it as deleted and keeps it for its children."""
    inventory = held(
        image("r:1", label="i", layers="ab"),
        image("s:1", parent="i", layers="abc"),
        layer_bytes=SIZES,
        store=Store.CONTAINERD,
    )
    assert step(inventory, "r:1").freed == Freed()
