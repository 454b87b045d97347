"""What a bot tells of itself where something is wrong with it, and what it counts of what left outside."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.approval.notes import LeftOutside
from bot.db import database
from bot.db.store import Store
from bot.images.ids import ChainId, ImageId
from bot.images.inventory import Store as ImageStore
from bot.images.leaving import Left
from bot.images.removal import DeletedLayer
from bot.loop import Loop
from bot.telling import Telling
from bot.web.metrics import Metrics

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
IMAGE = ImageId(f"sha256:{'1' * 64}")


def _telling(
    store: Store, *, loops: tuple[Loop, ...] = (), connections: int | None = 1, ending: bool = False
) -> Telling:
    return Telling(
        store=store,
        owner="me",
        now=lambda: NOW,
        loops=lambda: loops,
        watches=(),
        connections=lambda: connections,
        ending=lambda: ending,
    )


def _store(folder: Path) -> Store:
    engine = database.engine(f"sqlite:///{folder / 'imgbot.db'}")
    database.upgrade(engine)
    return Store(engine)


def test_all_is_well(tmp_path: Path) -> None:
    """With Socket Mode, and without."""
    store = _store(tmp_path)
    assert _telling(store).ready() == ()
    assert _telling(store, connections=None).ready() == ()
    store.close()


def test_what_keeps_it_from_its_work(tmp_path: Path) -> None:
    """Each in a sentence: Slack, and that it is about to end."""
    store = _store(tmp_path)
    assert _telling(store, connections=0).ready() == ("Slack: no connection of Socket Mode.",)
    assert _telling(store, ending=True).ready() == ("The bot is ending.",)
    assert _telling(store, connections=0).alive() == ()
    store.close()


def test_a_database_that_is_away(tmp_path: Path) -> None:
    """It is not ready, its metrics say so, and what the database would tell is left out of them."""
    store = Store(database.engine(f"sqlite:///{tmp_path / 'nowhere' / 'imgbot.db'}"))
    telling = _telling(store)
    (fault,) = telling.ready()
    assert fault.startswith("Database: ")
    assert telling.alive() == ()
    gauges = {gauge.name: gauge.values for gauge in telling.signs().gauges()}
    assert gauges["database_up"] == [((), False)]
    assert "queue_length" not in gauges
    assert "record_events" not in gauges
    store.close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # that it ends is the point
def test_a_loop_that_ended_by_itself_is_for_a_restart(tmp_path: Path) -> None:
    """One that was told to end is not, nor one that did not begin yet."""
    store = _store(tmp_path)
    ended = threading.Event()

    def ends() -> bool:
        ended.set()
        raise SystemExit  # nothing that a loop catches

    gone, told, not_begun = Loop("gone", ends, every=1), Loop("told", lambda: False, every=1), Loop("no", bool, every=1)
    gone.start()
    told.start()
    told.stop()
    assert ended.wait(5)
    assert gone.join(5)
    assert told.join(5)
    telling = _telling(store, loops=(gone, told, not_begun))
    assert telling.alive() == ("The loop gone has ended.",)
    assert telling.ready() == ("The loop gone has ended.",)
    store.close()


def test_what_left_outside_is_counted_as_external() -> None:
    """By kind, on its host."""
    layer = DeletedLayer(image_id=IMAGE, chain_id=ChainId(f"sha256:{'2' * 64}"), bytes=10)
    left = Left(
        image_id=IMAGE, names=("a:1",), untagged=("a:1", "a:2"), deleted=True, layers=(layer,), earliest=NOW, latest=NOW
    )
    note = LeftOutside(at=NOW, host="web-3", daemon_id="d", store=ImageStore.CLASSIC, left=(left, left))
    metrics = Metrics(["web-3"])
    metrics.happened([(note, None)])
    found = {
        sample.labels["kind"]: sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
        if sample.name == "imgbot_removed_total" and sample.labels["via"] == "external"
    }
    assert found == {"reference": 4, "image": 2, "layer": 2}


def test_what_cannot_be_counted_harms_nobody() -> None:
    """What is on record is, whatever becomes of the metrics."""
    Metrics(["web-3"]).happened([(object(), None), (None, object())])  # type: ignore[list-item]  # no events at all
