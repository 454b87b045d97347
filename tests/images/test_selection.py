"""``$(ls -q …)`` as words: Docker's effect where it succeeds, name by name where only the names stand in its way."""

from bot.images.ids import short
from bot.images.inventory import ContainerState, Inventory, Store
from bot.images.listing import BadFilter
from bot.images.removal import Plan, Removed
from bot.images.selection import Selected, select
from tests.images.making import DIGEST, OTHER_DIGEST, container, held, image, image_id, planned, said

FIRST, SECOND = image_id("i"), image_id("j")


def picked(
    inventory: Inventory, pattern: str | None = None, *, force: bool = False, everything: bool = False
) -> Selected:
    """Return the words for what ``ls -q`` lists."""
    selected = select(inventory, pattern, (), everything=everything, force=force)
    assert isinstance(selected, Selected)
    return selected


def carried_out(inventory: Inventory, pattern: str, *, force: bool = False) -> Plan:
    """Return the plan for the words."""
    return planned(inventory, *picked(inventory, pattern, force=force).words, force=force)


def test_an_image_with_one_name_goes_by_its_id() -> None:
    """Once, newest first, and there is nothing to say about it."""
    inventory = held(image("r:1", label="i"), image("r:2", f"r@{DIGEST}", label="j", created=1), image("s:1"))
    assert picked(inventory, "r") == Selected(words=(SECOND, FIRST), notes=())


def test_several_names_that_all_match_go_one_by_one() -> None:
    """Docker would refuse the ID, twice; the last name takes the image with it."""
    inventory = held(image("r:1", "r:2", f"r@{DIGEST}", label="i"))
    assert picked(inventory, "r") == Selected(words=("r:1", "r:2"), notes=())
    assert said(carried_out(inventory, "r").steps[1]) == ["Untagged: r:2", f"Untagged: r@{DIGEST}", f"Deleted: {FIRST}"]


def test_a_name_that_does_not_match_keeps_the_image() -> None:
    """The note says which."""
    inventory = held(image("r:1", "r:2", "s:1", f"s@{OTHER_DIGEST}", label="i"))
    assert picked(inventory, "r") == Selected(words=("r:1", "r:2"), notes=(f"{short(FIRST)} stays: it is also s:1.",))
    assert not any("Deleted" in text for step in carried_out(inventory, "r").steps for text in said(step))


def test_a_digest_that_matches_goes_after_the_tags() -> None:
    """It goes by itself where no tag of its repository does."""
    inventory = held(image("r:1", f"r@{DIGEST}", f"s@{OTHER_DIGEST}", label="i"))
    assert picked(inventory, "?").words == ("r:1", f"s@{OTHER_DIGEST}")


def test_with_force_the_id_goes_and_takes_every_name() -> None:
    """As Docker does; the names that the list did not match are named."""
    inventory = held(image("r:1", "s:1", label="i"))
    assert picked(inventory, "r", force=True) == Selected(
        words=(FIRST,), notes=(f"With --force {short(FIRST)} loses every name: s:1 too.",)
    )
    assert said(carried_out(inventory, "r", force=True).steps[0])[:2] == ["Untagged: r:1", "Untagged: s:1"]


def test_what_docker_refuses_for_another_reason_too_stays_by_its_id() -> None:
    """A container or a child image would refuse it with one name as well: nothing of it is untagged."""
    names = ("r:1", "r:2")
    for inventory in (
        held(image(*names, label="i"), containers=[container("i", ContainerState.RUNNING)]),
        held(image(*names, label="i"), containers=[container("i", ContainerState.EXITED)]),
        held(image(*names, label="i"), image("child:1", parent="i")),
    ):
        assert picked(inventory, "r").words == (FIRST,)
        assert not carried_out(inventory, "r").removes


def test_an_image_is_looked_at_as_those_before_it_leave_it() -> None:
    """The child goes first, so its parent has no child any more when its turn comes."""
    inventory = held(image("r:1", "r:2", label="i", layers="a"), image("r:3", parent="i", layers="ab", created=1))
    assert picked(inventory, "r").words == (image_id("r:3"), "r:1", "r:2")
    assert all(isinstance(step.outcome, Removed) for step in carried_out(inventory, "r").steps)


def test_a_parent_that_was_pruned_is_still_a_word() -> None:
    """With ``-a`` Docker lists it and then does not find it."""
    inventory = held(image(label="i", layers="a"), image("r:3", parent="i", layers="ab", created=1))
    words = picked(inventory, everything=True).words
    assert words == (image_id("r:3"), FIRST)
    assert said(planned(inventory, *words).steps[1]) == [f"not-found: No such image: {FIRST}"]


def test_the_containerd_store_goes_by_names_too() -> None:
    """Where only the names refuse; a digest that would take a tag along that was not listed is left out."""
    digest = f"r@{FIRST}"
    inventory = held(image("r:1", "r:2", digest, label="i"), store=Store.CONTAINERD)
    assert picked(inventory, "r") == Selected(words=("r:1", "r:2"), notes=())
    assert said(carried_out(inventory, "r").steps[1])[-1] == f"Deleted: {FIRST}"
    assert picked(inventory, "r:1") == Selected(words=("r:1",), notes=(f"{short(FIRST)} stays: it is also r:2.",))
    assert picked(inventory, "r@*").words == ()


def test_the_containerd_store_goes_by_id_where_a_container_refuses() -> None:
    """There a child is no obstacle, a container is."""
    image_ = image("r:1", "r:2", label="i")
    used = held(image_, containers=[container("i")], store=Store.CONTAINERD)
    assert picked(used, "r").words == (FIRST,)
    parent = held(image_, image("child:1", parent="i"), store=Store.CONTAINERD)
    assert picked(parent, "r").words == ("r:1", "r:2")


def test_nothing_listed_is_no_word() -> None:
    """An unknown name lists nothing, which is no error."""
    assert picked(held(image("r:1")), "nope") == Selected(words=(), notes=())


def test_a_bad_filter_is_told() -> None:
    """There is no selection then."""
    assert select(held(), "[", (), everything=False, force=False) == BadFilter(message="syntax error in pattern")
