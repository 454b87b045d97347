"""What registries answer, and the grade that follows for each image that a plan deletes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.images.grades import Grade, Graded
from bot.images.grading import (
    NEVER_SHARED,
    NO_NAME,
    NOT_ASKED,
    Answer,
    Answered,
    Has,
    HasNot,
    Silent,
    askable,
    going,
    graded,
    grades,
    standing,
    wanted,
)
from bot.images.inventory import Image, Store
from bot.images.layers import deleted_images
from tests.images.making import DIGEST, held, image, image_id, planned

AT = datetime(2026, 3, 1, 14, 2, tzinfo=UTC)
HAS, HAS_NOT, SILENT = Has(), HasNot(why="r does not have it"), Silent(why="r did not answer")
PULLED = image("a:1", f"a@{DIGEST}", f"reg:5000/b@{DIGEST}", label="pulled")
A, B = f"a@{DIGEST}", f"reg:5000/b@{DIGEST}"


def of(found: Image, answers: dict[str, Answer], store: Store = Store.CLASSIC) -> Graded:
    """Return the grade of an image that is all that goes."""
    host = replace(held(found), store=store)
    told = {reference: Answered(answer=answer, at=AT) for reference, answer in answers.items()}
    (only,) = graded(planned(host, *(each.familiar for each in found.references)), host, told).graded
    return only


@pytest.mark.parametrize(
    ("answers", "grade", "reference", "why"),
    [
        ({A: HAS, B: HAS_NOT}, Grade.REPULLABLE, A, ""),
        ({A: SILENT, B: HAS}, Grade.REPULLABLE, B, ""),
        ({A: HAS_NOT, B: HAS_NOT}, Grade.ONLY_COPY, A, "r does not have it"),
        ({A: HAS_NOT, B: SILENT}, Grade.UNKNOWN, B, "r did not answer"),
        ({A: HAS_NOT}, Grade.UNKNOWN, B, NOT_ASKED),
        ({}, Grade.UNKNOWN, A, NOT_ASKED),
    ],
)
def test_one_registry_that_has_it_will_do(answers: dict[str, Answer], grade: Grade, reference: str, why: str) -> None:
    """It is the only copy where each says that it has it not, and unknown where one of them does not say."""
    assert of(PULLED, answers) == Graded(
        image_id=PULLED.id, grade=grade, reference=reference, asked_at=None if why == NOT_ASKED else AT, why=why
    )


def test_what_was_never_shared_is_the_only_copy() -> None:
    """The classic store has no digest of what was built or loaded; no registry has to be asked."""
    found = of(image("mine:1", label="built"), {})
    assert (found.grade, found.reference, found.asked_at, found.why) == (Grade.ONLY_COPY, "", None, NEVER_SHARED)


def test_an_image_without_a_name_is_the_only_copy() -> None:
    """Nobody could be asked for it."""
    host = held(image(label="lost"))
    (found,) = graded(planned(host, image_id("lost")), host, {}).graded
    assert (found.grade, found.why) == (Grade.ONLY_COPY, NO_NAME)


@pytest.mark.parametrize(
    ("store", "names", "found"),
    [
        (Store.CLASSIC, ("a:1",), ()),
        (Store.CLASSIC, ("b:1", f"b@{DIGEST}", f"a@{DIGEST}"), (f"a@{DIGEST}", f"b@{DIGEST}")),
        (Store.CONTAINERD, ("b:1", "b:2", "reg:5000/a:1"), (f"b@{image_id('x')}", f"reg:5000/a@{image_id('x')}")),
        (Store.CONTAINERD, (f"b@{image_id('x')}", "b:2"), (f"b@{image_id('x')}",)),
        (Store.CONTAINERD, (), ()),
    ],
)
def test_what_registries_are_asked_for(store: Store, names: tuple[str, ...], found: tuple[str, ...]) -> None:
    """The classic store's digests; on the containerd store the image ID, in the repository of each name."""
    assert askable(image(*names, label="x"), store) == found


def test_only_what_goes_is_asked_for() -> None:
    """Not what only loses a name, nor what stays for a container; what two steps take is asked for once."""
    host = held(
        image("a:1", f"a@{DIGEST}", label="a"),
        image("b:1", "c:1", f"b@{DIGEST}", label="b"),
    )
    only_a = planned(host, "a:1", "b:1", "gone:1")
    assert (going(only_a), wanted(only_a, host)) == ((image_id("a"),), (f"a@{DIGEST}",))
    both = planned(host, "b:1", f"b@{DIGEST}", "c:1", "a:1")
    assert (going(both), wanted(both, host)) == ((image_id("b"), image_id("a")), (f"b@{DIGEST}", f"a@{DIGEST}"))


def test_parents_come_back_with_their_child() -> None:
    """They go along with it, have no name and no layer of their own, and need no grade."""
    host = held(image(label="p", layers="a"), image("child:1", label="c", parent="p", layers="ab"))
    plan = planned(host, "child:1")
    assert deleted_images(step.outcome for step in plan.steps) == [image_id("c"), image_id("p")]
    assert [each.image_id for each in graded(plan, host, {}).graded] == [image_id("c")]


def test_what_nobody_looked_into_is_unknown() -> None:
    """A plan of an earlier version has no grades."""
    assert grades(planned(held(PULLED), PULLED.id, force=True)) == {PULLED.id: Grade.UNKNOWN}


EARLIER = Graded(image_id=PULLED.id, grade=Grade.REPULLABLE, reference=A, asked_at=AT)
NOW_UNKNOWN = Graded(image_id=PULLED.id, grade=Grade.UNKNOWN, reference=A, why="r did not answer")


@pytest.mark.parametrize(
    ("fresh", "earlier", "counts"),
    [
        (replace(NOW_UNKNOWN, asked_at=AT + timedelta(minutes=59)), EARLIER, "earlier"),
        (replace(NOW_UNKNOWN, asked_at=AT + timedelta(minutes=60)), EARLIER, "fresh"),
        (replace(NOW_UNKNOWN, asked_at=AT), replace(EARLIER, grade=Grade.ONLY_COPY), "earlier"),
        (replace(NOW_UNKNOWN, asked_at=AT), None, "fresh"),
        (replace(NOW_UNKNOWN, asked_at=AT), replace(EARLIER, grade=Grade.UNKNOWN), "fresh"),
        (NOW_UNKNOWN, EARLIER, "fresh"),
        (replace(EARLIER, grade=Grade.ONLY_COPY, asked_at=AT), EARLIER, "fresh"),
    ],
)
def test_a_registry_that_is_down_changes_no_grade_for_an_hour(
    fresh: Graded, earlier: Graded | None, counts: str
) -> None:
    """What it says counts at once; where it says nothing, what it said last, unless that is too long ago."""
    assert standing(fresh, earlier) == (earlier if counts == "earlier" else fresh)
    if earlier is not None:
        host = held(PULLED)
        plan = planned(host, PULLED.id, force=True)
        answers = {A: Answered(answer=SILENT, at=AT), B: Answered(answer=SILENT, at=AT)}
        (kept,) = graded(plan, host, answers, (earlier,)).graded
        assert kept == (earlier if earlier.grade is not Grade.UNKNOWN else replace(fresh, asked_at=AT))
