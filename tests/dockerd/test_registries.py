"""Registries asked through real daemons: one that has it, has it not, is down, is silent, and wants a password."""

import base64
import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from bot.dockerd import registries
from bot.dockerd.daemon import Daemon
from bot.dockerd.hosts import Endpoint, endpoint
from bot.flows.registries import Registries
from bot.images.grades import Grade
from bot.images.grading import NEVER_SHARED, Answer, Has, HasNot, Silent
from bot.images.inventory import Inventory
from bot.images.predict import Wanted, plan
from bot.images.removal import Plan
from tests.daemons import NEWER, PASSWORD, Kind, RunningDaemon, dockerd_of, running_registry
from tests.dockerd.lying import Answer as Given
from tests.dockerd.lying import answer, lying
from tests.images.making import DIGEST, OTHER_DIGEST
from tests.worlds import Build, load, push_and_pull

AT = datetime(2026, 3, 1, 14, 2, tzinfo=UTC)


@pytest.fixture(scope="module", params=["classic", f"{NEWER.suite}/classic", NEWER.name])
def asking(request: pytest.FixtureRequest, registry: str) -> Iterator[RunningDaemon]:
    """Give Docker 20.10, and 28 with both stores."""
    with dockerd_of(Kind.named(request.param), registry) as running:
        yield running


@pytest.fixture
def host(asking: RunningDaemon) -> Iterator[Daemon]:
    """Give the daemon, empty, as the bot sees it."""
    asking.empty()
    daemon = Daemon("web-3", endpoint(asking.url))
    yield daemon
    daemon.close()


def deleted(reference: str) -> None:
    """Delete what ``name@digest`` names from its registry."""
    name, _, digest = reference.partition("@")
    registry, _, repository = name.partition("/")
    assert requests.delete(f"http://{registry}/v2/{repository}/manifests/{digest}", timeout=5).ok


def test_a_registry_that_has_it_and_one_that_has_it_no_more(asking: RunningDaemon, host: Daemon, registry: str) -> None:
    """The digest is asked for: after it was deleted, the tag may be there, and counts for nothing."""
    image, *_ = load(asking.client, Build(tags=["app:1"], layers=["a"]), containerd=asking.containerd)
    pushed = push_and_pull(asking.client, registry, image, f"grading/{asking.kind.store}:1")
    assert host.distribution(pushed) == Has()
    deleted(pushed)
    has_not = HasNot(why=f"{registry} does not have it")
    assert host.distribution(pushed) == has_not
    assert host.distribution(f"{registry}/no/such@{DIGEST}") == has_not


def test_a_registry_that_is_down(asking: RunningDaemon, host: Daemon) -> None:
    """Nobody knows what it has."""
    with running_registry() as short_lived:
        image, *_ = load(asking.client, Build(tags=["app:1"], layers=["a"]), containerd=asking.containerd)
        pushed = push_and_pull(asking.client, short_lived, image, "team/app:1")
        assert host.distribution(pushed) == Has()
    assert host.distribution(pushed) == Silent(why=f"{short_lived} does not say: connection refused")


def test_a_registry_that_is_silent(host: Daemon, asking: RunningDaemon, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes the connection and does not answer: the call ends, and planning has ended before."""
    monkeypatch.setattr(registries, "WITHIN", 1.0)
    with closing(socket.create_server(("127.0.0.1", 0), backlog=50)) as silent:
        name = f"127.0.0.1:{silent.getsockname()[1]}"
        found = host.distribution(f"{name}/app@{DIGEST}")
        assert isinstance(found, Silent)
        assert found.why.startswith(f"{name} could not be asked: ")
        load(asking.client, Build(tags=[f"{name}/app:1"], layers=["a"]))
        monkeypatch.setattr(registries, "WITHIN", 5.0)
        if asking.containerd:
            began = time.monotonic()
            assert [each.grade for each in graded(host, f"{name}/app:1", patience=0.3).graded] == [Grade.UNKNOWN]
            assert time.monotonic() - began < 3


def graded(host: Daemon, *words: str, patience: float = 3) -> Plan:
    """Return the plan to remove these, with grades."""
    inventory = host.inventory()
    assert isinstance(inventory, Inventory)
    made = plan(inventory, Wanted(words=words, command="rm"))
    assert isinstance(made, Plan)
    asked = Registries(now=lambda: AT, patience=timedelta(seconds=patience))
    return asked.graded(host, made, inventory)


def test_a_registry_that_wants_a_password(
    host: Daemon, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, asking: RunningDaemon
) -> None:
    """Without one, or with another, it does not say; with that of the bot's own Docker configuration it does."""
    with running_registry(closed=True) as registry:
        reference = f"{registry}/team/app@{DIGEST}"
        given = {
            "": Silent(why=f"{registry} does not say: no basic auth credentials"),
            "wrong": Silent(why=f"{registry} does not say: authentication required"),
            PASSWORD: HasNot(why=f"{registry} does not have it"),
        }
        assert isinstance(host.distribution(reference), Silent)
        for password, expected in given.items():
            token = base64.b64encode(f"bob:{password}".encode()).decode()
            auths = {registry: {"auth": token}} if password else {}
            (tmp_path / "config.json").write_text(json.dumps({"auths": auths}))
            monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
            with closing(Daemon("web-3", endpoint(asking.url))) as daemon:
                assert daemon.distribution(reference) == expected


def test_the_grades_of_a_plan(asking: RunningDaemon, host: Daemon, registry: str) -> None:
    """What was pushed can be pulled again; what was built here cannot, and where it looks as if, nobody knows."""
    pushed, built = load(
        asking.client,
        Build(tags=["pushed:1"], layers=["a"]),
        Build(tags=["127.0.0.1:1/built:1"], layers=["b"]),
        containerd=asking.containerd,
    )
    reference = push_and_pull(asking.client, registry, pushed, "grading/plan:1")
    asking.client.remove_image("pushed:1")
    found = {each.image_id: each for each in graded(host, f"{registry}/grading/plan:1", "127.0.0.1:1/built:1").graded}
    assert set(found) == {pushed, built}
    assert (found[pushed].grade, found[pushed].reference, found[pushed].asked_at) == (Grade.REPULLABLE, reference, AT)  # type: ignore[index]
    if asking.containerd:  # each image has a digest there that could have been pushed
        assert (found[built].grade, found[built].asked_at) == (Grade.UNKNOWN, AT)  # type: ignore[index]
    else:
        assert (found[built].grade, found[built].why) == (Grade.ONLY_COPY, NEVER_SHARED)  # type: ignore[index]


NAMED = f"reg.example:5000/app@{DIGEST}"
PATH = f"/distribution/{NAMED.replace('@', '%40')}/json"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (answer({"Descriptor": {"digest": DIGEST}, "Platforms": None}), Has()),
        (answer({"Descriptor": {"digest": OTHER_DIGEST}}), Silent(why="reg.example:5000 answered for another digest")),
        (answer({"message": "manifest unknown: not there"}, 404), HasNot(why="reg.example:5000 does not have it")),
        (answer({"message": "name unknown: repository"}, 404), HasNot(why="reg.example:5000 does not have it")),
        (answer({"message": "page not found"}, 404), Silent(why="reg.example:5000 does not say: page not found")),
        (answer({"message": "manifest unknown"}, 500), Silent(why="reg.example:5000 does not say: manifest unknown")),
        (answer({"message": "denied: no access."}, 403), Silent(why="reg.example:5000 does not say: no access")),
        (answer({"message": "toomanyrequests: slow"}, 500), Silent(why="reg.example:5000 does not say: slow")),
    ],
)
def test_only_an_answer_about_this_digest_counts(tmp_path: Path, given: Given, expected: Answer) -> None:
    """Anything but a registry's plain yes or no leaves it unknown."""
    with lying(tmp_path / "docker.sock", {PATH: given}) as server:
        daemon = Daemon("web-3", Endpoint(url=server.url, timeout=timedelta(seconds=5)))
        with closing(daemon):
            assert daemon.distribution(NAMED) == expected


@pytest.mark.parametrize("given", [answer({}), answer([]), Given(body=b"nonsense"), Given(body=b"{}", sent=1)])
def test_an_answer_that_makes_no_sense(tmp_path: Path, given: Given) -> None:
    """It is unknown, and nothing is raised."""
    socket_path = tmp_path / "docker.sock"
    there = Endpoint(url=f"unix://{socket_path}", timeout=timedelta(seconds=5))
    with lying(socket_path, {PATH: given}), closing(Daemon("web-3", there)) as daemon:
        found = daemon.distribution(NAMED)
    assert isinstance(found, Silent)
    assert found.why.startswith("reg.example:5000 could not be asked")


def test_a_host_whose_registries_are_not_asked(tmp_path: Path) -> None:
    """Its daemon is not even called."""
    with lying(tmp_path / "docker.sock", {}) as server:
        daemon = Daemon("web-3", Endpoint(url=server.url, timeout=timedelta(seconds=5)), asks_registries=False)
        with closing(daemon):
            assert daemon.distribution(NAMED) == Silent(
                why="the registries of web-3 are not asked, as [hosts.web-3] says"
            )
        assert server.asked == []


@pytest.mark.parametrize("reference", ["redis:7", "redis", f"redis:7@{DIGEST}", DIGEST, "../containers/x"])
def test_nothing_but_a_name_with_a_digest_is_asked_for(reference: str) -> None:
    """A tag may mean another image in the registry."""
    with closing(Daemon("web-3", Endpoint(url="unix:///none"))) as daemon, pytest.raises(ValueError, match="no name"):
        daemon.distribution(reference)


def test_a_daemon_that_is_not_there(tmp_path: Path) -> None:
    """It says so as for any other call."""
    with closing(Daemon("web-3", Endpoint(url=f"unix://{tmp_path}/none"))) as daemon:
        found = daemon.distribution(NAMED)
    assert isinstance(found, Silent)
    assert found.why.startswith("web-3 cannot be reached at ")
