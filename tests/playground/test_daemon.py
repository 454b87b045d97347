"""The simulated daemon, asked by docker-py: it lists, inspects and removes as Docker's classic store does."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docker import APIClient
from docker.errors import APIError, ImageNotFound
from requests import HTTPError

from bot.dockerd.clock import nanoseconds, text
from bot.images.ids import chain_ids
from bot.playground.demo import simulated_daemon

REDIS = "sha256:501ad78535f015d88872e13fa87a828425117e3d28075d0c117932b05bf189b7"
CENTOS = "sha256:0584b3d2cf6d235ee310cf14b54667d889887b838d3f3d3033acd70fc3c48b8a"
NODE = "node@sha256:b4f0e0bdeb578043c1ea6862f0d40cc4afe32a4a582f3be235a3b164422be228"


@pytest.fixture
def docker(tmp_path: Path) -> Iterator[APIClient]:
    """Run a simulated daemon for one test, and return a client of it."""
    with simulated_daemon(tmp_path / "docker.sock") as url:
        client = APIClient(base_url=url, version="auto", timeout=10)
        yield client
        client.close()


def records(answer: Any) -> list[str]:  # noqa: ANN401 (docker-py leaves it open)
    """Return an answer as the lines that ``docker image rm`` prints."""
    return [f"{kind}: {name}" for record in answer for kind, name in record.items()]


def inspected(docker: APIClient, name: str) -> Any:  # noqa: ANN401 (JSON)
    """Return ``GET /images/{name}/json``."""
    return docker.inspect_image(name)


def names(docker: APIClient) -> set[str]:
    """Return every tag that the daemon lists."""
    return {tag for image in docker.images(all=True) for tag in image["RepoTags"]}


def test_it_presents_itself(docker: APIClient) -> None:
    """It speaks API 1.51, has an identity, and is of the classic store."""
    assert docker.ping()
    assert docker.version()["ApiVersion"] == "1.51"
    info = docker.info()
    assert info["ID"]
    assert info["Driver"] == "overlay2"
    assert ["driver-type", "io.containerd.snapshotter.v1"] not in info["DriverStatus"]


def test_the_images_of_the_tutorial(docker: APIClient) -> None:
    """It starts with the tutorial's images, under the IDs, digests and sizes printed there."""
    images = {tag: image for image in docker.images(all=True) for tag in image["RepoTags"]}
    seen = {tag: (images[tag]["Id"][7:19], images[tag]["Size"] // 10_000) for tag in images}
    assert {
        "centos:latest": ("0584b3d2cf6d", 19650),
        "redis:alpine": ("501ad78535f0", 2103),
        "docker:latest": ("cf693ec9b5c7", 10510),
        "nginx:latest": ("e43d811ce2f4", 18150),
        "node:slim": ("6e0c4c8e3913", 21400),
    }.items() <= seen.items()
    assert images["node:slim"]["RepoDigests"] == [NODE]


def test_it_lists_newest_first(docker: APIClient) -> None:
    """Images are listed by age, as Docker does."""
    created = [image["Created"] for image in docker.images(all=True)]
    assert created == sorted(created, reverse=True)


def test_it_lists_by_docker_filters(docker: APIClient) -> None:
    """Filters are Docker's: a name means each of its tags, and other references of the image are left out."""
    (redis, alpine) = docker.images(name="redis")
    assert (redis["RepoTags"], alpine["RepoTags"]) == (["redis:7", "redis:7.2", "redis:latest"], ["redis:alpine"])
    (labelled,) = docker.images(filters={"label": "org.opencontainers.image.source"})
    assert labelled["RepoTags"] == ["acme/api:pr-881"]
    with pytest.raises(APIError, match="invalid filter 'colour'"):
        docker.images(filters={"colour": "red"})


def test_removal_by_short_id(docker: APIClient) -> None:
    """The tutorial's first removal: references, the image, and its five layers from the top, the base as printed."""
    layers = inspected(docker, "redis:alpine")["RootFS"]["Layers"]
    lines = records(docker.remove_image("501"))
    assert lines == [
        "Untagged: redis:alpine",
        "Untagged: redis@sha256:f1ed3708f538b537eb9c2a7dd50dc90a706f7debd7e1196c9264edeea521a86d",
        f"Deleted: {REDIS}",
        *(f"Deleted: {chain}" for chain in reversed(chain_ids(layers))),
    ]
    assert lines[-1] == "Deleted: sha256:4fc455b921edf9c4aea207c51ab39b10b06540c8b4825ba57b3feed1668fa7c7"
    assert len(lines) == 8
    assert "redis:alpine" not in names(docker)


def test_removal_by_name(docker: APIClient) -> None:
    """The tutorial's second removal, line by line."""
    assert records(docker.remove_image("centos")) == [
        "Untagged: centos:latest",
        "Untagged: centos@sha256:b2f9d1c0ff5f87a4743104d099a3d561002ac500db1b9bfa02a783a46e0d366c",
        f"Deleted: {CENTOS}",
        "Deleted: sha256:97ca462ad9eeae25941546209454496e1d66749d53dfa2ee32bf1faabd239d38",
    ]


def test_removal_by_digest(docker: APIClient) -> None:
    """A digest takes its own reference away only: the tag keeps the image."""
    assert records(docker.remove_image(NODE)) == [f"Untagged: {NODE}"]
    assert inspected(docker, "node:slim")["RepoDigests"] == []


def test_a_second_tag_keeps_the_image(docker: APIClient) -> None:
    """Of an image with several tags one goes, and the image stays under the others."""
    assert records(docker.remove_image("redis:7.2")) == ["Untagged: redis:7.2"]
    assert inspected(docker, "redis:7")["RepoTags"] == ["redis:7", "redis:latest"]


def test_shared_layers_stay(docker: APIClient) -> None:
    """The application on top of redis:7.2 gives back its own layer, and the base image keeps the others."""
    own = chain_ids(inspected(docker, "acme/cache:2")["RootFS"]["Layers"])[-1]
    lines = records(docker.remove_image("acme/cache:2"))
    assert lines[0] == "Untagged: acme/cache:2"
    assert [line for line in lines if line.startswith("Deleted")][1:] == [f"Deleted: {own}"]


def test_containers_keep_their_images(docker: APIClient) -> None:
    """A running container blocks a removal by ID even with force; a stopped one blocks it without."""
    shop = inspected(docker, "acme/shop:2.1")["Id"]
    with pytest.raises(APIError, match=r"cannot be forced.*running container") as running:
        docker.remove_image(shop, force=True)
    preview = inspected(docker, "acme/api:pr-881")["Id"]
    with pytest.raises(APIError, match=r"must be forced.*stopped container") as stopped:
        docker.remove_image(preview)
    assert (running.value.status_code, stopped.value.status_code) == (409, 409)
    assert [container["Names"] for container in docker.containers()] == [["/shop-web"]]
    assert len(docker.containers(all=True)) == 2


def test_a_lost_build_is_dangling(docker: APIClient) -> None:
    """One image has no name; it is listed as dangling and can be removed by its ID."""
    (lost,) = docker.images(filters={"dangling": True})
    assert lost["RepoTags"] == []
    assert f"Deleted: {lost['Id']}" in records(docker.remove_image(lost["Id"]))
    assert docker.images(filters={"dangling": True}) == []


def test_what_is_not_there(docker: APIClient) -> None:
    """A name that is absent, and one that is no name, are answered in Docker's words."""
    with pytest.raises(ImageNotFound, match="No such image: node:latest"):
        docker.remove_image("node")
    with pytest.raises(ImageNotFound, match="No such image: node:latest"):
        inspected(docker, "node")
    with pytest.raises(APIError, match="invalid reference format") as refused:
        docker.remove_image("UPPER:case")
    assert refused.value.status_code == 400


def test_a_tag_can_move(docker: APIClient) -> None:
    """Tagging takes the name from the image that had it, as a build elsewhere would."""
    before = inspected(docker, "redis:alpine")["Id"]
    assert docker.tag("centos:latest", "redis", "alpine")
    assert inspected(docker, "redis:alpine")["Id"] == CENTOS
    assert inspected(docker, before)["RepoTags"] == []


def test_history_has_the_sizes_of_the_layers(docker: APIClient) -> None:
    """The history's sizes add up to the image's, with one step that made no layer."""
    steps = docker.history("redis:alpine")
    assert sum(step["Size"] for step in steps) == inspected(docker, "redis:alpine")["Size"]
    assert [step["Size"] for step in steps].count(0) == 1


def test_disk_usage_counts_shared_layers_once(docker: APIClient) -> None:
    """What all layers take together is less than the images' sizes, by what they share."""
    usage = docker.df()
    assert usage["LayersSize"] < sum(image["Size"] for image in usage["Images"])
    assert usage["BuildCache"] == []


@pytest.mark.parametrize("kind", ["image", "build-cache"])
def test_disk_usage_of_one_type(docker: APIClient, kind: str) -> None:
    """Types that are not asked for are left out, and what the layers take is the images'."""
    usage = get(docker, "/system/df", type=kind)
    whole = docker.df()
    assert usage["LayersSize"] == (whole["LayersSize"] if kind == "image" else 0)
    assert usage["Images"] == (whole["Images"] if kind == "image" else None)
    assert (usage["Containers"], usage["Volumes"]) == (None, None)
    assert usage["BuildCache"] == (None if kind == "image" else [])
    with pytest.raises(HTTPError, match="400"):
        get(docker, "/system/df", type="colour")


def test_events_are_remembered(docker: APIClient) -> None:
    """Between two moments of the daemon's own clock, both included; an end that is not yet is waited for."""
    began = docker.info()["SystemTime"]
    docker.remove_image("centos")
    docker.tag("docker:latest", "docker", "2")
    seen = remembered(docker, 0, time.time_ns())
    assert [event["Action"] for event in seen] == ["untag", "untag", "delete", "tag"]
    assert all(event["timeNano"] >= nanoseconds(began) for event in seen)
    first, last = seen[0]["timeNano"], seen[-1]["timeNano"]
    assert remembered(docker, first, last) == seen
    assert remembered(docker, last + 1, last + 2) == []
    assert remembered(docker, first, first) == [event for event in seen if event["timeNano"] == first]
    until = time.time_ns() + 200_000_000
    assert remembered(docker, last, until) == [seen[-1]]
    assert time.time_ns() >= until


@pytest.mark.parametrize(("since", "until"), [("x", "1"), ("1.1234567890", "2"), ("2", "1"), ("-1", "1")])
def test_moments_that_are_none(docker: APIClient, since: str, until: str) -> None:
    """They are refused; so is an end before the beginning."""
    with pytest.raises(HTTPError, match="400"):
        get(docker, "/events", since=since, until=until)


def test_so_many_events_are_remembered_and_no_more(docker: APIClient) -> None:
    """Docker remembers 256."""
    for number in range(300):
        docker.tag("docker:latest", "docker", str(number))
    assert len(remembered(docker, 0, time.time_ns())) == 256


def get(docker: APIClient, path: str, **query: str) -> Any:  # noqa: ANN401 (JSON)
    """Return the answer to what docker-py has no words for."""
    answer = docker.get(f"{docker.base_url}/v1.51{path}", params=query, timeout=10)
    answer.raise_for_status()
    return answer.json()


def remembered(docker: APIClient, since: int, until: int) -> list[Any]:
    """Return the events between two moments in nanoseconds since 1970."""
    query = {"since": text(since), "until": text(until)}
    answer = docker.get(f"{docker.base_url}/v1.51/events", params=query, timeout=10)
    answer.raise_for_status()
    return [json.loads(line) for line in answer.text.splitlines()]


def test_events_tell_what_others_do(docker: APIClient, tmp_path: Path) -> None:
    """Untagging and deleting are events of the image."""
    events = docker.events(decode=True)
    other = APIClient(base_url=f"unix://{tmp_path / 'docker.sock'}", version="1.51", timeout=10)
    other.remove_image("centos")
    other.close()
    seen = [next(events) for _ in range(3)]
    events.close()
    assert [event["Action"] for event in seen] == ["untag", "untag", "delete"]
    assert {event["Actor"]["ID"] for event in seen} == {CENTOS}


@pytest.mark.parametrize(
    ("path", "status"),
    [("/v1.51/version", 200), ("/version", 200), ("/v1.99/version", 400), ("/v1.12/version", 400), ("/v1.51/x", 404)],
)
def test_versions_in_the_path(tmp_path: Path, path: str, status: int) -> None:
    """A version before the path may be left out; one that is too new or too old is refused."""
    with simulated_daemon(tmp_path / "docker.sock"), socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(tmp_path / "docker.sock"))
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: docker\r\n\r\n".encode())
        assert int(connection.recv(64).split()[1]) == status


def test_the_socket_is_private(tmp_path: Path) -> None:
    """Only its user may connect, and the socket file is gone afterwards."""
    path = tmp_path / "docker.sock"
    with simulated_daemon(path, now=time.time):
        assert path.stat().st_mode & 0o777 == 0o600
    assert not path.exists()
