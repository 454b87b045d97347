"""``$(ls -q …)`` as words: Docker's effect where it succeeds, name by name where only the names stand in its way."""

from dataclasses import dataclass

from bot.images.ids import short
from bot.images.inventory import ContainerState, Inventory, Store
from bot.images.listing import BadFilter
from bot.images.predict import Wanted, plan
from bot.images.reference import Reference
from bot.images.removal import Plan, Removed
from bot.images.selection import Listing
from tests.images.making import DIGEST, OTHER_DIGEST, container, held, image, image_id, planned, reference, said

FIRST, SECOND = image_id("i"), image_id("j")


@dataclass(frozen=True, slots=True, kw_only=True)
class Selected:
    """The words that a list became, and the notes on it."""

    words: tuple[str, ...]
    notes: tuple[str, ...]


def listed_plan(inventory: Inventory, *words: str | Listing, force: bool = False) -> Plan:
    """Return the plan for words and lists."""
    made = plan(inventory, Wanted(words=words, force=force))
    assert isinstance(made, Plan)
    return made


def picked(
    inventory: Inventory, pattern: str | None = None, *, force: bool = False, everything: bool = False
) -> Selected:
    """Return the words for what ``ls -q`` lists."""
    made = listed_plan(inventory, Listing(pattern=pattern, everything=everything), force=force)
    return Selected(words=tuple(step.removal.word for step in made.steps), notes=made.notes)


def carried_out(inventory: Inventory, pattern: str, *, force: bool = False) -> Plan:
    """Return the plan for the list; it is that for its words, once they are frozen."""
    made = listed_plan(inventory, Listing(pattern=pattern), force=force)
    assert planned(inventory, *(step.removal.word for step in made.steps), force=force).steps == made.steps
    return made


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


def test_a_parent_that_was_pruned_is_no_word_any_more() -> None:
    """With ``-a`` it is listed, and goes along with what was built on it: each image once."""
    inventory = held(image(label="i", layers="a"), image("r:3", parent="i", layers="ab", created=1))
    assert picked(inventory, everything=True).words == (image_id("r:3"),)


def test_lists_and_words_that_overlap_take_each_image_once() -> None:
    """What a word or a list before took along is not asked for again; what is left of it is."""
    inventory = held(image("r:1", label="i"), image("r:2", "s:2", label="j", created=1))
    both = listed_plan(inventory, Listing(pattern="r"), Listing(pattern="r"))
    assert [step.removal.word for step in both.steps] == ["r:2", FIRST]
    after_a_word = listed_plan(inventory, "r:1", "s:2", Listing(pattern="r"))
    assert [step.removal.word for step in after_a_word.steps] == ["r:1", "s:2", SECOND]
    assert all(isinstance(step.outcome, Removed) for step in (*both.steps, *after_a_word.steps))


def test_lists_that_match_different_names_take_them_all() -> None:
    """The image goes with the first of them, by every name that any of them matched."""
    inventory = held(image("a:1", "b:1", "c:1", label="i"), image("b:2", label="j"))
    made = listed_plan(inventory, Listing(pattern="a"), Listing(pattern="b"))
    assert [step.removal.word for step in made.steps] == ["a:1", "b:1", SECOND]
    assert made.notes == (f"{short(FIRST)} stays: it is also c:1.",)


def test_only_images_that_the_daemon_found_are_listed() -> None:
    """Where the daemon was asked itself, what it did not find is left out."""
    inventory = held(image("r:1", label="i"), image("r:2", label="j"))
    made = listed_plan(inventory, Listing(pattern="r", among={SECOND: frozenset({reference("r:2")})}))
    assert [step.removal.word for step in made.steps] == [SECOND]


def test_only_references_that_the_daemon_found_are_taken() -> None:
    """``until`` goes by each name of the containerd store for itself: the newer name was not listed, and stays."""
    inventory = held(image("r:old", "r:new", label="i"), image(label="j", dangling=True), store=Store.CONTAINERD)
    found = {FIRST: frozenset({reference("r:old")}), SECOND: frozenset[Reference]()}
    made = listed_plan(inventory, Listing(among=found))
    assert [step.removal.word for step in made.steps] == ["r:old", SECOND]
    none = listed_plan(inventory, Listing(pattern="r:new", among=found))
    assert none.steps == ()


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
    assert plan(held(), Wanted(words=["r:1", Listing(pattern="[")])) == BadFilter(message="syntax error in pattern")
