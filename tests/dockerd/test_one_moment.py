"""An inventory is of one moment: its parts belong together, or it says that they may not."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.dockerd.daemon import Daemon
from bot.dockerd.hosts import Endpoint
from bot.dockerd.taking import CHECKED_AT_MOST, TAKEN_AT_MOST
from bot.flows.ports import Changes
from bot.images.ids import ImageId
from bot.images.inventory import Inventory
from tests.dockerd.lying import Answer, Answers, Lying, answer, lying
from tests.dockerd.recorded import INFO_CONTAINERD, RUNNING_20, TAGGED_20, digest
from tests.dockerd.remembering import Remembering

IMAGE = ImageId(digest("1"))
OTHER = {**TAGGED_20, "RepoTags": ["redis:8"]}
REFUSED = answer({"message": "forbidden"}, 403)


@contextmanager
def asked(
    folder: Path, state: Remembering, **answers: Answer | Callable[[str], Answer]
) -> Iterator[tuple[Daemon, Lying]]:
    """Give a daemon that holds an image and a container, or what is given."""
    given: Answers = {
        "/info": state.info,
        "/events": state.told,
        "/images/json": answer([TAGGED_20]),
        f"/images/{IMAGE}/json": answer({"Id": IMAGE}),
        "/containers/json": answer([RUNNING_20]),
        "/system/df": answer({"BuildCache": []}),
        **{f"/{path.replace('_', '/')}": of for path, of in answers.items()},
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


def times(server: Lying, path: str) -> int:
    """Return how often a path was asked for."""
    return sum(line.partition("?")[0] == f"GET {path}" for line in server.asked)


def test_nothing_happened(tmp_path: Path) -> None:
    """Everything is asked for once, and what happened until ``seen`` is in it."""
    state = Remembering()
    before = state.happen("tag")
    time.sleep(0.3)
    with asked(tmp_path, state) as (daemon, server):
        inventory = taken(daemon)
        assert (inventory.changed, times(server, "/images/json"), state.asked) == (False, 1, 1)
        assert before <= inventory.seen <= state.now()


def test_something_happened_meanwhile(tmp_path: Path) -> None:
    """The lists are taken again, and then they belong together."""
    state = Remembering()

    def images(_: str) -> Answer:
        if state.asked == 0:
            state.happen("tag")
        return answer([TAGGED_20] if state.asked else [OTHER])

    with asked(tmp_path, state, images_json=images) as (daemon, server):
        inventory = taken(daemon)
        assert (inventory.changed, times(server, "/images/json")) == (False, 2)
        assert [reference.familiar for reference in inventory.images[IMAGE].references] == ["redis:7", "redis:latest"]


def test_what_is_known_to_have_happened_before(tmp_path: Path) -> None:
    """An event that was told before the first question is in the lists, however roughly the daemon's clock is known."""
    state = Remembering()

    def info(path: str) -> Answer:
        shown = state.info(path)
        time.sleep(0.1)
        return shown

    with asked(tmp_path, state, info=info) as (daemon, server):
        since = state.happen("tag")
        state.happen("untag")
        assert isinstance(daemon.changes(since), Changes)
        assert (taken(daemon).changed, times(server, "/images/json")) == (False, 1)


def test_images_change_all_the_time(tmp_path: Path) -> None:
    """After the third time it is said that the parts may not belong together."""
    state = Remembering()

    def containers(_: str) -> Answer:
        state.happen("tag")
        return answer([RUNNING_20])

    with asked(tmp_path, state, containers_json=containers) as (daemon, server):
        inventory = taken(daemon)
        assert (inventory.changed, times(server, "/images/json")) == (True, TAKEN_AT_MOST)
        assert inventory.seen < state.events[-1]["timeNano"]


def test_containers_change_all_the_time(tmp_path: Path) -> None:
    """Their list alone is asked for again, and after some times it is said that it may not belong to the rest."""
    state = Remembering()

    def containers(_: str) -> Answer:
        state.happen("start", "container")
        return answer([RUNNING_20])

    with asked(tmp_path, state, containers_json=containers) as (daemon, server):
        inventory = taken(daemon)
        assert (inventory.changed, times(server, "/images/json")) == (True, 1)
        assert times(server, "/containers/json") == CHECKED_AT_MOST + 1
        assert inventory.seen < state.events[-1]["timeNano"]


def test_a_container_comes_meanwhile(tmp_path: Path) -> None:
    """The containers are asked for again, and then they belong to the images."""
    state = Remembering()

    def containers(_: str) -> Answer:
        if state.asked == 0:
            state.happen("create", "container")
            return answer([])
        return answer([RUNNING_20])

    with asked(tmp_path, state, containers_json=containers) as (daemon, server):
        inventory = taken(daemon)
        assert (inventory.changed, len(inventory.containers)) == (False, 1)
        assert (times(server, "/images/json"), times(server, "/containers/json"), state.asked) == (1, 2, 2)
        assert inventory.seen >= state.events[-1]["timeNano"]
        assert daemon.changes(inventory.seen) == Changes(changes=(), seen=inventory.seen)


def test_an_image_changes_while_the_containers_are_asked_again(tmp_path: Path) -> None:
    """Then everything is."""
    state = Remembering()

    def containers(_: str) -> Answer:
        if state.asked == 0:
            state.happen("create", "container")
        if state.asked == 1:
            state.happen("untag")
        return answer([RUNNING_20])

    with asked(tmp_path, state, containers_json=containers) as (daemon, server):
        assert not taken(daemon).changed
        assert (times(server, "/images/json"), times(server, "/containers/json")) == (2, 3)


def test_a_container_that_is_committed_makes_an_image(tmp_path: Path) -> None:
    """That is no change of containers alone."""
    state = Remembering()

    def containers(_: str) -> Answer:
        if state.asked == 0:
            state.happen("commit", "container")
        return answer([RUNNING_20])

    with asked(tmp_path, state, containers_json=containers) as (daemon, server):
        assert (taken(daemon).changed, times(server, "/images/json")) == (False, 2)


def test_what_does_not_matter_may_happen(tmp_path: Path) -> None:
    """A health check is no reason to ask again."""
    state = Remembering()

    def containers(_: str) -> Answer:
        state.happen("exec_start: true", "container")
        return answer([RUNNING_20])

    with asked(tmp_path, state, containers_json=containers) as (daemon, server):
        assert (taken(daemon).changed, times(server, "/images/json")) == (False, 1)


def test_so_much_happened_that_it_is_forgotten(tmp_path: Path) -> None:
    """Among 256 events that do not matter there may have been one that did."""
    state = Remembering()

    def containers(_: str) -> Answer:
        for _number in range(300):
            state.happen("exec_start: true", "container")
        return answer([RUNNING_20])

    with asked(tmp_path, state, containers_json=containers) as (daemon, server):
        assert (taken(daemon).changed, times(server, "/images/json")) == (True, TAKEN_AT_MOST)


@pytest.mark.parametrize("events", [REFUSED, Answer(late=True), Answer(body=b"<html>")], ids=["no", "slow", "HTML"])
def test_where_the_daemon_does_not_tell_it_is_asked_twice(tmp_path: Path, events: Answer) -> None:
    """Two answers that are the same had nothing between them."""
    with asked(tmp_path, Remembering(), events=events) as (daemon, server):
        inventory = taken(daemon)
        assert (inventory.changed, times(server, "/images/json")) == (False, 2)
        assert inventory.seen > 0


def test_where_the_daemon_does_not_tell_and_its_answers_differ(tmp_path: Path) -> None:
    """Then something happened, and the parts of the second may not belong together either."""
    given = iter([answer([TAGGED_20]), answer([OTHER])])
    with asked(tmp_path, Remembering(), events=REFUSED, images_json=lambda _: next(given)) as (daemon, _):
        inventory = taken(daemon)
        assert inventory.changed
        assert [reference.familiar for reference in inventory.images[IMAGE].references] == ["redis:8"]


def test_another_store_than_before(tmp_path: Path) -> None:
    """A daemon that was set up anew is asked what its new store needs."""
    state = Remembering()
    with asked(tmp_path, state) as (daemon, server):
        assert not taken(daemon).images[IMAGE].dangling_record
        shown = server.answers["/info"]
        assert not isinstance(shown, Answer)
        server.answers["/info"] = answer({**INFO_CONTAINERD, "ServerVersion": "28.5.2"})
        server.asked.clear()
        inventory = taken(daemon)
        assert inventory.images[IMAGE].dangling_record  # the list of dangling ones has it, too
        assert [line for line in server.asked if "dangling" in line]


def test_what_is_listed_the_same_is_the_same(tmp_path: Path) -> None:
    """An image is made anew only where its entry is."""
    state = Remembering()
    with asked(tmp_path, state) as (daemon, server):
        first = taken(daemon).images[IMAGE]
        assert taken(daemon).images[IMAGE] is first
        server.answers["/images/json"] = answer([OTHER])
        second = taken(daemon).images[IMAGE]
        assert [reference.familiar for reference in second.references] == ["redis:8"]
        assert times(server, f"/images/{IMAGE}/json") == 1


def test_many_images_are_looked_at_through_few_connections(tmp_path: Path) -> None:
    """docker-py opens one for each image; here a thread has one, and there are at most nine."""
    listed = [{**TAGGED_20, "Id": digest("0")[:-2] + f"{number:02x}"} for number in range(60)]
    state = Remembering()
    with asked(tmp_path, state, images_json=answer(listed)) as (daemon, server):
        server.answers |= {f"/images/{entry['Id']}/json": answer({"Id": entry["Id"]}) for entry in listed}
        assert len(taken(daemon).images) == 60
        assert server.connections <= 1 + 1 + 8  # the version's, the caller's, the threads'
