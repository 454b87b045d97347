"""The bot's own eyes on the simulated daemon: what it plans is what then happens."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.dockerd.daemon import Daemon
from bot.dockerd.hosts import endpoint
from bot.flows.ports import Changes
from bot.flows.registries import Registries
from bot.images.grades import Grade
from bot.images.grading import NEVER_SHARED, NO_NAME, HasNot, Silent
from bot.images.inventory import Image, Inventory
from bot.images.listing import BadFilter
from bot.images.predict import Wanted, plan
from bot.images.removal import DeletedImage, DeletedLayer, Plan, Refused, Removed, Untagged
from bot.playground.demo import simulated_daemon
from tests.finding import among
from tests.images.making import DIGEST

WORDS = [
    *("501", "centos", "redis:alpine", "redis:7", "nginx", "node:slim", "docker", "acme/cache:2", "acme/api:pr-881"),
    *("acme/shop:2.1", "redis", "d2607f93ab15", "e43d811ce2f4"),
    "node@sha256:b4f0e0bdeb578043c1ea6862f0d40cc4afe32a4a582f3be235a3b164422be228",
]


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """Run a simulated daemon for one test, as the bot sees it."""
    with simulated_daemon(tmp_path / "docker.sock") as url:
        yield Daemon("web-3", endpoint(url))


def planned(daemon: Daemon, word: str, *, force: bool = False) -> Plan:
    """Return the bot's plan for *word*."""
    inventory = daemon.inventory()
    assert isinstance(inventory, Inventory)
    made = plan(daemon.measured(inventory, inventory.images), Wanted(words=[word], command=word, force=force))
    assert isinstance(made, Plan)
    return made


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("word", WORDS)
def test_what_is_planned_is_what_happens(daemon: Daemon, word: str, force: bool) -> None:  # noqa: FBT001 (a case)
    """The records, or the refusal, are the plan's; afterwards the host no longer has what was removed."""
    (step,) = planned(daemon, word, force=force).steps
    if step.removal.target is None:
        assert isinstance(step.outcome, Refused)
        return
    outcome = daemon.remove(step.removal)
    assert type(outcome) is type(step.outcome)
    if isinstance(outcome, Removed) and isinstance(step.outcome, Removed):
        assert [_without_bytes(r) for r in outcome.records] == [_without_bytes(r) for r in step.outcome.records]
        assert planned(daemon, word).steps[0].outcome != step.outcome


def _without_bytes(record: object) -> object:
    return record.chain_id if isinstance(record, DeletedLayer) else record


@pytest.mark.parametrize(
    ("word", "grade", "why"),
    [
        ("redis:alpine", Grade.REPULLABLE, ""),
        ("centos", Grade.REPULLABLE, ""),
        ("acme/api:pr-881", Grade.ONLY_COPY, NEVER_SHARED),
        ("d2607f93ab15", Grade.ONLY_COPY, NO_NAME),
    ],
)
def test_what_registries_have(daemon: Daemon, word: str, grade: Grade, why: str) -> None:
    """The tutorial's images can be pulled again; what the team built cannot."""
    inventory = daemon.inventory()
    assert isinstance(inventory, Inventory)
    asked = Registries(now=lambda: datetime.now(UTC))
    (found,) = asked.graded(daemon, planned(daemon, word, force=True), inventory).graded
    assert (found.grade, found.why) == (grade, why)


def test_a_registry_that_lets_nobody_in(daemon: Daemon) -> None:
    """It has the team's own shop, and does not say so; of what was never pushed anywhere it says no."""
    inventory = daemon.inventory()
    assert isinstance(inventory, Inventory)
    (shop,) = (each for image in inventory.images.values() for each in image.references if "shop@" in each.familiar)
    denied = "docker.io does not say: requested access to the resource is denied"
    assert daemon.distribution(shop.familiar) == Silent(why=denied)
    assert daemon.distribution(f"redis@{DIGEST}") == HasNot(why="docker.io does not have it")


def test_every_layer_is_measured(daemon: Daemon) -> None:
    """The sizes of all layers can be told from the histories, so a plan says what it frees."""
    inventory = daemon.inventory()
    assert isinstance(inventory, Inventory)
    measured = daemon.measured(inventory, inventory.images)
    layers = {chain for image in inventory.images.values() for chain in image.layers}
    assert measured.layer_bytes.keys() == layers
    assert all(
        sum(measured.layer_bytes[chain] for chain in image.layers) == image.size for image in inventory.images.values()
    )


def test_what_happens_is_told(daemon: Daemon) -> None:
    """What was removed since an inventory is among the changes, and the next inventory has it in."""
    before = daemon.inventory()
    assert isinstance(before, Inventory)
    assert not before.changed
    (step,) = planned(daemon, "centos").steps
    daemon.remove(step.removal)
    changes = daemon.changes(before.seen)
    assert isinstance(changes, Changes)
    assert [change.action for change in changes.changes] == ["untag", "untag", "delete"]
    after = daemon.inventory()
    assert isinstance(after, Inventory)
    assert (after.changed, after.seen >= changes.seen) == (False, True)
    assert daemon.changes(after.seen) == Changes(changes=(), seen=after.seen)


def test_a_container_keeps_layers_of_an_image_that_went(daemon: Daemon) -> None:
    """Removed by force under its stopped container, an image leaves its layers; then they are nobody else's to free."""
    before = daemon.used()
    (step,) = planned(daemon, "acme/api:pr-881", force=True).steps
    assert isinstance(daemon.remove(step.removal), Removed)
    assert daemon.used() == before
    inventory = daemon.inventory()
    assert isinstance(inventory, Inventory)
    (held,) = {container.holds for container in inventory.containers if container.image_id not in inventory.images}
    assert held == next(image.layers for image in inventory.images.values() if names(image) == {"node:slim"})
    (step,) = planned(daemon, "node:slim").steps
    outcome = daemon.remove(step.removal)
    assert isinstance(outcome, Removed)
    assert not [record for record in outcome.records if isinstance(record, DeletedLayer)]
    assert (step.doubts, [r.__class__ for r in outcome.records]) == ((), [Untagged, Untagged, DeletedImage])


def names(image: Image) -> set[str]:
    """Return the tags of an image."""
    return {reference.familiar for reference in image.references if reference.tag}


def test_the_daemon_lists_by_its_own_filters(daemon: Daemon) -> None:
    """What comes back are the IDs of the images; a filter that it does not know is refused in its words."""
    inventory = daemon.inventory()
    assert isinstance(inventory, Inventory)
    redis = {image.id for image in inventory.images.values() if any("redis" in name for name in names(image))}
    assert among(daemon.listed((("reference", "redis"),))) == frozenset(redis)
    assert daemon.listed((("colour", "red"),)) == BadFilter(message="invalid filter 'colour'")


def test_what_was_removed_can_be_pulled_again(daemon: Daemon) -> None:
    """By the digest that it had at the start, and by no other; with its layers, and without its other names."""
    source, *_ = (r.familiar for r in _held(daemon)["node:slim"].references if r.digest)
    image = _held(daemon)["node:slim"]
    (step,) = planned(daemon, "node:slim").steps
    daemon.remove(step.removal)
    assert daemon.pull(source, lambda: None) == image.id
    again = _held(daemon)[source]
    assert (again.layers, [r.familiar for r in again.references]) == (image.layers, [source])
    refused = daemon.pull(f"node@sha256:{'a' * 64}", lambda: None)
    assert isinstance(refused, Refused)
    assert "manifest unknown" in refused.message


def _held(daemon: Daemon) -> dict[str, Image]:
    """Return the images by each of their names."""
    inventory = daemon.inventory()
    assert isinstance(inventory, Inventory)
    return {r.familiar: image for image in inventory.images.values() for r in image.references}
