"""What else a daemon is asked: sizes, what all layers take, and lists by its own filters."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.dockerd.daemon import Daemon
from bot.dockerd.hosts import Endpoint
from bot.dockerd.translate import Json
from bot.flows.ports import Unreachable
from bot.images.ids import ImageId
from bot.images.inventory import Inventory
from bot.images.listing import BadFilter
from tests.dockerd.lying import Answer, Answers, Lying, answer, lying
from tests.dockerd.recorded import (
    HISTORY_CLASSIC,
    HISTORY_CONTAINERD,
    INFO_CLASSIC,
    INFO_CONTAINERD,
    SIZE_CONTAINERD,
    TAGGED_20,
    digest,
)
from tests.dockerd.remembering import Remembering
from tests.finding import among

IMAGE = ImageId(digest("1"))
LAYERS = [digest(letter) for letter in "abcd"]
BUSY = answer({"message": "a disk usage operation is already running"}, 500)


@contextmanager
def asked(
    folder: Path, answers: Mapping[str, Answer | Callable[[str], Answer]], info: Json = INFO_CLASSIC, size: int = 197
) -> Iterator[tuple[Daemon, Lying]]:
    """Give a daemon with one image of four layers."""
    state = Remembering(about={**info, "ServerVersion": "28.5.2"})
    given: Answers = {
        "/info": state.info,
        "/events": state.told,
        "/images/json": answer([{**TAGGED_20, "Size": size}]),
        f"/images/{IMAGE}/json": answer({"Id": IMAGE, "RootFS": {"Layers": LAYERS}}),
        "/containers/json": answer([]),
        "/system/df": answer({"BuildCache": []}),
        **answers,
    }
    with lying(folder / "docker.sock", given) as server:
        daemon = Daemon("web-3", Endpoint(url=server.url, timeout=timedelta(seconds=2)))
        yield daemon, server
        daemon.close()


def taken(daemon: Daemon) -> Inventory:
    """Return what the daemon holds."""
    inventory = daemon.inventory()
    assert isinstance(inventory, Inventory), inventory.why
    return inventory


@pytest.mark.parametrize(
    ("info", "history", "size", "sizes"),
    [
        (INFO_CLASSIC, HISTORY_CLASSIC, 197, [100, 90, 7, 0]),
        (INFO_CONTAINERD, HISTORY_CONTAINERD, SIZE_CONTAINERD, [3006464, 2007040, 4096, 1007616]),
    ],
    ids=["classic", "containerd"],
)
def test_sizes_are_asked_for_once(tmp_path: Path, info: Json, history: list[Json], size: int, sizes: list[int]) -> None:
    """Those that were measured are in the next inventory, and forgotten with the image."""
    with asked(tmp_path, {f"/images/{IMAGE}/history": answer(history)}, info, size) as (daemon, server):
        first = taken(daemon)
        assert first.layer_bytes == {}
        measured = daemon.measured(first, [IMAGE, ImageId(digest("9"))])
        assert [measured.layer_bytes[chain] for chain in first.images[IMAGE].layers] == sizes
        assert taken(daemon).layer_bytes == measured.layer_bytes
        assert daemon.measured(first, [IMAGE]) == measured
        assert server.asked.count(f"GET /images/{IMAGE}/history") == 1
        server.answers["/images/json"] = answer([])
        assert taken(daemon).layer_bytes == {}


def test_sizes_that_follow_are_not_asked_for(tmp_path: Path) -> None:
    """Of images with the same layers and one of their own, the first is asked of; of a part of them nothing is."""
    of = {"1": "abcd", "2": "abce", "3": "ab", "4": "abcfg"}
    answers: dict[str, Answer] = {
        f"/images/{digest(i)}/json": answer({"Id": digest(i), "RootFS": {"Layers": [digest(x) for x in layers]}})
        for i, layers in of.items()
    }
    sizes = {"1": 197, "2": 222, "3": 190, "4": 230}
    answers["/images/json"] = answer([{**TAGGED_20, "Id": digest(i), "Size": size} for i, size in sizes.items()])
    answers[f"/images/{IMAGE}/history"] = answer(HISTORY_CLASSIC)
    with asked(tmp_path, answers) as (daemon, server):
        inventory = daemon.measured(taken(daemon), [IMAGE])
        measured = daemon.measured(inventory, [ImageId(digest(i)) for i in of]).layer_bytes
        told = {i: [measured.get(c) for c in inventory.images[ImageId(digest(i))].layers] for i in of}
        assert told == {"1": [100, 90, 7, 0], "2": [100, 90, 7, 25], "3": [100, 90], "4": [100, 90, 7, None, None]}
        assert [line for line in server.asked if line.endswith("history")] == [
            f"GET /images/{IMAGE}/history",
            f"GET /images/{digest('4')}/history",
        ]


NOT_TOLD = {
    "gone": answer({"message": "No such image"}, 404),
    "failed": answer({"message": "unable to find the size of the layer"}, 500),
    "nothing": answer(None),
    "an object": answer({}),
    "not JSON": Answer(body=b"<html>"),
    "slow": Answer(late=True),
    "another image's": answer([{"CreatedBy": "COPY a /", "Size": 197}]),
}


@pytest.mark.parametrize("history", NOT_TOLD.values(), ids=NOT_TOLD)
def test_sizes_that_are_not_told(tmp_path: Path, history: Answer) -> None:
    """Then they are not known."""
    with asked(tmp_path, {f"/images/{IMAGE}/history": history}) as (daemon, _):
        inventory = taken(daemon)
        assert daemon.measured(inventory, [IMAGE]) == inventory


@pytest.mark.parametrize(
    ("usage", "used"),
    [
        (answer({"LayersSize": 7}), 7),
        (answer({"ImageUsage": {"TotalSize": 9}}), 9),
        (answer({"message": "forbidden"}, 403), None),
        (answer({"LayersSize": "much"}), None),
        (answer([]), None),
        (Answer(body=b"<html>"), None),
        (Answer(late=True), None),
    ],
)
def test_what_all_layers_take(tmp_path: Path, usage: Answer, used: int | None) -> None:
    """It is asked of images alone, and None where the daemon does not say."""
    with asked(tmp_path, {"/system/df": usage}) as (daemon, server):
        assert daemon.used() == used
        assert server.asked[-1] == "GET /system/df?type=image"


def test_a_daemon_that_adds_up_for_another(tmp_path: Path) -> None:
    """Docker 20.10 refuses the second that asks; in a moment it does not any more."""
    given = iter([BUSY, BUSY, answer({"LayersSize": 7})])
    with asked(tmp_path, {"/system/df": lambda _: next(given)}) as (daemon, _):
        assert daemon.used() == 7
    given = iter([BUSY, answer({"BuildCache": []})])
    (tmp_path / "again").mkdir()
    with asked(tmp_path / "again", {"/system/df": lambda _: next(given)}) as (daemon, _):
        assert not taken(daemon).build_cache_shared


def test_a_daemon_that_never_ends_to_add_up(tmp_path: Path) -> None:
    """It is not waited for longer than for any answer."""
    with asked(tmp_path, {"/system/df": BUSY}) as (daemon, _):
        assert daemon.used() is None


def test_a_list_by_filters(tmp_path: Path) -> None:
    """Values of the same key go together; what comes back are IDs."""

    def images(path: str) -> Answer:
        query = parse_qs(urlsplit(path).query)
        assert query["all"] == ["1"]
        assert query["filters"] == ['{"until": ["24h"], "label": ["a", "b=c"]}']
        return answer([TAGGED_20])

    with asked(tmp_path, {"/images/json": images}) as (daemon, _):
        assert among(daemon.listed((("until", "24h"), ("label", "a"), ("label", "b=c")))) == frozenset({IMAGE})


@pytest.mark.parametrize(
    ("refusal", "message"),
    [
        (answer({"message": "invalid filter 'colour'"}, 400), "invalid filter 'colour'"),
        (answer({"message": "No such image: nosuch:1"}, 404), "No such image: nosuch:1"),
        (answer({"message": "syntax error in pattern"}, 500), "syntax error in pattern"),
    ],
)
def test_a_filter_that_the_daemon_refuses(tmp_path: Path, refusal: Answer, message: str) -> None:
    """Its own words say why."""
    with asked(tmp_path, {"/images/json": refusal}) as (daemon, _):
        assert daemon.listed((("colour", "red"),)) == BadFilter(message=message)


@pytest.mark.parametrize(
    "failure",
    [
        answer({"message": "disk on fire"}, 500),
        answer({"message": "forbidden"}, 403),
        answer({"why": "forbidden"}, 403),
        answer(None),
        answer([1]),
        Answer(body=b"<html>"),
        Answer(late=True),
    ],
)
def test_a_list_that_does_not_come(tmp_path: Path, failure: Answer) -> None:
    """That is no refusal of the filter."""
    with asked(tmp_path, {"/images/json": failure}) as (daemon, _):
        assert isinstance(daemon.listed((("dangling", "true"),)), Unreachable)


def test_many_at_once_do_not_get_into_each_others_way(tmp_path: Path) -> None:
    """Plans are made side by side, and each of them measures."""
    with asked(tmp_path, {f"/images/{IMAGE}/history": answer(HISTORY_CLASSIC)}) as (daemon, _):
        with ThreadPoolExecutor(12) as threads:
            measured = list(threads.map(lambda _: daemon.measured(taken(daemon), [IMAGE]), range(36)))
        assert all(len(inventory.layer_bytes) == 4 for inventory in measured)
