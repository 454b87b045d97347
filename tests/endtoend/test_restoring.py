"""Putting images back on real daemons, from a real registry on loopback: the same IDs by the same names."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from bot.approval.request import Request, State
from bot.audit.chain import Verified
from bot.flows.verify import verified
from bot.images.restoral import Pulled, PutBack
from bot.playground.demo import RunningWorkspace
from tests.daemons import NEWER, RunningDaemon, dockerd_of
from tests.endtoend.tap import Call, Lost, Tap, tap
from tests.endtoend.team import DANA, OLGA, Said, Team, team
from tests.endtoend.test_kill import Bot, bot, killed, watched
from tests.worlds import Build, load, push_and_pull

__all__ = ["bot", "watched"]


@pytest.fixture
def newer(registry: str) -> Iterator[RunningDaemon]:
    """Give a newer daemon with the containerd store."""
    with dockerd_of(NEWER, registry) as running:
        yield running


def shop(running: RunningDaemon, registry: str) -> tuple[str, tuple[str, ...]]:
    """Give the host an image from a registry, with two tags; return its ID and these."""
    build = Build(tags=["shop:local"], layers=["base", "shop"])
    (image_id,) = load(running.client, build, containerd=running.containerd)
    push_and_pull(running.client, registry, "shop:local", "team/shop:1")
    running.client.remove_image("shop:local")
    running.client.tag(f"{registry}/team/shop:1", f"{registry}/team/shop", "stable")
    return image_id, (f"{registry}/team/shop:1", f"{registry}/team/shop:stable")


def tags(running: RunningDaemon, image_id: str) -> list[str]:
    """Return the tags of an image, without its digest, which the containerd store lists among them."""
    return sorted(name for name in running.client.inspect_image(image_id)["RepoTags"] if "@" not in name)


def asked_back(working: Team, number: int) -> Said:
    """Have Dana ask for what a request removed; return the message in the approvals channel."""
    return working.people.ask(DANA, f"/img restore {number}")[1]


def put_back(working: Team, number: int) -> Request:
    """Have Olga approve that too, and wait for the end."""
    working.people.press(OLGA, asked_back(working, number), "img_approve")
    return working.reaches(number + 1, State.FINISHED)


def lives_again(working: Team, running: RunningDaemon, registry: str) -> None:
    """Remove an image by request, put it back by request, and look: the ID, the names, the message, the record."""
    image_id, names = shop(running, registry)
    working.remove(f"/img rm -f {image_id}")
    assert running.client.images() == []
    done = put_back(working, 1)
    (state,) = done.steps
    assert isinstance(state.outcome, PutBack)
    assert [gain.image_id for gain in state.outcome.gains] == [image_id] * 3
    assert tags(running, image_id) == sorted(names)
    assert f"Tagged: {names[0]}" in str(working.shows("✅ Put "))
    with working.store.reading() as reading:
        assert isinstance(verified(reading), Verified)
        assert [each.id for each in reading.restorals_of(done.plan.of)] == [2]  # type: ignore[union-attr,arg-type]


def test_an_image_lives_again_on_the_classic_store(at_work: Team, dockerd: RunningDaemon, registry: str) -> None:
    """Its ID is that of its config, wherever it is pulled from."""
    lives_again(at_work, dockerd, registry)


def test_an_image_lives_again_on_the_containerd_store(
    place: RunningWorkspace, newer: RunningDaemon, registry: str, tmp_path: Path
) -> None:
    """Its ID is the digest in the registry."""
    with (
        tap(newer.socket, tmp_path / "docker.sock") as tapped,
        team(place, tapped, tmp_path / "docker.sock", tmp_path) as working,
    ):
        lives_again(working, newer, registry)


def test_a_name_alone_is_given_back_without_a_pull(at_work: Team, dockerd: RunningDaemon, registry: str) -> None:
    """The image stayed for its other name."""
    image_id, names = shop(dockerd, registry)
    at_work.remove(f"/img rm {names[0]}")
    put_back(at_work, 1)
    assert tags(dockerd, image_id) == sorted(names)
    assert not any("/images/create" in call.path for call in at_work.tap.calls)


def test_a_digest_that_was_deleted_in_the_registry(at_work: Team, dockerd: RunningDaemon, registry: str) -> None:
    """The daemon's own words are the outcome; nothing is tagged, and the message does not pretend."""
    image_id, _ = shop(dockerd, registry)
    digest = dockerd.client.inspect_image(image_id)["RepoDigests"][0].partition("@")[2]
    at_work.remove(f"/img rm -f {image_id}")
    gone = requests.delete(f"http://{registry}/v2/team/shop/manifests/{digest}", timeout=5)
    assert gone.status_code == 202, gone.text
    put_back(at_work, 1)
    assert "⚠️ Put nothing back on web-3" in str(at_work.shows("*not put back* — "))
    assert "manifest unknown" in str(at_work.shows("manifest"))
    assert dockerd.client.images() == []


def _other(dockerd: RunningDaemon, name: str) -> str:
    """Give another image a name."""
    (other,) = load(dockerd.client, Build(tags=["other:1"], layers=["other"]))
    repository, _, tag = name.rpartition(":")
    dockerd.client.tag("other:1", repository, tag)
    return other


def test_a_name_that_is_taken_before_the_click(at_work: Team, dockerd: RunningDaemon, registry: str) -> None:
    """Approvals are void, and nothing is pulled."""
    image_id, names = shop(dockerd, registry)
    at_work.remove(f"/img rm -f {image_id}")
    message = asked_back(at_work, 1)
    other = _other(dockerd, names[0])
    at_work.people.press(OLGA, message, "img_approve")
    drifted = at_work.reaches(2, State.DRIFTED, State.FINISHED)
    assert drifted.state is State.DRIFTED
    assert "now names another image" in str(at_work.shows("Not put back"))
    assert dockerd.client.inspect_image(names[0])["Id"] == other
    assert not any("/images/create" in call.path for call in at_work.tap.calls)


def test_a_name_that_is_taken_while_it_is_pulled(at_work: Team, dockerd: RunningDaemon, registry: str) -> None:
    """It stays with the other image; the rest is put back, and the message says so."""
    image_id, names = shop(dockerd, registry)
    at_work.remove(f"/img rm -f {image_id}")
    others: list[str] = []

    def taking(call: Call) -> None:
        if "/images/create" in call.path:
            others.append(_other(dockerd, names[0]))

    at_work.tap.after = taking
    done = put_back(at_work, 1)
    assert dockerd.client.inspect_image(names[0])["Id"] == others[0]
    assert tags(dockerd, image_id) == [names[1]]
    (state,) = done.steps
    assert isinstance(state.outcome, PutBack)
    assert f"{names[0]} now names another image on web-3" in state.outcome.left[0]
    at_work.shows("*not as planned*")


@pytest.mark.parametrize("after", [False, True], ids=["before the pull", "after it"])
def test_killed_in_the_middle_of_a_pull(
    watched: Team, bot: Bot, dockerd: RunningDaemon, registry: str, *, after: bool
) -> None:
    """The host says what came of it; a lead lets it go on, and then the image is there by its names."""
    image_id, names = shop(dockerd, registry)
    watched.remove(f"/img rm -f {image_id}")
    message = asked_back(watched, 1)
    with killed(bot, lambda kill: _arm(watched.tap, kill, after=after)):
        watched.people.press(OLGA, message, "img_approve")
    interrupted = watched.reaches(2, State.INTERRUPTED)
    assert all(not isinstance(state.outcome, PutBack) for state in interrupted.steps)
    watched.tap.before, watched.tap.after = (lambda _method, _path: None), (lambda _call: None)
    watched.people.press(OLGA, watched.shows("1 not started"), "img_resume")
    done = watched.reaches(2, State.FINISHED)
    (state,) = done.steps
    assert isinstance(state.outcome, PutBack)
    assert any(isinstance(gain, Pulled) for gain in state.outcome.gains) is not after
    assert tags(dockerd, image_id) == sorted(names)


def _arm(tapped: Tap, kill: object, *, after: bool) -> None:
    """Let *kill* be called when the bot pulls, before the daemon hears of it, or when it has answered."""
    assert callable(kill)

    def before(_method: str, path: str) -> None:
        if "/images/create" in path and not after:
            kill()
            raise Lost

    def afterwards(call: Call) -> None:
        if "/images/create" in call.path and after:
            kill()

    tapped.before, tapped.after = before, afterwards
