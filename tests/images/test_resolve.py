"""What a word means (engines of the classic store: name first, then the beginning of an ID)."""

import pytest

from bot.images.ids import ImageId
from bot.images.inventory import Inventory, Store
from bot.images.removal import Refusal, Refused
from bot.images.resolve import Identified, Meaning, Named, resolve
from bot.images.suggest import closest
from bot.images.world import World
from tests.images.making import DIGEST, OTHER_DIGEST, held, image, image_id, reference, step

ABCD, ABCE, FFFF = image_id(":abcd"), image_id(":abce"), image_id(":ffff")


def meaning(inventory: Inventory, word: str) -> Meaning:
    """Return what a word means to a daemon with this inventory."""
    return resolve(World(inventory), word)


def named(image_id: ImageId, typed: str, kept: str = "") -> Named:
    """Return the meaning of a word that names an image."""
    return Named(image_id=image_id, typed=reference(typed), held=reference(kept or typed))


def missing(name: str) -> Refused:
    """Return the answer where nothing has this name."""
    return Refused(refusal=Refusal.NOT_FOUND, message=f"No such image: {name}")


HELD = held(
    image("alpha:latest", f"alpha@{DIGEST}", label=":abcd"),
    image("beta:1", f"reg:5000/t/al@{DIGEST}", label=":abce"),
    image("ffff:2", "sha256:ab", label=":ffff"),
)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("alpha", named(ABCD, "alpha:latest")),
        ("alpha:latest", named(ABCD, "alpha:latest")),
        ("docker.io/library/alpha", named(ABCD, "alpha:latest")),
        ("index.docker.io/library/alpha:latest", named(ABCD, "alpha:latest")),
        ("library/alpha", named(ABCD, "alpha:latest")),
        (f"alpha@{DIGEST}", named(ABCD, f"alpha@{DIGEST}")),
        (f"alpha:9@{DIGEST}", named(ABCD, f"alpha:9@{DIGEST}", f"alpha@{DIGEST}")),
        (f"reg:5000/t/al@{DIGEST}", named(ABCE, f"reg:5000/t/al@{DIGEST}")),
        ("abcd", Identified(image_id=ABCD)),
        ("sha256:abcd", Identified(image_id=ABCD)),
        ("f", Identified(image_id=FFFF)),
        (ABCD, Identified(image_id=ABCD)),
        (ABCD.removeprefix("sha256:"), Identified(image_id=ABCD)),
        ("ffff", Identified(image_id=FFFF)),
        ("sha256:ab", named(FFFF, "sha256:ab")),
        ("abc", missing("abc:latest")),
        ("beta", missing("beta:latest")),
        (f"beta@{DIGEST}", missing(f"beta@{DIGEST}")),
        (f"alpha@{OTHER_DIGEST}", missing(f"alpha@{OTHER_DIGEST}")),
        (DIGEST, missing(DIGEST)),
        ("d1" * 32, missing(DIGEST)),
        ("sha512:" + "a" * 128, missing("sha512:" + "a" * 128)),
        ("sha256:zz", missing("sha256:zz")),
        ("sha384:abcd", missing("sha384:abcd")),
        ("docker.io/abcd", missing("abcd:latest")),
        ("", Refused(refusal=Refusal.NOT_FOUND, message="page not found")),
        (" ", Refused(refusal=Refusal.INVALID, message="image name cannot be blank")),
        ("../containers/x", Refused(refusal=Refusal.INVALID, message="invalid reference format")),
        (
            "ABCD",
            Refused(
                refusal=Refusal.INVALID,
                message="invalid reference format: repository name (library/ABCD) must be lowercase",
            ),
        ),
    ],
)
def test_a_word_means_what_it_means_to_docker(word: str, expected: Meaning) -> None:
    """Names come before IDs, one digit is enough for an ID, and the tag beside a digest does not count."""
    assert meaning(HELD, word) == expected


def test_a_name_wins_over_the_id_that_begins_like_it() -> None:
    """``abcd`` with a tag latest is that image, though another one's ID begins so."""
    inventory = held(image("abcd:latest", label=":ffff"), image("other:1", label=":abcd"))
    assert meaning(inventory, "abcd") == named(FFFF, "abcd:latest")


def test_a_name_without_the_tag_latest_falls_through_to_an_id() -> None:
    """``abcd`` where only ``abcd:2`` is held means the image whose ID begins so: another one."""
    inventory = held(image("abcd:2", label=":ffff"), image("other:1", label=":abcd"))
    assert meaning(inventory, "abcd") == Identified(image_id=ABCD)


@pytest.mark.parametrize("word", ["s", "sha", "sha256", "abcd"])
def test_a_name_that_is_how_its_own_id_begins_is_an_id(word: str) -> None:
    """Docker looks only whether the ID begins with what was typed, with ``sha256:`` or without."""
    inventory = held(image(f"{word}:latest", label=":abcd"))
    assert meaning(inventory, word) == Identified(image_id=ABCD)
    assert meaning(inventory, f"{word}:latest") == named(ABCD, f"{word}:latest")


@pytest.mark.parametrize("kept", ["localhost/x:1", "a_b.c/d:1"])
def test_the_classic_store_keeps_familiar_forms(kept: str) -> None:
    """What Docker prints alike is one name there, whatever registry it is of."""
    meant = meaning(held(image(kept, label=":abcd")), f"docker.io/{kept}")
    assert isinstance(meant, Named)
    assert (meant.image_id, meant.held.familiar, meant.typed.familiar) == (ABCD, kept, kept)
    other = meaning(held(image(kept, label=":abcd"), store=Store.CONTAINERD), f"docker.io/{kept}")
    assert other == missing(kept)


def test_docker_20_does_not_name_the_part_with_capitals() -> None:
    """The message has no parenthesis there."""
    assert meaning(held(version="20.10.24+dfsg1"), "Redis") == Refused(
        refusal=Refusal.INVALID, message="invalid reference format: repository name must be lowercase"
    )


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("redsi", "Did you mean redis:6, redis:7.0, redis:7.2 and 1 more?"),
        ("redis", "redis means redis:latest. Here are redis:6, redis:7.0, redis:7.2 and 1 more."),
        ("redis:8", "Here are redis:6, redis:7.0, redis:7.2 and 1 more."),
        ("team/api", "team/api means team/api:latest. Here is team/api:3."),
        ("abc", "abc is how several IDs begin: abcd00000000 (nginx:1), abce00000000."),
        ("zzzzzz", ""),
        ("../containers/x", ""),
        ("d1" * 32, ""),
    ],
)
def test_what_is_not_found_is_answered_with_what_is_like_it(word: str, hint: str) -> None:
    """Other tags of the name, or near names, or the images whose IDs begin so; at most three, and how many more."""
    inventory = held(
        image("redis:7.2", "redis:7.0", "redis:6", "redis:7.2-alpine"),
        image("team/api:3"),
        image("nginx:1", label=":abcd"),
        image(label=":abce"),
    )
    assert step(inventory, word).hint == hint


def test_closest_names_the_tags_of_the_nearest_name() -> None:
    """Only tags that are there, in Docker's order."""
    assert closest(World(held(image("redis:7", "redis:6"), image(f"redsy@{DIGEST}"))), "redsi") == (
        "redis:6",
        "redis:7",
    )
