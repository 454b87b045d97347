"""Steps that wait for nothing of each other may come in any order, and the outcome is the same."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from hypothesis import event, given, settings
from hypothesis import strategies as st

from bot.images.afterwards import Done, NotDone, afterwards
from bot.images.inventory import Image, Inventory, Store
from bot.images.order import waits
from bot.images.removal import DeletedImage, Plan, Refused, Removed, Step, line
from bot.images.resolve import resolve
from bot.images.stores import remove
from bot.images.world import World
from tests.images.making import container, held, image, image_id, planned

MANY = settings(max_examples=400, deadline=None)
NAMES = [f"{repository}:{tag}" for repository in ("r", "s", "reg:5000/r") for tag in ("1", "2", "3")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A plan, and what it was made of."""

    inventory: Inventory
    plan: Plan

    @property
    def sent(self) -> list[int]:
        """The steps that are sent at all."""
        return [n for n, step in enumerate(self.plan.steps) if isinstance(step.outcome, Removed)]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Return a plan for images that share layers, names and parents, some in use, on either store."""
    store = draw(st.sampled_from([Store.CLASSIC, Store.CONTAINERD]))
    inventory = draw(inventories(store))
    names = [reference.familiar for image in inventory.images.values() for reference in image.references]
    known = st.sampled_from([*names, *inventory.images])
    words = draw(st.lists(known, min_size=1, max_size=9, unique=draw(st.booleans())))
    return Case(
        inventory=inventory, plan=planned(inventory, *words, force=draw(st.booleans()), prune=draw(st.booleans()))
    )


@st.composite
def inventories(draw: st.DrawFn, store: Store) -> Inventory:
    """Return up to eight images, most of them built on another or with layers of another."""
    images: list[Image] = []
    stacks: dict[str, str] = {}
    free = draw(st.permutations(NAMES))
    for number in range(draw(st.integers(1, 8))):
        label = f"image {number}"
        below = draw(st.sampled_from([None, *stacks]))
        stacks[label] = (stacks[below] if below else "") + draw(st.text(alphabet="ab", max_size=2))
        count = draw(st.sampled_from([0, 0, 1, 1, 1, 2, 3]))
        names, free = free[:count], free[count:]
        made = image(*names, *_digest(draw, label), label=label, layers=stacks[label])
        parent = image_id(below) if below and draw(st.booleans()) else None
        hidden = store is Store.CONTAINERD and (not made.references or draw(st.integers(0, 4)) == 0)
        images.append(replace(made, parent=parent, dangling_record=hidden))
    containers = [container(draw(st.sampled_from([*stacks])), name=str(n)) for n in range(draw(st.integers(0, 2)))]
    return held(*images, containers=containers, store=store)


def _digest(draw: st.DrawFn, label: str) -> list[str]:
    return [f"r@{image_id(label)}"] if draw(st.integers(0, 3)) == 0 else []


def carried_out(world: World, step: Step) -> Removed | Refused:
    """Send a step to a simulated daemon, and return its answer."""
    removal = step.removal
    assert removal.target is not None
    meaning = resolve(world, removal.target)
    return remove(world, removal.target, meaning, force=removal.force, prune=removal.prune)


def lines(outcome: Removed | Refused) -> list[str]:
    """Return the records as Docker tells them."""
    assert isinstance(outcome, Removed), outcome
    return [line(record) for record in outcome.records]


def ready(case: Case, waiting: Sequence[AbstractSet[int]], done: AbstractSet[int]) -> list[int]:
    """Return the steps that may be sent once these are done."""
    return [n for n in case.sent if n not in done and waiting[n] <= done]


def more(data: st.DataObject) -> bool:
    """Return whether to go on."""
    return data.draw(st.booleans())


@MANY
@given(st.data())
def test_any_order_that_waits_does_what_was_planned(data: st.DataObject) -> None:
    """Whichever of the steps that may be sent comes next, each does what was predicted of it, line by line."""
    case = data.draw(cases())
    world, waiting = World(case.inventory), waits(case.plan.steps, case.inventory)
    done: list[int] = []
    while may := ready(case, waiting, set(done)):
        number = data.draw(st.sampled_from(may))
        step = case.plan.steps[number]
        assert lines(carried_out(world, step)) == lines(step.outcome), (number, done)
        done.append(number)
    assert sorted(done) == case.sent
    event("in another order" if done != case.sent else "in the same order")


@MANY
@given(st.data())
def test_what_is_left_can_be_planned_anew(data: st.DataObject) -> None:
    """Whatever is done of a plan, the rest is predicted as it was when the whole was planned."""
    case = data.draw(cases())
    world, waiting = World(case.inventory), waits(case.plan.steps, case.inventory)
    done: set[int] = set()
    while (may := ready(case, waiting, done)) and more(data):
        number = data.draw(st.sampled_from(may))
        carried_out(world, case.plan.steps[number])
        done.add(number)
    left = [case.plan.steps[number] for number in case.sent if number not in done]
    if not left:
        return
    removal = left[0].removal
    words = [step.removal.word for step in left]
    fresh = planned(as_it_is(world, case.inventory), *words, force=removal.force, prune=removal.prune)
    assert [lines(step.outcome) for step in fresh.steps] == [lines(step.outcome) for step in left]


@MANY
@given(st.data())
def test_of_steps_at_once_it_shows_which_were_done(data: st.DataObject) -> None:
    """Where a process ends with several steps begun, the host shows of each whether it was done."""
    case = data.draw(cases())
    world, waiting = World(case.inventory), waits(case.plan.steps, case.inventory)
    done: set[int] = set()
    while (may := ready(case, waiting, done)) and more(data):
        carried_out(world, case.plan.steps[may[0]])
        done.add(may[0])
    at_once = ready(case, waiting, done)
    came_through = {n for n in at_once if data.draw(st.booleans())}
    for number in came_through:
        carried_out(world, case.plan.steps[number])
    now = as_it_is(world, case.inventory)
    for number in at_once:
        found = afterwards(case.plan.steps[number], now)
        assert isinstance(found, Done if number in came_through else NotDone), (number, came_through)


def as_it_is(world: World, before: Inventory) -> Inventory:
    """Return what a simulated daemon holds now, and what its containers hold of images that are gone."""
    layers = {image_id: image.layers for image_id, image in before.images.items()}
    containers = tuple(replace(user, holds=layers[user.image_id]) for user in before.containers)
    images = {
        i: replace(image, references=tuple(world.ordered(i)), dangling_record=i in world.dangling)
        for i, image in world.images.items()
    }
    return replace(before, images=images, containers=containers)


def order(inventory: Inventory, *words: str, prune: bool = True) -> list[set[int]]:
    """Return what each word waits for."""
    return [set(earlier) for earlier in waits(planned(inventory, *words, prune=prune).steps, inventory)]


def test_images_on_a_base_that_stays_wait_for_nothing() -> None:
    """A hundred images on one base, which has a name of its own, may all go at once."""
    many = [image(f"app:{n}", layers="ab" + chr(0x4E00 + n)) for n in range(100)]
    assert order(held(image("base:1", layers="ab"), *many), *(f"app:{n}" for n in range(100))) == [set()] * 100


def test_the_last_image_on_a_base_waits_for_all() -> None:
    """Without the base's own name its layers go with the last image, which waits for every other; they do not wait."""
    inventory = held(*(image(f"app:{n}", layers=f"a{n}") for n in range(4)))
    assert order(inventory, *(f"app:{n}" for n in range(4))) == [set(), set(), set(), {0, 1, 2}]


def test_names_of_one_image_go_in_turn() -> None:
    """Each waits for the one before."""
    assert order(held(image("r:1", "r:2", "s:1"), image("t:1")), "r:1", "t:1", "r:2", "s:1") == [set(), set(), {0}, {2}]


def test_a_parent_waits_for_its_children() -> None:
    """By name it would only be untagged while the child is there."""
    inventory = held(image("base:1", layers="a"), image("top:1", layers="ab", parent="base:1"))
    assert order(inventory, "top:1", "base:1") == [set(), {0}]
    assert order(inventory, "base:1", "top:1") == [set(), {0}]
    assert order(inventory, "top:1", "base:1", prune=False) == [set(), {0}]


def test_children_of_a_parent_that_stays_wait_for_nothing() -> None:
    """It keeps its layers and its name, whichever child goes first."""
    parent, first, second = (
        image("base:1", layers="a"),
        image("top:1", layers="ab", parent="base:1"),
        image("top:2", layers="ac", parent="base:1"),
    )
    assert order(held(parent, first, second), "top:1", "top:2") == [set(), set()]


def test_the_child_that_takes_the_parent_along_waits_for_the_other() -> None:
    """A parent without a name goes with its last child."""
    parent, first, second = (
        image(label="base", layers="a"),
        image("top:1", layers="ab", parent="base"),
        image("top:2", layers="ac", parent="base"),
    )
    inventory = held(parent, first, second)
    assert DeletedImage(image_id=parent.id) in _records(planned(inventory, "top:1", "top:2").steps[1])
    assert order(inventory, "top:1", "top:2") == [set(), {0}]


def _records(step: Step) -> Sequence[object]:
    assert isinstance(step.outcome, Removed)
    return step.outcome.records


def test_what_is_refused_is_waited_for_by_nothing() -> None:
    """It is never sent."""
    inventory = held(image("r:1", label="i"), image("s:1"), containers=[container("i")])
    assert order(inventory, "r:1", "absent:1", "s:1", "r:1") == [set()] * 4
