"""Pulling by digest: what a real daemon and a real registry answer, and what is made of answers that are no good."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.dockerd.daemon import Daemon
from bot.dockerd.hosts import Endpoint, endpoint
from bot.images.ids import ImageId
from bot.images.removal import Refusal, Refused, Unknown
from tests.daemons import RunningDaemon
from tests.dockerd.lying import Answer, Lying, answer, lying, stream
from tests.images.making import DIGEST
from tests.worlds import Build, load, push_and_pull

PULL = "/images/create"
INSPECT = f"/images/redis%40{DIGEST}/json"
IMAGE = ImageId("sha256:" + "a" * 64)
SOURCE = f"redis@{DIGEST}"


def nothing() -> None:
    """Take no notice that it goes on."""


@contextmanager
def pulling(socket: Path, pulled: Answer, inspected: Answer) -> Iterator[tuple[Daemon, Lying]]:
    """Give a daemon that answers a pull, and what the image is then, like this; it waits a short time only."""
    with lying(socket, {PULL: pulled, INSPECT: inspected}) as server:
        daemon = Daemon("web-3", Endpoint(url=server.url, timeout=timedelta(seconds=0.3)))
        try:
            yield daemon, server
        finally:
            daemon.close()


GOOD = stream([{"status": "Pulling from library/redis", "id": DIGEST}, {"status": f"Digest: {DIGEST}"}])
THERE = answer({"Id": IMAGE, "RootFS": {"Layers": []}})


def test_the_image_is_what_the_digest_names_then(tmp_path: Path) -> None:
    """One call, of the whole repository and the digest; and each piece of the answer says that it goes on."""
    alive: list[None] = []
    with pulling(tmp_path / "d.sock", GOOD, THERE) as (daemon, server):
        assert daemon.pull(SOURCE, lambda: alive.append(None)) == IMAGE
    asked = f"fromImage=docker.io%2Flibrary%2Fredis&tag={DIGEST.replace(':', '%3A')}"
    assert [each for each in server.asked if each.startswith("POST")] == [f"POST {PULL}?{asked}"]
    assert len(alive) == 2


@pytest.mark.parametrize(
    ("pulled", "expected"),
    [
        (answer({"message": "manifest unknown"}, 404), Refused(refusal=Refusal.NOT_FOUND, message="manifest unknown")),
        (answer({"message": "connection refused"}, 500), Refused(refusal=Refusal.FAILED, message="connection refused")),
        (
            stream([{"status": "Pulling"}, {"error": "unauthorized", "errorDetail": {"message": "unauthorized"}}]),
            Refused(refusal=Refusal.FAILED, message="unauthorized"),
        ),
    ],
)
def test_what_the_daemon_says_no_with_is_told_in_its_words(tmp_path: Path, pulled: Answer, expected: Refused) -> None:
    """At once, or in the middle of it: nothing is named by a pull that failed."""
    with pulling(tmp_path / "d.sock", pulled, THERE) as (daemon, _):
        refused = daemon.pull(SOURCE, nothing)
    assert refused == expected
    assert isinstance(refused, Refused)
    assert refused.answer


@pytest.mark.parametrize(
    ("pulled", "inspected"),
    [
        (Answer(late=True), THERE),
        (Answer(body=GOOD.body, sent=20), THERE),
        (Answer(body=b"not JSON\n"), THERE),
        (GOOD, Answer(late=True)),
    ],
)
def test_no_answer_says_nothing(tmp_path: Path, pulled: Answer, inspected: Answer) -> None:
    """Late, cut off, not as Docker's, or silent when it is asked what came of it."""
    with pulling(tmp_path / "d.sock", pulled, inspected) as (daemon, _):
        unknown = daemon.pull(SOURCE, nothing)
    assert isinstance(unknown, Unknown)
    assert unknown.message.endswith("What came of the pull is not known.")


def test_an_image_that_is_not_there_afterwards_was_not_pulled(tmp_path: Path) -> None:
    """The daemon's word that all went well is not taken for it."""
    with pulling(tmp_path / "d.sock", GOOD, answer({"message": "No such image"}, 404)) as (daemon, _):
        assert daemon.pull(SOURCE, nothing) == Refused(
            refusal=Refusal.NOT_FOUND, message=f"{SOURCE} was pulled, and yet web-3 has no such image."
        )


@pytest.mark.parametrize(
    "source", ["redis:7", "redis", "", "../containers/x", f"../x@{DIGEST}", f"{IMAGE}", "a@sha256:1"]
)
def test_only_a_reference_by_digest_is_sent(tmp_path: Path, source: str) -> None:
    """Nothing else reaches the daemon."""
    with pulling(tmp_path / "d.sock", GOOD, THERE) as (daemon, server):
        with pytest.raises(ValueError, match="is no reference by digest"):
            daemon.pull(source, nothing)
        assert server.asked == []


def test_who_only_looks_pulls_nothing(tmp_path: Path) -> None:
    """In the mode that observes."""
    with lying(tmp_path / "d.sock", {PULL: GOOD}) as server:
        daemon = Daemon("web-3", Endpoint(url=server.url), may_remove=False)
        assert isinstance(daemon.pull(SOURCE, nothing), Refused)
        assert server.asked == []


def test_the_docker_commands_passwords_go_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those for the registry of the image, and of no other."""
    config = {"auths": {"registry.example": {"auth": base64.b64encode(b"bot:secret").decode()}}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with pulling(tmp_path / "d.sock", answer({"message": "no"}, 500), THERE) as (daemon, server):
        daemon.pull(f"registry.example/x@{DIGEST}", nothing)
        daemon.pull(SOURCE, nothing)
    sent = [headers.get("X-Registry-Auth") for headers in server.headers if "X-Registry-Auth" in headers]
    assert [json.loads(base64.urlsafe_b64decode(each or ""))["password"] for each in sent] == ["secret"]


def pushed(running: RunningDaemon, registry: str) -> tuple[str, str]:
    """Push an image; return its ID and the reference by digest, with nothing of it left on the host."""
    (image_id,) = load(running.client, Build(tags=["t/back:1"], layers=["a", "b"]), containerd=running.containerd)
    source = push_and_pull(running.client, registry, "t/back:1", "t/back:1")
    running.empty()
    return image_id, source


def pulled_from(running: RunningDaemon, registry: str) -> None:
    """Pull what was pushed; then a digest that the registry does not have."""
    image_id, source = pushed(running, registry)
    daemon = Daemon("web-3", endpoint(running.url))
    try:
        assert daemon.pull(source, nothing) == image_id
        missing = daemon.pull(f"{registry}/t/back@{DIGEST}", nothing)
        assert isinstance(missing, Refused)
        assert "not found" in missing.message or "unknown" in missing.message
        nowhere = daemon.pull(f"127.0.0.1:1/t/back@{DIGEST}", nothing)
        assert isinstance(nowhere, Refused)
        assert "refused" in nowhere.message
    finally:
        daemon.close()


def test_the_classic_store_pulls_the_same_image(dockerd: RunningDaemon, registry: str) -> None:
    """From a registry on loopback, with the same ID; and it says when the registry has no such digest, or is away."""
    pulled_from(dockerd, registry)


def test_the_containerd_store_pulls_the_same_image(dockerd_containerd: RunningDaemon, registry: str) -> None:
    """Its image ID is the digest."""
    pulled_from(dockerd_containerd, registry)
