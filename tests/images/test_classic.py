"""Docker's decisions on the classic store, one by one (moby, ``daemon/images/image_delete.go``)."""

from dataclasses import dataclass

import pytest

from bot.images.ids import short
from bot.images.inventory import Container, ContainerState, Image
from tests.images.making import (
    DIGEST,
    OTHER_DIGEST,
    container,
    deleted,
    held,
    image,
    image_id,
    planned,
    said,
    step,
)

RUNNING = [ContainerState.RUNNING, ContainerState.PAUSED, ContainerState.RESTARTING]
STOPPED = [ContainerState.CREATED, ContainerState.EXITED, ContainerState.DEAD, ContainerState.REMOVING]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One removal of something on a daemon with one image called ``i``, and what Docker says."""

    names: tuple[str, ...]
    word: str
    says: tuple[str, ...]
    force: bool = False
    used: ContainerState | None = None
    child: bool = False


ID = image_id("i")
I12 = short(ID)
USER = container("i", name="cache-1")
C12 = short(USER.id)
D, E = f"r@{DIGEST}", f"s@{OTHER_DIGEST}"
GONE = (f"Deleted: {ID}", *deleted("ab"))
KEPT = (f"Deleted: {ID}",)
MULTI = f"conflict: conflict: unable to delete {I12} (must be forced) - image is referenced in multiple repositories"
CHILDREN = f"conflict: conflict: unable to delete {I12} (cannot be forced) - image has dependent child images"
RUNS = f"conflict: conflict: unable to delete {I12} (cannot be forced) - image is being used by running container {C12}"
STOPS = f"conflict: conflict: unable to delete {I12} (must be forced) - image is being used by stopped container {C12}"


def in_use(word: str) -> str:
    """Return the conflict of a removal by name."""
    return (
        f'conflict: conflict: unable to remove repository reference "{word}" (must force)'
        f" - container {C12} is using its referenced image {I12}"
    )


CASES = {
    "the only tag": Case(names=("r:1",), word="r:1", says=("Untagged: r:1", *GONE)),
    "the short name prints the tag": Case(names=("r:latest",), word="r", says=("Untagged: r:latest", *GONE)),
    "one of two tags": Case(names=("r:1", "r:2"), word="r:1", says=("Untagged: r:1",)),
    "force by name takes no other name": Case(names=("r:1", "s:1"), word="r:1", force=True, says=("Untagged: r:1",)),
    "the last tag takes its digests": Case(
        names=("r:1", D), word="r:1", says=("Untagged: r:1", f"Untagged: {D}", *GONE)
    ),
    "another tag of the repository keeps the digests": Case(
        names=("r:1", "r:2", D), word="r:1", says=("Untagged: r:1",)
    ),
    "the last tag of one repository": Case(
        names=("r:1", D, "s:1", E), word="r:1", says=("Untagged: r:1", f"Untagged: {D}")
    ),
    "a digest of another repository keeps the image": Case(names=("r:1", E), word="r:1", says=("Untagged: r:1",)),
    "a digest leaves the tag": Case(names=("r:1", D), word=D, says=(f"Untagged: {D}",)),
    "the only digest": Case(names=(D,), word=D, says=(f"Untagged: {D}", *GONE)),
    "a tag beside a digest is only printed": Case(
        names=("r:1", D), word=f"r:1@{DIGEST}", says=(f"Untagged: r:1@{DIGEST}",)
    ),
    "by ID with one tag": Case(names=("r:1",), word=I12, says=("Untagged: r:1", *GONE)),
    "by ID with a tag and its digest": Case(names=("r:1", D), word=ID, says=("Untagged: r:1", f"Untagged: {D}", *GONE)),
    "by ID with digests only": Case(
        names=(D, f"r@{OTHER_DIGEST}"), word=I12, says=(f"Untagged: {D}", f"Untagged: r@{OTHER_DIGEST}", *GONE)
    ),
    "by ID without a name": Case(names=(), word=I12, says=GONE),
    "by ID with two tags": Case(names=("r:1", "r:2"), word=I12, says=(MULTI,)),
    "by ID with a digest of another repository": Case(names=("r:1", E), word=I12, says=(MULTI,)),
    "by ID with digests of two repositories": Case(names=(D, E), word=I12, says=(MULTI,)),
    "by ID with force, names in Docker's order": Case(
        names=("localhost:5000/q:1", "m/x:1", "alpha-b:1", "alpha:9", "alpha:10", f"alpha@{DIGEST}"),
        word=I12,
        force=True,
        says=(
            "Untagged: alpha-b:1",
            "Untagged: alpha:10",
            "Untagged: alpha:9",
            f"Untagged: alpha@{DIGEST}",
            "Untagged: m/x:1",
            "Untagged: localhost:5000/q:1",
            *GONE,
        ),
    ),
    "children, last name": Case(names=("r:1",), word="r:1", child=True, says=("Untagged: r:1",)),
    "children, by ID": Case(names=("r:1",), word=I12, child=True, says=(CHILDREN,)),
    "children, by ID with force": Case(names=("r:1",), word=I12, child=True, force=True, says=(CHILDREN,)),
    "children come before running containers": Case(
        names=("r:1",), word=I12, child=True, used=ContainerState.RUNNING, says=(CHILDREN,)
    ),
    "running comes before several names": Case(
        names=("r:1", "s:1"), word=I12, used=ContainerState.RUNNING, says=(RUNS,)
    ),
    "several names come before stopped": Case(
        names=("r:1", "s:1"), word=I12, used=ContainerState.EXITED, says=(MULTI,)
    ),
    "a container does not keep one of two names": Case(
        names=("r:1", "s:1"), word="r:1", used=ContainerState.RUNNING, says=("Untagged: r:1",)
    ),
    "a container keeps a digest beside its tag": Case(
        names=("r:1", D), word=D, used=ContainerState.EXITED, says=(in_use(D),)
    ),
    "a conflict names what was typed": Case(
        names=("r:latest",),
        word="docker.io/library/r",
        used=ContainerState.EXITED,
        says=(in_use("docker.io/library/r"),),
    ),
    **{
        f"{state}, by name": Case(names=("r:1",), word="r:1", used=state, says=(in_use("r:1"),))
        for state in ContainerState
    },
    **{
        f"{state}, by name with force": Case(
            names=("r:1",), word="r:1", used=state, force=True, says=("Untagged: r:1",)
        )
        for state in RUNNING
    },
    **{
        f"{state}, by name with force": Case(
            names=("r:1",), word="r:1", used=state, force=True, says=("Untagged: r:1", *KEPT)
        )
        for state in STOPPED
    },
    **{f"{state}, by ID": Case(names=("r:1",), word=I12, used=state, says=(RUNS,)) for state in RUNNING},
    **{
        f"{state}, by ID with force": Case(names=("r:1",), word=I12, used=state, force=True, says=(RUNS,))
        for state in RUNNING
    },
    **{f"{state}, by ID": Case(names=("r:1",), word=I12, used=state, says=(STOPS,)) for state in STOPPED},
    **{
        f"{state}, by ID with force": Case(
            names=("r:1", "s:1"), word=I12, used=state, force=True, says=("Untagged: r:1", "Untagged: s:1", *KEPT)
        )
        for state in STOPPED
    },
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_docker_decides(case: Case) -> None:
    """The records in order, or the conflict in Docker's words."""
    images: list[Image] = [image(*case.names, label="i", layers="ab")]
    if case.child:
        images.append(image("child:1", layers="abc", parent="i"))
    users: list[Container] = []
    if case.used:
        users.append(container("i", case.used, name="cache-1"))
    assert said(step(held(*images, containers=users), case.word, force=case.force)) == list(case.says)


def test_each_word_meets_what_the_words_before_it_left() -> None:
    """Tag by tag, then the ID that has just become free of conflicts, then nothing is left."""
    inventory = held(image("r:1", "r:2", "s:1", label="i", layers="a"))
    steps = planned(inventory, I12, "r:1", "r:2", I12, I12, "s:1").steps
    assert [said(step)[0] for step in steps] == [
        MULTI,
        "Untagged: r:1",
        "Untagged: r:2",
        "Untagged: s:1",
        f"not-found: No such image: {I12}:latest",
        "not-found: No such image: s:1",
    ]


def test_a_refusal_changes_nothing() -> None:
    """After a conflict the next word finds everything as it was."""
    inventory = held(image("r:1", "s:1", label="i", layers="a"), containers=[container("i", name="cache-1")])
    steps = planned(inventory, I12, "r:1", "s:1").steps
    assert [said(step) for step in steps] == [[MULTI], ["Untagged: r:1"], [in_use("s:1")]]


def test_of_several_containers_the_first_by_id_is_named() -> None:
    """Docker names any of them; a plan must not change by itself."""
    users = [container("i", name=f"job-{number}") for number in range(5)]
    first = min(short(user.id) for user in users)
    for containers in (users, users[::-1]):
        assert first in said(step(held(image("r:1", label="i"), containers=containers), "r:1"))[0]
