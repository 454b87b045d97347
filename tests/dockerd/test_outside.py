"""What others remove from real daemons is on record just as the daemon told them that it went."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.approval.notice import plain
from bot.audit.query import HistoryRecord, Query
from bot.db import database
from bot.db.store import Store
from bot.dockerd.daemon import Daemon
from bot.dockerd.hosts import endpoint
from bot.flows.watch import Watch
from bot.loop import Loop
from tests.daemons import RunningDaemon
from tests.worlds import BUSYBOX, Build, container, load

WITHIN = 20.0


class Watched:
    """A real daemon, and a watch on it that listens and has looked once."""

    def __init__(self, running: RunningDaemon, folder: Path, *, listens: bool) -> None:
        engine = database.engine(f"sqlite:///{folder / 'imgbot.db'}")
        database.upgrade(engine)
        self.running = running
        self.store = Store(engine)
        self.daemon = Daemon("web-3", endpoint(running.url, timeout=timedelta(seconds=6)))
        self.watch = Watch(
            daemon=self.daemon, store=self.store, now=lambda: datetime.now(UTC), every=timedelta(hours=1)
        )
        self.watch.look()
        hear = [Loop("hear", self.watch.hear, every=0.1)] if listens else []
        self._loops = (*hear, Loop("look", self.watch.due, every=0.1))
        for loop in self._loops:
            loop.start()
        time.sleep(0.5)  # until the first question has reached the daemon

    def close(self) -> None:
        """End the watch."""
        for loop in self._loops:
            loop.stop()
        for loop in self._loops:
            assert loop.join(WITHIN)
        self.daemon.close()
        self.store.close()

    def records(self) -> list[HistoryRecord]:
        """Return the records, oldest first."""
        with self.store.reading() as reading:
            return list(reversed(reading.history(Query(), limit=1000)))

    def notices(self) -> list[str]:
        """Return what is to be announced."""
        now, found = datetime.now(UTC), list[str]()
        with self.store.transaction() as tx:
            while (waiting := tx.take_notice(now, now + timedelta(hours=1))) is not None:
                found.append(plain(waiting.notice.parts))
        return found

    def until_recorded(self) -> list[HistoryRecord]:
        """Wait until something is on record, and return it."""
        limit = time.monotonic() + WITHIN
        while not (found := self.records()):
            assert time.monotonic() < limit, "nothing is on record"
            time.sleep(0.1)
        return found


Watching = Callable[..., Watched]


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Watching]:
    """Give what watches a daemon until the end of the test."""
    made = list[Watched]()

    def watch(running: RunningDaemon, *, listens: bool = True) -> Watched:
        made.append(Watched(running, tmp_path, listens=listens))
        return made[-1]

    yield watch
    for watched in made:
        watched.close()


def lines(records: list[HistoryRecord]) -> list[str]:
    """Return the records as Docker tells of them."""
    return [f"Untagged: {r.reference}" if r.reference else f"Deleted: {r.chain_id or r.image_id}" for r in records]


def answered(answer: list[dict[str, str]]) -> list[str]:
    """Return the answer of a daemon likewise."""
    return [f"{key}: {value}" for entry in answer for key, value in entry.items()]


def test_by_hand_on_the_classic_store(dockerd: RunningDaemon, watching: Watching) -> None:
    """The record has what the daemon answered to somebody else, line by line, and exactly when."""
    load(
        dockerd.client,
        Build(tags=["app:1", "app:2"], layers=[BUSYBOX, "a", "b"]),
        Build(tags=["near:1"], layers=[BUSYBOX, "a", "x"]),
    )
    watched = watching(dockerd)
    before = datetime.now(UTC)
    (image_id,) = {i["Id"] for i in dockerd.client.images() if "app:1" in i["RepoTags"]}
    answer = dockerd.client.remove_image(image_id, force=True)
    after = datetime.now(UTC)
    found = watched.until_recorded()
    assert sorted(lines(found)) == sorted(answered(answer))
    assert {(r.names, r.via, r.source, r.earliest) for r in found} == {
        (("app:1", "app:2"), "external", "derived", None)
    }
    assert all(before <= record.at <= after for record in found)
    assert len(watched.notices()) == 1


def test_a_prune_of_many_is_one_message(dockerd: RunningDaemon, watching: Watching) -> None:
    """Forty-one images with layers in common: the record has what the prune told, and people get one message."""
    load(dockerd.client, *(Build(tags=[f"p{n}:1"], layers=[BUSYBOX, f"l{n % 7}", f"m{n}"]) for n in range(41)))
    watched = watching(dockerd)
    answer = dockerd.client.prune_images(filters={"dangling": False})
    found = watched.until_recorded()
    assert sorted(lines(found)) == sorted(answered(answer["ImagesDeleted"]))
    (notice,) = watched.notices()
    assert notice.startswith("41 images went from web-3 outside the bot, ")
    assert notice.endswith(": it was a prune.")


def test_nobody_listens_and_nothing_is_missing(dockerd: RunningDaemon, watching: Watching) -> None:
    """Without events the look finds the same, and says between which moments it was."""
    load(
        dockerd.client,
        Build(tags=["app:1"], layers=[BUSYBOX, "a", "b"]),
        Build(tags=["near:1"], layers=[BUSYBOX, "a", "x"]),
    )
    watched = watching(dockerd, listens=False)
    before = datetime.now(UTC)
    answer = dockerd.client.remove_image("near:1", force=True) + dockerd.client.remove_image("app:1")
    after = datetime.now(UTC)
    watched.watch.look()
    found = watched.records()
    assert sorted(lines(found)) == sorted(answered(answer))
    assert all(record.earliest and record.earliest <= before and after <= record.at for record in found)
    assert "some time between" in watched.notices()[0]


def test_how_large_it_was_is_on_record(dockerd: RunningDaemon, watching: Watching) -> None:
    """A later look has measured the layers, and another process does not forget what they took."""
    (image_id,) = load(dockerd.client, Build(tags=["app:1"], layers=[BUSYBOX, "a", "b"]))
    size = dockerd.client.inspect_image(image_id)["Size"]
    watched = watching(dockerd, listens=False)
    watched.watch.look()
    with closing(Daemon("web-3", endpoint(dockerd.url, timeout=timedelta(seconds=6)))) as daemon:
        another = Watch(daemon=daemon, store=watched.store, now=lambda: datetime.now(UTC), every=timedelta(hours=1))
        another.look()
        dockerd.client.remove_image("app:1")
        another.look()
    found = watched.records()
    assert [record.bytes is not None for record in found] == [record.chain_id is not None for record in found]
    assert sum(record.bytes or 0 for record in found) == size
    (notice,) = watched.notices()
    assert re.search(r"nobody told me when\. That freed [0-9.]+ (Bytes|kB|MB)\.$", notice)


def test_what_a_container_keeps_goes_with_it(dockerd: RunningDaemon, watching: Watching) -> None:
    """The layers of a removed image are there as long as its container is, whoever shared them."""
    load(
        dockerd.client,
        Build(tags=["app:1"], layers=[BUSYBOX, "a", "b"]),
        Build(tags=["near:1"], layers=[BUSYBOX, "a", "x"]),
    )
    container(dockerd.client, "near:1", "job")
    watched = watching(dockerd, listens=False)
    answer = dockerd.client.remove_image("near:1", force=True)
    watched.watch.look()
    answer += dockerd.client.remove_image("app:1")
    watched.watch.look()
    assert sorted(lines(watched.records())) == sorted(answered(answer))
    told = len(answer)
    dockerd.client.remove_container("job")
    watched.watch.look()
    watched.watch.look()
    assert [record.names for record in watched.records()[told:]] == [("near:1",)] * 3
    assert "layers of near:1, which a container had kept, went from web-3" in watched.notices()[-1]


def test_by_hand_on_the_containerd_store(dockerd_containerd: RunningDaemon, watching: Watching) -> None:
    """Names and images are what the daemon answered; layers, of which it tells nothing, are derived."""
    client = dockerd_containerd.client
    load(
        client,
        Build(tags=["app:1", "app:2"], layers=[BUSYBOX, "a", "b"]),
        Build(tags=["near:1"], layers=[BUSYBOX, "a", "x"]),
        containerd=True,
    )
    watched = watching(dockerd_containerd)
    answer = client.remove_image("app:1") + client.remove_image("app:2")
    found = watched.until_recorded()
    assert sorted(lines([r for r in found if not r.chain_id])) == sorted(answered(answer))
    assert len([record for record in found if record.chain_id]) == 1
    assert {record.earliest for record in found} == {None}


def test_a_name_alone(dockerd: RunningDaemon, watching: Watching) -> None:
    """A name that goes while its image stays is a record of its own."""
    load(dockerd.client, Build(tags=["app:1", "app:2"], layers=[BUSYBOX]))
    watched = watching(dockerd)
    dockerd.client.remove_image("app:2")
    assert lines(watched.until_recorded()) == ["Untagged: app:2"]
    (notice,) = watched.notices()
    assert notice.startswith("app:2 (a name of ")


def test_an_image_that_comes_and_goes(dockerd: RunningDaemon, watching: Watching) -> None:
    """A build that is thrown away before the next look is on record by what the daemon told."""
    watched = watching(dockerd)
    (image_id,) = load(dockerd.client, Build(tags=["ci:1"], layers=[BUSYBOX]))
    dockerd.client.remove_image("ci:1")
    found = watched.until_recorded()
    assert {(record.image_id, record.chain_id) for record in found} == {(image_id, None)}
