"""Whatever a daemon holds, the prediction is what plain counting says (``counting.py``)."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.images.ids import ImageId
from bot.images.inventory import Container, ContainerState, Image, Inventory
from bot.images.removal import DeletedLayer, Plan, Refused, Removed, line
from tests.images.counting import Daemon
from tests.images.making import DIGEST, OTHER_DIGEST, container, held, image, planned, reference

MANY = settings(max_examples=300, deadline=None)
NAMES = [
    f"{repository}{rest}"
    for repository in ("r", "s", "reg:5000/r")
    for rest in (":1", ":2", ":latest", f"@{DIGEST}", f"@{OTHER_DIGEST}")
]


@st.composite
def inventories(draw: st.DrawFn) -> Inventory:
    """Return up to seven images that share layers, names handed out at random, some built on others, some in use."""
    images: list[Image] = []
    stacks: dict[str, str] = {}
    free = draw(st.permutations(NAMES))
    for number in range(draw(st.integers(1, 7))):
        label = f"image {number}"
        built_on = draw(st.sampled_from([None, *stacks]))
        below = stacks[built_on] if built_on else draw(st.text(alphabet="abc", max_size=3))
        stacks[label] = below + draw(st.text(alphabet="abc", max_size=2))
        count = draw(st.integers(0, 4))
        names, free = free[:count], free[count:]
        parent = built_on if draw(st.booleans()) else None
        images.append(image(*names, label=label, layers=stacks[label], parent=parent))
    containers: list[Container] = [
        container(draw(st.sampled_from([*stacks])), draw(st.sampled_from(ContainerState)), name=f"job-{number}")
        for number in range(draw(st.integers(0, 3)))
    ]
    return held(*images, containers=containers)


@st.composite
def words(draw: st.DrawFn, inventory: Inventory) -> tuple[str, ...]:
    """Return words that mostly mean something: full IDs and explicit names, in any order, some twice."""
    names = [r.familiar for image in inventory.images.values() for r in image.references]
    return tuple(draw(st.lists(st.sampled_from([*names, *inventory.images, "absent:1"]), min_size=1, max_size=9)))


@st.composite
def removals(draw: st.DrawFn) -> tuple[Inventory, tuple[str, ...], bool, bool]:
    """Return an inventory, words, force and prune."""
    inventory = draw(inventories())
    return inventory, draw(words(inventory)), draw(st.booleans()), draw(st.booleans())


def lines(plan: Plan) -> list[list[str]]:
    """Return what each step prints, or only the kind of its refusal."""
    return [
        [line(record) for record in step.outcome.records]
        if isinstance(step.outcome, Removed)
        else [step.outcome.refusal.value]
        for step in plan.steps
    ]


@MANY
@given(removals())
def test_the_prediction_is_what_counting_says(case: tuple[Inventory, tuple[str, ...], bool, bool]) -> None:
    """Every line in order, for any graph of images, layers and containers and any sequence of words."""
    inventory, typed, force, prune = case
    daemon = Daemon.of(inventory)
    expected = [
        daemon.by_id(ImageId(word), force=force, prune=prune)
        if word in inventory.images
        else daemon.by_name(reference(word), force=force, prune=prune)
        for word in typed
    ]
    assert lines(planned(inventory, *typed, force=force, prune=prune)) == expected


@MANY
@given(removals())
def test_what_goes_is_never_needed_by_what_stays(case: tuple[Inventory, tuple[str, ...], bool, bool]) -> None:
    """No layer goes twice, none that an image or a container still has, and every name and image was there."""
    inventory, typed, force, prune = case
    plan = planned(inventory, *typed, force=force, prune=prune)
    records = [r for step in plan.steps if isinstance(step.outcome, Removed) for r in step.outcome.records]
    assert len(records) == len(set(records))
    gone = {record.chain_id for record in records if isinstance(record, DeletedLayer)}
    deleted = {line(record) for record in records}
    left = [image for image in inventory.images.values() if f"Deleted: {image.id}" not in deleted]
    used = [inventory.images[container.image_id] for container in inventory.containers]
    assert not gone & {chain for image in [*left, *used] for chain in image.layers}


@MANY
@given(removals())
def test_a_plan_of_several_words_is_one_plan_after_the_other(
    case: tuple[Inventory, tuple[str, ...], bool, bool],
) -> None:
    """Words before never change what later words were planned from: a shorter plan is how a longer one begins."""
    inventory, typed, force, prune = case
    whole = planned(inventory, *typed, force=force, prune=prune).steps
    for count in range(len(typed)):
        assert planned(inventory, *typed[:count], force=force, prune=prune).steps == whole[:count]


@MANY
@given(removals())
def test_what_is_sent_is_whole(case: tuple[Inventory, tuple[str, ...], bool, bool]) -> None:
    """A full ID or a reference with its tag or digest, of an image that is held; nothing where nothing is."""
    inventory, typed, force, prune = case
    for step in planned(inventory, *typed, force=force, prune=prune).steps:
        removal = step.removal
        if removal.target is None:
            assert isinstance(step.outcome, Refused)
            assert removal.image_id is None
        else:
            assert removal.image_id in inventory.images
            assert removal.target == removal.image_id or reference(removal.target).tag or "@" in removal.target
