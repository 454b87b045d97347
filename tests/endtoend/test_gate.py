"""The gate before the socket that the compose file starts: HAProxy with that very file, before a real daemon.

What imgbot asks for passes: the whole life of a removal, an undo and a restore. Nothing else does.
"""

import http.client
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from bot.approval.request import State, Window
from bot.playground.demo import RunningWorkspace
from bot.settings import RuleTable
from tests.daemons import RunningDaemon
from tests.endtoend.tap import Tap, UnixConnection, tap
from tests.endtoend.team import DANA, OLGA, Team, team, until
from tests.endtoend.test_restoring import put_back, shop, tags
from tests.gates import gate
from tests.worlds import Build, container, load

ID = "sha256:" + "0" * 64
DIGEST = "sha256%3A" + "0" * 64
FORBIDDEN = (
    # a container of one's own is root on the host
    ("POST", "/v1.41/containers/create"),
    ("POST", "/containers/create?name=x"),
    ("POST", "/v1.41/containers/x/start"),
    ("POST", "/v1.41/containers/x/exec"),
    ("POST", "/v1.41/exec/x/start"),
    ("GET", "/v1.41/containers/x/attach/ws"),
    ("POST", "/v1.41/build"),
    ("POST", "/v1.41/session"),
    ("POST", "/grpc"),
    ("POST", "/v1.41/plugins/pull"),
    # what containers keep to themselves
    ("GET", "/v1.41/containers/x/json"),
    ("GET", "/containers/x/json"),
    ("GET", "/v1.41/containers/x/logs?stdout=1"),
    ("GET", "/v1.41/containers/x/archive?path=/"),
    ("GET", "/v1.41/containers/x/export"),
    ("GET", "/v1.41/images/x/get"),
    ("GET", "/v1.41/images/get?names=x"),
    ("GET", "/v1.41/secrets"),
    ("GET", "/v1.41/configs"),
    ("GET", "/v1.41/volumes"),
    # what is removed is an image, one that is named
    ("DELETE", "/v1.41/containers/x"),
    ("DELETE", "/v1.41/images/../containers/x"),
    ("DELETE", "/v1.41/images/x/../../containers/x"),
    ("DELETE", "/v1.41/images/%2e%2e/containers/x"),
    ("DELETE", "/v1.41/images/x%2f..%2f..%2fcontainers%2fx"),
    ("DELETE", "/v1.41/images//containers/x"),
    ("DELETE", "/v1.41/images/./x"),
    ("DELETE", "/v1.41/volumes/x"),
    ("POST", "/v1.41/images/prune"),
    ("POST", "/v1.41/containers/prune"),
    ("POST", "/v1.41/images/load"),
    ("POST", "/v1.41/images/x/push"),
    # a pull is one by digest, as a restore is; a name is given to an image that is named by its ID
    ("POST", "/v1.41/images/create?fromImage=redis&tag=latest"),
    ("POST", "/v1.41/images/create?fromImage=redis"),
    ("POST", f"/v1.41/images/create?fromSrc=-&repo=x&tag={DIGEST}"),
    ("POST", f"/v1.41/images/create?fromImage=redis&tag=latest&tag={DIGEST}"),
    ("POST", f"/v1.41/images/create?fromImage=redis&tag={DIGEST}latest"),
    ("POST", f"/v1.41/images/create?fromImage=redis&tag=latest;tag={DIGEST}"),
    ("POST", f"/v1.41/images/create?fromImage=redis%26tag=latest&tag={DIGEST}&fromSrc=-"),
    ("POST", "/v1.41/images/redis:7/tag?repo=x&tag=y"),
    ("PUT", "/v1.41/images/json"),
    ("PATCH", "/v1.41/images/json"),
    ("OPTIONS", "/v1.41/images/json"),
    ("GET", "/v1.41/../containers/x/json"),
    ("GET", "http://daemon/v1.41/containers/x/json"),
    ("GET", "*"),
)
ALLOWED = (
    ("HEAD", "/_ping"),
    ("GET", "/_ping"),
    ("GET", "/version"),
    ("GET", "/v1.41/info"),
    ("GET", "/v1.41/images/json?all=1"),
    ("GET", "/v1.41/images/registry:5000/team/shop@sha256:00/json"),
    ("GET", "/v1.41/images/redis%40sha256:00/json"),
    ("GET", f"/v1.41/images/{ID}/history"),
    ("GET", "/v1.41/containers/json?all=1"),
    ("GET", "/v1.41/system/df?type=image"),
    ("DELETE", "/v1.41/images/redis:7?force=False&noprune=False"),
    ("POST", f"/v1.41/images/{ID}/tag?repo=x&tag=y"),
)
"""A call of each kind; those that name an image name none that is there."""
BODIES = (
    ("Content-Length", "POST", f"/v1.41/images/create?fromImage=redis&tag={DIGEST}"),
    ("Transfer-Encoding", "POST", f"/v1.41/images/{ID}/tag?repo=x&tag=y"),
)


@pytest.fixture
def behind(dockerd: RunningDaemon, tmp_path: Path) -> Iterator[Tap]:
    """Give the tap between the gate and the daemon."""
    with tap(dockerd.socket, tmp_path / "docker.sock") as tapped:
        yield tapped


@pytest.fixture
def gated(behind: Tap, tmp_path: Path) -> Iterator[Path]:
    """Give the gate's socket."""
    assert behind.calls == []
    with gate(tmp_path / "docker.sock", tmp_path) as socket:
        yield socket


def _asked(socket: Path, method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, bytes]:
    connection = UnixConnection(socket)
    with suppress(BrokenPipeError):  # it may refuse before it has read the body
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    said = answer.status, answer.read()
    connection.close()
    return said


def test_what_imgbot_does_not_ask_for_does_not_pass(behind: Tap, gated: Path) -> None:
    """Containers, exec, pulls of what is no digest, what containers keep to themselves: the daemon hears of none."""
    for method, path in FORBIDDEN:
        status, _ = _asked(gated, method, path)
        assert status in {400, 403}, f"{method} {path}: {status}"
    assert behind.calls == []


def test_what_imgbot_asks_for_passes(behind: Tap, gated: Path) -> None:
    """A call of each kind arrives at the daemon as it was sent."""
    for method, path in ALLOWED:
        status, body = _asked(gated, method, path)
        assert status != http.client.FORBIDDEN, f"{method} {path}: {body!r}"
    assert [(call.method, call.path) for call in behind.calls] == list(ALLOWED)


def test_no_body_passes(behind: Tap, gated: Path) -> None:
    """Docker takes what a POST has in its body for more than what its address says."""
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    for kind, method, path in BODIES:
        chunked = {} if kind == "Content-Length" else {"Transfer_Encoding": "chunked"}
        text = "tag=latest" if not chunked else "a\r\ntag=latest\r\n0\r\n\r\n"
        assert _asked(gated, method, path, text, **form, **chunked)[0] == http.client.FORBIDDEN
    assert _asked(gated, "GET", "/v1.41/info", Upgrade="tcp", Connection="Upgrade")[0] == http.client.FORBIDDEN
    assert behind.calls == []


@pytest.fixture
def working(place: RunningWorkspace, behind: Tap, gated: Path, tmp_path: Path) -> Iterator[Team]:
    """Give a team whose bot has the gate's socket and no other."""
    with team(place, behind, gated, tmp_path) as at_work:
        yield at_work


def test_a_removal_and_a_restore_pass(working: Team, dockerd: RunningDaemon, registry: str) -> None:
    """From the command to the record, measured, and back again."""
    image_id, names = shop(dockerd, registry)
    removed = working.remove(f"/img rm -f {image_id}")
    until(lambda: working.request(removed.id).measured)
    put_back(working, removed.id)
    assert tags(dockerd, image_id) == sorted(names)


def test_an_undo_passes(
    place: RunningWorkspace, behind: Tap, gated: Path, dockerd: RunningDaemon, tmp_path: Path
) -> None:
    """The guard is set and taken away through it."""
    rule = RuleTable.model_validate({"name": "all", "approvals": 1, "approvers": ["U0LEAD"], "undo": "24h"})
    load(dockerd.client, Build(tags=["redis:7"], layers=["redis"]))
    with team(place, behind, gated, tmp_path, rules=(rule,)) as working:
        _, message = working.people.ask(DANA, "/img rm redis:7")
        working.people.press(OLGA, message, "img_approve")
        working.reaches(1, State.FINISHED)
        working.people.press(DANA, working.shows("kept the content for an undo"), "img_undo")
        until(lambda: (undo := working.request(1).undo) and undo.window is Window.UNDONE)
    assert [image["RepoTags"] for image in dockerd.client.images()] == [["redis:7"]]


def test_a_container_that_outlived_its_image_is_planned_with(working: Team, dockerd: RunningDaemon) -> None:
    """What it holds cannot be asked through the gate, as that shows its environment: the plan says so."""
    load(
        dockerd.client,
        Build(tags=["redis:7"], layers=["base", "redis"]),
        Build(tags=["nginx:1"], layers=["base", "nginx"]),
    )
    container(dockerd.client, "redis:7", "cache-1")
    dockerd.client.remove_image("redis:7", force=True)
    before = len(working.people.messages(OLGA, "C0APPROVALS"))
    _, message = working.people.ask(DANA, "/img rm nginx:1")
    assert before == 0
    assert "at most" in str(message)
    working.people.press(OLGA, message, "img_approve")
    working.reaches(1, State.FINISHED)
