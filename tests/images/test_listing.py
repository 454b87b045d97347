"""What ``docker image ls`` lists, by Docker's own rules."""

import pytest

from bot.images.inventory import Inventory, Store
from bot.images.listing import BadFilter, Filters, listed
from tests.images.making import DIGEST, held, image, image_id

NAMES = (
    "redis:7",
    "redis:7-alpine",
    "bitnami/redis:7",
    "localhost:5000/redis:7",
    "localhost:5000/team/redis:7",
    "redis-exporter:1",
)
SHELF = held(*(image(name) for name in NAMES))


def names(
    inventory: Inventory, pattern: str | None = None, *filters: tuple[str, str], everything: bool = False
) -> list[str]:
    """Return what is listed: references, and for images without one the label of their ID."""
    rows = listed(inventory, pattern, filters, everything=everything)
    assert not isinstance(rows, BadFilter), rows
    labels = {image_id(label): label for label in ("none", "parent", "head", "digest only")}
    return [name for row in rows for name in [r.familiar for r in row.references] or [f"<{labels[row.image.id]}>"]]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("redis", NAMES[:2]),
        ("re?is", NAMES[:2]),
        ("redis:7", NAMES[:1]),
        ("redis:7*", NAMES[:2]),
        ("redis:[78]", NAMES[:1]),
        ("redis*", (NAMES[0], NAMES[1], NAMES[5])),
        ("*redis*", (NAMES[0], NAMES[1], NAMES[5])),
        ("*/redis", NAMES[2:4]),
        ("*/*", NAMES[2:4]),
        ("localhost*/redis:7", NAMES[3:4]),
        ("localhost:5000/redis", NAMES[3:4]),
        ("localhost:5000/*", NAMES[3:4]),
        ("*/*/*", NAMES[4:5]),
        ("docker.io/library/redis", ()),
        ("library/redis", ()),
        ("Redis", ()),
        ("redis:", ()),
        ("redis:{7,8}", ()),
    ],
)
def test_a_pattern_finds_what_docker_finds(pattern: str, found: tuple[str, ...]) -> None:
    """Every tag of exactly that name; a star crosses no slash and nothing is added to the pattern."""
    assert set(names(SHELF, pattern)) == set(found)


@pytest.mark.parametrize(
    ("version", "found"), [("29.4.1", []), ("29.5.0", ["redis:7", "redis:7-alpine"]), ("strange", [])]
)
def test_newer_versions_know_full_names_too(version: str, found: list[str]) -> None:
    """From 29.5 on ``docker.io/library/redis`` finds redis."""
    assert names(held(*SHELF.images.values(), version=version), "docker.io/library/redis") == found


def test_only_the_references_that_match_are_shown() -> None:
    """An image keeps its other names to itself."""
    inventory = held(image("redis:7", "mine:1", f"redis@{DIGEST}"))
    assert names(inventory, "redis") == ["redis:7", f"redis@{DIGEST}"]
    assert names(inventory, "redis:*") == ["redis:7"]
    assert names(inventory) == ["mine:1", "redis:7", f"redis@{DIGEST}"]


def test_of_several_patterns_any_counts() -> None:
    """The word after the options is one more."""
    assert names(SHELF, "redis-*", ("reference", "bitnami/*")) == ["bitnami/redis:7", "redis-exporter:1"]


def test_the_newest_come_first_and_equals_by_name() -> None:
    """Docker orders equally old ones at random; here it is always the same. Those without a name come last."""
    inventory = held(
        image("b:1", created=5), image("a:1", created=5), image("c:1", created=9), image(label="none", created=5)
    )
    assert names(inventory) == ["c:1", "a:1", "b:1", "<none>"]


FAMILY = held(
    image(label="parent", created=1),
    image("child:1", parent="parent", created=2),
    image(label="head", created=3, labels={"stage": "test", "empty": ""}),
    image(f"r@{DIGEST}", label="digest only", created=4, labels={"stage": "live"}),
    image("r:1", created=5),
)


@pytest.mark.parametrize(
    ("filters", "everything", "found"),
    [
        ((), False, ["r:1", f"r@{DIGEST}", "<head>", "child:1"]),
        ((), True, ["r:1", f"r@{DIGEST}", "<head>", "child:1", "<parent>"]),
        ((("dangling", "true"),), False, [f"r@{DIGEST}", "<head>"]),
        ((("dangling", "1"),), True, [f"r@{DIGEST}", "<head>"]),
        ((("dangling", "false"),), False, ["r:1", f"r@{DIGEST}", "child:1"]),
        ((("label", "stage"),), False, [f"r@{DIGEST}", "<head>"]),
        ((("label", "stage=test"),), False, ["<head>"]),
        ((("label", "empty="),), False, ["<head>"]),
        ((("label", "stage"), ("label", "stage=live")), False, [f"r@{DIGEST}"]),
        ((("before", "r:1"),), False, [f"r@{DIGEST}", "<head>", "child:1"]),
        ((("since", "child:1"), ("before", "r:1")), False, [f"r@{DIGEST}", "<head>"]),
        ((("until", "3"),), True, ["child:1", "<parent>"]),
        ((("until", "6s"), ("label", "stage")), False, []),
    ],
)
def test_filters_choose_as_docker_does(filters: Filters, everything: bool, found: list[str]) -> None:  # noqa: FBT001
    """Intermediate images show with ``-a`` only; filters of different keys all count, and so do several of one key."""
    family = held(*FAMILY.images.values(), taken_at=6)
    assert names(family, None, *filters, everything=everything) == found


@pytest.mark.parametrize(
    ("key", "value", "found", "on_classic"),
    [
        ("label", "team!=cache", ["b:1"], []),
        ("label", "team!", ["c:1"], []),
        ("label", "nosuch!=x", [], []),
        ("label!", "team", ["c:1"], None),
        ("label!", "team=cache", ["b:1"], None),
        ("label!", "team!=cache", ["a:1"], None),
        ("label!", "nosuch=1", [], None),
    ],
)
def test_the_containerd_store_knows_the_opposite_of_a_label(
    key: str, value: str, found: list[str], on_classic: list[str] | None
) -> None:
    """Another value, or no such label; to the classic store the sign belongs to the label's name."""
    images = (image("a:1", labels={"team": "cache"}), image("b:1", labels={"team": "web"}), image("c:1"))
    assert names(held(*images, store=Store.CONTAINERD), None, (key, value)) == found
    listing = listed(held(*images), None, ((key, value),), everything=False)
    assert (None if isinstance(listing, BadFilter) else [row.image.id for row in listing]) == on_classic


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("reference", "[x-]", "syntax error in pattern"),
        ("dangling", "maybe", "invalid filter 'dangling=[maybe]'"),
        ("label!", "x", "invalid filter 'label!'"),
        ("size", "1", "invalid filter 'size'"),
        ("before", "nope", "No such image: nope:latest"),
        ("since", "../x", "invalid reference format"),
        ("until", "soon", 'failed to parse value as time or duration: "soon"'),
    ],
)
def test_a_filter_that_docker_refuses_is_refused_in_its_words(key: str, value: str, message: str) -> None:
    """And nothing is listed."""
    assert listed(FAMILY, None, ((key, value),), everything=False) == BadFilter(message=message)


def test_dangling_cannot_be_both() -> None:
    """True and false together are refused, not an empty list."""
    both = (("dangling", "true"), ("dangling", "false"))
    assert listed(FAMILY, None, both, everything=False) == BadFilter(message="invalid filter 'dangling=[false true]'")
