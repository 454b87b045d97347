"""What verifying found, as Slack has it."""

import json

from bot.approval.proof import Disproved, Occasion
from bot.audit.chain import Broken, Head, Verified
from bot.db.store import RecordedEvent
from bot.flows.answers import STOPPED, Verification
from bot.playground.blocks import block_faults
from bot.playground.limits import Surface
from bot.slack.replies import reply
from tests.approval.examples import NOW

GOOD = Verified(count=48_213, head=Head(sequence=48_213, hash="9c" * 32))
BAD = Broken(sequence=7, why="Removal record 3 is not as it was written: image_id is '<!channel>'.")
FAILURE = RecordedEvent(
    sequence=90,
    at=NOW,
    kind="disproved",
    version=None,
    event=Disproved(at=NOW, occasion=Occasion.NIGHTLY, sequence=7, why="<!channel> " + "x" * 5000),
    hash="f" * 64,
)


def said(answer: Verification) -> str:
    """Return the message as text; Slack must take it, and nobody must be pinged."""
    message = reply(answer)
    assert block_faults(list(message.blocks), Surface.MESSAGE) == []
    assert "<!channel>" not in message.text + json.dumps(message.blocks)
    return json.dumps(message.blocks, ensure_ascii=False)


def test_a_whole_record() -> None:
    """How many events, and the newest one's hash; nothing to press."""
    text = said(Verification(found=GOOD, since=0, stopped=None, may_go_on=False))
    assert "48213 events as they were written" in text
    assert "9c" * 32 in text
    assert "img_acknowledge" not in text


def test_a_part_of_the_record() -> None:
    """From where on it was read is said."""
    text = said(Verification(found=GOOD, since=100, stopped=None, may_go_on=False))
    assert "after event 100, up to which it was verified before, is as it was written" in text


def test_a_failure() -> None:
    """The first bad event, that nothing is removed, and the button for those who may decide alone."""
    for may_go_on in (True, False):
        text = said(Verification(found=BAD, since=0, stopped=FAILURE, may_go_on=may_go_on))
        assert "Event 7: Removal record 3 is not as it was written" in text
        assert STOPPED in text
        assert ('"img_acknowledge"' in text, '"value": "90"' in text) == (may_go_on, may_go_on)
