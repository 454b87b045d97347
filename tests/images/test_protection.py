"""What stays whoever asks: names, the newest images of a repository, young images, and images with a label."""

from datetime import timedelta

import pytest

from bot.images.glob import Glob, compiled
from bot.images.inventory import Inventory, Store
from bot.images.predict import Wanted, plan
from bot.images.protection import Always, Labelled, Newest, Protection, Younger
from bot.images.removal import Holder, Plan, Refusal, Refused, Step
from tests.images.making import DIGEST, container, held, image, image_id

DAY = 86400
AT = 100 * DAY


def pattern(text: str) -> Glob:
    """Return a pattern that must be one."""
    glob = compiled(text)
    assert isinstance(glob, Glob)
    return glob


def rule(
    by: Always | Newest | Younger | Labelled, *patterns: str, hosts: tuple[str, ...] = ("*",), name: str = "keep"
) -> Protection:
    """Return a rule."""
    return Protection(name=name, by=by, patterns=tuple(map(pattern, patterns)), hosts=hosts)


def steps(inventory: Inventory, rules: tuple[Protection, ...], *words: str, prune: bool = True) -> tuple[Step, ...]:
    """Return the steps of a plan, forced so that nothing but a rule keeps anything."""
    made = plan(inventory, Wanted(words=words, force=True, prune=prune, protections=rules))
    assert isinstance(made, Plan)
    return made.steps


def kept(inventory: Inventory, rules: tuple[Protection, ...], *words: str, prune: bool = True) -> list[str]:
    """Return why each word is refused by a rule; empty where it is not."""
    outcomes = [step.outcome for step in steps(inventory, rules, *words, prune=prune)]
    protected = [isinstance(o, Refused) and o.refusal is Refusal.PROTECTED for o in outcomes]
    return [o.message if p and isinstance(o, Refused) else "" for o, p in zip(outcomes, protected, strict=True)]


APPS = held(
    *(image(f"app:{day}", label=f"app{day}", created=day * DAY) for day in range(1, 6)), image("other:1", created=DAY)
)


def test_the_newest_images_of_each_repository_stay() -> None:
    """By their time of creation, counted for each repository by itself."""
    why = 'is protected by rule "keep": one of the 2 newest images of app'
    assert kept(APPS, (rule(Newest(count=2)),), "app:5", "app:4", "app:3", "app:1") == [
        f"app:5 {why}",
        f"app:4 {why}",
        "",
        "",
    ]
    assert kept(APPS, (rule(Newest(count=1)),), "other:1") == [
        'other:1 is protected by rule "keep": the newest image of other'
    ]


def test_what_went_before_makes_no_other_image_the_newest() -> None:
    """The newest are those of the inventory, in whatever order they are named."""
    inventory = held(image("app:1", created=1), image("app:2", created=2), image("app:3", created=3))
    assert kept(inventory, (rule(Newest(count=1)),), "app:1", "app:2", "app:3")[:2] == ["", ""]
    assert kept(inventory, (rule(Newest(count=1)),), "app:3", "app:2", "app:3")[1] == ""


def test_images_of_the_same_second_as_the_last_that_stays_stay_too() -> None:
    """Which of them is newer cannot be told."""
    inventory = held(image("app:1", created=1), image("app:2", created=2), image("app:3", created=2))
    assert [bool(why) for why in kept(inventory, (rule(Newest(count=1)),), "app:1", "app:2", "app:3")] == [
        False,
        True,
        True,
    ]


def test_several_tags_of_an_image_count_once_and_a_digest_counts() -> None:
    """An image is one of the newest of every repository that it has a reference of."""
    inventory = held(
        image("app:3", "app:latest", "mirror:3", label="3", created=3),
        image(f"app@{DIGEST}", label="2", created=2),
        image("app:1", created=1),
    )
    rules = (rule(Newest(count=2)),)
    assert [bool(why) for why in kept(inventory, rules, "app:latest", f"app@{DIGEST}", "app:1", "mirror:3")] == [
        True,
        True,
        False,
        True,
    ]


def test_young_images_stay_with_all_their_names() -> None:
    """Age is from the image's creation to the moment of the inventory, to the second."""
    inventory = held(
        image("young:1", "young:2", label="y", created=AT - 7 * DAY + 1),
        image("old:1", created=AT - 7 * DAY),
        image(label="nameless", created=AT),
        taken_at=AT,
    )
    rules = (rule(Younger(age=timedelta(days=7))),)
    short = image_id("nameless").removeprefix("sha256:")[:12]
    assert kept(inventory, rules, "young:1", "old:1", short) == [
        'young:1 is protected by rule "keep": younger than 7d',
        "",
        f'{short} is protected by rule "keep": younger than 7d',
    ]


@pytest.mark.parametrize(
    ("labels", "is_kept"),
    [
        (("keep",), True),
        (("keep=true",), True),
        (("keep=false",), False),
        (("kee",), False),
        (("other", "keep=true"), True),
        (("empty=",), True),
        (("empty",), True),
        (("keep=",), False),
        (("a=b=c",), True),
    ],
)
def test_a_label_keeps_an_image(labels: tuple[str, ...], *, is_kept: bool) -> None:
    """Any of them does; without a value whatever it says."""
    inventory = held(image("r:1", labels={"keep": "true", "empty": "", "a": "b=c"}))
    assert bool(kept(inventory, (rule(Labelled(labels=labels)),), "r:1")[0]) is is_kept


@pytest.mark.parametrize("by", [Newest(count=1), Younger(age=timedelta(days=1)), Labelled(labels=("keep",))])
def test_a_rule_may_be_limited_to_names_and_hosts(by: Newest | Younger | Labelled) -> None:
    """It is about nothing else then, not even about images without a name."""
    inventory = held(
        image("mine:1", created=AT, labels={"keep": ""}),
        image("yours:1", created=AT, labels={"keep": ""}),
        image(label="nameless", created=AT, labels={"keep": ""}),
        taken_at=AT,
    )
    words = ("mine:1", "yours:1", image_id("nameless"))
    assert [bool(why) for why in kept(inventory, (rule(by, "mine"),), *words)] == [True, False, False]
    assert [bool(why) for why in kept(inventory, (rule(by, "mine", hosts=("web-9",)),), *words)] == [False] * 3
    assert kept(inventory, (rule(by, "mine", hosts=("web-9", "web-3")),), "mine:1") != [""]


LEGACY = (
    image(label="parent", layers="a", labels={"keep": "true"}),
    image("child:1", label="child", layers="ab", parent="parent", labels={"keep": "false"}),
)


@pytest.mark.parametrize("store", [Store.CLASSIC, Store.CONTAINERD])
def test_a_parent_that_would_go_along_is_kept(store: Store) -> None:
    """What is pruned with an image is protected as what is named is; where it is not pruned it does not matter."""
    rules = (rule(Labelled(labels=("keep=true",))),)
    short = image_id("parent").removeprefix("sha256:")[:12]
    inventory = held(*LEGACY, store=store)
    why = f'{short} is protected by rule "keep": labelled keep=true'
    assert kept(inventory, rules, "child:1") == [why]
    assert kept(inventory, rules, "child:1", prune=False) == [""]
    used = held(*LEGACY, store=store, containers=[container("parent")])
    assert kept(used, rules, "child:1") == [""]


def test_a_parent_with_another_child_or_name_stays_by_itself() -> None:
    """Then nothing of it would go, so the rule is not asked."""
    rules = (rule(Labelled(labels=("keep=true",))),)
    sibling = image("sibling:1", parent="parent", layers="ac")
    assert kept(held(*LEGACY, sibling), rules, "child:1") == [""]
    named = image("base:1", label="parent", layers="a", labels={"keep": "true"})
    assert kept(held(named, LEGACY[1]), rules, "child:1") == [""]
    two = image("child:1", "child:2", label="child", layers="ab", parent="parent")
    assert kept(held(LEGACY[0], two), rules, "child:1") == [""]


def test_the_plan_names_every_rule_that_keeps_an_image_and_why() -> None:
    """They come before what else holds it, and are named for an image without a name too."""
    rules = (rule(Younger(age=timedelta(hours=36)), name="fresh"), rule(Labelled(labels=("keep",)), name="marked"))
    inventory = held(image(label="nameless", created=AT, labels={"keep": "yes"}), taken_at=AT)
    (step,) = steps(inventory, rules, image_id("nameless"))
    assert step.stays[0].holders == (
        Holder(kind="rule", name='rule "fresh"', detail="younger than 36h"),
        Holder(kind="rule", name='rule "marked"', detail="labelled keep"),
    )
