"""Docker's decisions on the containerd store, one by one (moby, ``daemon/containerd/image_delete.go``)."""

from dataclasses import dataclass

import pytest

from bot.images.ids import short
from bot.images.inventory import Container, ContainerState, Image, Inventory, Store
from bot.images.removal import DeletedLayer, Removed
from bot.images.resolve import resolve
from bot.images.stores import remove
from bot.images.world import World
from tests.images.making import chains, container, held, image, image_id, planned, said, step

RUNNING = [ContainerState.RUNNING, ContainerState.PAUSED, ContainerState.RESTARTING]
STOPPED = [ContainerState.CREATED, ContainerState.EXITED, ContainerState.DEAD, ContainerState.REMOVING]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One removal of something on a daemon with one image called ``i``, and what Docker says.

    ``left`` are the names that the image has afterwards; None where it is gone.
    """

    names: tuple[str, ...]
    word: str
    says: tuple[str, ...]
    force: bool = False
    used: ContainerState | None = None
    hidden: bool = False
    child: bool = False
    left: tuple[str, ...] | None = ()


ID = image_id("i")
I12 = short(ID)
USER = container("i", name="cache-1")
C12 = short(USER.id)
D, E = f"r@{ID}", f"s@{ID}"
HIDDEN = f"Untagged: moby-dangling@{ID}"
GONE = f"Deleted: {ID}"
CONFLICT = "conflict: conflict: unable to delete"
MULTI = f"{CONFLICT} {I12} (must be forced) - image is referenced in multiple repositories"
RUNS = f"{CONFLICT} {I12} (cannot be forced) - image is being used by running container {C12}"
STOPS = f"{CONFLICT} {I12} (must be forced) - image is being used by stopped container {C12}"


def in_use(word: str) -> str:
    """Return the conflict of a removal by name."""
    return f"{CONFLICT} {word} (must be forced) - container {C12} is using its referenced image {I12}"


def missing(word: str) -> str:
    """Return what is said of a word that means nothing."""
    return f"not-found: No such image: {word}"


EXITED, UP = ContainerState.EXITED, ContainerState.RUNNING

CASES = {
    "C1: another tag stays": Case(names=("r:1", "r:2"), word="r:1", says=("Untagged: r:1",), left=("r:2",)),
    "C1: another repository stays, with force too": Case(
        names=("r:1", "s:1"), word="r:1", says=("Untagged: r:1",), force=True, left=("s:1",)
    ),
    "C1: a container does not matter": Case(
        names=("r:1", "s:1"), word="r:1", says=("Untagged: r:1",), used=UP, left=("s:1",)
    ),
    "C1: the last tag of its repository takes the digest along": Case(
        names=("r:1", D, "s:1"), word="r:1", says=("Untagged: r:1", f"Untagged: {D}"), left=("s:1",)
    ),
    "C1: the digest stays with another tag of its repository": Case(
        names=("r:1", "r:2", D), word="r:1", says=("Untagged: r:1",), left=("r:2", D)
    ),
    "C1: the hidden record is told": Case(
        names=("r:1", "s:1"), word="r:1", says=("Untagged: r:1", HIDDEN), hidden=True, left=("s:1",)
    ),
    "C1: a held digest takes every tag of its repository": Case(
        names=("r:1", "r:2", D, "s:1"),
        word=D,
        says=("Untagged: r:1", "Untagged: r:2", f"Untagged: {D}"),
        left=("s:1",),
    ),
    "C2: a stopped container": Case(names=("r:1",), word="r:1", says=(in_use("r:1"),), used=EXITED, left=("r:1",)),
    "C2: a running container": Case(names=("r:1",), word="r:1", says=(in_use("r:1"),), used=UP, left=("r:1",)),
    "C2: a tag and its digest are one": Case(
        names=("r:1", D), word="r:1", says=(in_use("r:1"),), used=EXITED, left=("r:1", D)
    ),
    "C3: force only untags, though the container is stopped": Case(
        names=("r:1",), word="r:1", says=("Untagged: r:1",), force=True, used=EXITED
    ),
    "C3: force only untags, and the digest stays": Case(
        names=("r:1", D), word="r:1", says=("Untagged: r:1",), force=True, used=UP, left=(D,)
    ),
    "C4: the only tag": Case(names=("r:1",), word="r:1", says=("Untagged: r:1", GONE), left=None),
    "C4: a tag and its digest": Case(
        names=("r:1", D), word="r:1", says=("Untagged: r:1", f"Untagged: {D}", GONE), left=None
    ),
    "C4: the hidden record is not told": Case(
        names=("r:1",), word="r:1", says=("Untagged: r:1", GONE), hidden=True, left=None
    ),
    "C4: with a child it is told as deleted and stays": Case(
        names=("r:1",), word="r:1", says=("Untagged: r:1", GONE), child=True
    ),
    "C4: with a child and force it goes": Case(
        names=("r:1",), word="r:1", says=("Untagged: r:1", GONE), child=True, force=True, left=None
    ),
    "C5: a digest of another repository": Case(names=("r:1",), word=E, says=(missing(E),), left=("r:1",)),
    "C5: the hidden record is of every repository": Case(
        names=("r:1",), word=E, says=(HIDDEN,), hidden=True, left=("r:1",)
    ),
    "C6: a digest takes every tag of its repository": Case(
        names=("r:1", "r:2", "s:1"), word=D, says=("Untagged: r:1", "Untagged: r:2"), used=UP, left=("s:1",)
    ),
    "C7: a digest of the only repository": Case(
        names=("r:1", "r:2"), word=D, says=("Untagged: r:1", "Untagged: r:2", GONE), left=None
    ),
    "C7: a digest, and a stopped container": Case(
        names=("r:1", "r:2"), word=D, says=(STOPS,), used=EXITED, left=("r:1", "r:2")
    ),
    "C7: a digest, and a running container": Case(
        names=("r:1",), word=D, says=(RUNS,), used=UP, force=True, left=("r:1",)
    ),
    "C7b: a tag and a digest mean the tag": Case(
        names=("r:1", "r:2"), word=f"r:1@{ID}", says=("Untagged: r:1",), left=("r:2",)
    ),
    "C7b: the only tag and a digest": Case(names=("r:1",), word=f"r:1@{ID}", says=("Untagged: r:1", GONE), left=None),
    "C7b: another tag and a digest": Case(
        names=("r:1",), word=f"r:9@{ID}", says=(missing(f"r:9@{ID}"),), left=("r:1",)
    ),
    "C7b: a name with tag and digest that is held": Case(
        names=("r:1", f"r:1@{ID}", "s:1"),
        word=f"r:1@{ID}",
        says=("Untagged: r:1", f"Untagged: r:1@{ID}"),
        left=("s:1",),
    ),
    "C8: an ID with a running container": Case(names=("r:1",), word=ID, says=(RUNS,), used=UP, left=("r:1",)),
    "C8: force does not help": Case(
        names=("r:1", "s:1"), word=I12, says=(RUNS,), used=UP, force=True, left=("r:1", "s:1")
    ),
    "C9: an ID with a stopped container": Case(names=("r:1",), word=I12, says=(STOPS,), used=EXITED, left=("r:1",)),
    "C9: the container comes before the names": Case(
        names=("r:1", "s:1"), word=I12, says=(STOPS,), used=EXITED, left=("r:1", "s:1")
    ),
    "C10: an ID with two tags": Case(names=("r:1", "r:2"), word=I12, says=(MULTI,), left=("r:1", "r:2")),
    "C10: an ID with two repositories": Case(names=("r:1", "s:1"), word=ID, says=(MULTI,), left=("r:1", "s:1")),
    "C11: an ID with one tag": Case(names=("r:1",), word=I12, says=("Untagged: r:1", GONE), left=None),
    "C11: an ID with a tag and its digest": Case(
        names=("r:1", D), word=ID, says=("Untagged: r:1", f"Untagged: {D}", GONE), left=None
    ),
    "C11: an ID with a tag and the hidden record": Case(
        names=("r:1",), word=ID, says=("Untagged: r:1", GONE), hidden=True, left=None
    ),
    "C11: an ID without a name": Case(names=(), word=I12, says=(GONE,), left=None),
    "C11: an ID with force takes every name, in the store's order": Case(
        names=("zeta:1", "m/x:1", "alpha-b:1", "alpha:2", "localhost:5000/q:1"),
        word=ID,
        force=True,
        used=EXITED,
        says=(
            "Untagged: alpha-b:1",
            "Untagged: alpha:2",
            "Untagged: zeta:1",
            "Untagged: m/x:1",
            "Untagged: localhost:5000/q:1",
            GONE,
        ),
        left=None,
    ),
    "C11: a child does not matter to an ID": Case(
        names=("r:1",), word=I12, says=("Untagged: r:1", GONE), child=True, left=None
    ),
    "the hidden record by its name": Case(
        names=("r:1",), word=f"moby-dangling@{ID}", says=(HIDDEN,), hidden=True, left=("r:1",)
    ),
    "the hidden record by its name, and no other": Case(names=(), word=f"moby-dangling@{ID}", says=(GONE,), left=None),
    "a name that is how the ID begins goes by ID": Case(
        names=("sha:latest",), word="sha", says=("Untagged: sha:latest", GONE), left=None
    ),
    "such a name and a digest are several": Case(
        names=("sha:latest", f"sha@{ID}"), word="sha", says=(MULTI,), left=("sha:latest", f"sha@{ID}")
    ),
    "such a name and a child": Case(names=("sha:latest",), word="sha", says=("Untagged: sha:latest", GONE), child=True),
    "such a name, a stopped container and force": Case(
        names=("sha:latest",), word="sha", says=("Untagged: sha:latest", GONE), force=True, used=EXITED, left=None
    ),
}


def store(*images: Image, containers: tuple[Container, ...] = ()) -> Inventory:
    """Return a daemon with the containerd store."""
    return held(*images, containers=containers, store=Store.CONTAINERD)


def inventory(case: Case) -> Inventory:
    """Return what the daemon of a case holds."""
    own = image(*case.names, label="i", layers="ab", dangling=case.hidden or not case.names)
    children = [image("child:1", parent="i")] if case.child else []
    return store(own, *children, containers=(container("i", case.used, name="cache-1"),) if case.used else ())


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_docker_says(case: Case) -> None:
    """For each row of the table: the records in order, or the refusal in Docker's words."""
    assert said(step(inventory(case), case.word, force=case.force)) == list(case.says)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_is_left(case: Case) -> None:
    """The image has these names afterwards, and without any it is held as dangling; or it is gone."""
    world = World(inventory(case))
    remove(world, case.word, resolve(world, case.word), force=case.force, prune=True)
    left = {reference.familiar for reference in world.references[ID]} if ID in world.images else None
    assert left == (None if case.left is None else set(case.left))
    assert left or (ID in world.dangling) is (left is not None)


@pytest.mark.parametrize("state", [*RUNNING, *STOPPED])
def test_every_state_of_a_container_blocks_one_way_or_the_other(state: ContainerState) -> None:
    """Paused and restarting count as running; created, dead and being removed as stopped."""
    case = Case(names=("r:1",), word=ID, says=(), used=state)
    assert said(step(inventory(case), ID)) == [RUNS if state in RUNNING else STOPS]


BUILT = store(
    image(label="base", dangling=True),
    image(label="mid", parent="base", dangling=True),
    image("top:1", parent="mid"),
)
MID, BASE, TOP = image_id("mid"), image_id("base"), image_id("top:1")


def test_parents_without_a_name_go_too() -> None:
    """From the nearest on; not with --no-prune."""
    assert said(step(BUILT, "top:1")) == ["Untagged: top:1", f"Deleted: {TOP}", f"Deleted: {MID}", f"Deleted: {BASE}"]
    assert said(step(BUILT, "top:1", prune=False)) == ["Untagged: top:1", f"Deleted: {TOP}"]


def test_parents_stay_where_one_of_them_is_missing() -> None:
    """The store follows them to the end before it deletes anything."""
    without_base = store(*(BUILT.images[i] for i in (MID, TOP)))
    assert said(step(without_base, "top:1")) == ["Untagged: top:1", f"Deleted: {TOP}"]


def test_parents_stay_where_the_image_had_several_records() -> None:
    """Its own names count as an obstacle to theirs, the hidden one too."""
    for top in (image("top:1", "top:2", parent="mid"), image("top:1", parent="mid", dangling=True)):
        there = store(*(BUILT.images[i] for i in (BASE, MID)), top)
        assert said(step(there, top.id, force=True))[-1] == f"Deleted: {TOP}"


def test_parents_go_up_to_the_first_with_a_name_or_a_container() -> None:
    """Of a parent's records the first counts: one that comes before the hidden one keeps it."""
    base, top = BUILT.images[BASE], BUILT.images[TOP]
    named = store(base, image("mid:1", label="mid", parent="base", dangling=True), top)
    assert said(step(named, "top:1"))[1:] == [f"Deleted: {TOP}"]
    used = store(*BUILT.images.values(), containers=(container("base"),))
    assert said(step(used, "top:1"))[1:] == [f"Deleted: {TOP}", f"Deleted: {MID}"]


def test_a_parent_is_told_as_deleted_though_a_name_keeps_it() -> None:
    """Where the hidden record comes first only that goes."""
    late = image("quay.io/mid:1", label="mid", parent="base", dangling=True)
    made = planned(store(BUILT.images[BASE], late, BUILT.images[TOP]), "top:1", "quay.io/mid:1")
    assert said(made.steps[0])[1:] == [f"Deleted: {TOP}", f"Deleted: {MID}", f"Deleted: {BASE}"]
    assert said(made.steps[1]) == ["Untagged: quay.io/mid:1", f"Deleted: {MID}"]


def test_a_parent_that_other_images_were_built_on_goes_too() -> None:
    """The first child takes it along; the second finds its parents incomplete."""
    made = planned(store(*BUILT.images.values(), image("other:1", parent="mid")), "top:1", "other:1")
    assert [len(said(step)) for step in made.steps] == [4, 2]


def test_parents_in_a_circle_end() -> None:
    """No daemon makes them, but one might tell of them."""
    circle = store(image("top:1", parent="mid"), image(label="mid", parent="top:1", dangling=True))
    assert said(step(circle, "top:1"))[1:] == [f"Deleted: {TOP}", f"Deleted: {MID}"]


def test_no_layers_are_told() -> None:
    """This store deletes them and says nothing; those that another image has are told as staying."""
    alone = step(store(image("r:1", label="i", layers="ab")), "r:1")
    assert isinstance(alone.outcome, Removed)
    assert not any(isinstance(record, DeletedLayer) for record in alone.outcome.records)
    assert alone.stays == ()
    (shared,) = step(store(image("r:1", label="i", layers="abc"), image("s:1", layers="ab")), "r:1").stays
    assert (shared.layers, [holder.name for holder in shared.holders]) == (len(chains("ab")), ["s:1"])


A = ":abcd1"


def test_a_short_id_has_at_least_four_digits() -> None:
    """Fewer are a name only."""
    there = store(image("r:1", label=A))
    assert said(step(there, "abc")) == [missing("abc:latest")]
    assert said(step(there, "sha256:abc")) == [missing("sha256:abc")]
    for word in ("abcd", "sha256:abcd", image_id(A), image_id(A).removeprefix("sha256:")):
        assert said(step(there, word)) == ["Untagged: r:1", f"Deleted: {image_id(A)}"]


def test_what_may_be_several_images_is_ambiguous() -> None:
    """Two IDs that begin so, or an ID and another image's name; the name with its tag is not."""
    two = store(image("r:1", label=A), image("s:1", label=":abcd2"))
    assert said(step(two, "abcd")) == ["not-found: ambiguous reference"]
    name = store(image("r:1", label=A), image("abcd:latest", label="other"))
    assert said(step(name, "abcd")) == ["not-found: ambiguous reference"]
    assert said(step(name, "abcd:latest"))[0] == "Untagged: abcd:latest"


def test_a_name_that_is_how_its_own_id_begins_is_no_ambiguity() -> None:
    """It is sent by name: the answer is the same then, and a child keeps the image; with force it goes by ID."""
    there = store(image("abcd:latest", label=A))
    assert step(there, "abcd").removal.target == "abcd:latest"
    assert step(there, "abcd", force=True).removal.target == image_id(A)


def test_where_such_a_name_is_refused_nothing_is_sent() -> None:
    """By the name with its tag, or by the ID, the daemon might do it."""
    refused = step(store(image("abcd:latest", "abcd:1", label=A)), "abcd")
    assert said(refused) == [MULTI.replace(I12, short(image_id(A)))]
    assert (refused.removal.target, refused.removal.image_id) == (None, image_id(A))


def test_a_digest_that_no_image_has_is_not_found() -> None:
    """Its repository alone means nothing."""
    unknown = f"r@sha256:{'9' * 64}"
    assert said(step(store(image("r:1", label="i")), unknown)) == [missing(unknown)]
