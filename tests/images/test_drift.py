"""What is different between the plan that was approved and the same words now."""

from dataclasses import replace

from bot.images.doubts import BUILD_CACHE
from bot.images.drift import Drift, difference
from bot.images.ids import short
from bot.images.inventory import ContainerState, Inventory
from bot.images.removal import Removed
from tests.images.making import chains, container, held, image, image_id, planned

A, B = short(image_id("a")), short(image_id("b"))
APPROVED = held(image("r:1", label="a", layers="ab"), image("s:1", label="b", layers="c"))


def drift(now: Inventory, *words: str) -> Drift:
    """Return the drift of a plan for these words."""
    return difference(planned(APPROVED, *words).steps, planned(now, *words).steps)


def test_nothing_is_different_where_nothing_is() -> None:
    """The same inventory again is no drift."""
    assert drift(APPROVED, "r:1", "nope") == Drift(material=False, lines=())


def test_a_tag_that_moved_is_material() -> None:
    """The name means another image now; both are named."""
    now = held(image(label="a", layers="ab"), image("r:1", label="b", layers="c"))
    assert drift(now, "r:1") == Drift(material=True, lines=(f"- r:1  {A}", f"+ r:1  {B}"))


def test_an_image_that_is_gone_is_material() -> None:
    """It means nothing now."""
    assert drift(held(), "r:1") == Drift(material=True, lines=(f"- r:1  {A}", "+ r:1  nothing"))


def test_a_new_name_that_keeps_the_image_is_material() -> None:
    """Every line that would not be there any more is one; three at most are shown."""
    now = held(image("r:1", "keep:1", label="a", layers="ab"))
    top, base = reversed(chains("ab"))
    assert drift(now, "r:1") == Drift(
        material=True, lines=(f"- Deleted: {image_id('a')}", f"- Deleted: {top}", f"- Deleted: {base}")
    )


def test_more_than_three_lines_are_counted() -> None:
    """Two are shown, and how many more there are."""
    now = held(image("r:1", "keep:1", label="a", layers="ab"), image("s:1", "keep:2", label="b", layers="c"))
    drifted = drift(now, "r:1", "s:1")
    assert len(drifted.lines) == 3
    assert drifted.lines[2] == "… and 3 more differences"


def test_a_new_holder_of_a_layer_is_material() -> None:
    """A layer that would stay now is a record less."""
    now = replace(APPROVED, images={**APPROVED.images, image_id("new"): image("new:1", label="new", layers="a")})
    assert drift(now, "r:1") == Drift(material=True, lines=(f"- Deleted: {chains('a')[0]}",))


def test_a_new_container_is_material() -> None:
    """What would be removed is refused now, and the line says why."""
    now = replace(APPROVED, containers=(container("a", ContainerState.RUNNING),))
    drifted = drift(now, "r:1")
    assert drifted.material
    assert drifted.lines[0].startswith('+ r:1  stays: conflict: unable to remove repository reference "r:1"')


def test_a_conflict_that_is_gone_is_material() -> None:
    """Nobody approved that it goes."""
    before = replace(APPROVED, containers=(container("a"),))
    drifted = difference(planned(before, "r:1").steps, planned(APPROVED, "r:1").steps)
    assert drifted.material
    assert drifted.lines[0].startswith("- r:1  stayed: conflict")


def test_another_container_in_a_conflict_is_none() -> None:
    """It is refused as before; only the container's name is another."""
    one, other = (replace(APPROVED, containers=(container("a", name=name),)) for name in ("one", "other"))
    assert not difference(planned(one, "r:1").steps, planned(other, "r:1").steps).material


def test_another_kind_of_refusal_is_material() -> None:
    """A name that was invalid to one version and is missing on another is told."""
    before, now = planned(APPROVED, "nope").steps[0], planned(APPROVED, "Nope").steps[0]
    same_word = replace(now, removal=before.removal)
    assert difference([before], [same_word]).material


def test_sizes_and_certainty_are_no_drift() -> None:
    """Bytes that were measured meanwhile, or a build cache, change nothing about what goes."""
    now = replace(APPROVED, layer_bytes=dict.fromkeys(chains("ab"), 7), build_cache_shared=True)
    assert drift(now, "r:1") == Drift(
        material=False,
        lines=(
            f"r:1  is now at most: {BUILD_CACHE}",
            "r:1  frees 14 bytes instead of 1,000 bytes",
        ),
    )


def test_the_rest_of_a_plan_is_held_against_the_rest() -> None:
    """After a restart only the steps that are left are compared, and another number of them is material."""
    steps = planned(APPROVED, "r:1", "s:1").steps
    fresh = planned(held(image("s:1", label="b", layers="c")), "s:1").steps
    assert not difference(steps[1:], fresh).material
    assert difference(steps, fresh[:0]) == Drift(material=True, lines=("0 steps instead of 2",))
    assert difference(steps[:1], fresh) == Drift(material=True, lines=("- r:1", "+ s:1"))


def test_the_same_lines_in_another_order_are_material() -> None:
    """The record would not be what was shown."""
    step = planned(APPROVED, "r:1").steps[0]
    assert isinstance(step.outcome, Removed)
    turned = replace(step, outcome=Removed(records=step.outcome.records[::-1]))
    assert difference([step], [turned]) == Drift(material=True, lines=("r:1  goes in another order",))
