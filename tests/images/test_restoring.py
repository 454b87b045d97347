"""What can be put back of what a request removed: pulled by digest, tagged as it was, and never over another image."""

from dataclasses import replace

import pytest

from bot.images.grades import Grade, Graded
from bot.images.inventory import Image, Inventory, Store
from bot.images.removal import Refused, Removed
from bot.images.restoral import (
    NotPutBack,
    Obstacle,
    PutBack,
    Restoral,
    RestorePlan,
    RestoreStep,
    changing,
    gain_line,
)
from bot.images.restoring import STAYS_A_NAME, by_digest, restorals, restore_difference, restore_plan
from tests.images.making import DIGEST, OTHER_DIGEST, held, image, image_id, planned

REDIS = image("redis:7", "redis:latest", f"redis@{DIGEST}", layers="ab")
NGINX = image("nginx:1", f"nginx@{OTHER_DIGEST}", layers="ac")
BUILT = image("shop:2", layers="ad")


def taken(inventory: Inventory, *words: str, force: bool = False) -> tuple[Restoral, ...]:
    """Return what there is to put back after these words were removed as predicted."""
    steps = planned(inventory, *words, force=force).steps
    removed = [(step, step.outcome) for step in steps if isinstance(step.outcome, Removed)]
    assert not any(isinstance(step.outcome, Refused) for step in steps)
    return restorals(removed, inventory.store)


def back(wanted: tuple[Restoral, ...], *there: Image, store: Store = Store.CLASSIC) -> RestorePlan:
    """Return the plan to put these back where those images are there by now."""
    return restore_plan(7, "restore 7", wanted, held(*there, store=store))


def said(step: RestoreStep) -> list[str]:
    """Return what a step would gain, or why it would do nothing."""
    match step.outcome:
        case PutBack(gains=gains):
            return [gain_line(gain) for gain in gains]
        case NotPutBack(obstacle=obstacle):
            return [obstacle.value]


def test_an_image_is_pulled_by_its_digest_and_gets_every_tag_back() -> None:
    """The digest that went along with the tags is what to pull."""
    wanted = taken(held(REDIS), REDIS.id, force=True)
    assert wanted == (Restoral(image_id=REDIS.id, source=f"redis@{DIGEST}", names=("redis:7", "redis:latest")),)
    (step,) = back(wanted).steps
    assert said(step) == [f"Pulled: redis@{DIGEST}", "Tagged: redis:7", "Tagged: redis:latest"]


def test_two_steps_about_one_image_are_one_restoral() -> None:
    """Images are in the order in which they lost their first name."""
    wanted = taken(held(REDIS, NGINX), "redis:7", "nginx:1", "redis:latest")
    assert [(each.word, each.names) for each in wanted] == [
        ("redis:7", ("redis:7", "redis:latest")),
        ("nginx:1", ("nginx:1",)),
    ]


def test_a_name_alone_is_given_back_without_a_pull() -> None:
    """The image stayed, for it had another name."""
    wanted = taken(held(REDIS), "redis:7")
    (step,) = back(wanted, replace(REDIS, references=REDIS.references[1:])).steps
    assert said(step) == ["Tagged: redis:7"]


def test_what_is_there_already_is_not_put_back() -> None:
    """Somebody pulled it meanwhile."""
    plan = back(taken(held(REDIS), REDIS.id, force=True), REDIS)
    assert said(plan.steps[0]) == [Obstacle.PRESENT]
    assert changing(plan) == ()


def test_an_image_without_a_digest_on_record_was_perhaps_the_only_copy() -> None:
    """It was built there and never pushed."""
    plan = back(taken(held(BUILT), "shop:2"))
    assert said(plan.steps[0]) == [Obstacle.NO_DIGEST]


def test_an_untagged_image_that_went_has_no_digest_on_record() -> None:
    """It is called by its ID."""
    lost = image(label="lost", layers="ae")
    (restoral,) = taken(held(lost), lost.id)
    assert (restoral.word, restoral.source) == (lost.id[7:19], None)


def test_a_parent_that_went_along_is_not_wanted_back() -> None:
    """Nobody asked for it, and no name leads to it."""
    parent, child = image(label="parent", layers="a"), image("child:1", layers="ab", parent="parent")
    assert [each.word for each in taken(held(parent, child), "child:1")] == ["child:1"]


def test_a_name_that_another_image_has_now_is_left() -> None:
    """The image gets its other names, and the plan says which it does not."""
    other = image("redis:7", label="other")
    (step,) = back(taken(held(REDIS), REDIS.id, force=True), other).steps
    assert said(step) == [f"Pulled: redis@{DIGEST}", "Tagged: redis:latest"]
    assert isinstance(step.outcome, PutBack)
    assert step.outcome.left == (f"redis:7 now names another image on web-3 ({other.id[7:19]}): left as it is",)


def test_nothing_is_pulled_where_every_name_is_taken() -> None:
    """It would be there without a name, for nobody."""
    plan = back(taken(held(NGINX), "nginx:1"), image("nginx:1", label="other"))
    assert said(plan.steps[0]) == [Obstacle.TAKEN]


def test_the_earlier_of_two_images_gets_a_name_that_both_lost() -> None:
    """Each step is planned on what the one before leaves."""
    first = Restoral(image_id=image_id("one"), source=f"a@{DIGEST}", names=("a:1",))
    second = Restoral(image_id=image_id("two"), source=f"a@{OTHER_DIGEST}", names=("a:1",))
    plan = back((first, second))
    assert said(plan.steps[1]) == [Obstacle.TAKEN]


@pytest.mark.parametrize("word", ["redis:7", f"redis:7@{image_id('redis:7')}"])
def test_containerds_image_id_is_the_digest_to_pull(word: str) -> None:
    """It stays as a name, which the plan says."""
    only = image("redis:7", layers="a")
    (restoral,) = taken(held(only, store=Store.CONTAINERD), word)
    assert restoral == Restoral(image_id=only.id, source=f"redis@{only.id}", names=("redis:7",))
    plan = back((restoral,), store=Store.CONTAINERD)
    assert plan.notes == (STAYS_A_NAME,)


def test_containerds_own_name_for_an_image_without_one_is_none_to_give_back() -> None:
    """The name of its hidden record is in no registry."""
    lost = image(label="lost", dangling=True)
    (restoral,) = taken(held(lost, store=Store.CONTAINERD), lost.id)
    assert (restoral.source, restoral.names) == (None, ())


def test_classic_ignores_the_tag_beside_a_digest() -> None:
    """The name that went was the digest alone."""
    only = image(f"redis@{DIGEST}", layers="a")
    (restoral,) = taken(held(only), f"redis:7@{DIGEST}")
    assert restoral == Restoral(image_id=only.id, source=f"redis@{DIGEST}", names=())


def test_a_registrys_name_stays_in_front() -> None:
    """It is pulled from where it came."""
    only = image("localhost:5000/team/redis:7", f"localhost:5000/team/redis@{DIGEST}")
    (restoral,) = taken(held(only), "localhost:5000/team/redis:7")
    assert restoral.source == f"localhost:5000/team/redis@{DIGEST}"


def test_what_differs_is_material() -> None:
    """A name that would not be given back any more is another plan."""
    wanted = taken(held(REDIS), REDIS.id, force=True)
    other = image("redis:7", label="other")
    drift = restore_difference(back(wanted).steps, back(wanted, other).steps)
    taken_by = f"redis:7 now names another image on web-3 ({other.id[7:19]}): left as it is"
    assert (drift.material, drift.lines) == (True, ("- Tagged: redis:7", f"+ {taken_by}"))


def test_what_came_back_by_itself_is_less_to_do() -> None:
    """The image was pulled meanwhile, or got one of its names: the approval covers what is left."""
    wanted = taken(held(REDIS), REDIS.id, force=True)
    there = replace(REDIS, references=REDIS.references[:1])
    assert not restore_difference(back(wanted).steps, back(wanted, there).steps).material


def test_an_image_that_came_back_by_itself_differs() -> None:
    """There is nothing to do any more."""
    wanted = taken(held(BUILT), "shop:2")
    drift = restore_difference(back(wanted).steps, back(wanted, BUILT).steps)
    assert drift.material
    assert drift.lines[1] == "+ shop:2 is there already"


def test_the_same_plan_does_not_differ() -> None:
    """Nothing changed."""
    wanted = taken(held(REDIS), REDIS.id, force=True)
    assert not restore_difference(back(wanted).steps, back(wanted).steps).material


def test_the_digest_that_a_registry_had_is_taken() -> None:
    """One repository may be gone while another still has it."""
    both = image("a:1", f"a@{DIGEST}", f"b@{OTHER_DIGEST}", label="both")
    steps = planned(held(both), both.id, force=True).steps
    removed = [(step, step.outcome) for step in steps if isinstance(step.outcome, Removed)]
    for grade, source in ((Grade.REPULLABLE, f"b@{OTHER_DIGEST}"), (Grade.UNKNOWN, f"a@{DIGEST}")):
        graded = Graded(image_id=both.id, grade=grade, reference=f"b@{OTHER_DIGEST}")
        (restoral,) = restorals(removed, Store.CLASSIC, (graded,))
        assert restoral.source == source


@pytest.mark.parametrize(
    ("name", "source"),
    [
        (f"redis@{DIGEST}", f"redis@{DIGEST}"),
        (f"redis:7@{DIGEST}", f"redis@{DIGEST}"),
        ("redis:7", None),
        (f"moby-dangling@{DIGEST}", None),
        ("", None),
    ],
)
def test_a_digest_to_pull_by(name: str, source: str | None) -> None:
    """Of a name that was untagged, if it had one that a registry may know."""
    assert by_digest(name) == source
