"""What is missing since a backup was restored is on record, announced, and told from what was changed."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.approval.events import StepBegun
from bot.approval.notice import plain
from bot.approval.proof import Disproved, Proved, Restored
from bot.approval.request import Progress, RequestId, State
from bot.audit.chain import Broken, Head, Verified
from bot.db.database import Unavailable
from bot.db.store import RecordedEvent, Store
from bot.flows.ports import Button
from bot.flows.verify import verified
from tests.approval import examples
from tests.approval.examples import NOW, OLGA
from tests.databases import Databases, opened
from tests.db.asking import ask, claimed, current, happen, removed
from tests.flows.conftest import Desk
from tests.keeping.doing import WANTED, back_up, head_of_store, restore, url_of


def test_an_older_checkpoint_must_be_held(url: str, file: Path, tmp_path: Path) -> None:
    """One that the backup should hold and does not means that it is of another record, or was changed."""
    target = f"sqlite:///{tmp_path / 'new.db'}"
    wrong = Head(sequence=3, hash="a" * 64)
    with pytest.raises(Unavailable, match="Event 3: It is not the event that was there when its hash was noted"):
        restore(file, target, replace(WANTED, expect=wrong))
    with opened(url) as engine:
        store = Store(engine)
        with store.reading() as reading:
            held = Head(sequence=3, hash=str(reading.hash_of(3)))
        newest = head_of_store(store)
    assert restore(file, target, replace(WANTED, expect=held)).restored.known_sequence == 3
    assert newest.sequence > 3


def test_a_checkpoint_in_the_gap_is_told_as_such(url: str, file: Path, tmp_path: Path) -> None:
    """Not "changed" but "missing since the restore"; and what nobody knows of is not explained by it."""
    with opened(url) as engine:
        store = Store(engine)
        removed(store, "lost")
        lost = head_of_store(store)
    target = f"sqlite:///{tmp_path / 'new.db'}"
    found = restore(file, target, replace(WANTED, expect=lost))
    first, last = found.restored.sequence + 1, lost.sequence
    with opened(target) as engine:
        store = Store(engine)
        for word in ("goes on", "and on"):  # before and after other events took those numbers
            with store.reading() as reading:
                answer = verified(reading, known=[lost])
                assert isinstance(verified(reading), Verified)
                beyond = verified(reading, known=[Head(sequence=last + 100, hash="a" * 64)])
            assert answer == Broken(
                sequence=last,
                why=(
                    "It is not the event whose hash was noted. The record was restored on 2026-03-01 13:00 UTC from a"
                    f" backup of 2026-03-01 12:00 UTC, which ends with event {first - 1}."
                    f" Events {first} to {last} as they were before are missing."
                ),
            )
            assert isinstance(beyond, Broken)
            assert "restored" not in beyond.why
            removed(store, word)


def test_the_audit_channel_is_told(file: Path, new_url: str) -> None:
    """At the next start, with who did it and what is missing."""
    found = restore(file, new_url)
    with opened(new_url) as engine:
        desk = Desk(store=Store(engine))
        desk.clock.goes_on(timedelta(hours=1))
        while desk.flows().announce.next():
            pass
        desk.store.close()
    told = [plain(notice.parts) for notice in desk.conversation.announced if notice.kind == "restored"]
    assert told == [
        (
            "The record was restored by olga@bastion from a backup of 2026-03-01 12:00 UTC, which ends with event"
            f" {found.restored.sequence}. What was on record after event {found.restored.sequence} is missing; how much"
            " that is, is not known. What was asked for, decided or removed after that is not on record."
        )
    ]


@pytest.fixture
def backed_up(engine: sa.Engine, tmp_path: Path) -> Path:
    """Give a backup in which a request is being carried out, one is approved, and one is pending."""
    store = Store(engine)
    happen(store, ask(store, "removing").id, examples.approved(), claimed(), StepBegun(at=NOW, step=0))
    happen(store, ask(store, "approved").id, examples.approved())
    ask(store, "pending")
    back_up(url_of(engine), tmp_path / "work.backup")
    return tmp_path / "work.backup"


def test_what_was_under_way_comes_back_interrupted(backed_up: Path, new_url: str) -> None:
    """As after a crash: nobody knows what became of it, and a person says whether it goes on."""
    restore(backed_up, new_url)
    with opened(new_url) as engine:
        desk = Desk(store=Store(engine), owner="bot:2")
        desk.clock.goes_on(timedelta(hours=1))
        desk.flows().recover.orphans()
        request = current(desk.store, RequestId(1))
        desk.store.close()
    assert request.state is State.INTERRUPTED
    assert request.steps[0].progress is Progress.UNCLEAR


def test_what_was_approved_is_void(backed_up: Path, new_url: str) -> None:
    """It may have been carried out since, so nothing is sent for it; what is pending waits for a decision as ever."""
    restore(backed_up, new_url)
    with opened(new_url) as engine:
        store = Store(engine)
        approved, pending = current(store, RequestId(2)), current(store, RequestId(3))
        with store.reading() as reading:
            assert isinstance(verified(reading), Verified)
    assert (approved.state, pending.state) == (State.DRIFTED, State.PENDING)
    assert approved.closing is not None
    assert approved.closing.why == (
        "The record was restored from a backup. What was done after that was made is not known."
    )


def test_a_bot_that_lives_through_it_stops_once(
    desk: Desk, engine: sa.Engine, tmp_path: Path, databases: Databases
) -> None:
    """It remembers a newer head. A lead acknowledges why it is not there, and the next day it verifies."""
    request = desk.asked()
    back_up(url_of(engine), tmp_path / "early.backup")
    assert desk.press(Button.APPROVE, request, OLGA) is None
    prove = desk.flows().prove
    prove.witness.saw(head_of_store(desk.store))
    with databases("sqlite") as url:
        restore(tmp_path / "early.backup", url)
        with opened(url) as new:
            restored = replace(desk, store=Store(new))
            prove = replace(prove, store=restored.store)
            for day in range(4):
                desk.clock.goes_on(timedelta(days=1))
                prove.nightly()
                with restored.store.reading() as reading:
                    stopped = reading.unacknowledged()
                assert (stopped is not None) == (day == 0)
                if stopped:
                    assert isinstance(stopped.event, Disproved)
                    assert "The record was restored on" in stopped.event.why
                    restored.press(Button.ACKNOWLEDGE, request, OLGA, value=str(stopped.sequence))
            with restored.store.reading() as reading:
                assert isinstance(last := reading.last(Proved), RecordedEvent)
                assert prove.witness.head.sequence == last.sequence - 1
            restored.store.close()


def test_a_restoration_that_nobody_acknowledged_explains_nothing_away(desk: Desk) -> None:
    """Whoever cuts off the end and writes that a backup was restored is found out as before, each day."""
    desk.asked()
    prove = desk.flows().prove
    base = head_of_store(desk.store)
    prove.witness.saw(Head(sequence=base.sequence + 20, hash="a" * 64))
    made = Restored(at=NOW, sequence=base.sequence, hash=base.hash, made_at=NOW, user="mallory")
    with desk.store.transaction() as tx:
        tx.note(made)
    for _ in range(2):
        desk.clock.goes_on(timedelta(days=1))
        prove.nightly()
        with desk.store.reading() as reading:
            assert reading.last(Proved) is None
