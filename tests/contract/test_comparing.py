"""The comparison itself: what it lets pass, and that it lets nothing else pass."""

from dataclasses import replace

import pytest

from bot.images.inventory import Inventory
from bot.images.predict import Printed, Wanted, plan
from bot.images.removal import DeletedImage, DeletedLayer, Outcome, Plan, Refusal, Refused, Removed, Untagged
from tests.contract.comparing import Compared, answers, output
from tests.images.making import chains, container, held, image, image_id

NAMED = Untagged(reference="r:1", image_id=image_id("i"))
GONE = DeletedImage(image_id=image_id("i"))
BASE, TOP = (DeletedLayer(chain_id=chain, image_id=image_id("i")) for chain in chains("ab"))
SURE = held(image("r:1", label="i", layers="ab"))
UNSURE = replace(SURE, build_cache_shared=True)
USER, STRANGER = container("i"), container("other")
USED = held(image("r:1", label="i"), image("s:1", label="other"), containers=[USER, STRANGER])


def planned(inventory: Inventory, *words: str) -> Plan:
    """Return what is predicted."""
    made = plan(inventory, Wanted(words=words))
    assert isinstance(made, Plan)
    return made


def equal(compared: Compared) -> bool:
    """Whether what came is what was to come."""
    return compared.actual == compared.predicted


def answered(inventory: Inventory, word: str, actual: Outcome) -> bool:
    """Whether an answer to one word passes."""
    return equal(answers(planned(inventory, word), inventory, [actual]))


def removed(*records: Untagged | DeletedImage | DeletedLayer) -> Removed:
    """Return an answer."""
    return Removed(records=records)


WRONG = {
    "a record less": removed(NAMED),
    "a record more": removed(NAMED, GONE, TOP, BASE, BASE),
    "another order": removed(NAMED, GONE, BASE, TOP),
    "another name": removed(replace(NAMED, reference="r:2"), GONE, TOP, BASE),
    "no name": removed(GONE, TOP, BASE),
    "refused": Refused(refusal=Refusal.NOT_FOUND, message="No such image: r:1"),
}


def test_what_was_predicted_passes() -> None:
    """Sizes aside, which Docker does not tell."""
    assert answered(SURE, "r:1", removed(NAMED, GONE, TOP, BASE))
    assert answered(replace(SURE, layer_bytes={TOP.chain_id: 7}), "r:1", removed(NAMED, GONE, TOP, BASE))


@pytest.mark.parametrize("inventory", [SURE, UNSURE], ids=["exact", "at most"])
@pytest.mark.parametrize("actual", WRONG.values(), ids=WRONG)
def test_a_difference_does_not_pass(inventory: Inventory, actual: Outcome) -> None:
    """However sure the prediction is of its layers."""
    assert not answered(inventory, "r:1", actual)


@pytest.mark.parametrize("records", [(NAMED, GONE, TOP), (NAMED, GONE, BASE), (NAMED, GONE)])
def test_only_layers_that_are_in_doubt_may_stay(records: tuple[Untagged | DeletedImage | DeletedLayer, ...]) -> None:
    """Any of them, and none where the prediction is exact."""
    assert answered(UNSURE, "r:1", removed(*records))
    assert not answered(SURE, "r:1", removed(*records))


def in_use(short_id: str) -> Refused:
    """Return the refusal for this container."""
    (step,) = planned(USED, "r:1").steps
    assert isinstance(step.outcome, Refused)
    return replace(step.outcome, message=step.outcome.message.replace(USER.id[:12], short_id))


def test_docker_may_name_any_container_that_uses_the_image() -> None:
    """But none that does not, and it may say nothing else."""
    other = container("i", name="another")
    both = replace(USED, containers=(*USED.containers, other))
    assert all(answered(both, "r:1", in_use(user.id[:12])) for user in (USER, other))
    assert not answered(USED, "r:1", in_use(other.id[:12]))
    assert not answered(USED, "r:1", in_use(STRANGER.id[:12]))
    assert not answered(USED, "r:1", replace(in_use(USER.id[:12]), refusal=Refusal.NOT_FOUND))
    assert not answered(USED, "r:1", Refused(refusal=Refusal.CONFLICT, message="conflict"))


LINES = ("Untagged: r:1", f"Deleted: {image_id('i')}", f"Deleted: {TOP.chain_id}", f"Deleted: {BASE.chain_id}")
NOT_FOUND = "Error response from daemon: No such image: nosuch:latest"
PRINTED = Printed(stdout=LINES, stderr=(NOT_FOUND,), exit_code=1)


def printed_by(version: str, actual: Printed, inventory: Inventory = SURE) -> bool:
    """Whether what a command line printed passes."""
    return equal(output(planned(inventory, "r:1", "nosuch"), inventory, actual, version))


def test_the_command_line_prints_what_was_predicted() -> None:
    """Line by line, and with the same exit code."""
    assert printed_by("28.5.2", PRINTED)
    assert not printed_by("28.5.2", replace(PRINTED, exit_code=0))
    assert not printed_by("28.5.2", replace(PRINTED, stderr=()))
    assert not printed_by("28.5.2", replace(PRINTED, stdout=LINES[::-1]))
    assert not printed_by("28.5.2", replace(PRINTED, stdout=LINES[:3]))
    assert printed_by("28.5.2", replace(PRINTED, stdout=LINES[:3]), UNSURE)
    assert not printed_by("28.5.2", replace(PRINTED, stdout=LINES[1:]), UNSURE)


def test_the_command_line_of_20_has_words_of_its_own() -> None:
    """For what is not found it repeats the word as typed."""
    old = replace(PRINTED, stderr=("Error: No such image: nosuch",))
    assert printed_by("20.10.24+dfsg1", old)
    assert not printed_by("20.10.24+dfsg1", PRINTED)
    assert not printed_by("28.5.2", old)
