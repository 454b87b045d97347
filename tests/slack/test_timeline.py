"""The timeline: a line for everything that can happen."""

from dataclasses import replace

import pytest

from bot.approval.events import CalledFor, Event, Rejected
from bot.approval.request import Approval, Call
from bot.db.store import RecordedEvent
from bot.slack.blocks import Block
from bot.slack.mrkdwn import unmarked
from bot.slack.timeline import timeline, what
from tests.approval import examples
from tests.approval.examples import EVENTS, NOW, OLGA


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_event_has_a_line(event: Event) -> None:
    """None is without words."""
    assert what(event)


def test_every_call_has_words_of_its_own() -> None:
    """A request that was called for can always be shown, and one call is told from the others."""
    called = CalledFor(at=NOW, call=Call.REMIND)
    assert len({what(replace(called, call=call)) for call in Call}) == len(Call)


def _happened(number: int, text: str = "no") -> tuple[RecordedEvent, ...]:
    """Return so many rejections in a row, each with these words."""
    event = Rejected(at=NOW, by=OLGA, basis="group S0OPSLEADS", why=text)
    return tuple(
        RecordedEvent(sequence=n, at=NOW, kind="rejected", version=n, event=event, hash="0" * 64)
        for n in range(1, number + 1)
    )


def _text(blocks: tuple[Block, ...]) -> list[str]:
    return [str(block["text"]["text"]) for block in blocks if isinstance(block["text"], dict)]


def test_the_whole_timeline_is_told() -> None:
    """A line for each event, in one paragraph where that holds them."""
    (told,) = _text(timeline(_happened(30)))
    assert told.startswith("*Timeline*\n")
    assert told.count("rejected no") == 30


@pytest.mark.parametrize(("number", "text"), [(100, "no"), (1000, "no"), (40, "&" * 300), (12, "x" * 5000)])
def test_a_long_timeline_keeps_its_newest_events(number: int, text: str) -> None:
    """What is left out is counted; nothing is longer than Slack takes."""
    parts = _text(timeline(_happened(number, text)))
    told = "\n".join(parts)
    shown = told.count("rejected")
    assert f"… {number - shown} earlier events: the evidence file has them all." in told
    assert all(len(part) <= 3000 for part in parts)
    assert len(told) <= 5200


def test_a_right_is_told_by_the_groups_name() -> None:
    """As Slack shows a group; on the command line by its ID."""
    approved = examples.approved()
    approved = replace(approved, approval=Approval(by=OLGA, at=NOW, basis="group S0OPSLEADS"))
    assert what(approved) == "<@U0LEAD> approved (group <!subteam^S0OPSLEADS>)"
    assert unmarked(what(approved)) == "U0LEAD approved (group S0OPSLEADS)"
    user = replace(approved, approval=replace(approved.approval, basis="group <!channel>"))
    assert what(user) == "<@U0LEAD> approved (group &lt;!channel&gt;)"
