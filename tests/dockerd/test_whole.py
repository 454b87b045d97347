"""A daemon that answers byte by byte takes no longer than one that does not answer, by each way."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.dockerd.daemon import Daemon
from bot.dockerd.hosts import endpoint
from bot.flows.ports import Unreachable
from bot.images.ids import ImageId
from bot.images.inventory import Inventory
from bot.images.removal import Removal, Unknown
from tests.dockerd.lying import REMOVAL, Answer, Answers, Lying, answer, lying, stream
from tests.dockerd.recorded import INFO_CLASSIC
from tests.dockerd.test_tls import HELD, authority, behind_a_port, behind_tls
from tests.images.making import DIGEST

TIMEOUT = timedelta(seconds=1)
SLOWLY = 0.05
"""Seconds between two bytes: each comes well within the time-out, and an answer with its head has hundreds of them."""
SOON = 3.0
IMAGE = ImageId("sha256:" + "a" * 64)
INFO = answer({**INFO_CLASSIC, "ServerVersion": "20.10.24"})


def slowly(given: Answer) -> Answer:
    """Return an answer that comes byte by byte."""
    return replace(given, bytewise=SLOWLY)


@contextmanager
def reached(folder: Path, way: str, answers: Answers) -> Iterator[tuple[Daemon, Lying]]:
    """Give a daemon that is reached by one way, once it was asked something that it answers at once."""
    certificates = authority(folder / "tls") if way == "tls" else None
    with lying(folder / "docker.sock", HELD) as server:
        behind = behind_tls(server.socket, certificates) if certificates else behind_a_port(server.socket, None)
        with nullcontext(server.url) if way == "unix" else behind as url:
            daemon = Daemon("web-3", endpoint(url, timeout=TIMEOUT, certificates=certificates))
            try:
                assert isinstance(daemon.inventory(), Inventory)
                server.answers.update(answers)
                yield daemon, server
            finally:
                daemon.close()


@pytest.mark.parametrize("way", ["unix", "tcp", "tls"])
def test_a_removal_is_unclear(tmp_path: Path, way: str) -> None:
    """Whatever it begins to say: that is no answer, and what came of the removal is looked for."""
    told = slowly(answer([{"Untagged": "redis:7"}, {"Deleted": IMAGE}]))
    with reached(tmp_path, way, {REMOVAL: told}) as (daemon, server):
        began = time.monotonic()
        outcome = daemon.remove(Removal(word="redis:7", target="redis:7", image_id=IMAGE))
        assert TIMEOUT.total_seconds() <= time.monotonic() - began < SOON
        assert isinstance(outcome, Unknown)
        assert "within 1 s. What came of the removal is not known." in outcome.message
        assert len(server.removals()) == 1


@pytest.mark.parametrize("path", ["/info", "/images/json", "/containers/json", "/events"])
def test_a_host_that_is_looked_at_does_not_answer(tmp_path: Path, path: str) -> None:
    """Of whichever question, and with a good answer in the end."""
    answers = {"/info": INFO, "/images/json": answer([]), "/containers/json": answer([]), "/events": stream([{}] * 9)}
    with reached(tmp_path, "unix", {path: slowly(answers[path])}) as (daemon, _):
        began = time.monotonic()
        found = daemon.changes(1) if path == "/events" else daemon.inventory()
        assert time.monotonic() - began < SOON
        assert isinstance(found, Unreachable)
        assert found.why.endswith("within 1 s."), found.why


def test_a_pull_may_take_any_time(tmp_path: Path) -> None:
    """As long as there is something new of it within each time-out."""
    pulled = stream([{"status": "Pulling"}] * 2)
    inspect = f"/images/redis%40{DIGEST}/json"
    answers = {"/images/create": slowly(pulled), inspect: answer({"Id": IMAGE, "RootFS": {"Layers": []}})}
    with reached(tmp_path, "unix", answers) as (daemon, _):
        began = time.monotonic()
        assert daemon.pull(f"redis@{DIGEST}", lambda: None) == IMAGE
        assert time.monotonic() - began > 2 * TIMEOUT.total_seconds()
