"""The API's JSON becomes values: recorded answers of old and new daemons, and what they leave open."""

import pytest

from bot.dockerd import translate
from bot.images.ids import ChainId, ContainerId, ImageId, chain_ids
from bot.images.inventory import Container, ContainerState, Image, Store
from bot.images.removal import DeletedImage, DeletedLayer, Untagged, line
from tests.dockerd import recorded
from tests.dockerd.recorded import Json, digest

KNOWN = {ImageId(image): tuple(ChainId(layer) for layer in layers) for image, layers in recorded.PRUNED_LAYERS.items()}


def names(listed: Json, store: Store = Store.CLASSIC) -> list[str]:
    """Return the references that are read from one listed image, as Docker prints them."""
    return [reference.familiar for reference in translate.references(listed, store)]


@pytest.mark.parametrize(
    ("info", "store"),
    [
        (recorded.INFO_CLASSIC, Store.CLASSIC),
        (recorded.INFO_VFS, Store.CLASSIC),
        (recorded.INFO_CONTAINERD, Store.CONTAINERD),
        (recorded.INFO_PODMAN, Store.PODMAN),
        ({}, Store.CLASSIC),
    ],
)
def test_the_store_is_told_by_the_driver(info: Json, store: Store) -> None:
    """Only the containerd store names its snapshotter, and only podman the version of its builder."""
    assert translate.store(info) is store


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (recorded.DANGLING_20, []),
        (recorded.DANGLING_28, []),
        (recorded.TAGGED_20, ["redis:7", "redis:latest"]),
        (recorded.DIGEST_ONLY_20, [f"127.0.0.1:5011/t/al@{digest('d')}"]),
        (recorded.TAG_LOST_20, [f"t/al@{digest('d')}"]),
        ({"Id": digest("1")}, []),
    ],
    ids=["dangling 20", "dangling 28", "tagged", "digest only", "tag lost", "no fields"],
)
def test_references_are_the_names_that_are_there(listed: Json, expected: list[str]) -> None:
    """``<none>``, null and missing lists are no names."""
    assert names(listed) == expected


def test_the_containerd_store_holds_its_tags_only() -> None:
    """Of the containerd store a digest counts where it is among the tags: the list of digests is made up."""
    assert names(recorded.CONTAINERD_28, Store.CONTAINERD) == ["alpha:1", f"127.0.0.1:5011/t/al@{digest('d')}"]


@pytest.mark.parametrize(
    ("listed", "held_in", "told", "dangling"),
    [
        (recorded.CONTAINERD_28, Store.CONTAINERD, False, False),
        (recorded.CONTAINERD_28, Store.CONTAINERD, True, True),
        (recorded.DANGLING_28, Store.CONTAINERD, False, True),
        (recorded.DANGLING_28, Store.CLASSIC, False, False),
    ],
    ids=["named", "named and listed as dangling", "nameless", "nameless in the classic store"],
)
def test_the_containerd_store_holds_dangling_images_by_a_record(
    listed: Json, held_in: Store, *, told: bool, dangling: bool
) -> None:
    """It has one for every image without a name, and for those that the list of dangling images names."""
    assert translate.image(listed, held_in, (), dangling=told).dangling_record is dangling


def test_an_image_is_read_whole() -> None:
    """Every field that a plan needs is there."""
    layers = (ChainId(digest("b")),)
    image = translate.image(recorded.TAGGED_20, Store.CLASSIC, layers)
    assert image == Image(
        id=ImageId(digest("1")),
        references=translate.references(recorded.TAGGED_20, Store.CLASSIC),
        parent=None,
        layers=layers,
        size=200,
        created=1767225600,
        labels={"team": "cache"},
    )


def test_a_parent_is_the_image_below() -> None:
    """An image of the classic builder names its parent; labels may be null."""
    assert translate.image(recorded.DANGLING_28, Store.CLASSIC, ()).parent == digest("2")
    assert translate.image(recorded.DANGLING_20, Store.CLASSIC, ()).labels == {}


@pytest.mark.parametrize(
    "inspected", [{}, {"RootFS": None}, {"RootFS": {"Type": "layers"}}, {"RootFS": {"Layers": None}}]
)
def test_an_image_may_have_no_layer(inspected: Json) -> None:
    """Missing and null layers are none."""
    assert translate.layers(inspected) == ()


def test_layers_are_chain_ids() -> None:
    """What an inspect lists are diff IDs; layers are known by their chain IDs."""
    diffs = [digest("a"), digest("b")]
    assert translate.layers({"RootFS": {"Layers": diffs}}) == chain_ids(diffs)  # type: ignore[arg-type]  # as JSON


def test_a_container_is_read_by_image_id() -> None:
    """The image is the one by ID: the name that a container was made with may have moved."""
    assert translate.container(recorded.RUNNING_20) == Container(
        id=ContainerId("c" * 64),
        name="shop-web",
        image_id=ImageId(digest("1")),
        state=ContainerState.RUNNING,
    )


@pytest.mark.parametrize(
    ("state", "expected"),
    [("exited", ContainerState.EXITED), ("Dead", ContainerState.DEAD), ("thawing", ContainerState.RUNNING)],
)
def test_an_unheard_of_state_blocks(state: str, expected: ContainerState) -> None:
    """A state that is new to the bot counts as running."""
    assert translate.container({**recorded.RUNNING_20, "State": state, "Names": None}).state is expected


@pytest.mark.parametrize(
    ("usage", "shared"),
    [
        ({}, False),
        ({"BuildCache": None}, False),
        ({"BuildCache": [{"Type": "regular", "Shared": False}]}, False),
        ({"BuildCache": [{"Type": "internal", "Shared": False}, {"Type": "regular", "Shared": True}]}, True),
        ({"BuildCacheUsage": {"TotalCount": 0}}, False),
        ({"BuildCacheUsage": {"TotalCount": 3}}, True),
        ({"BuildCacheUsage": {"TotalCount": 1, "Items": [{"Shared": False}]}}, False),
        ({"BuildCacheUsage": {"TotalCount": 1, "Items": [{"Shared": True}]}}, True),
    ],
)
def test_a_shared_build_cache_is_seen(usage: Json, shared: bool) -> None:  # noqa: FBT001 -- a case
    """In the old shape and in the new one; totals without entries count as shared."""
    assert translate.build_cache_shared(usage) is shared


def test_images_and_layers_are_told_apart() -> None:
    """Of the values deleted, those of known images are images, and a layer belongs to the image before it."""
    one, two, three, four = (ImageId(digest(number)) for number in "1234")
    assert translate.records(recorded.PRUNED_28, one, KNOWN) == (
        Untagged(reference="par:1", image_id=one),
        DeletedImage(image_id=one),
        DeletedImage(image_id=two),
        DeletedLayer(chain_id=ChainId(digest("c")), image_id=two),
        DeletedImage(image_id=three),
        DeletedImage(image_id=four),
        DeletedLayer(chain_id=ChainId(digest("b")), image_id=four),
    )


def test_parents_that_nobody_listed_are_images() -> None:
    """A value that is no layer of the image that was removed is an image, though it was never seen."""
    one = ImageId(digest("1"))
    assert translate.records(recorded.PRUNED_28, one, {one: KNOWN[one]}) == translate.records(
        recorded.PRUNED_28, one, KNOWN
    )


def test_without_knowledge_only_the_image_itself_is_one() -> None:
    """Where nothing is known, what follows the image are its layers."""
    records = translate.records([{"Deleted": digest("1")}, {"Deleted": digest("c")}], ImageId(digest("1")), {})
    assert [type(record) for record in records] == [DeletedImage, DeletedLayer]


@pytest.mark.parametrize("known", [{}, KNOWN])
def test_records_print_as_the_daemon_wrote_them(known: translate.Layers) -> None:
    """Whatever is made of a value, its line is the daemon's."""
    expected = [f"{kind}: {value}" for entry in recorded.PRUNED_28 for kind, value in entry.items()]
    assert [line(record) for record in translate.records(recorded.PRUNED_28, ImageId(digest("1")), known)] == expected


def sized(history: list[Json], layers: int, size: int | None = None, store: Store = Store.CLASSIC) -> list[int]:
    """Return the sizes told for an image of so many layers with this history, base first."""
    chains = tuple(ChainId(digest(f"{number}")) for number in range(layers))
    total = sum(entry["Size"] for entry in history) if size is None else size
    image = Image(id=ImageId(digest("f")), layers=chains, size=total)
    told = translate.layer_bytes(image, history, store)
    assert list(told) == list(chains)[: len(told)]
    return list(told.values())


@pytest.mark.parametrize(
    ("history", "layers", "expected"),
    [
        (recorded.HISTORY_CLASSIC, 4, [100, 90, 7, 0]),
        (recorded.HISTORY_CLASSIC, 3, [100, 90, 7]),
        (recorded.HISTORY_BUILDKIT, 4, [50, 30, 0, 12]),
        (recorded.HISTORY_BUILDKIT, 3, [50, 30, 12]),
        ([], 0, []),
    ],
    ids=["classic", "classic without WORKDIR's", "BuildKit", "BuildKit without WORKDIR's", "nothing"],
)
def test_sizes_are_told_base_first(history: list[Json], layers: int, expected: list[int]) -> None:
    """An empty WORKDIR layer is told from the instructions that make none."""
    assert sized(history, layers) == expected


@pytest.mark.parametrize(
    ("layers", "size"),
    [(2, None), (5, None), (4, 1000)],
    ids=["too few layers", "too many layers", "another size than the image's"],
)
def test_sizes_are_never_guessed(layers: int, size: int | None) -> None:
    """Where history and layers do not agree, nothing is told."""
    assert sized(recorded.HISTORY_CLASSIC, layers, size) == []


def test_ambiguous_entries_are_not_guessed() -> None:
    """Two empty steps of which one made a layer: which one cannot be told."""
    history = [{"CreatedBy": "RUN true", "Size": 0}, {"CreatedBy": "WORKDIR /x", "Size": 0}]
    assert sized([*history, {"CreatedBy": "COPY a /", "Size": 5}], 2) == []


@pytest.mark.parametrize(
    ("layers", "size", "expected"),
    [
        (4, recorded.SIZE_CONTAINERD, [3006464, 2007040, 4096, 1007616]),
        (4, sum(entry["Size"] for entry in recorded.HISTORY_CONTAINERD) - 1, []),
        (3, recorded.SIZE_CONTAINERD, []),
        (5, recorded.SIZE_CONTAINERD, []),
    ],
    ids=["told", "larger than the image", "too few layers", "too many layers"],
)
def test_sizes_on_the_containerd_store(layers: int, size: int, expected: list[int]) -> None:
    """The image's size has the compressed content, too; a layer without files still has a folder."""
    assert sized(recorded.HISTORY_CONTAINERD, layers, size, Store.CONTAINERD) == expected


@pytest.mark.parametrize(
    ("usage", "size"),
    [
        ({"LayersSize": 7, "Images": []}, 7),
        ({"LayersSize": 0, "ImageUsage": {"TotalSize": 9}}, 0),
        ({"ImageUsage": {"TotalSize": 9}}, 9),
        ({"ImageUsage": {}}, None),
        ({"ImageUsage": None}, None),
        ({}, None),
    ],
)
def test_what_all_layers_take(usage: Json, size: int | None) -> None:
    """In the old shape and in the new one."""
    assert translate.layers_size(usage) == size
