"""Checkpoints: when the head is posted, and that what was posted finds out a record that was written anew."""

import itertools
from dataclasses import replace
from datetime import timedelta
from functools import partial

import sqlalchemy as sa
import structlog

from bot.approval.notice import Verbatim, plain
from bot.approval.proof import Checkpoint
from bot.audit.chain import Broken, Head, Verified, head_of
from bot.audit.checkpoint import checkpoint_of
from bot.audit.signed import signer_text
from bot.flows.checkpoint import Checkpoints
from bot.flows.proving import Witness
from bot.signing import new_key, signed, text_of
from bot.slack.mrkdwn import sentence, unmarked
from tests.flows.conftest import Desk
from tests.flows.test_verifying import found, rewrite, tampered


def checkpoints(desk: Desk, events: int = 1000) -> Checkpoints:
    """Return what makes checkpoints."""
    return Checkpoints(store=desk.store, now=desk.clock, witness=Witness(), events=events)


def posted(desk: Desk) -> list[Head]:
    """Return the heads in the audit channel."""
    while desk.flows().announce.next():
        pass
    texts = [plain(notice.parts) for notice in desk.conversation.announced if notice.kind == "checkpoint"]
    heads = [head_of(text.split()[-1]) for text in texts]
    return [head for head in heads if head is not None]


def newest(desk: Desk) -> Head:
    """Return the head of the record."""
    with desk.store.reading() as reading:
        return Head(sequence=reading.head()[0], hash=reading.head()[1])


def test_there_is_one_a_day(desk: Desk) -> None:
    """The first a day after the record was begun, and then a day after the last; each is on record."""
    made = checkpoints(desk)
    made.due()
    desk.asked()
    made.due()
    assert posted(desk) == []
    desk.clock.goes_on(timedelta(days=1))
    head = newest(desk)
    made.due()
    made.due()
    assert posted(desk) == [head]
    with desk.store.reading() as reading:
        recorded = reading.last(Checkpoint)
    assert recorded is not None
    assert recorded.event == Checkpoint(at=desk.clock(), sequence=head.sequence, hash=head.hash, why="daily")
    desk.clock.goes_on(timedelta(days=1))
    made.due()
    assert len(posted(desk)) == 2


def test_there_is_one_every_so_many_events(desk: Desk) -> None:
    """After so many events since the last, whenever that was."""
    made = checkpoints(desk, events=3)
    for name in ("redis:alpine", "nginx", "centos", "docker"):
        desk.type(f"rm {name}")
        made.due()
    heads = posted(desk)
    assert len(heads) >= 1
    assert all(later.sequence - earlier.sequence >= 3 for earlier, later in itertools.pairwise(heads))
    assert heads[0].sequence >= 3


def test_one_is_signed_where_there_is_a_key(desk: Desk) -> None:
    """The whole note is in the audit channel, to be copied, and in the log; the key is in neither."""
    key = new_key("imgbot")
    desk.asked()
    head = newest(desk)
    with structlog.testing.capture_logs() as logged:
        replace(checkpoints(desk, events=1), sign=partial(signed, key=key)).due()
    assert posted(desk) != [head], "the note comes after it"
    [parts] = [notice.parts for notice in desk.conversation.announced if notice.kind == "checkpoint"]
    note = parts[-1]
    assert isinstance(note, Verbatim)
    text = text_of(note.text, key.verifier)
    assert isinstance(text, str)
    assert checkpoint_of(text) == head
    assert [entry["signed"] for entry in logged if entry["event"] == "checkpoint"] == [note.text]
    assert signer_text(key)[-20:] not in f"{parts}{logged}"
    shown = sentence(parts)
    assert text_of(unmarked(shown[shown.index("```") + 3 : -3]), key.verifier) == text


def test_there_is_one_when_the_bot_ends(desk: Desk) -> None:
    """Where something happened since the last; the bot remembers what it posted."""
    made = checkpoints(desk)
    made.at_stop()
    assert posted(desk) == [], "nothing has happened yet"
    desk.asked()
    head = newest(desk)
    made.at_stop()
    made.at_stop()
    assert posted(desk) == [head]
    assert made.witness.head == head


def test_what_was_posted_finds_out_a_record_that_was_written_anew(engine: sa.Engine, desk: Desk) -> None:
    """Sealed anew from the beginning it is whole in itself, and does not hold the head that stands in the channel."""
    request = desk.asked()
    checkpoints(desk).at_stop()
    (head,) = posted(desk)
    tampered(engine, lambda connection: rewrite(connection, request.requester.user_id, "U0NOBODY"))
    assert isinstance(found(desk.store), Verified)
    broken = found(desk.store, known=[head])
    assert isinstance(broken, Broken)
    assert broken.sequence == head.sequence
