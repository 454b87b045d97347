"""Everything stored reads back as it was, and what was stored once stays readable."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import rfc8785
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bot.approval.events import Asked, Event
from bot.approval.notes import LayersGone, Note, Refusal
from bot.approval.request import Request, RequestId
from bot.db.event_codec import FORMAT, KINDS, dump_event, load_event
from bot.db.fields import Fields, Json, Unreadable, dumps
from bot.db.plan_codec import dump_plan, load_plan
from bot.db.request_codec import dump_progress
from bot.db.store import Store
from bot.db.tables import request as request_table
from bot.images.restoral import AnyPlan
from tests.db import examples
from tests.db.values import any_of

KEYS = st.text(alphabet=st.characters(max_codepoint=127), max_size=4)
TEXTS = st.text(max_size=20) | st.text(alphabet='"\\\b\t\x00\x1f\x7f/\u2028\uffff\U0001f600é', max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
)
GOLDEN = Path(__file__).parent / "golden"


def golden(name: str) -> str:
    """Return what a golden file holds."""
    return (GOLDEN / f"{name}.json").read_text(encoding="utf-8").removesuffix("\n")


def reloaded(event: Event | Note) -> Event | Note:
    """Store an event and read it back."""
    about = event.request_id if isinstance(event, Refusal | LayersGone) else None
    return load_event(KINDS[type(event)], FORMAT, dump_event(event), at=event.at, request_id=about)


@given(any_of(AnyPlan))
def test_every_plan_reads_back(plan: AnyPlan) -> None:
    """A plan reads back equal, whatever it says."""
    assert load_plan(dump_plan(plan)) == plan


@given(any_of(Event | Note))
def test_every_event_reads_back(event: Event | Note) -> None:
    """An event or a note reads back equal, whatever it says."""
    assert reloaded(event) == event


@given(any_of(Event | Note))
def test_stored_events_are_canonical(event: Event | Note) -> None:
    """What is stored is its own RFC 8785 form, so that its hash can be computed without reading it."""
    stored = dump_event(event)
    assert rfc8785.dumps(json.loads(stored)).decode() == stored


@given(VALUES)
def test_what_is_stored_is_canonical(value: Json) -> None:
    """Whatever texts, numbers and lists are in it, an object is written as RFC 8785 says."""
    assert dumps(value) == rfc8785.dumps(value).decode()


def test_plan_is_stored_as_ever() -> None:
    """A plan is written as its golden file has it, and read from it."""
    assert dump_plan(examples.PLAN) == golden("plan-2")
    assert load_plan(golden("plan-2")) == examples.PLAN


def test_a_plan_that_puts_images_back_is_stored_as_ever() -> None:
    """Beside what every plan has it says which request's images they are."""
    assert dump_plan(examples.RESTORE_PLAN) == golden("plan-2-restore")
    assert load_plan(golden("plan-2-restore")) == examples.RESTORE_PLAN


def test_grades_are_stored_as_ever() -> None:
    """A plan whose images were graded has them as one key more, which an earlier version does not look at."""
    assert dump_plan(examples.GRADED_PLAN) == golden("plan-2-graded")
    assert load_plan(golden("plan-2-graded")) == examples.GRADED_PLAN
    assert replace(examples.GRADED_PLAN, graded=()) == examples.PLAN


def test_a_plan_of_the_first_format_is_read() -> None:
    """Its one doubt was about its layers, and its bytes were those of its records."""
    assert load_plan(golden("plan-1")) == examples.PLAN_1
    stored = golden("event-1-asked")
    event = load_event("asked", 1, stored, at=examples.AT, request_id=None)
    assert isinstance(event, Asked)
    assert event == replace(examples.ASKED_1, plan=examples.PLAN_1, digest=event.digest)


@pytest.mark.parametrize(("name", "event"), [("asked-plan-2", examples.ASKED_1), ("approved", examples.APPROVED_1)])
def test_events_of_the_first_format_are_read(name: str, event: Event) -> None:
    """What they did not know yet is empty."""
    assert load_event(KINDS[type(event)], 1, golden(f"event-1-{name}"), at=event.at, request_id=None) == event


def test_progress_is_stored_as_ever(store: Store, engine: sa.Engine) -> None:
    """What a request needs, its steps and its closing are written as the golden file has them, and read from it."""
    assert dump_progress(examples.CLOSED) == golden("progress-3")
    read = _read_with(store, engine, "progress-3")
    assert replace(examples.CLOSED, **{name: getattr(read, name) for name in IN_PROGRESS}) == examples.CLOSED


def test_what_is_kept_for_an_undo_is_stored_as_ever(store: Store, engine: sa.Engine) -> None:
    """Beside the rest of the progress, which has nothing of it where nothing is kept."""
    assert dump_progress(examples.KEPT) == golden("progress-3-kept")
    read = _read_with(store, engine, "progress-3-kept")
    assert (read.undo, read.needs) == (examples.KEPT.undo, examples.KEPT.needs)


def test_what_waits_for_other_hosts_is_stored_as_ever(store: Store, engine: sa.Engine) -> None:
    """Beside the rest of the progress, which has nothing of it where only one host was asked for."""
    assert dump_progress(examples.HELD) == golden("progress-3-held")
    read = _read_with(store, engine, "progress-3-held")
    assert (read.member, read.held) == (examples.MEMBER, True)


@pytest.mark.parametrize(("stored", "measured"), [("progress-1", None), ("progress-2", examples.CLOSED.measured)])
def test_progress_of_earlier_formats_is_read(
    store: Store, engine: sa.Engine, stored: str, measured: int | None
) -> None:
    """In the first nothing was measured; before the third nobody followed, looked, was called or reviewed."""
    read = _read_with(store, engine, stored)
    assert read.needs == examples.ASKED_1.needs
    assert (read.steps, read.closing, read.measured) == (examples.CLOSED.steps, examples.CLOSED.closing, measured)
    assert (read.followers, read.look, read.calls, read.break_glass, read.review) == ((), None, (), False, None)


IN_PROGRESS = (
    "needs",
    "steps",
    "closing",
    "measured",
    "followers",
    "left_out",
    "look",
    "calls",
    "break_glass",
    "review",
)


def _read_with(store: Store, engine: sa.Engine, stored: str) -> Request:
    """Return what a request with this progress is read as."""
    with store.transaction() as tx:
        request = tx.ask(examples.ASKED)
    with engine.begin() as connection:
        connection.execute(request_table.update().values(progress=golden(stored)))
    with store.reading() as reading:
        read = reading.request(request.id)
    assert read is not None
    return read


@pytest.mark.parametrize("name", examples.STORED)
def test_event_is_stored_as_ever(name: str) -> None:
    """Every kind of event is written as its golden file has it, and read from it."""
    event = examples.STORED[name]
    about = RequestId(7) if isinstance(event, Refusal | LayersGone) else None
    first = 1 if name in examples.IN_FORMAT_1 else FORMAT
    stored = golden(f"event-{first}-{name}")
    assert dump_event(event) == stored
    for number in range(first, FORMAT + 1):
        assert load_event(KINDS[type(event)], number, stored, at=event.at, request_id=about) == event


def test_every_kind_of_event_has_a_golden_file() -> None:
    """No kind of event can be added without a golden file."""
    assert {KINDS[type(event)] for event in examples.STORED.values()} == set(KINDS.values())


def test_no_golden_file_is_left_unread() -> None:
    """Every golden file is one that a test here reads."""
    names = {f"event-{1 if name in examples.IN_FORMAT_1 else FORMAT}-{name}" for name in examples.STORED} | {
        "event-1-asked",
        "event-1-asked-plan-2",
        "event-1-approved",
        "plan-1",
        "plan-2",
        "plan-2-restore",
        "plan-2-graded",
        "progress-1",
        "progress-2",
        "progress-3",
        "progress-3-kept",
        "progress-3-held",
    }
    assert {file.stem for file in GOLDEN.glob("*.json")} == names


def test_a_newer_format_is_named() -> None:
    """A plan of a newer imgbot is refused with its number and what to do."""
    newer = golden("plan-2").replace('"format":2', '"format":3')
    with pytest.raises(Unreadable, match=r"plan is in format 3, .* reads up to 2\. Use the version that wrote it"):
        load_plan(newer)


def test_a_newer_event_format_is_named() -> None:
    """An event of a newer imgbot is refused with its number."""
    with pytest.raises(Unreadable, match="format 3"):
        load_event("expired", 3, "{}", at=examples.AT, request_id=None)


@pytest.mark.parametrize("kind", ["rebooted", "step-danced"])
def test_an_unknown_kind_is_named(kind: str) -> None:
    """An event of a kind that is not known is refused by its name."""
    with pytest.raises(Unreadable, match=kind):
        load_event(kind, 1, '{"step":0}', at=examples.AT, request_id=None)


@pytest.mark.parametrize(
    ("was", "becomes", "named"),
    [
        ('"store":"containerd"', '"store":"floppy"', "\"store\": 'floppy'"),
        ('"force":true', '"force":1', '"force"'),
        ('"layers":3', '"layers":true', '"layers"'),
        ('"layers":3', '"layers":"3"', '"layers"'),
        ('"notes":["redis means redis:latest here."]', '"notes":[1]', '"notes"'),
        ('"outcome":"removed"', '"outcome":"unknown"', '"outcome"|"message"'),
        ('"record":"image"', '"record":"picture"', "\"record\": 'picture'"),
        ('"hint":', '"hunt":', '"hint"'),
        ('"part":"layers"', '"part":"onions"', "\"part\": 'onions'"),
        ('"of_layers":5', '"of_layers":null', '"of_layers"'),
    ],
)
def test_a_changed_field_is_named(was: str, becomes: str, named: str) -> None:
    """A field that is not what it should be is refused by its name, never guessed at."""
    assert was in golden("plan-2")
    with pytest.raises(Unreadable, match=named):
        load_plan(golden("plan-2").replace(was, becomes))


@pytest.mark.parametrize(
    ("was", "becomes", "named"),
    [
        ('"obstacle":"no-digest"', '"obstacle":"lazy"', "\"obstacle\": 'lazy'"),
        ('"gain":"tagged"', '"gain":"found"', "\"gain\": 'found'"),
        ('"outcome":"restored"', '"outcome":"removed"', "\"outcome\": 'removed'"),
        ('"restores":7', '"restores":"7"', '"restores"'),
    ],
)
def test_a_changed_field_of_a_plan_to_restore_is_named(was: str, becomes: str, named: str) -> None:
    """Likewise."""
    assert was in golden("plan-2-restore")
    with pytest.raises(Unreadable, match=named):
        load_plan(golden("plan-2-restore").replace(was, becomes))


@pytest.mark.parametrize("text", ["", "[]", "{", "null"])
def test_what_is_no_object_is_refused(text: str) -> None:
    """Text that is no JSON object is refused."""
    with pytest.raises(Unreadable):
        Fields.loads(text, "plan")


def test_half_a_surrogate_pair_is_replaced() -> None:
    """Text that no encoding can hold is stored with the replacement character, in whatever it stands."""
    event = replace(examples.ASKED, reason="a\ud83d")
    read = reloaded(event)
    assert read == replace(event, reason="a\N{REPLACEMENT CHARACTER}")
    assert dumps({"a": ["\udc00", 1, None]}) == '{"a":["\N{REPLACEMENT CHARACTER}",1,null]}'
