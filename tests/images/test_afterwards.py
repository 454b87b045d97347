"""What came of a step that nobody saw the end of, told from the host as it is."""

from bot.images.afterwards import Done, NotDone, Unclear, afterwards
from bot.images.inventory import Store
from bot.images.removal import DeletedImage, DeletedLayer, Record, Removed, Step, Untagged
from tests.images.making import DIGEST, chains, held, image, image_id, step

BEFORE = held(image("r:1", f"r@{DIGEST}", label="i", layers="ab"), image("s:1", layers="c"))
STEP = step(BEFORE, "r:1")
BASE, TOP = chains("ab")


def records(step: Step) -> tuple[Record, ...]:
    """Return what was predicted."""
    assert isinstance(step.outcome, Removed)
    return step.outcome.records


def test_everything_gone_is_done() -> None:
    """The records are those that were predicted."""
    assert afterwards(STEP, held(image("s:1", layers="c"))) == Done(
        records=(
            Untagged(reference="r:1", image_id=image_id("i")),
            Untagged(reference=f"r@{DIGEST}", image_id=image_id("i")),
            DeletedImage(image_id=image_id("i")),
            DeletedLayer(chain_id=TOP, image_id=image_id("i")),
            DeletedLayer(chain_id=BASE, image_id=image_id("i")),
        )
    )


def test_everything_there_is_not_done() -> None:
    """The host is as it was."""
    assert afterwards(STEP, BEFORE) == NotDone()


def test_a_part_is_unclear() -> None:
    """A name is gone and the image is not: the sentence says what is left, the records what is not."""
    assert afterwards(STEP, held(image(f"r@{DIGEST}", label="i", layers="ab"))) == Unclear(
        why=f"Part of it is gone, but r@{DIGEST}, {image_id('i')} is still there.",
        records=(Untagged(reference="r:1", image_id=image_id("i")),),
    )


def test_a_layer_that_an_image_has_by_now_is_not_claimed() -> None:
    """Somebody may have pulled what shares it."""
    done = afterwards(STEP, held(image("new:1", layers="a")))
    assert isinstance(done, Done)
    assert done.records == records(STEP)[:-1]


def test_a_name_that_names_another_image_is_gone() -> None:
    """It was taken away, and given to another image since."""
    before = held(image("r:1", "keep:1", label="i"))
    now = held(image("keep:1", label="i"), image("r:1", label="j"))
    assert afterwards(step(before, "r:1"), now) == Done(records=(Untagged(reference="r:1", image_id=image_id("i")),))


def test_the_tag_beside_a_digest_does_not_count() -> None:
    """``r:1@sha256:…`` takes the digest away and leaves the tag."""
    typed = step(BEFORE, f"r:1@{DIGEST}")
    assert afterwards(typed, BEFORE) == NotDone()
    assert isinstance(afterwards(typed, held(image("r:1", label="i", layers="ab"))), Done)


def test_the_containerd_store_keeps_tag_and_digest_together() -> None:
    """There ``r:1@sha256:…`` may be a name of its own, and is looked for as it is."""
    both = f"r:1@{image_id('i')}"
    before = held(image(both, "s:1", label="i"), store=Store.CONTAINERD)
    assert afterwards(step(before, both), before) == NotDone()


def test_the_hidden_record_is_evidence_as_a_name_is() -> None:
    """``moby-dangling@ID`` is no reference of the image, and yet it was there or was not."""
    before = held(image("r:1", "s:1", label="i", dangling=True), store=Store.CONTAINERD)
    planned = step(before, "r:1")
    assert len(records(planned)) == len(("r:1", "moby-dangling"))
    assert afterwards(planned, before) == NotDone()
    assert isinstance(afterwards(planned, held(image("s:1", label="i"), store=Store.CONTAINERD)), Done)


def test_an_image_that_is_kept_for_its_children_counts_as_deleted() -> None:
    """The containerd store says so when its last name goes, and keeps it without one."""
    child = image("child:1", parent="i")
    before = held(image("r:1", label="i"), child, store=Store.CONTAINERD)
    planned = step(before, "r:1")
    now = held(image(label="i", dangling=True), child, store=Store.CONTAINERD)
    assert afterwards(planned, now) == Done(records=records(planned))
    assert afterwards(planned, before) == NotDone()
    without_child = held(image(label="i", dangling=True), store=Store.CONTAINERD)
    assert isinstance(afterwards(planned, without_child), Unclear)


def test_a_refused_step_did_nothing() -> None:
    """There is nothing that could have been done."""
    assert afterwards(step(BEFORE, "nope"), BEFORE) == NotDone()
