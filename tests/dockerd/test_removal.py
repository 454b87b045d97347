"""A removal: one call, for nothing but an image, and an outcome that never says more than is known."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.dockerd.daemon import Daemon
from bot.dockerd.hosts import Endpoint
from bot.images.ids import ChainId, ImageId
from bot.images.removal import (
    DeletedImage,
    DeletedLayer,
    Outcome,
    Refusal,
    Refused,
    Removal,
    Removed,
    Unknown,
    Untagged,
)
from tests.dockerd.lying import REMOVAL, Answer, Lying, answer, lying

IMAGE = ImageId("sha256:" + "a" * 64)
LAYER = ChainId("sha256:" + "b" * 64)
RECORDS = [{"Untagged": "redis:7"}, {"Deleted": IMAGE}, {"Deleted": LAYER}]


def removal(target: str | None, *, force: bool = False, prune: bool = True) -> Removal:
    """Return a removal of *target*."""
    return Removal(word="redis", target=target, image_id=IMAGE, force=force, prune=prune)


@contextmanager
def daemon_at(server: Lying, *, may_remove: bool = True) -> Iterator[Daemon]:
    """Give a daemon that waits for an answer a short time only."""
    daemon = Daemon("web-3", Endpoint(url=server.url, timeout=timedelta(seconds=0.3)), may_remove=may_remove)
    try:
        yield daemon
    finally:
        daemon.close()


def removed(socket: Path, given: Answer) -> tuple[Outcome, Lying]:
    """Remove redis:7 from a daemon that gives this answer."""
    with lying(socket, {REMOVAL: given}) as server, daemon_at(server) as daemon:
        return daemon.remove(removal("redis:7")), server


def test_the_answer_is_kept_as_it_was(tmp_path: Path) -> None:
    """Whatever the daemon answers is kept word for word: what it did, how it refused, and what cannot be read."""
    for number, given in enumerate((answer(RECORDS), answer({"message": "in use"}, 409), answer([{"Gone": 1}]))):
        outcome, _ = removed(tmp_path / f"{number}.sock", given)
        assert outcome.answer
        assert json.loads(outcome.answer) == (RECORDS, {"message": "in use"}, [{"Gone": 1}])[number]


def test_a_very_long_answer_is_cut(tmp_path: Path) -> None:
    """The event that keeps it is read as a whole, so of a very long answer the beginning is kept, and its length."""
    outcome, _ = removed(tmp_path / "docker.sock", answer([{"Untagged": f"redis:{n}"} for n in range(10_000)]))
    assert isinstance(outcome, Removed)
    assert len(outcome.records) == 10_000
    assert outcome.answer.startswith('[{"Untagged": "redis:0"}')
    assert len(outcome.answer) < 66_000
    assert outcome.answer.endswith(" characters)")


HOSTILE = [
    *("", " ", "/", ".", "..", "../containers/x", "x/../../containers/x", "/alpha:1", "a//b", "a//b:1", "x?force=1"),
    *("x:1?force=1", "x:1#", "x%2f..%2fy:1", "redis:7\n", "redis:7 ", "UPPER:1", "<none>:<none>", "-x:1", "a:1:2"),
    *(
        "sha256:abcd",
        "sha256:" + "a" * 63,
        "redis",
        "abcd",
        "a" * 12,
        "x:1@sha256:abc",
        "redis:7;rm -rf /",
        "é:1",
    ),
]


@pytest.mark.parametrize("target", HOSTILE)
def test_what_is_no_image_reaches_no_socket(tmp_path: Path, target: str) -> None:
    """Neither a removal nor a question connects: what is neither a full ID nor a whole reference raises."""
    with lying(tmp_path / "docker.sock", {REMOVAL: answer([])}) as server, daemon_at(server) as daemon:
        with pytest.raises(ValueError, match="neither a full image ID nor a reference"):
            daemon.remove(removal(target))
        with pytest.raises(ValueError, match="neither a full image ID nor a reference"):
            daemon.named(target)
        assert server.connections == 0


def test_what_means_nothing_is_not_sent(tmp_path: Path) -> None:
    """A removal without a target, of a word that the daemon does not hold, raises and connects to nothing."""
    with lying(tmp_path / "docker.sock", {}) as server, daemon_at(server) as daemon:
        with pytest.raises(ValueError, match="nothing to send for 'redis'"):
            daemon.remove(removal(None))
        assert server.connections == 0


@pytest.mark.parametrize(
    "target",
    [IMAGE, "redis:7", "docker.io/library/redis:7", "127.0.0.1:5000/t/al:1", f"redis@{IMAGE}", f"redis:7@{IMAGE}"],
)
def test_a_whole_reference_or_id_is_sent_as_it_is(tmp_path: Path, target: str) -> None:
    """One call is made, for exactly the target."""
    with lying(tmp_path / "docker.sock", {REMOVAL: answer(RECORDS)}) as server, daemon_at(server) as daemon:
        assert isinstance(daemon.remove(removal(target)), Removed)
        (path,) = server.removals()
        assert path.replace("%40", "@") == f"/images/{target}?force=False&noprune=False"


def test_options_are_sent(tmp_path: Path) -> None:
    """Force and no-prune are the call's."""
    with lying(tmp_path / "docker.sock", {REMOVAL: answer(RECORDS)}) as server, daemon_at(server) as daemon:
        daemon.remove(removal("redis:7", force=True, prune=False))
        assert server.removals() == ["/images/redis:7?force=True&noprune=True"]


def test_records_are_the_answer_in_order(tmp_path: Path) -> None:
    """What is untagged and deleted comes back as records, in the daemon's order."""
    outcome, _ = removed(tmp_path / "docker.sock", answer(RECORDS))
    assert outcome == Removed(
        records=(
            Untagged(reference="redis:7", image_id=IMAGE),
            DeletedImage(image_id=IMAGE),
            DeletedLayer(chain_id=LAYER, image_id=IMAGE),
        )
    )


@pytest.mark.parametrize(
    ("status", "refusal", "message"),
    [
        (400, Refusal.INVALID, "invalid reference format"),
        (404, Refusal.NOT_FOUND, "No such image: redis:7"),
        (404, Refusal.NOT_FOUND, "ambiguous reference"),
        (409, Refusal.CONFLICT, "conflict: unable to delete aaaaaaaaaaaa (cannot be forced) - image has children."),
    ],
)
def test_a_refusal_has_the_daemons_words(tmp_path: Path, status: int, refusal: Refusal, message: str) -> None:
    """What a daemon refuses before it does anything is refused, word for word."""
    outcome, server = removed(tmp_path / "docker.sock", answer({"message": message}, status))
    assert outcome == Refused(refusal=refusal, message=message)
    assert len(server.removals()) == 1


UNKNOWN = {
    "no answer in time": (Answer(late=True), r"web-3 did not answer at unix://.* within 0\.3 s\. What came of the"),
    "cut off": (Answer(body=b'[{"Untagged": "redis:7"}]', sent=9), r"web-3 cannot be reached at unix://"),
    "nothing": (Answer(), "web-3 answered at unix://.*, but not as Docker does"),
    "not JSON": (Answer(body=b"<html>"), "but not as Docker does"),
    "null": (answer(None), "but not as Docker does"),
    "an object": (answer({"ok": True}), "but not as Docker does"),
    "another record": (answer([{"Renamed": "redis:7"}]), "but not as Docker does"),
    "half done": (
        answer({"message": "layer does not exist"}, 500),
        "Docker on web-3 failed in the middle of it: layer",
    ),
    "name gone first": (
        answer({"message": f"unrecognized image ID {IMAGE}"}, 404),
        "failed in the middle of it: unrec",
    ),
    "a proxy": (Answer(body=b"bad gateway", status=502), "failed in the middle of it: bad gateway"),
    "an error without words": (answer({"error": "?"}, 409), "but not as Docker does"),
    "sent elsewhere": (Answer(status=301, location="/v1.41/containers/x"), "but not as Docker does"),
    "sent elsewhere for good": (Answer(status=308, location="/v1.41/containers/x"), "but not as Docker does"),
}


@pytest.mark.parametrize(("given", "why"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_not_known_is_unknown(tmp_path: Path, given: Answer, why: str) -> None:
    """No answer, half an answer and one that says nothing are never "nothing happened", and nothing is sent twice."""
    outcome, server = removed(tmp_path / "docker.sock", given)
    assert isinstance(outcome, Unknown)
    assert re.search(why, outcome.message), outcome.message
    assert server.removals() == ["/images/redis:7?force=False&noprune=False"]


def test_a_daemon_that_is_not_there_leaves_it_unknown(tmp_path: Path) -> None:
    """Where there is no socket, the reason is in plain words."""
    daemon = Daemon("web-3", Endpoint(url=f"unix://{tmp_path}/none.sock"))
    outcome = daemon.remove(removal("redis:7"))
    assert isinstance(outcome, Unknown)
    assert outcome.message == (
        f"web-3 cannot be reached at unix://{tmp_path}/none.sock: No such file or directory."
        " What came of the removal is not known."
    )


def test_where_the_bot_only_looks_nothing_is_removed(tmp_path: Path) -> None:
    """A daemon that may not remove refuses, without a connection."""
    with lying(tmp_path / "docker.sock", {REMOVAL: answer(RECORDS)}) as server:
        with daemon_at(server, may_remove=False) as daemon:
            outcome = daemon.remove(removal("redis:7"))
        assert outcome == Refused(refusal=Refusal.FAILED, message="I only look at web-3, and remove nothing there.")
        assert server.connections == 0
