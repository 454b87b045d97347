"""The Docker edge on a real daemon: what it holds, what a name means now, and what a removal answers."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from docker import APIClient

from bot.dockerd.daemon import Daemon
from bot.dockerd.hosts import endpoint
from bot.flows.ports import Changes
from bot.images.ids import ImageId
from bot.images.inventory import ContainerState, Inventory, Store
from bot.images.listing import BadFilter
from bot.images.removal import DeletedImage, DeletedLayer, Removal, Removed, Untagged, line
from tests.daemons import RunningDaemon
from tests.endtoend.tap import Call, tap
from tests.finding import among
from tests.images.making import reference
from tests.worlds import BUSYBOX, Build, build, container, load, pull, push_and_pull


def held(daemon: Daemon) -> Inventory:
    """Return what the daemon holds."""
    inventory = daemon.inventory()
    assert isinstance(inventory, Inventory), inventory.why
    return inventory


def names(inventory: Inventory, image_id: str) -> list[str]:
    """Return the references of an image as Docker prints them, in Docker's order."""
    return sorted(reference.familiar for reference in inventory.images[ImageId(image_id)].references)


def test_an_empty_daemon_holds_nothing(daemon: Daemon, dockerd: RunningDaemon) -> None:
    """It is known by its ID, its version and its store all the same."""
    inventory = held(daemon)
    assert (inventory.images, inventory.containers, inventory.store) == ({}, (), Store.CLASSIC)
    assert inventory.daemon_id == dockerd.client.info()["ID"]
    assert inventory.version == dockerd.client.version()["Version"]


def test_names_and_labels(daemon: Daemon, dockerd: RunningDaemon, registry: str) -> None:
    """Tags, a digest from a registry, a digest alone, no name at all: each is read as it is."""
    tagged, lost, pulled = load(
        dockerd.client,
        Build(tags=["redis:7", "redis:latest"], layers=["a"], labels={"team": "cache"}),
        Build(tags=["app:1"], layers=["b"]),
        Build(tags=["t/pulled:1"], layers=["c"]),
    )
    load(dockerd.client, Build(tags=["app:1"], layers=["d"]))
    digest = push_and_pull(dockerd.client, registry, "redis:7", "redis:7")
    alone = push_and_pull(dockerd.client, registry, "t/pulled:1", "t/pulled:1")
    dockerd.client.remove_image(f"{registry}/t/pulled:1")
    dockerd.client.remove_image("t/pulled:1")
    pull(dockerd.client, alone)
    inventory = held(daemon)
    assert names(inventory, tagged) == sorted([digest, f"{registry}/redis:7", "redis:7", "redis:latest"])
    assert names(inventory, pulled) == [alone]
    assert names(inventory, lost) == []
    assert inventory.images[ImageId(tagged)].labels == {"team": "cache"}


def test_parents_and_containers(daemon: Daemon, dockerd: RunningDaemon) -> None:
    """What the classic builder leaves is linked; containers are read by image, in their states."""
    (base,) = load(dockerd.client, Build(tags=["base:1"], layers=[BUSYBOX]))
    built = build(dockerd.client, "FROM base:1\nLABEL a=b\n", "built:1")
    container(dockerd.client, "built:1", "stopped")
    container(dockerd.client, "base:1", "running", running=True)
    inventory = held(daemon)
    assert inventory.images[ImageId(built)].parent == base
    assert {(c.name, c.image_id, c.state) for c in inventory.containers} == {
        ("stopped", built, ContainerState.CREATED),
        ("running", base, ContainerState.RUNNING),
    }


def test_layers_are_what_the_daemon_deletes(daemon: Daemon, dockerd: RunningDaemon) -> None:
    """The chain IDs of an image, base first, are the lines of its removal, top first; sizes are the history's."""
    (image_id,) = load(dockerd.client, Build(tags=["redis:7"], layers=["a", "bb", "a"]))
    inventory = held(daemon)
    image = inventory.images[ImageId(image_id)]
    measured = daemon.measured(inventory, [image.id])
    assert [measured.layer_bytes[layer] for layer in image.layers] == [100, 200, 100]
    outcome = daemon.remove(Removal(word="redis:7", target="redis:7", image_id=image.id))
    assert outcome == Removed(
        records=(
            Untagged(reference="redis:7", image_id=image.id),
            DeletedImage(image_id=image.id),
            *(DeletedLayer(chain_id=layer, image_id=image.id) for layer in reversed(image.layers)),
        )
    )


def test_pruned_parents_are_images(daemon: Daemon, dockerd: RunningDaemon) -> None:
    """Parents that go along are told from layers, also those that nobody had listed yet."""
    load(dockerd.client, Build(tags=["base:1"], layers=["a"]))
    held(daemon)
    built = build(dockerd.client, "FROM base:1\nCOPY file /a\nLABEL a=b\nCOPY file /c\n", "built:1")
    assert daemon.named("built:1") == built
    outcome = daemon.remove(Removal(word="built:1", target="built:1", image_id=ImageId(built)))
    assert isinstance(outcome, Removed)
    kinds = [line(record).split()[0] if isinstance(record, Untagged) else type(record) for record in outcome.records]
    assert kinds == ["Untagged:", DeletedImage, DeletedLayer, DeletedImage, DeletedImage, DeletedLayer]


def test_a_name_means_what_it_names_now(daemon: Daemon, dockerd: RunningDaemon, registry: str) -> None:
    """A tag that moved names the new image; IDs and digests name theirs; what is gone names nothing."""
    (before,) = load(dockerd.client, Build(tags=["redis:7"], layers=["a"]))
    digest = push_and_pull(dockerd.client, registry, "redis:7", "redis:7")
    assert daemon.named("redis:7") == before
    (after,) = load(dockerd.client, Build(tags=["redis:7"], layers=["b"]))
    assert daemon.named("redis:7") == after
    assert daemon.named(before) == before
    assert daemon.named(digest) == before
    dockerd.client.remove_image("redis:7")
    assert daemon.named("redis:7") is None


def test_an_image_is_inspected_once(dockerd: RunningDaemon, tmp_path: Path) -> None:
    """The layers behind an ID never change, so a second inventory is a list of images and one of containers."""
    load(dockerd.client, *(Build(tags=[f"app:{number}"], layers=["a", f"b{number}"]) for number in range(5)))
    with tap(dockerd.socket, tmp_path / "tap.sock") as tapped:
        daemon = Daemon("web-3", endpoint(f"unix://{tmp_path}/tap.sock"))
        held(daemon)
        first = [call.path.partition("?")[0].rpartition("/v1.41")[2] for call in tapped.calls]
        tapped.calls.clear()
        held(daemon)
        second = [call.path.partition("?")[0].rpartition("/v1.41")[2] for call in tapped.calls]
        daemon.close()
    assert len([path for path in first if path.startswith("/images/sha256")]) == 5
    assert sorted(second[:-1]) == ["/containers/json", "/images/json", "/info", "/system/df"]
    assert second[-1] == "/events"


def test_threads_may_share_a_daemon(daemon: Daemon, dockerd: RunningDaemon) -> None:
    """Forty questions and removals from eight threads all come to their end."""
    builds = [Build(tags=[f"app{number}:1"], layers=[f"own{number}"]) for number in range(40)]
    ids = load(dockerd.client, *builds)
    removals = [
        Removal(word=build.tags[0], target=build.tags[0], image_id=ImageId(image_id))
        for build, image_id in zip(builds, ids, strict=True)
    ]

    def removed(removal: Removal) -> bool:
        assert daemon.named(str(removal.target)) == removal.image_id
        assert isinstance(daemon.inventory(), Inventory)
        return isinstance(daemon.remove(removal), Removed)

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(removed, removals))
    assert held(daemon).images == {}


def test_a_container_that_comes_meanwhile(dockerd: RunningDaemon, tmp_path: Path) -> None:
    """The list of containers is asked for again, and that of images is not."""
    load(dockerd.client, Build(tags=["app:1"], layers=["a"]))
    coming = ["second", "first"]

    def meanwhile(call: Call) -> None:
        if "/containers/json" in call.path and coming:
            container(dockerd.client, "app:1", coming.pop())

    with tap(dockerd.socket, tmp_path / "tap.sock") as tapped:
        tapped.after = meanwhile
        daemon = Daemon("web-3", endpoint(f"unix://{tmp_path}/tap.sock"))
        happened(daemon, 1)  # so that what was loaded is known to have been there before
        inventory = held(daemon)
        daemon.close()
    assert ({found.name for found in inventory.containers}, inventory.changed) == ({"first", "second"}, False)
    assert len([call for call in tapped.calls if "/containers/json" in call.path]) == 3
    assert len([call for call in tapped.calls if "/images/json" in call.path]) == 1


def happened(daemon: Daemon, since: int) -> Changes:
    """Return what happened since then."""
    changes = daemon.changes(since)
    assert isinstance(changes, Changes), changes.why
    return changes


def killed(client: APIClient, name: str) -> None:
    """Kill a container, and wait until the daemon has said so: it learns of the end a little later."""
    events = client.events(filters={"event": "die"}, decode=True)
    client.kill(name)
    next(events)
    events.close()


@pytest.mark.parametrize("store", ["dockerd", "dockerd_containerd"])
def test_whatever_is_done_is_told(store: str, request: pytest.FixtureRequest) -> None:
    """Each thing that makes another inventory is among the changes at once, and never twice."""
    dockerd: RunningDaemon = request.getfixturevalue(store)
    client, daemon = dockerd.client, Daemon("web-3", endpoint(dockerd.url))
    load(client, Build(tags=["base:1"], layers=[BUSYBOX]))
    seen = held(daemon).seen
    done: list[tuple[Callable[[], object], str]] = [
        (lambda: load(client, Build(tags=["base:1"], layers=[BUSYBOX], labels={"a": "b"})), "load"),
        (lambda: load(client, Build(tags=[], layers=["a"])), "load"),
        (lambda: client.tag("base:1", "other", "1"), "tag"),
        (lambda: build(client, "FROM base:1\nLABEL a=b\n", "built:1"), "tag"),
        (lambda: container(client, "base:1", "job"), "create"),
        (lambda: client.commit("job"), "commit"),
        (lambda: client.start("job"), "start"),
        (lambda: client.pause("job"), "pause"),
        (lambda: client.unpause("job"), "unpause"),
        (lambda: killed(client, "job"), "die"),
        (lambda: client.remove_container("job", force=True), "destroy"),
        (lambda: client.remove_image("other:1"), "untag"),
        (lambda: client.remove_image("built:1"), "delete"),
    ]
    for do, action in done:
        do()
        changes = happened(daemon, seen)
        assert (action in [change.action for change in changes.changes], changes.complete) == (True, True), action
        assert happened(daemon, changes.seen) == Changes(changes=(), seen=changes.seen)
        seen = changes.seen
    daemon.close()


def test_an_inventory_while_others_are_at_work(dockerd: RunningDaemon, tmp_path: Path) -> None:
    """What changes after the list of images was answered is in the inventory all the same: it is taken again."""
    load(dockerd.client, Build(tags=["app:1", "app:2"], layers=["a"]))
    left = ["app:2", "app:1"]

    def meanwhile(call: Call) -> None:
        if "/images/json" in call.path and left:
            dockerd.client.remove_image(left.pop())

    with tap(dockerd.socket, tmp_path / "tap.sock") as tapped:
        tapped.after = meanwhile
        daemon = Daemon("web-3", endpoint(f"unix://{tmp_path}/tap.sock"))
        happened(daemon, 1)  # so that what was loaded is known to have been there before
        inventory = held(daemon)
        daemon.close()
    assert (inventory.images, inventory.changed) == ({}, False)
    assert len([call for call in tapped.calls if "/images/json" in call.path]) == 3


@pytest.mark.parametrize("store", ["dockerd", "dockerd_containerd"])
def test_the_daemon_lists_by_its_own_filters(store: str, request: pytest.FixtureRequest) -> None:
    """It tells moments apart that its list does not, and refuses a filter in its own words."""
    dockerd: RunningDaemon = request.getfixturevalue(store)
    builds = [
        Build(tags=[f"app:{n}"], layers=["a", str(n)], created=f"2026-01-01T00:00:00.{n}Z", labels={"n": str(n % 2)})
        for n in range(1, 5)
    ]
    one, two, three, four = load(dockerd.client, *builds, containerd=dockerd.containerd)
    daemon = Daemon("web-3", endpoint(dockerd.url))
    assert among(daemon.listed(())) == frozenset({one, two, three, four})
    assert among(daemon.listed((("before", "app:3"),))) == frozenset({one, two})
    assert among(daemon.listed((("since", "app:1"), ("before", "app:4")))) == frozenset({two, three})
    assert among(daemon.listed((("label", "n=1"),))) == frozenset({one, three})
    for bad in [("colour", "red"), ("before", "nosuch:1"), ("dangling", "maybe")]:
        assert isinstance(daemon.listed((bad,)), BadFilter), bad
    daemon.close()


def test_the_containerd_store_goes_by_when_an_image_came(dockerd_containerd: RunningDaemon) -> None:
    """Not by when it was made; that the list does not tell."""
    (image_id,) = load(dockerd_containerd.client, Build(tags=["app:1"], layers=["a"]), containerd=True)
    daemon = Daemon("web-3", endpoint(dockerd_containerd.url))
    assert among(daemon.listed((("until", "1h"),))) == frozenset()
    assert among(daemon.listed((("until", "2100-01-01"),))) == frozenset({image_id})
    assert held(daemon).images[ImageId(image_id)].created == 1767225600
    time.sleep(1)
    between = int(time.time())
    dockerd_containerd.client.tag(image_id, "app", "2")
    found = daemon.listed((("until", str(between)),))
    assert isinstance(found, dict)
    assert {name for name in found[ImageId(image_id)] if name.tag} == {reference("app:1")}
    daemon.close()
