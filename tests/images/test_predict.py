"""Plans: what is sent, how sure it is, what is printed of it."""

from dataclasses import replace

import pytest

from bot.images.doubts import BUILD_CACHE, GONE_IMAGE
from bot.images.glob import Glob, compiled
from bot.images.ids import ContainerId, short
from bot.images.inventory import Container, ContainerState, Inventory, Mount, Store
from bot.images.predict import Printed, Unsupported, Wanted, plan, printed
from bot.images.protection import Protection
from bot.images.removal import (
    Certainty,
    DeletedLayer,
    Doubt,
    Holder,
    Part,
    Plan,
    Refusal,
    Refused,
    Removal,
    Removed,
)
from tests.images.making import (
    DIGEST,
    chains,
    container,
    deleted,
    held,
    image,
    image_id,
    planned,
    said,
    step,
)

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
    """Docker prints ``docker.io/localhost/x`` like a name of the registry ``localhost``, and keeps it so, too."""
    name = "docker.io/localhost/x:1"
    assert step(held(image("localhost/x:1")), name, force=True).removal.target == name


@pytest.mark.parametrize("version", ["24.0.9", "unknown"])
def test_the_containerd_store_is_not_predicted_before_docker_25(version: str) -> None:
    """It answered otherwise then, so there is no plan, and the reason names host and version."""
    inventory = held(image("r:1"), store=Store.CONTAINERD, version=version)
    assert plan(inventory, Wanted(words=["r:1"])) == Unsupported(
        why=f"web-3 keeps its images in the containerd store of Docker {version}. I can predict removals there from"
        " version 25 on, so I remove nothing."
    )


def test_podman_is_not_predicted() -> None:
    """It speaks Docker's API and removes otherwise."""
    made = plan(held(image("r:1"), store=Store.PODMAN), Wanted(words=["r:1"]))
    assert made == Unsupported(
        why="web-3 is podman, which removes images by other rules than Docker. I only list them there."
    )


def test_a_plan_is_of_one_daemon_and_one_command() -> None:
    """Host, daemon, store and the text of the command are part of it."""
    made = plan(TWO, Wanted(words=["nginx:1"], command="rm nginx:1"))
    assert isinstance(made, Plan)
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
    ("inventory", "doubt"),
    [
        (held(image("r:1", layers="a")), ""),
        (held(image("r:1", layers="a"), build_cache_shared=True), BUILD_CACHE),
        (held(image("r:1", layers="a"), containers=[STRAY]), GONE_IMAGE),
        (held(image("r:1", "r:2", layers="a"), build_cache_shared=True), ""),
        (held(image("r:1"), build_cache_shared=True), ""),
    ],
    ids=["all is known", "build cache", "container of an image that is gone", "only a name goes", "no layers"],
)
def test_layers_that_something_unknown_may_hold_are_in_doubt(inventory: Inventory, doubt: str) -> None:
    """What the build cache or an unknown container may hold is *at most*, and the reason is given."""
    made = step(inventory, "r:1")
    assert made.doubts == ((Doubt(part=Part.LAYERS, why=doubt),) if doubt else ())
    assert made.certainty is (Certainty.AT_MOST if doubt else Certainty.EXACT)


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


@pytest.mark.parametrize(
    ("inventory", "word", "force", "by_id"),
    [
        (held(image("r:1", f"r@{DIGEST}", label="i")), "r:1", False, True),
        (held(image("r:1", label="i")), "docker.io/library/r:1", False, True),
        (held(image(f"r@{DIGEST}", label="i")), f"r@{DIGEST}", False, True),
        (held(image("r:1", label="i")), "r:1", True, False),
        (held(image("r:1", "r:2", label="i")), "r:1", False, False),
        (held(image("r:1", f"s@{DIGEST}", label="i")), "r:1", False, False),
        (held(image("r:1", f"r@{DIGEST}", label="i")), f"r@{DIGEST}", False, False),
        (held(image("r:1", f"r@{DIGEST}", label="i")), f"r:1@{DIGEST}", False, False),
        (held(image("r:1", label="i"), image("s:1", parent="i")), "r:1", False, False),
        (held(image("r:1", label="i"), containers=[container("i")]), "r:1", False, False),
        (held(image("r:1", label="i"), store=Store.CONTAINERD), "r:1", False, True),
        (held(image("r:1", label="i", dangling=True), store=Store.CONTAINERD), "r:1", False, True),
        (held(image("r:1", "s:1", label="i"), store=Store.CONTAINERD), "r:1", False, False),
        (held(image("r:1", label="i"), image("s:1", parent="i"), store=Store.CONTAINERD), "r:1", False, False),
    ],
)
def test_a_name_goes_by_id_where_that_does_the_same(
    inventory: Inventory, word: str, *, force: bool, by_id: bool
) -> None:
    """Then a name that moves a moment later takes no other image away; what is answered is the same by either."""
    made = step(inventory, word, force=force)
    assert (made.removal.target == image_id("i")) is by_id
    if by_id:
        assert said(step(inventory, image_id("i"))) == said(made)


def test_a_container_that_has_the_image_mounted_uses_it() -> None:
    """By name it is refused, by ID it is not looked at; its layers stay for the mount."""
    mounter = replace(STRAY, image_id=image_id("run"), mounts=(Mount(name="r:1", image_id=image_id("i")),))
    inventory = held(image("r:1", label="i", layers="ab"), image("run:1", label="run"), containers=[mounter])
    (refusal,) = said(step(inventory, "r:1"))
    assert refusal.endswith(f"container cccccccccccc is using its referenced image {short(image_id('i'))}")
    assert step(inventory, "r:1").stays[0].holders[1] == Holder(kind="mount", name="container old", detail="exited")
    assert step(inventory, "r:1").removal.target == "r:1"  # its ID would remove the image
    for made in (step(inventory, image_id("i")), step(inventory, "r:1", force=True)):
        assert said(made) == ["Untagged: r:1", f"Deleted: {image_id('i')}"]
        assert [(stays.layers, stays.holders[0].name) for stays in made.stays] == [(2, "container old")]
        assert made.doubts == ()


def test_on_the_containerd_store_a_mount_keeps_the_image_against_force() -> None:
    """By name only the name goes, as with any other container."""
    mounter = replace(STRAY, image_id=image_id("run"), mounts=(Mount(name="r:1", image_id=image_id("i")),))
    images = (image("r:1", label="i"), image("run:1", label="run"))
    inventory = held(*images, containers=[mounter], store=Store.CONTAINERD)
    assert said(step(inventory, "r:1"))[0].startswith("conflict: conflict: unable to delete r:1 (must be forced)")
    assert said(step(inventory, "r:1", force=True)) == ["Untagged: r:1"]
    assert said(step(inventory, image_id("i"))) == ["Untagged: r:1", f"Deleted: {image_id('i')}"]


UNTOLD = replace(STRAY, image_id=image_id("run"), mounts=(Mount(name="moved:1"),))
RUN = image("run:1", label="run")


@pytest.mark.parametrize(
    ("word", "force", "store", "parts"),
    [
        ("r:1", False, Store.CLASSIC, [Part.OUTCOME, Part.LAYERS]),
        ("r:1", True, Store.CLASSIC, [Part.LAYERS]),
        (image_id("i"), False, Store.CLASSIC, [Part.LAYERS]),
        ("two:1", False, Store.CLASSIC, []),
        ("run:1", False, Store.CLASSIC, []),
        ("r:1", True, Store.CONTAINERD, [Part.OUTCOME]),
        (image_id("i"), False, Store.CONTAINERD, []),
    ],
)
def test_a_mount_of_nobody_knows_what_makes_removals_by_name_doubtful(
    word: str, store: Store, parts: list[Part], *, force: bool
) -> None:
    """Docker keeps the name as it was typed. What is refused, or only untags, it changes nothing about."""
    images = (image("r:1", label="i", layers="ab"), image("two:1", "two:2"), RUN)
    made = step(held(*images, containers=[UNTOLD], store=store), word, force=force)
    assert [doubt.part for doubt in made.doubts] == parts
    assert all("container old has an image mounted that was called moved:1" in doubt.why for doubt in made.doubts)
    if Part.OUTCOME in parts:
        assert made.removal.target == word  # by ID Docker would not look at the mount


def test_after_a_step_in_doubt_everything_is() -> None:
    """Where Docker refuses the name for the mount, the ID after it is still there."""
    images = (image("r:1", label="i", layers="ab"), image("two:1"), RUN)
    made = planned(held(*images, containers=[UNTOLD]), "two:1", "r:1", image_id("i"), "run:1")
    assert [step.doubtful(Part.OUTCOME) for step in made.steps] == [True, True, True, True]
    certain = planned(held(*images, containers=[UNTOLD]), image_id("i"), "r:1", "run:1")
    assert [step.doubtful(Part.OUTCOME) for step in certain.steps] == [False, False, False]


def test_a_host_that_changed_meanwhile_makes_everything_doubtful() -> None:
    """The parts of its inventory may not belong together, so nothing that is said of it is exact."""
    made = planned(replace(TWO, changed=True), "nginx:1", "nope")
    assert all([doubt.part for doubt in step.doubts] == [Part.OUTCOME, Part.LAYERS] for step in made.steps)


def test_a_container_keeps_the_layers_that_it_is_known_to_hold() -> None:
    """Its image is gone; which of the layers here it holds was told by the storage driver, so that all is exact."""
    base, _ = chains("ab")
    inventory = held(image("r:1", layers="ab"), containers=[replace(STRAY, holds=(base, chains("ax")[1]))])
    made = step(inventory, "r:1")
    assert said(made) == ["Untagged: r:1", f"Deleted: {image_id('r:1')}", *deleted("ab", down_to="a")]
    assert made.doubts == ()
    assert made.stays[0].holders == (Holder(kind="container", name="container old", detail="exited"),)


def test_a_name_that_is_protected_stays() -> None:
    """Whatever word would untag it, and the rest of the plan is made as if it had not been asked for."""
    glob = compiled("base/*")
    assert isinstance(glob, Glob)
    rule = Protection(name="base-images", patterns=(glob,))
    inventory = held(image("base/os:1", "other:1", label="i"), image("base/os:2", label="j"), image("r:1"))

    def refused(*words: str, force: bool = False) -> list[bool]:
        made = plan(inventory, Wanted(words=words, force=force, protections=(rule,)))
        assert isinstance(made, Plan)
        return [isinstance(s.outcome, Refused) and s.outcome.refusal is Refusal.PROTECTED for s in made.steps]

    assert refused("base/os:1", "other:1", "base/os:1", "r:1") == [True, False, True, False]


@pytest.mark.parametrize(
    ("store", "word", "is_kept"),
    [
        (Store.CLASSIC, f"r@{DIGEST}", False),
        (Store.CLASSIC, "r:1", True),
        (Store.CONTAINERD, f"r:1@{DIGEST}", True),
        (Store.CONTAINERD, f"r@{image_id('i')}", True),
        (Store.CONTAINERD, "r:2", False),
    ],
)
def test_protection_goes_by_what_would_go(store: Store, word: str, *, is_kept: bool) -> None:
    """A digest of the classic store goes alone; on the containerd store it takes the tags of its repository along."""
    glob = compiled("r:1")
    assert isinstance(glob, Glob)
    names = ("r:1", "r:2", f"r:1@{DIGEST}") if store is Store.CONTAINERD else ("r:1", f"r@{DIGEST}")
    wanted = Wanted(words=(word,), protections=(Protection(name="ours", patterns=(glob,)),))
    made = plan(held(image(*names, label="i"), store=store), wanted)
    assert isinstance(made, Plan)
    outcome = made.steps[0].outcome
    assert (isinstance(outcome, Refused) and outcome.refusal is Refusal.PROTECTED) is is_kept


def test_protection_holds_against_ids_and_force() -> None:
    """By ID every name would go."""
    glob = compiled("base/*")
    assert isinstance(glob, Glob)
    rule = Protection(name="base-images", patterns=(glob,))
    inventory = held(image("base/os:1", "other:1", label="i"), image("base/os:2", label="j"), image("r:1"))

    def refused(*words: str, force: bool = False) -> list[bool]:
        made = plan(inventory, Wanted(words=words, force=force, protections=(rule,)))
        assert isinstance(made, Plan)
        return [isinstance(s.outcome, Refused) and s.outcome.refusal is Refusal.PROTECTED for s in made.steps]

    assert refused(image_id("i"), image_id("j"), "other:1", force=True) == [True, True, False]
