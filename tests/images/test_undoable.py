"""Plans that can be undone: names go, content stays by a guard, and goes when the guard does."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.images.guards import DOMAIN, guard_of, guarded, is_guard, kept_for, label, request_of, unguarded, visible
from bot.images.inventory import ContainerState, Inventory, Store
from bot.images.listing import listed
from bot.images.predict import Wanted, plan
from bot.images.removal import Plan
from bot.images.suggest import closest
from bot.images.undoable import NAMELESS, Undoable, undoable
from bot.images.usage import usage
from bot.images.world import World
from tests.images.making import DIGEST, chains, container, held, image, image_id, planned, said

BOTH = pytest.mark.parametrize("store", [Store.CLASSIC, Store.CONTAINERD])
TAG = label(12, "0a1b2c3d4e5f")


def undone(inventory: Inventory, *words: str, force: bool = False, frozen: bool = False) -> Plan:
    """Return the plan for these words that can be undone."""
    made = undoable(inventory, Wanted(words=words, force=force), Undoable(frozen=frozen))
    assert isinstance(made, Plan), made
    return made


def lines(made: Plan) -> list[list[str]]:
    """Return what Docker prints of each step."""
    return [said(step) for step in made.steps]


def later(made: Plan) -> list[list[str]]:
    """Return what Docker prints when the guards go, without the guards' own lines."""
    return [[line for line in said(step) if DOMAIN not in line] for step in made.reclaims]


@BOTH
def test_a_name_goes_and_its_image_later(store: Store) -> None:
    """What the plan without a guard deletes at once is deleted by the reclaim, record by record."""
    host = held(image("redis:7", layers="ab"), store=store)
    made, plain = undone(host, "redis:7"), planned(host, "redis:7")
    assert lines(made) == [["Untagged: redis:7"]]
    assert later(made) == [said(plain.steps[0])[1:]]
    assert made.reclaims[0].freed == plain.steps[0].freed
    assert [holder.kind for holder in made.steps[0].stays[0].holders] == ["guard"]


@BOTH
@pytest.mark.parametrize("typed", ["redis:7", image_id("redis:7")])
def test_an_id_stands_for_its_names(store: Store, typed: str) -> None:
    """By ID Docker would refuse, so its names go one by one, and are what was approved."""
    made = undone(held(image("redis:7", layers="a"), store=store), typed)
    assert [step.removal.target for step in made.steps] == ["redis:7"]
    assert lines(made) == [["Untagged: redis:7"]]


@BOTH
def test_by_force_an_id_loses_every_name_but_the_guard(store: Store) -> None:
    """With force by ID the guard would go along."""
    made = undone(held(image("redis:7", "cache:1", layers="a"), store=store), image_id("redis:7"), force=True)
    assert lines(made) == [["Untagged: cache:1"], ["Untagged: redis:7"]]
    assert len(later(made)[0]) == (2 if store is Store.CLASSIC else 1)
    assert not made.reclaims[0].removal.force


def test_a_digest_goes_with_the_last_tag_of_its_repository() -> None:
    """As without a guard: and so it is no step of its own."""
    host = held(image("redis:7", f"redis@{DIGEST}", layers="a"))
    made = undone(host, image_id("redis:7"))
    assert lines(made) == [["Untagged: redis:7", f"Untagged: redis@{DIGEST}"]]


@BOTH
def test_an_image_without_a_name_has_nothing_to_untag(store: Store) -> None:
    """Nothing is sent for it; it says so."""
    host = held(image(label="old", layers="a", dangling=store is Store.CONTAINERD), store=store)
    made = undone(host, image_id("old"))
    ((step,), (reclaim,)) = made.steps, made.reclaims
    assert (said(step), step.removal.target, step.hint) == ([], None, NAMELESS)
    assert said(reclaim)[1] == f"Deleted: {image_id('old')}"


@BOTH
def test_what_docker_refuses_stays_refused(store: Store) -> None:
    """With a guard beside it Docker would untag the last name of an image in use: that is not let through."""
    host = held(image("redis:7", layers="a"), containers=[container("redis:7", ContainerState.RUNNING)], store=store)
    assert undone(host, "redis:7").steps == planned(host, "redis:7").steps
    two = held(*host.images.values(), image("nginx:1", layers="b"), containers=host.containers, store=store)
    made = undone(two, "redis:7", "nginx:1")
    assert [said(step)[0].split(":")[0] for step in made.steps] == ["conflict", "Untagged"]
    assert [step.removal.image_id for step in made.reclaims] == [image_id("nginx:1")]


def test_the_stores_own_name_for_an_image_without_one_is_refused() -> None:
    """A guard takes its place, so it could neither be untagged nor put back; the image's ID will do."""
    host = held(image(label="old", layers="a", dangling=True), store=Store.CONTAINERD)
    made = undone(host, f"moby-dangling@{image_id('old')}")
    assert said(made.steps[0])[0].startswith("protected: this is the store's own name")
    assert (made.removes, made.reclaims) == (False, ())


def test_with_force_a_stopped_container_loses_its_image_in_the_end() -> None:
    """The reclaim is forced where the plan without a guard would have been, and only there."""
    host = held(image("redis:7", layers="a"), containers=[container("redis:7")])
    made = undone(host, "redis:7", force=True)
    assert lines(made) == [["Untagged: redis:7"]]
    assert made.reclaims[0].removal.force
    assert f"Deleted: {image_id('redis:7')}" in said(made.reclaims[0])


def test_shared_layers_stay_for_the_others() -> None:
    """Of two images on one base, which both go, the base goes with the second."""
    host = held(image("a:1", layers="xa"), image("b:1", layers="xb"))
    made = undone(host, "a:1", "b:1")
    base = f"Deleted: {chains('x')[0]}"
    assert [base in lines_ for lines_ in later(made)] == [False, True]


def test_parents_go_when_the_guard_of_their_child_does() -> None:
    """Untagged parents of the classic builder are pruned with it, as without a guard."""
    host = held(image(label="parent", layers="a"), image("child:1", layers="ab", parent="parent"))
    made, plain = undone(host, "child:1"), planned(host, "child:1")
    assert later(made) == [said(plain.steps[0])[1:]]


@BOTH
def test_it_is_planned_alike_while_the_guards_are_there(store: Store) -> None:
    """As it is at the claim, and when what is left goes on after an interruption."""
    host = held(image("redis:7", "cache:1", layers="a"), image(label="old", dangling=True), store=store)
    words = ("redis:7", "cache:1", str(image_id("old")))
    before = undone(host, *words)
    kept = guarded(host, [image_id("redis:7"), image_id("old")], TAG)
    again = undoable(kept, Wanted(words=words), Undoable(tag=TAG, frozen=True))
    assert isinstance(again, Plan)
    assert [(s.removal, s.outcome) for s in again.steps] == [(s.removal, s.outcome) for s in before.steps]


def test_a_frozen_id_is_one_step() -> None:
    """An image that had no name when asked and has two by now is refused, for nobody has seen those."""
    host = held(image("new:1", "new:2", label="old", layers="a"))
    made = undone(host, image_id("old"), force=True, frozen=True)
    assert [said(step) for step in made.steps] == [
        [f"conflict: {image_id('old')[7:19]} has got the name new:1, and had none"]
    ]


GUARDED = held(
    image("redis:7", f"{DOMAIN}/{image_id('redis:7')[7:]}:{TAG}", layers="a"),
    image(f"{DOMAIN}/{image_id('gone')[7:]}:{TAG}", label="gone", layers="ab"),
)


def test_guards_are_hidden_from_lists() -> None:
    """An image with no other name is not listed at all: dangling it is not."""
    rows = listed(visible(GUARDED), None, (), everything=True)
    assert isinstance(rows, tuple)
    assert [[r.familiar for r in row.references] for row in rows] == [["redis:7"]]
    assert closest(World(GUARDED), f"{DOMAIN}/x") == ()
    assert World(GUARDED).name(image_id("gone")) == image_id("gone")[7:19]


def test_what_is_kept_for_an_undo_is_not_to_be_cleaned_up() -> None:
    """A host's numbers have it in the whole, and not in what no container uses: nobody could remove it."""
    found = usage(GUARDED)
    assert (found.whole.images, found.idle.images, found.nameless.images) == (2, 1, 0)
    assert usage(unguarded(GUARDED, None)).idle.images == 2


@pytest.mark.parametrize("force", [True, False])
@pytest.mark.parametrize("word", [image_id("gone"), image_id("redis:7"), f"{DOMAIN}/{image_id('gone')[7:]}:{TAG}"])
def test_guards_are_not_removed_when_asked_for(word: str, *, force: bool) -> None:
    """Neither by their name nor with the ID of their image, and the answer says what to do."""
    (step,) = planned(GUARDED, word, force=force).steps
    assert said(step)[0].startswith("protected: ")
    assert "is kept for the undo of request 12: press Reclaim now there" in said(step)[0]
    ends = {TAG: datetime(2026, 3, 2, 12, tzinfo=UTC), "request-12-00000000": datetime(2027, 1, 1, tzinfo=UTC)}
    (step,) = planned(replace(GUARDED, windows=ends), word, force=force).steps
    assert "is kept for the undo of request 12 until 2026-03-02 12:00 UTC: press Reclaim now there" in said(step)[0]


def test_another_name_of_a_guarded_image_may_go() -> None:
    """Its content stays for the undo, and the plan says so."""
    (step,) = planned(GUARDED, "redis:7").steps
    assert said(step) == ["Untagged: redis:7"]
    assert [holder.name for stays in step.stays for holder in stays.holders] == ["kept for the undo of request 12"]


def test_a_guard_says_whose_it_is() -> None:
    """By its tag; one of a plan has none yet."""
    guard = guard_of(image_id("redis:7"), TAG)
    assert (is_guard(guard), request_of(guard), kept_for([guard], {})) == (True, 12, "kept for the undo of request 12")
    assert kept_for([guard_of(image_id("redis:7"), "planned")], {}) == "kept for an undo"
    made = plan(GUARDED, Wanted(words=[guard.familiar], guards=True))
    assert isinstance(made, Plan)
    assert made.removes
