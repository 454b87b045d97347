"""What leaves a host by no request is on record, and what left by a request is not on record twice."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from bot.approval.notice import plain
from bot.approval.request import Progress, State
from bot.audit.chain import Broken, Verified
from bot.audit.query import HistoryRecord, Query
from bot.db.store import Reading
from bot.flows.answers import Gone
from bot.flows.ports import Button
from bot.flows.verify import verified
from bot.flows.watch import Watch
from bot.images.inventory import Store as ImageStore
from bot.images.leaving import Told
from tests.approval.examples import OLGA
from tests.flows.conftest import Desk
from tests.flows.outsiders import SharedDaemon

SOON, EVERY = timedelta(seconds=4), timedelta(minutes=10)


class Place:
    """A desk whose host others use too, and a watch on it that has looked once."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.host = SharedDaemon(desk.clock)
        desk.daemon = self.host
        self.watch = self.watching()
        self.passes(timedelta(seconds=1))

    def watching(self) -> Watch:
        """Return a watch, as another process has one."""
        return Watch(daemon=self.host, store=self.desk.store, now=self.desk.clock, every=EVERY)

    def passes(self, time: timedelta) -> None:
        """Let time pass, and let the watch listen before and after it, and look where it is time to."""
        self.watch.hear()
        self.watch.due()
        self.desk.clock.goes_on(time)
        self.watch.hear()
        self.watch.due()

    def records(self, via: str = "external") -> list[HistoryRecord]:
        """Return the records, oldest first."""
        with self.desk.store.reading() as reading:
            found = reading.history(Query(), limit=1000)
        return [record for record in reversed(found) if record.via == via]

    def names(self, via: str = "external") -> list[str]:
        """Return the names that went."""
        return [record.reference for record in self.records(via) if record.reference]

    def notices(self) -> list[str]:
        """Post what is to be announced, and return what was said of removals outside the bot."""
        while self.desk.flows().announce.next():
            pass
        said = self.desk.conversation.announced
        return [plain(notice.parts) for notice in said if notice.kind in {"left-outside", "another-daemon"}]

    def approved(self, text: str) -> None:
        """Let something be asked for and approved."""
        self.desk.press(Button.APPROVE, self.desk.asked(text), OLGA)
        assert self.desk.request().state is State.APPROVED


@pytest.fixture
def place(desk: Desk) -> Iterator[Place]:
    """Give a place, whose record is as it was written in the end."""
    place = Place(desk)
    yield place
    with desk.store.reading() as reading:
        assert isinstance(verified(reading), Verified)


def test_what_is_removed_by_hand_is_on_record(place: Place) -> None:
    """With its names, its digest, its layers and its bytes; exactly when the daemon told of it."""
    image = place.host.image("redis:alpine")
    place.host.rmi("redis:alpine")
    at = place.desk.clock()
    place.passes(SOON)
    told = place.records()
    assert [record.reference or record.chain_id or record.image_id for record in told] == [
        "redis:alpine",
        next(r.familiar for r in image.references if r.digest),
        image.id,
        *reversed(image.layers),
    ]
    assert {(r.source, r.request, r.at, r.earliest, r.predicted) for r in told} == {("derived", None, at, None, False)}
    assert sum(record.bytes or 0 for record in told) == image.size
    assert {record.names for record in told} == {tuple(sorted(r.familiar for r in image.references))}
    (notice,) = place.notices()
    assert notice.startswith("redis:alpine, redis@sha256:")
    assert re.search(rf"went from web-3 outside the bot, at {at:%Y-%m-%d %H:%M} UTC\. That freed [0-9.]+ MB\.$", notice)


def test_a_prune_is_one_message(place: Place) -> None:
    """Forty-one images that go in nine seconds are one burst."""
    made = place.host.hold([""] * 41)
    place.passes(EVERY)
    assert place.records() == []
    place.host.drop(made, every=timedelta(seconds=9) / 40)
    place.passes(SOON)
    assert len({record.image_id for record in place.records()}) == 41
    (notice,) = place.notices()
    assert notice.startswith("41 images went from web-3 outside the bot, in 9 s from ")
    assert notice.endswith(" on: looks like a prune.")


def test_what_goes_on_is_one_burst(place: Place) -> None:
    """As long as more is told within three seconds the host is not looked at, but for the longest of bursts."""
    made = place.host.hold([""] * 50)
    place.passes(EVERY)
    for image_id in made[:40]:
        place.host.drop([image_id])
        place.passes(timedelta(seconds=2))
    assert place.records() == []
    place.passes(SOON)
    assert len({record.image_id for record in place.records()}) == 40
    assert len(place.notices()) == 1


def test_what_left_while_nobody_listened_is_not_missing(place: Place) -> None:
    """For an hour the host is cut off and its daemon forgets: all is on record, and that nobody knows when."""
    cut_off = place.desk.clock()
    place.host.reachable = False
    for words in (("redis:alpine",), ("centos:latest", "docker:latest"), ("redis:7",)):
        place.host.rmi(*words)
        place.passes(timedelta(minutes=20))
    place.host.forget()
    assert place.records() == []
    place.host.reachable = True
    place.passes(EVERY)
    tags = [name for name in place.names() if "@" not in name]
    assert sorted(tags) == ["centos:latest", "docker:latest", "redis:7", "redis:alpine"]
    for record in place.records():
        assert record.earliest is not None
        assert record.earliest <= cut_off
        assert record.at >= cut_off + timedelta(hours=1)
    (notice,) = place.notices()
    assert "some time between" in notice


def test_what_left_while_the_bot_was_down_is_not_missing(place: Place) -> None:
    """Another process holds the host against what the one before saw; what the daemon remembers makes times exact."""
    place.desk.clock.goes_on(timedelta(minutes=1))
    place.host.rmi("redis:alpine")
    at = place.desk.clock()
    place.desk.clock.goes_on(timedelta(minutes=30))
    place.watch = place.watching()
    place.passes(SOON)
    assert {(record.earliest, record.at) for record in place.records()} == {(None, at)}
    assert "redis:alpine" in place.names()


def test_a_host_that_is_away_has_lost_nothing(place: Place) -> None:
    """Nothing is on record and nobody is told."""
    place.host.reachable = False
    for _ in range(5):
        place.passes(EVERY)
    assert place.records() == []
    place.host.reachable = True
    place.passes(EVERY)
    assert (place.records(), place.notices()) == ([], [])


@pytest.mark.parametrize("what", ["daemon", "store"])
def test_another_daemon_is_another_host(place: Place, what: str) -> None:
    """Where another daemon answers, or another store, nothing counts as gone, and people are told."""
    if what == "daemon":
        place.host.daemon_id = "another"
    inventory = place.host.world.inventory
    store = ImageStore.CONTAINERD if what == "store" else inventory.store
    place.host.world = replace(place.host.world, inventory=replace(inventory, images={}, store=store))
    place.passes(EVERY)
    assert place.records() == []
    (notice,) = place.notices()
    assert ("Another Docker daemon (another)" in notice) is (what == "daemon")
    place.passes(EVERY)
    assert len(place.notices()) == 1


def test_podman_is_compared_too(desk: Desk) -> None:
    """A host whose images are only listed has what left on record just so."""
    host = SharedDaemon(desk.clock)
    host.world = replace(host.world, inventory=replace(host.world.inventory, store=ImageStore.PODMAN))
    watch = Watch(daemon=host, store=desk.store, now=desk.clock, every=EVERY)
    watch.due()
    gone = host.image("acme/cache:2")
    host.drop([gone.id])
    desk.clock.goes_on(EVERY)
    watch.due()
    with desk.store.reading() as reading:
        found = reading.history(Query(words=("acme/cache",)))
    assert {record.image_id for record in found} == {gone.id}


def test_a_tag_that_moved_has_not_left(place: Place) -> None:
    """A name that another image has now is no removal; the image that lost it is remembered by it."""
    place.host.tag("nginx", "redis:alpine")
    place.passes(EVERY)
    assert place.records() == []
    assert place.notices() == []


def test_an_image_that_lost_its_name_is_known_by_it(place: Place) -> None:
    """A tag moves and the image is pruned later: the record has what it was called."""
    image = place.host.image("acme/cache:2")
    place.host.tag("nginx", "acme/cache:2")
    place.passes(EVERY)
    place.host.drop([image.id])
    place.passes(SOON)
    assert {record.names for record in place.records()} == {("acme/cache:2",)}


def test_what_came_and_went_between_two_looks_is_on_record(place: Place) -> None:
    """An image that no look has seen is known by what the daemon told of it."""
    (image_id,) = place.host.hold([""])
    place.host.said.append(Told(at=place.desk.clock(), action="tag", image_id=image_id, name="ci:1"))
    place.host.drop([image_id])
    at = place.desk.clock()
    place.passes(SOON)
    place.passes(EVERY)
    place.passes(EVERY)
    (record,) = place.records()
    assert (record.image_id, record.names, record.at, record.earliest) == (image_id, ("ci:1",), at, None)


def test_what_the_bot_removes_is_not_external(place: Place) -> None:
    """Whether the host is looked at before, in the middle of it or after it."""
    place.approved("rm redis:alpine centos")
    place.host.before = lambda: place.passes(EVERY)
    place.desk.remove()
    place.passes(EVERY)
    assert (place.desk.request().state, place.records(), place.notices()) == (State.FINISHED, [], [])
    assert {"redis:alpine", "centos:latest"} <= set(place.names("bot"))


def test_what_others_remove_meanwhile_is_external(place: Place) -> None:
    """Somebody removes another image, and another name of the same one, while the bot removes."""
    place.approved("rm redis:7")

    def others() -> None:
        place.host.before = lambda: None
        place.host.rmi("acme/cache:2", "redis:7.2")
        place.passes(SOON)

    place.host.before = others
    place.desk.remove()
    place.passes(EVERY)
    assert sorted(place.names()) == ["acme/cache:2", "redis:7.2"]
    assert "redis:7" in place.names("bot")


def _dies(place: Place, *, after_it: bool) -> Callable[[], None]:
    """Return what ends the bot in the middle of its first call."""

    def die() -> None:
        place.host.before = lambda: None
        if after_it:
            place.host.rmi("redis:alpine")
        raise KeyboardInterrupt

    return die


@pytest.mark.parametrize("done", [True, False])
def test_an_interrupted_step_waits_for_its_outcome(place: Place, *, done: bool) -> None:
    """What a step may have taken is nobody's until it is clear whose doing it was."""
    place.approved("rm redis:alpine centos")
    place.host.before = _dies(place, after_it=done)
    with pytest.raises(KeyboardInterrupt):
        place.desk.remove()
    if not done:
        place.desk.clock.goes_on(timedelta(seconds=1))
    place.passes(SOON)
    assert place.records() == []
    place.desk.owner = "bot:2"
    place.passes(EVERY)
    place.desk.flows().recover.orphans()
    place.passes(EVERY)
    assert place.records() == []
    place.desk.clock.goes_on(timedelta(minutes=2))
    place.desk.flows().recover.unclear()
    assert place.desk.request().steps[0].progress is (Progress.DONE if done else Progress.WAITING)
    if not done:
        place.host.rmi("redis:alpine")
    place.passes(EVERY)
    assert ("redis:alpine" in place.names(), "redis:alpine" in place.names("bot")) == (not done, done)


def test_what_stays_unclear_is_never_external(place: Place) -> None:
    """A lead ends a request of which nobody knows what it did: that is unclear, and not others' doing."""
    place.approved("rm redis:7 centos")
    place.host.loses_answers = True

    def silent() -> None:
        place.host.reachable = False

    place.host.before = silent
    place.desk.remove()
    assert place.desk.request().steps[0].progress is Progress.UNCLEAR
    place.desk.press(Button.STOP, place.desk.request(), OLGA)
    assert place.desk.request().state is State.FINISHED
    place.host.reachable = True
    place.host.before = lambda: None
    place.host.rmi("acme/cache:2")
    place.passes(EVERY)
    assert place.names() == ["acme/cache:2"]


def test_layers_that_the_daemon_does_not_tell_are_derived(place: Place) -> None:
    """On the containerd store the layers of what a request deleted are found by comparing the host."""
    inventory = replace(place.host.world.inventory, store=ImageStore.CONTAINERD)
    place.host.world = replace(place.host.world, inventory=inventory)
    place.passes(EVERY)
    image = place.host.image("acme/cache:2")
    shared = {chain for other in inventory.images.values() if other.id != image.id for chain in other.layers}
    place.approved("rm acme/cache:2")
    place.desk.remove()
    assert [record.chain_id for record in place.records("bot") if record.chain_id] == []
    place.passes(SOON)
    place.passes(EVERY)
    layers = [record for record in place.records("bot") if record.chain_id]
    assert [record.chain_id for record in layers] == [c for c in reversed(image.layers) if c not in shared]
    assert layers
    assert {(r.source, r.request, r.names) for r in layers} == {("derived", 1, ("acme/cache:2",))}
    assert "layers-gone" in place.desk.kinds()
    assert place.records() == []


def test_two_processes_record_it_once(place: Place) -> None:
    """Two that watch the same host on one database put what left on record once."""
    other = place.watching()
    place.host.rmi("redis:alpine")
    place.desk.clock.goes_on(EVERY)

    def looks_too() -> None:
        place.host.while_looking = lambda: None
        place.desk.clock.goes_on(timedelta(seconds=1))
        other.look()

    place.host.while_looking = looks_too
    place.watch.look()
    place.watch.look()
    assert [name for name in place.names() if "@" not in name] == ["redis:alpine"]
    assert len(place.notices()) == 1


def test_why_answers_for_what_went_outside(place: Place) -> None:
    """``why`` of an image that somebody removed by hand has it from the record."""
    place.host.rmi("acme/cache:2")
    place.passes(SOON)
    answer = place.desk.type("why acme/cache:2")
    assert isinstance(answer, Gone)
    assert {record.via for record in answer.records} == {"external"}


def test_a_changed_record_of_what_left_is_found(place: Place, engine: sa.Engine) -> None:
    """The record of what went outside is held against its event, like every other."""
    place.host.rmi("acme/cache:2")
    place.passes(SOON)
    with engine.connect() as connection:
        begun = connection.begin()
        off = "DROP TRIGGER removal_record_update"
        if engine.dialect.name == "postgresql":
            off = "ALTER TABLE removal_record DISABLE TRIGGER ALL"
        connection.execute(sa.text(off))
        changed = "UPDATE removal_record SET reference = 'other:1' WHERE via = 'external' AND reference IS NOT NULL"
        connection.execute(sa.text(changed))
        found = verified(Reading(connection))
        begun.rollback()
    assert isinstance(found, Broken)
    assert "reference is 'other:1'" in found.why
