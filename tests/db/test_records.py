"""Removal records: one for each reference and image and layer that went."""

from dataclasses import replace

from bot.approval.events import StepDone
from bot.db.store import Store
from bot.images.ids import ChainId
from bot.images.removal import DeletedImage, DeletedLayer, Refusal, Refused, Removed, Unknown, Untagged
from tests.approval import examples
from tests.db import examples as rich
from tests.db.asking import ask, claimed, done, happen, removed

REDIS = examples.image_id("1")
LAYER = ChainId("sha256:" + "c" * 63 + "1")


def test_each_record_of_the_daemon_is_one_of_ours(store: Store) -> None:
    """An untagged reference, a deleted image and a deleted layer are three records, in the daemon's order."""
    request = removed(store, reason="disk full")
    with store.reading() as reading:
        records = reading.records_of(request.id)
    assert [record.number for record in records] == [1, 2, 3, 4, 5, 6]
    first, second, third = records[:3]
    assert (first.kind, first.reference, first.image_id, first.chain_id) == ("untagged", "redis:7", REDIS, None)
    assert (second.kind, second.reference, second.image_id, second.chain_id) == ("deleted", None, REDIS, None)
    assert (third.kind, third.reference, third.image_id, third.chain_id) == ("deleted", None, REDIS, LAYER)
    assert (first.bytes, second.bytes, third.bytes) == (None, None, 10)


def test_a_record_says_who_why_when_and_where(store: Store) -> None:
    """A record carries its request's number, step and event, requester, approvers and reason, daemon and time."""
    request = removed(store, reason="disk full")
    with store.reading() as reading:
        record = reading.records_of(request.id)[0]
        done_at = [event.sequence for event in reading.timeline(request.id) if isinstance(event.event, StepDone)]
    assert (record.request, record.host, record.at) == (request.id, "web-3", examples.NOW)
    assert (record.event, record.step) == (done_at[0], 1)
    assert (record.daemon_id, record.store) == (request.plan.daemon_id, request.plan.store.value)
    assert (record.requester, record.approvers, record.reason) == (examples.DANA, (examples.OLGA,), "disk full")
    assert (record.via, record.source, record.predicted) == ("bot", "reported", True)


def test_what_the_plan_did_not_have_is_marked(store: Store) -> None:
    """A record that the plan did not predict is told from one that it did, whatever its size."""
    request = happen(store, ask(store).id, examples.approved(), claimed())
    predicted = DeletedLayer(chain_id=LAYER, image_id=REDIS)
    surprise = DeletedLayer(chain_id=ChainId("sha256:" + "e" * 64), image_id=REDIS, bytes=7)
    tag = Untagged(reference="redis:8", image_id=REDIS)
    outcome = Removed(records=(tag, DeletedImage(image_id=REDIS), predicted, surprise))
    happen(store, request.id, *done(0, outcome))
    with store.reading() as reading:
        records = reading.records_of(request.id)
    assert [record.predicted for record in records] == [False, True, True, False]


def test_what_was_found_afterwards_is_derived(store: Store) -> None:
    """Records of a step that was found done on the host say that nobody reported them."""
    request = happen(store, ask(store).id, examples.approved(), claimed())
    happen(store, request.id, *done(0, Removed(records=examples.records("redis:7", "1")), found="gone"))
    with store.reading() as reading:
        assert {record.source for record in reading.records_of(request.id)} == {"derived"}


def test_nothing_removed_is_no_record(store: Store) -> None:
    """A refusal, an answer that nobody could read and an empty answer leave no removal record."""
    request = happen(store, ask(store).id, examples.approved(), claimed())
    begun, end = done(0, Removed(records=()))
    assert isinstance(end, StepDone)
    happen(store, request.id, begun, replace(end, outcome=Unknown(message="no answer")), end)
    refused = Refused(refusal=Refusal.CONFLICT, message="in use")
    happen(store, request.id, done(1, Removed(records=()))[0], replace(end, step=1, outcome=refused))
    with store.reading() as reading:
        assert reading.records_of(request.id) == ()
        assert len(reading.timeline(request.id)) == 8


def test_a_refused_step_predicts_nothing(store: Store) -> None:
    """What goes in a step that was predicted to be refused is on record as not predicted."""
    request = ask(store, plan=rich.PLAN)
    happen(store, request.id, examples.approved(), claimed(), *done(1, Removed(records=rich.RECORDS)))
    with store.reading() as reading:
        assert [record.predicted for record in reading.records_of(request.id)] == [False] * 4
