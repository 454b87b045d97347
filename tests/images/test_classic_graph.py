"""Parents and layers on the classic store: what goes with an image, in which order, and what others keep."""

import pytest

from bot.images.inventory import ContainerState, Inventory
from tests.images.making import chains, container, deleted, held, image, image_id, planned, said, step

PARENTS = (
    image(label="base", layers="a"),
    image(label="middle", layers="ab", parent="base"),
    image("top:1", layers="abc", parent="middle"),
)
CHAIN = chains("abc")


def test_parents_that_nothing_needs_go_too() -> None:
    """An image, its layers, its parent, the parent's layers, and so on."""
    assert said(step(held(*PARENTS), "top:1")) == [
        "Untagged: top:1",
        f"Deleted: {image_id('top:1')}",
        f"Deleted: {CHAIN[2]}",
        f"Deleted: {image_id('middle')}",
        f"Deleted: {CHAIN[1]}",
        f"Deleted: {image_id('base')}",
        f"Deleted: {CHAIN[0]}",
    ]


def test_without_pruning_the_parents_stay() -> None:
    """With ``--no-prune`` only the image and the layers that no parent has go."""
    assert said(step(held(*PARENTS), "top:1", prune=False)) == [
        "Untagged: top:1",
        f"Deleted: {image_id('top:1')}",
        f"Deleted: {CHAIN[2]}",
    ]


@pytest.mark.parametrize(
    "keeper",
    [
        held(PARENTS[0], image("kept:1", label="middle", layers="ab", parent="base"), PARENTS[2]),
        held(*PARENTS, image("other:1", layers="abd", parent="middle")),
        held(*PARENTS, containers=[container("middle", ContainerState.RUNNING)]),
        held(*PARENTS, containers=[container("middle", ContainerState.EXITED)]),
    ],
    ids=["a name", "another child", "a running container", "a stopped container"],
)
@pytest.mark.parametrize("force", [False, True])
def test_pruning_stops_at_the_first_parent_that_is_needed(keeper: Inventory, force: bool) -> None:  # noqa: FBT001
    """A name, another child or any container keeps a parent, and pruning is never forced."""
    assert said(step(keeper, "top:1", force=force))[-1] == f"Deleted: {CHAIN[2]}"


def test_a_parent_that_is_not_there_is_no_parent() -> None:
    """An image can name a parent that the daemon does not hold (it was built elsewhere)."""
    assert said(step(held(PARENTS[2]), "top:1"))[-1] == f"Deleted: {CHAIN[0]}"


def test_layers_that_others_have_stay() -> None:
    """Shared layers go with the last image that has them, each with what lies on it."""
    inventory = held(image("alpha:1", layers="abx"), image("beta:1", layers="ay"), image("gamma:1", layers="abz"))
    steps = planned(inventory, "alpha:1", "gamma:1", "beta:1").steps
    assert [said(step)[2:] for step in steps] == [
        deleted("abx", down_to="ab"),
        deleted("abz", down_to="a"),
        deleted("ay"),
    ]


def test_the_same_content_on_other_layers_is_another_layer() -> None:
    """Chain IDs tell a layer by everything below it; a layer that comes twice in one image has two."""
    inventory = held(image("alpha:1", layers="ab"), image("beta:1", layers="ba"), image("twice:1", layers="cc"))
    assert said(step(inventory, "alpha:1"))[2:] == deleted("ab")
    assert len(set(said(step(inventory, "twice:1"))[2:])) == 2


def test_two_images_of_the_same_layers() -> None:
    """The first to go takes no layer with it."""
    steps = planned(held(image("alpha:1", layers="ab"), image("beta:1", layers="ab")), "alpha:1", "beta:1").steps
    assert [said(step)[2:] for step in steps] == [[], deleted("ab")]


def test_a_container_holds_the_layers_of_an_image_that_was_forced_away() -> None:
    """They stay for the container, from whichever image they would go later."""
    inventory = held(image("alpha:1", layers="ab"), image("beta:1", layers="abc"), containers=[container("alpha:1")])
    steps = planned(inventory, "alpha:1", "beta:1", force=True).steps
    assert said(steps[0]) == ["Untagged: alpha:1", f"Deleted: {image_id('alpha:1')}"]
    assert said(steps[1])[2:] == deleted("abc", down_to="ab")


def test_the_inventory_is_left_as_it_was() -> None:
    """Predicting changes a copy: the same plan can be made again."""
    inventory = held(*PARENTS)
    assert planned(inventory, "top:1") == planned(inventory, "top:1")
    assert len(inventory.images) == 3
