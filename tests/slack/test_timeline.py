"""The timeline: a line for everything that can happen."""

from dataclasses import replace

import pytest

from bot.approval.events import CalledFor, Event
from bot.approval.request import Call
from bot.slack.timeline import what
from tests.approval.examples import EVENTS, NOW


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_event_has_a_line(event: Event) -> None:
    """None is without words."""
    assert what(event)


def test_every_call_has_words_of_its_own() -> None:
    """A request that was called for can always be shown, and one call is told from the others."""
    called = CalledFor(at=NOW, call=Call.REMIND)
    assert len({what(replace(called, call=call)) for call in Call}) == len(Call)
