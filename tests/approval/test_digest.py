"""The digest of a plan: what it covers, what it does not, and the code that people compare."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.approval.digest import canonical, code, digest
from bot.approval.request import PlanDigest
from bot.images.grades import Grade, Graded
from bot.images.ids import ChainId, ImageId
from bot.images.inventory import Store
from bot.images.removal import (
    DeletedImage,
    DeletedLayer,
    Doubt,
    Holder,
    Part,
    Plan,
    Refusal,
    Refused,
    Removal,
    Removed,
    Stays,
    Step,
    Untagged,
)
from bot.images.restoral import NotPutBack, Obstacle, PutBack
from tests.approval.examples import RESTORE_PLAN

BACK = RESTORE_PLAN.steps[0]
BACK_CAN_DIFFER = {
    "which request": replace(RESTORE_PLAN, of=2),
    "host": replace(RESTORE_PLAN, host="web-4"),
    "a step less": replace(RESTORE_PLAN, steps=RESTORE_PLAN.steps[:1]),
    "image": replace(
        RESTORE_PLAN, steps=(replace(BACK, restoral=replace(BACK.restoral, image_id=ImageId("sha256:" + "f" * 64))),)
    ),
    "source": replace(RESTORE_PLAN, steps=(replace(BACK, restoral=replace(BACK.restoral, source="evil@sha256:1")),)),
    "names": replace(RESTORE_PLAN, steps=(replace(BACK, restoral=replace(BACK.restoral, names=("prod:1",))),)),
    "gains": replace(RESTORE_PLAN, steps=(replace(BACK, outcome=PutBack(gains=())),)),
    "obstacle": replace(RESTORE_PLAN, steps=(replace(BACK, outcome=NotPutBack(obstacle=Obstacle.TAKEN, message="x")),)),
}

IMAGE = ImageId("sha256:" + "a" * 64)
OTHER = ImageId("sha256:" + "b" * 64)
LAYER = ChainId("sha256:" + "c" * 64)
RECORDS = (
    Untagged(reference="redis:7", image_id=IMAGE),
    DeletedImage(image_id=IMAGE),
    DeletedLayer(chain_id=LAYER, image_id=IMAGE, bytes=10),
)
REMOVAL = Removal(word="redis", target="redis:7", image_id=IMAGE)
STEP = Step(removal=REMOVAL, outcome=Removed(records=RECORDS))
REFUSED = Step(removal=REMOVAL, outcome=Refused(refusal=Refusal.CONFLICT, message="in use by one"))


def plan(*steps: Step) -> Plan:
    """Return a plan of these steps."""
    return Plan(host="web-3", daemon_id="D", store=Store.CLASSIC, command="rm redis", steps=steps or (STEP,))


def removing(removal: Removal) -> Plan:
    """Return the plan with another removal."""
    return plan(replace(STEP, removal=removal))


def predicting(*records: Untagged | DeletedImage | DeletedLayer) -> Plan:
    """Return the plan with other records."""
    return plan(replace(STEP, outcome=Removed(records=records)))


CAN_DIFFER = {
    "undo": replace(plan(), reclaims=(STEP,)),
    "host": replace(plan(), host="web-4"),
    "daemon": replace(plan(), daemon_id="E"),
    "store": replace(plan(), store=Store.CONTAINERD),
    "command": replace(plan(), command="rm redis:7"),
    "word": removing(replace(REMOVAL, word="redis:7")),
    "target": removing(replace(REMOVAL, target="redis:8")),
    "no target": removing(replace(REMOVAL, target=None)),
    "image": removing(replace(REMOVAL, image_id=OTHER)),
    "no image": removing(replace(REMOVAL, image_id=None)),
    "force": removing(replace(REMOVAL, force=True)),
    "prune": removing(replace(REMOVAL, prune=False)),
    "a step more": plan(STEP, STEP),
    "no step": replace(plan(), steps=()),
    "a record less": predicting(*RECORDS[:2]),
    "order": predicting(*reversed(RECORDS)),
    "reference": predicting(Untagged(reference="redis:8", image_id=IMAGE), *RECORDS[1:]),
    "image of a reference": predicting(Untagged(reference="redis:7", image_id=OTHER), *RECORDS[1:]),
    "deleted image": predicting(RECORDS[0], DeletedImage(image_id=OTHER), RECORDS[2]),
    "layer": predicting(*RECORDS[:2], DeletedLayer(chain_id=ChainId("sha256:" + "d" * 64), image_id=IMAGE)),
    "refused": plan(REFUSED),
    "refused otherwise": plan(replace(REFUSED, outcome=Refused(refusal=Refusal.NOT_FOUND, message="in use by one"))),
    "nothing": predicting(),
}

DOES_THE_SAME = {
    "notes": replace(plan(), notes=("a note",)),
    "hint": plan(replace(STEP, hint="a hint")),
    "a grade": replace(plan(), graded=(Graded(image_id=IMAGE, grade=Grade.ONLY_COPY),)),
    "doubt": plan(replace(STEP, doubts=(Doubt(part=Part.LAYERS, why="who knows"),))),
    "what stays": plan(
        replace(
            STEP,
            stays=(Stays(image_id=OTHER, layers=1, bytes=1, holders=(Holder(kind="container", name="web"),)),),
        )
    ),
    "a size": predicting(*RECORDS[:2], DeletedLayer(chain_id=LAYER, image_id=IMAGE, bytes=11)),
    "no size": predicting(*RECORDS[:2], DeletedLayer(chain_id=LAYER, image_id=IMAGE)),
}


def test_plans_that_can_do_something_else_have_other_digests() -> None:
    """Every difference in what can happen, or to what, is another digest, and all of them differ."""
    digests = {digest(plan()), *(digest(other) for other in CAN_DIFFER.values())}
    assert len(digests) == 1 + len(CAN_DIFFER)


@pytest.mark.parametrize("name", DOES_THE_SAME)
def test_plans_that_do_the_same_have_one_digest(name: str) -> None:
    """Sizes, hints, notes, grades, doubts and what stays are no part of what is approved."""
    other = DOES_THE_SAME[name]
    assert other != plan()
    assert digest(other) == digest(plan())


def test_dockers_wording_of_a_refusal_is_left_out() -> None:
    """A refusal counts by its kind: which container Docker names in it may change."""
    reworded = replace(REFUSED, outcome=Refused(refusal=Refusal.CONFLICT, message="in use by another"))
    assert digest(plan(reworded)) == digest(plan(REFUSED))


def test_the_digest_is_as_ever() -> None:
    """The canonical form and its digest never change under a format number: approvals are bound to them."""
    assert canonical(plan(STEP, REFUSED)).decode() == (
        '{"command":"rm redis","daemon_id":"D","format":1,"host":"web-3","steps":['
        f'{{"force":false,"image_id":"{IMAGE}","prune":true,"records":['
        f'{{"image_id":"{IMAGE}","untagged":"redis:7"}},{{"deleted":"{IMAGE}"}},'
        f'{{"deleted":"{LAYER}","image_id":"{IMAGE}"}}],"target":"redis:7","word":"redis"}},'
        f'{{"force":false,"image_id":"{IMAGE}","prune":true,"refusal":"conflict","target":"redis:7","word":"redis"}}'
        '],"store":"classic"}'
    )
    assert digest(plan(STEP, REFUSED)) == "a44b2c89648b445db6a100ee30fa74bf9ed013f0e67891f3b5a358c71bd268a8"


@pytest.mark.parametrize(
    ("first_bits", "expected"),
    [
        ("0000000000", "0000-0000"),
        ("ffffffffff", "ZZZZ-ZZZZ"),
        ("0000000001", "0000-0001"),
        ("8000000000", "G000-0000"),
        ("9bceb" + "14cd2", "KF7B-2K6J"),
    ],
)
def test_the_code_is_crockfords_base_32_of_the_first_40_bits(first_bits: str, expected: str) -> None:
    """Eight letters in two groups, most significant first; the rest of the digest has no say."""
    for rest in ("0" * 54, "f" * 54):
        assert code(PlanDigest(first_bits + rest)) == expected


@given(st.integers(0, 2**40 - 1))
def test_the_code_has_no_letter_that_is_misread(bits: int) -> None:
    """No I, L, O or U is in a code, and the 40 bits can be read back from it."""
    text = code(PlanDigest(f"{bits:010x}" + "0" * 54))
    assert not set(text) & set("ILOU")
    value = 0
    for letter in text.replace("-", ""):
        value = value * 32 + "0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(letter)
    assert value == bits


def test_every_part_of_what_is_put_back_counts() -> None:
    """Where it is pulled from, what it is called, which image it must be; and no plan to remove has such a digest."""
    digests = {name: digest(plan) for name, plan in BACK_CAN_DIFFER.items()}
    assert len({*digests.values(), digest(RESTORE_PLAN)}) == len(BACK_CAN_DIFFER) + 1
    assert b'"restores":1' in canonical(RESTORE_PLAN)
    assert isinstance(BACK.outcome, PutBack)
    said = replace(BACK, outcome=replace(BACK.outcome, left=("a is another image's",)))
    assert digest(replace(RESTORE_PLAN, steps=(said, *RESTORE_PLAN.steps[1:]))) == digest(RESTORE_PLAN)
