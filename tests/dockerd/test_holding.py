"""What containers hold beside their image: what they have mounted, and layers of images that are gone."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from bot.dockerd.daemon import Daemon
from bot.dockerd.hosts import endpoint
from bot.dockerd.translate import Json
from bot.images.ids import ChainId, ImageId, chain_ids
from bot.images.inventory import Inventory, Mount
from tests.dockerd.lying import Answer, answer, lying
from tests.dockerd.recorded import INFO_CLASSIC, INFO_CONTAINERD, MOUNTING_28, RUNNING_20, TAGGED_20, digest
from tests.dockerd.remembering import Remembering

Of = tuple[str, Json, Json]
"""An image: its ID, its entry in the list, and what ``inspect`` tells of it."""
TOOLS, REDIS = ImageId(digest("2")), ImageId(digest("1"))
CREATED = MOUNTING_28["Created"]
NAMED = "2026-11-24T06:18:15.73447774Z"
"""When an image got its last name: in the second before the 24th of November 2026, 06:18:16."""
THEN = 1795501095
HEX_NAME = "abcdefabcdef"


def inventory(folder: Path, info: Json, answers: Mapping[str, object]) -> tuple[Inventory, list[str]]:
    """Return the inventory of a daemon with these answers by path, and what it was asked."""
    state = Remembering(about={**info, "ServerVersion": "28.5.2"})
    given: dict[str, Answer | Callable[[str], Answer]] = {
        "/info": state.info,
        "/events": state.told,
        "/system/df": answer({"BuildCache": []}),
        **{f"/{path}": of if isinstance(of, Answer) else answer(of) for path, of in answers.items()},
    }
    with lying(folder / f"{len(list(folder.iterdir()))}.sock", given) as server:
        daemon = Daemon("web-3", endpoint(server.url))
        found = daemon.inventory()
        daemon.close()
    assert isinstance(found, Inventory), found.why
    return found, server.asked


def meant(folder: Path, name: str, info: Json, metadata: object = None) -> ImageId | None:
    """Return what a mount of *name* is said to be, on a host with tools:1 and redis:7."""
    entry = {**MOUNTING_28, "Created": THEN + 1, "ImageID": REDIS, "Mounts": [{"Type": "image", "Name": name}]}
    tools = {**TAGGED_20, "Id": TOOLS, "RepoTags": ["tools:1", "tools:latest"]}
    hexed = {**TAGGED_20, "Id": digest("3"), "RepoTags": [f"{HEX_NAME}:latest"]}
    alike = [{**TAGGED_20, "Id": f"sha256:{'4' * 63}{last}", "RepoTags": []} for last in "56"]
    listed = [{**TAGGED_20, "RepoTags": ["redis:7"]}, tools, hexed, *alike]
    inspected = {f"images/{entry['Id']}/json": {"Id": entry["Id"], "Metadata": metadata} for entry in listed}
    held, _ = inventory(folder, info, {"images/json": listed, "containers/json": [entry], **inspected})
    (container,) = held.containers
    (mount,) = container.mounts
    assert mount.name == name
    return mount.image_id


@pytest.mark.parametrize(
    ("name", "image_id"),
    [
        (TOOLS, TOOLS),
        (TOOLS.removeprefix("sha256:"), TOOLS),
        (digest("9"), ImageId(digest("9"))),  # it is gone, and it was that one
        ("2" * 12, TOOLS),
        ("sha256:" + "2" * 12, TOOLS),
        ("2" * 63, TOOLS),
        ("2" * 11, None),  # so short an ID may be anything's name
        ("4" * 12, None),  # two begin so
        ("4" * 63 + "5", ImageId(f"sha256:{'4' * 63}5")),
        (HEX_NAME, None),  # it is a name
        ("0" * 12, None),
        ("gone:1", None),
        ("", None),
        ("UPPER", None),
    ],
)
@pytest.mark.parametrize("info", [INFO_CLASSIC, INFO_CONTAINERD], ids=["classic", "containerd"])
def test_an_id_is_itself(tmp_path: Path, name: str, image_id: ImageId | None, info: Json) -> None:
    """In full, or so long that nothing else begins so and nothing is called so."""
    assert meant(tmp_path, name, info, {"LastTagTime": NAMED}) == image_id


@pytest.mark.parametrize(
    ("metadata", "is_told"),
    [
        ({"LastTagTime": "2026-11-24T06:18:15.999999999Z"}, True),
        ({"LastTagTime": "2026-11-24T06:18:16Z"}, False),  # in the second in which the container was made
        ({"LastTagTime": "2026-11-24T06:18:17Z"}, False),
        ({"LastTagTime": "2026-11-24T07:18:15+01:00"}, True),
        ({"LastTagTime": ""}, False),
        ({"LastTagTime": None}, False),
        ({}, False),
        (None, False),
    ],
)
@pytest.mark.parametrize("name", ["tools:1", "tools", "docker.io/library/tools:1"])
def test_a_name_meant_the_image_that_had_it_all_the_time(
    tmp_path: Path, name: str, metadata: object, *, is_told: bool
) -> None:
    """The containerd store keeps when a name came to an image; the classic one does not of a load or a pull."""
    assert meant(tmp_path, name, INFO_CONTAINERD, metadata) == (TOOLS if is_told else None)
    assert meant(tmp_path, name, INFO_CLASSIC, metadata) is None


def test_a_digest_is_the_image_on_the_containerd_store(tmp_path: Path) -> None:
    """There it is the ID; on the classic store it may have come to another image since."""
    name = f"127.0.0.1:5000/tools@{TOOLS}"
    assert meant(tmp_path, name, INFO_CONTAINERD) == TOOLS
    assert meant(tmp_path, name, INFO_CLASSIC) is None


def test_nothing_is_asked_where_nothing_is_mounted(tmp_path: Path) -> None:
    """A folder is no image, and an image that is there tells what its container holds."""
    bound = {**RUNNING_20, "Mounts": [mount for mount in MOUNTING_28["Mounts"] if mount["Type"] == "bind"]}
    found, asked = inventory(
        tmp_path,
        INFO_CONTAINERD,
        {"images/json": [TAGGED_20], "containers/json": [bound], f"images/{REDIS}/json": {"Id": REDIS}},
    )
    assert found.containers[0].mounts == ()
    assert asked.count(f"GET /images/{REDIS}/json") == 1  # for its layers
    assert not [line for line in asked if line.startswith("GET /containers/" + "c" * 64)]


def test_a_mount_is_read(tmp_path: Path) -> None:
    """By the name that was typed."""
    found, _ = inventory(tmp_path, INFO_CLASSIC, {"images/json": [], "containers/json": [MOUNTING_28]})
    assert found.containers[0].mounts == (Mount(name="tools:1"),)


OVERLAY = {**INFO_CLASSIC, "Driver": "overlay2"}
ROOT = "/var/lib/docker/overlay2"


def folder(name: str) -> str:
    """Return a layer's folder."""
    return f"{ROOT}/{name}/diff"


def driven(folders: Sequence[str], name: str = "overlay2") -> Json:
    """Return what ``inspect`` tells of the folders (top first) of an image."""
    top, *lower = map(folder, folders)
    data = {"UpperDir": top, "MergedDir": f"{ROOT}/x/merged", **({"LowerDir": ":".join(lower)} if lower else {})}
    return {"GraphDriver": {"Name": name, "Data": data}}


def of_container(folders: Sequence[str]) -> Json:
    """Return what ``inspect`` tells of the folders (top first) below a container."""
    return {"Id": "c" * 64, **driven(["own", "own-init", *folders])}


def image(letter: str, layers: str, inspected: Json | None = None) -> Of:
    """Return an image's ID, its entry and what ``inspect`` tells of it, with a layer for each letter, base first."""
    diffs = [digest(f"{ord(layer) % 16:x}") for layer in layers]
    whole = {"Id": digest(letter), "RootFS": {"Layers": diffs}, **(inspected or driven(layers[::-1]))}
    return digest(letter), {**TAGGED_20, "Id": digest(letter), "RepoTags": [f"{layers}:1"]}, whole


def chains(layers: str) -> tuple[ChainId, ...]:
    """Return the chain IDs of these layers, base first."""
    return chain_ids([digest(f"{ord(layer) % 16:x}") for layer in layers])  # type: ignore[misc]


def held(
    tmp: Path, container: object, *images: Of, info: Json = OVERLAY
) -> tuple[tuple[ChainId, ...] | None, list[str]]:
    """Return what a container of an image that is gone holds of these, and what was asked."""
    lost = {**RUNNING_20, "ImageID": digest("f"), "State": "exited"}
    answers = {f"images/{of}/json": inspected for of, _, inspected in images}
    lists = {"images/json": [entry for _, entry, _ in images], "containers/json": [lost]}
    found, asked = inventory(tmp, info, {**lists, **answers, f"containers/{'c' * 64}/json": container})
    return found.containers[0].holds, asked


@pytest.mark.parametrize(
    ("lost", "present", "holds"),
    [
        ("abc", ["abx", "aby", "xyz"], "ab"),
        ("abc", ["abc"], "abc"),
        ("abc", ["abcd"], "abc"),
        ("abcd", ["abc", "ab"], "abc"),
        ("abc", ["a", "x", "xbc"], "a"),
        ("abc", ["xbc", "cba"], ""),
        ("abc", [], ""),
        ("a", ["abc"], "a"),
    ],
)
def test_layers_that_are_shared_with_an_image_that_is_gone(
    tmp_path: Path, lost: str, present: list[str], holds: str
) -> None:
    """They are those whose folders the container has, from the base up."""
    images = [image("123456789"[number], layers) for number, layers in enumerate(present)]
    assert held(tmp_path, of_container(lost[::-1]), *images)[0] == chains(holds)


def test_the_same_layers_in_other_folders(tmp_path: Path) -> None:
    """They went and came back: the container has those from before, and these nobody holds."""
    again = image("1", "abc", driven(["c2", "b2", "a"]))
    assert held(tmp_path, of_container("cba"), again)[0] == chains("a")


def test_of_images_that_share_their_layers_one_is_looked_at(tmp_path: Path) -> None:
    """Beyond the look at each that is new."""
    images = [image(letter, f"ab{own}") for letter, own in zip("1234", "wxyz", strict=True)]
    images.append(image("5", "xyz"))
    holds, asked = held(tmp_path, of_container("xcba"), *images)
    assert holds == chains("ab")
    looks = [line for line in asked if line.startswith("GET /images/sha256")]
    assert len(looks) == 5 + 5  # one for each base, and then one for each of the layers that may come next


NOT_TOLD: dict[str, tuple[object, Json]] = {
    "another driver": (of_container("cba"), {**INFO_CLASSIC, "Driver": "vfs"}),
    "the containerd store": (of_container("cba"), {**INFO_CONTAINERD, "Driver": "overlayfs"}),
    "a container that went": (answer({"message": "No such container"}, 404), OVERLAY),
    "no folders": ({"Id": "c" * 64, "GraphDriver": {"Name": "overlay2", "Data": None}}, OVERLAY),
    "no driver": ({"Id": "c" * 64}, OVERLAY),
    "an odd driver": ({"Id": "c" * 64, **driven("cba", "btrfs")}, OVERLAY),
}


@pytest.mark.parametrize(("container", "info"), NOT_TOLD.values(), ids=NOT_TOLD)
def test_what_is_not_told_of_the_container(tmp_path: Path, container: object, info: Json) -> None:
    """Then it may hold anything."""
    assert held(tmp_path, container, image("1", "abc"), info=info)[0] is None


@pytest.mark.parametrize(
    "inspected",
    [{"GraphDriver": None}, {"GraphDriver": {"Name": "overlay2", "Data": {}}}, driven("ba"), driven("cba", "vfs")],
    ids=["none", "empty", "too few", "another"],
)
def test_what_is_not_told_of_an_image(tmp_path: Path, inspected: Json) -> None:
    """Then the container may hold its layers."""
    assert held(tmp_path, of_container("cba"), image("1", "abc", inspected))[0] is None


def test_an_image_without_layers(tmp_path: Path) -> None:
    """Its container holds nothing, and it is held by none."""
    nothing = (digest("1"), {**TAGGED_20, "Id": digest("1")}, {"Id": digest("1"), "RootFS": {"Type": "layers"}})
    assert held(tmp_path, of_container(""), nothing)[0] == ()
