"""Plans: what is sent, how sure it is, what is printed of it."""

import time

import pytest

from bot.images.ids import ContainerId, short
from bot.images.inventory import Container, ContainerState, Inventory, Store
from bot.images.predict import BUILD_CACHE, GONE_IMAGE, Printed, Unsupported, plan, printed
from bot.images.removal import Certainty, DeletedLayer, Removal, Removed
from tests.images.making import DIGEST, chains, deleted, held, image, image_id, planned, reference, step

TWO = held(image("redis:latest", "redis:7", f"redis@{DIGEST}", layers="ab"), image("nginx:1", layers="a"))
ID = image_id("redis:latest")


@pytest.mark.parametrize(
    ("word", "target"),
    [
        ("redis", "redis:latest"),
        ("docker.io/library/redis:7", "redis:7"),
        (f"redis@{DIGEST}", f"redis@{DIGEST}"),
        (f"redis:9@{DIGEST}", f"redis:9@{DIGEST}"),
        (short(ID), ID),
        (ID.removeprefix("sha256:"), ID),
    ],
)
def test_what_is_sent_says_all_of_what_was_meant(word: str, target: str) -> None:
    """A name goes with its tag or digest, an ID in full, even where Docker would refuse it."""
    assert step(TWO, word, force=True).removal == Removal(word=word, target=target, image_id=ID, force=True)


@pytest.mark.parametrize("word", ["nope", "../containers/x", "Redis", "", "f" * 64])
def test_nothing_is_sent_for_a_word_that_means_nothing(word: str) -> None:
    """There is neither a target nor an image."""
    removal = step(TWO, word).removal
    assert (removal.target, removal.image_id) == (None, None)


def test_a_name_that_docker_prints_like_another_is_sent_in_full() -> None:
    """``docker.io/localhost/x`` would be read as of the registry ``localhost``."""
    assert step(held(image("docker.io/localhost/x:1")), "docker.io/localhost/x:1").removal.target == (
        "docker.io/localhost/x:1"
    )


@pytest.mark.parametrize("version", ["24.0.9", "unknown"])
def test_the_containerd_store_is_not_predicted_before_docker_25(version: str) -> None:
    """It answered otherwise then, so there is no plan, and the reason names host and version."""
    inventory = held(image("r:1"), store=Store.CONTAINERD, version=version)
    assert plan(inventory, ["r:1"], command="rm r:1", force=False, prune=True) == Unsupported(
        why=f"web-3 keeps its images in the containerd store of Docker {version}. I can predict removals there from"
        " version 25 on, so I remove nothing."
    )


def test_podman_is_not_predicted() -> None:
    """It speaks Docker's API and removes otherwise."""
    made = plan(held(image("r:1"), store=Store.PODMAN), ["r:1"], command="rm r:1", force=False, prune=True)
    assert made == Unsupported(
        why="web-3 is podman, which removes images by other rules than Docker. I only list them there."
    )


def test_a_plan_is_of_one_daemon_and_one_command() -> None:
    """Host, daemon, store and the text of the command are part of it."""
    made = plan(TWO, ["nginx:1"], command="rm nginx:1", force=False, prune=True)
    assert not isinstance(made, Unsupported)
    assert (made.host, made.daemon_id, made.store, made.command) == ("web-3", "D1", Store.CLASSIC, "rm nginx:1")
    assert made.removes
    assert not planned(TWO, "nope").removes


def test_layers_come_with_their_sizes() -> None:
    """Where a layer was measured its record has the bytes, and otherwise nothing."""
    base, top = chains("ab")
    outcome = step(held(image("r:1", layers="ab"), layer_bytes={top: 28}), "r:1").outcome
    assert isinstance(outcome, Removed)
    layers = [record for record in outcome.records if isinstance(record, DeletedLayer)]
    assert [(layer.chain_id, layer.bytes) for layer in layers] == [(top, 28), (base, None)]


STRAY = Container(
    id=ContainerId("c" * 64), name="old", image_id=image_id("no longer here"), state=ContainerState.EXITED
)


@pytest.mark.parametrize(
    ("inventory", "certainty", "doubt"),
    [
        (held(image("r:1", layers="a")), Certainty.EXACT, ""),
        (held(image("r:1", layers="a"), build_cache_shared=True), Certainty.AT_MOST, BUILD_CACHE),
        (held(image("r:1", layers="a"), containers=[STRAY]), Certainty.AT_MOST, GONE_IMAGE),
        (held(image("r:1", "r:2", layers="a"), build_cache_shared=True), Certainty.EXACT, ""),
        (held(image("r:1"), build_cache_shared=True), Certainty.EXACT, ""),
    ],
    ids=["all is known", "build cache", "container of an image that is gone", "only a name goes", "no layers"],
)
def test_only_layers_are_ever_in_doubt(inventory: Inventory, certainty: Certainty, doubt: str) -> None:
    """What the build cache or an unknown container may hold is *at most*, and the reason is given."""
    made = step(inventory, "r:1")
    assert (made.certainty, made.doubt) == (certainty, doubt)


def test_it_is_printed_as_docker_prints_it() -> None:
    """Records as they come, then every error in the order of the words, and the exit code 1."""
    assert printed(planned(TWO, "nope", "nginx:1", "Redis")) == Printed(
        stdout=("Untagged: nginx:1", f"Deleted: {image_id('nginx:1')}"),
        stderr=(
            "Error response from daemon: No such image: nope:latest",
            "Error response from daemon: invalid reference format: repository name (library/Redis) must be lowercase",
        ),
        exit_code=1,
    )


@pytest.mark.parametrize(
    ("words", "force", "code"),
    [
        (["nginx:1"], False, 0),
        (["nope"], False, 1),
        (["nope"], True, 0),
        (["nope", "nginx:1"], True, 0),
        (["nope", "Redis"], True, 1),
        ([short(ID)], False, 1),
    ],
)
def test_the_exit_code_forgives_only_what_is_not_there(words: list[str], force: bool, code: int) -> None:  # noqa: FBT001
    """With ``--force`` a missing image is no error; any other error is."""
    assert printed(planned(TWO, *words, force=force)).exit_code == code


def test_shared_layers_are_printed_once() -> None:
    """The second image prints what the first one left."""
    assert list(printed(planned(TWO, ID, "nginx:1", force=True)).stdout)[-2:] == [
        f"Deleted: {image_id('nginx:1')}",
        *deleted("a"),
    ]


def test_a_plan_of_ten_thousand_images_takes_seconds() -> None:
    """No step searches through the whole inventory, which would take minutes."""
    inventory = held(*(image(f"ci/app:{number}", layers="abcde") for number in range(10_000)))
    names = [f"ci/app:{number}" for number in range(10_000)]
    began = time.process_time()
    made = planned(inventory, *names)
    assert time.process_time() - began < 20  # about 1 on the machine that this was written on
    assert sum(isinstance(step.outcome, Removed) for step in made.steps) == 10_000
    assert reference(names[-1]).familiar == made.steps[-1].removal.target
