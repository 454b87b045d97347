"""Asking a daemon: the version, the connections of threads, and what is said when it does not answer."""

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from docker import APIClient

from bot.dockerd.clients import Clients, NotDocker, version
from bot.dockerd.daemon import Daemon
from bot.dockerd.hosts import Endpoint
from bot.flows.ports import Unreachable
from bot.images.inventory import Inventory
from tests.dockerd.lying import Answer, Lying, answer, lying, stream
from tests.dockerd.recorded import DANGLING_20, INFO_CLASSIC, digest

IMAGE = digest("1")
HELD = {
    "/info": answer({**INFO_CLASSIC, "ServerVersion": "20.10.24"}),
    "/images/json": answer([]),
    "/containers/json": answer([]),
    "/system/df": answer({"BuildCache": []}),
    "/events": stream([]),
}


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Lying]:
    """Give a daemon that holds nothing."""
    with lying(tmp_path / "docker.sock", HELD) as server:
        yield server


def daemon_at(server: Lying) -> Daemon:
    """Return a daemon that waits for an answer a short time only."""
    return Daemon("web-3", Endpoint(url=server.url, timeout=timedelta(seconds=0.3)))


@pytest.mark.parametrize(
    ("newest", "oldest", "used"),
    [
        ("1.41", "1.12", "1.41"),
        ("1.51", "1.24", "1.51"),
        ("1.55", "1.40", "1.51"),
        ("1.60", "1.53", "1.53"),
        ("1.9", "1.9", "1.9"),
        ("1.41", None, "1.41"),
    ],
)
def test_the_version_is_one_that_both_sides_know(newest: str, oldest: str | None, used: str) -> None:
    """The daemon's newest, at most the newest that was tried, at least the daemon's oldest."""
    assert version({"ApiVersion": newest, "MinAPIVersion": oldest}) == used


def test_podman_is_not_docker() -> None:
    """Podman speaks the API and removes by other rules, so it is refused by name."""
    with pytest.raises(NotDocker, match="Podman answers there"):
        version({"ApiVersion": "1.44", "MinAPIVersion": "1.24", "Components": [{"Name": "Podman Engine"}]})


def test_podman_is_said_to_be_unusable(tmp_path: Path) -> None:
    """A host with Podman is reported in a sentence."""
    podman = answer({"ApiVersion": "1.44", "Components": [{"Name": "Podman Engine"}]})
    with lying(tmp_path / "docker.sock", {"/version": podman}) as server:
        assert daemon_at(server).inventory() == Unreachable(
            host="web-3",
            why=f"web-3 cannot be used at {server.url}: Podman answers there."
            " It removes images by other rules than Docker, so I do not use it.",
        )


def test_making_a_daemon_connects_to_nothing(empty: Lying) -> None:
    """The first call connects, not the constructor."""
    daemon_at(empty).close()
    assert empty.connections == 0


def test_every_call_names_the_version(empty: Lying) -> None:
    """The version is asked for once, and every call after it is made in it."""
    daemon = daemon_at(empty)
    assert isinstance(daemon.inventory(), Inventory)
    assert isinstance(daemon.inventory(), Inventory)
    daemon.close()
    assert empty.asked.count("GET /version") == 1
    assert set(empty.versions) == {"", "/v1.41"}


def test_threads_share_no_client(empty: Lying) -> None:
    """Each has its own, and keeps it; the version is asked for once."""
    clients = Clients(Endpoint(url=empty.url))
    mine = clients.mine()
    together = threading.Barrier(4)

    def two(_: int) -> tuple[APIClient, APIClient]:
        together.wait(5)
        return clients.mine(), clients.mine()

    with ThreadPoolExecutor(4) as threads:
        got = list(threads.map(two, range(4)))
    clients.close()
    assert all(first is second for first, second in got)
    assert len({id(client) for client, _ in got} | {id(mine)}) == 5
    assert empty.asked == ["GET /version"]


def test_headers_of_the_operators_own(empty: Lying, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What ``config.json`` tells the docker command to send along, a proxy may want of us too, with every call."""
    (tmp_path / "config.json").write_text('{"HttpHeaders": {"X-Team": "cache"}}')
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    daemon = daemon_at(empty)
    assert isinstance(daemon.inventory(), Inventory)
    daemon.close()
    assert {headers.get("X-Team") for headers in empty.headers} == {"cache"}


def test_after_a_fault_every_thread_begins_anew(empty: Lying) -> None:
    """What one thread met, the others would meet too: a daemon that was replaced by an older one."""
    clients = Clients(Endpoint(url=empty.url))
    mine = clients.mine()
    with ThreadPoolExecutor(1) as thread:
        thread.submit(clients.drop).result()
    assert clients.mine() is not mine
    clients.close()
    assert empty.asked == ["GET /version"] * 2


def test_many_threads_may_ask_at_once(empty: Lying) -> None:
    """Each gets its answer."""
    daemon = daemon_at(empty)
    with ThreadPoolExecutor(12) as threads:
        answers = list(threads.map(lambda _: daemon.inventory(), range(36)))
    daemon.close()
    assert all(isinstance(inventory, Inventory) for inventory in answers)


def test_a_closed_daemon_may_be_asked_again(empty: Lying) -> None:
    """Closing gives connections back; the next call makes a new one."""
    daemon = daemon_at(empty)
    assert isinstance(daemon.inventory(), Inventory)
    daemon.close()
    assert isinstance(daemon.inventory(), Inventory)
    daemon.close()


UNREACHABLE = {
    "slow": ({"/info": Answer(late=True)}, r"web-3 did not answer at unix://.*docker\.sock within 0\.3 s\."),
    "error": (
        {"/info": answer({"message": "disk on fire."}, 500)},
        r"web-3 answered at .* with an error: disk on fire\.",
    ),
    "not JSON": ({"/info": Answer(body=b"<html>")}, r"web-3 answered at .*, but not as Docker does\."),
    "no time": (
        {"/info": answer({"ID": "A", "ServerVersion": "1"})},
        r"web-3 answered at .*, but not as Docker does\.",
    ),
    "odd time": (
        {"/info": answer({**INFO_CLASSIC, "ServerVersion": "1", "SystemTime": "noon"})},
        r"web-3 answered at .*, but not as Docker does\.",
    ),
    "no ID": ({"/info": answer({})}, r"web-3 answered at .*, but not as Docker does\."),
    "a list": ({"/info": answer([])}, r"web-3 answered at .*, but not as Docker does\."),
    "no images": ({"/images/json": answer(None)}, r"web-3 answered at .*, but not as Docker does\."),
    "no version": ({"/version": answer({})}, r"web-3 answered at .*, but not as Docker does\."),
    "odd version": ({"/version": answer({"ApiVersion": "new"})}, r"web-3 answered at .*, but not as Docker does\."),
}


@pytest.mark.parametrize(("answers", "why"), UNREACHABLE.values(), ids=UNREACHABLE)
def test_a_daemon_that_does_not_answer_well_is_unreachable(
    tmp_path: Path, answers: dict[str, Answer], why: str
) -> None:
    """The reason names the host, the way to it and what is wrong, in one sentence."""
    with lying(tmp_path / "docker.sock", {**HELD, **answers}) as server:
        daemon = daemon_at(server)
        found = daemon.inventory()
        daemon.close()
    assert isinstance(found, Unreachable)
    assert re.fullmatch(why, found.why), found.why


@pytest.mark.parametrize("url", ["tcp://127.0.0.1:1", "unix:///nowhere/docker.sock", "ssh://imgbot@web-3", "http://["])
def test_a_daemon_that_is_not_there_is_unreachable(url: str) -> None:
    """No listener, no socket, no way to connect: each is a sentence and no traceback."""
    found = Daemon("web-3", Endpoint(url=url)).inventory()
    assert isinstance(found, Unreachable)
    assert re.fullmatch(rf"web-3 (cannot be (reached|used)) at {re.escape(url)}: [^\n]+\.", found.why), found.why
    assert "Errno" not in found.why


def test_after_a_fault_it_begins_anew(tmp_path: Path) -> None:
    """A daemon that comes back newer is asked for its version again."""
    with lying(tmp_path / "docker.sock", HELD) as server:
        daemon = daemon_at(server)
        assert isinstance(daemon.inventory(), Inventory)
        server.answers["/info"] = answer({"message": "client version 1.41 is too old"}, 400)
        assert isinstance(daemon.inventory(), Unreachable)
        server.answers |= {"/info": HELD["/info"], "/version": answer({"ApiVersion": "1.55", "MinAPIVersion": "1.44"})}
        assert isinstance(daemon.inventory(), Inventory)
        daemon.close()
    assert server.versions[-1] == "/v1.51"


@pytest.mark.parametrize(
    ("usage", "shared"),
    [
        (answer({"BuildCache": [{"Shared": True}]}), True),
        (answer({"BuildCache": []}), False),
        (answer({"message": "forbidden"}, 403), True),
        (Answer(body=b"<html>"), True),
    ],
    ids=["shared", "none", "not allowed", "unreadable"],
)
def test_a_build_cache_that_is_not_told_may_hold_layers(tmp_path: Path, usage: Answer, shared: bool) -> None:  # noqa: FBT001 -- a case
    """Where the daemon does not say whether it has one, it may; the rest of the inventory is there all the same."""
    image = {f"/images/{IMAGE}/json": answer({"Id": IMAGE}), "/images/json": answer([DANGLING_20])}
    with lying(tmp_path / "docker.sock", {**HELD, **image, "/system/df": usage}) as server:
        daemon = daemon_at(server)
        inventory = daemon.inventory()
        daemon.close()
    assert isinstance(inventory, Inventory)
    assert inventory.build_cache_shared is shared


def test_an_image_that_goes_while_it_is_listed_is_left_out(tmp_path: Path) -> None:
    """Between the list and the look at an image another client may have removed it."""
    with lying(tmp_path / "docker.sock", {**HELD, "/images/json": answer([DANGLING_20])}) as server:
        daemon = daemon_at(server)
        inventory = daemon.inventory()
        daemon.close()
    assert isinstance(inventory, Inventory)
    assert inventory.images == {}
