"""Newer blocks where they are taken, and the same without them where they are not."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from slack_sdk import WebClient

from bot.approval.request import Person
from bot.flows.answers import Answer
from bot.flows.ports import ReplyTo
from bot.playground.demo import RunningWorkspace, workspace
from bot.slack.blocks import Said, section
from bot.slack.conversation import Conversation
from bot.slack.tried import AGAIN, Surface, Tried
from tests.slack.catalogue import CATALOGUE
from tests.slack.serving import serving

DANA = Person(team_id="T0DEMO", user_id="U0DEV")
LISTED: Answer = CATALOGUE["reply/listed"].example
DRAWN = Said(text="x", blocks=({"type": "table"},), plainer=(section("x"),))
PLAIN = Said(text="x", blocks=(section("x"),))


@pytest.fixture
def place() -> Iterator[RunningWorkspace]:
    """Run a workspace for one test."""
    with workspace() as running:
        yield running


def _said(place: RunningWorkspace) -> list[list[str]]:
    """Return the kinds of blocks of what Dana was told, message by message."""
    state: dict[str, Any] = requests.get(f"{place.url}/play/state", params={"user": "U0DEV"}, timeout=10).json()
    told = [each for each in state["messages"] if "images on web-3" in each["text"]]
    return [[block["type"] for block in each["blocks"]] for each in told]


def _refusing(place: RunningWorkspace, chance: float) -> dict[str, int]:
    answer = requests.post(f"{place.url}/play/trouble", json={"tableless": chance}, timeout=10).json()
    counts: dict[str, int] = answer["counts"]
    return counts


@pytest.mark.parametrize("channel", ["C0DEV", ""], ids=["ephemeral", "direct message"])
def test_a_table_is_drawn_and_where_it_is_refused_a_list(place: RunningWorkspace, channel: str) -> None:
    """Each answer arrives once. After a refusal the surface is not asked again for a while."""
    talk = Conversation(WebClient(place.bot_token, base_url=place.api_url, retry_handlers=[]), "C0APPROVALS")
    to = ReplyTo(person=DANA, channel=channel, url="")
    table, lines = ["section", "table"], ["section", "section"]
    talk.answer(to, LISTED)
    assert _said(place) == [table]
    _refusing(place, 1.0)
    talk.answer(to, LISTED)
    talk.answer(to, LISTED)
    assert _refusing(place, 0.0) == {"tableless": 1}
    talk.answer(to, LISTED)
    assert _said(place) == [table, lines, lines, lines]


@pytest.mark.parametrize("why", ["invalid_blocks", "invalid_arguments", "invalid_blocks_format", "invalid_attachments"])
def test_a_response_url_that_takes_no_tables(place: RunningWorkspace, why: str) -> None:
    """It is sent the same once more, without."""
    sent = list[list[str]]()

    def answer(_: str, body: bytes) -> tuple[int, bytes]:
        kinds = [block["type"] for block in json.loads(body)["blocks"]]
        sent.append(kinds)
        return (400, json.dumps({"ok": False, "error": why}).encode()) if "table" in kinds else (200, b"ok")

    talk = Conversation(WebClient(place.bot_token, base_url=place.api_url, retry_handlers=[]), "C0APPROVALS")
    with serving(answer) as url:
        for _ in range(2):
            talk.answer(ReplyTo(person=DANA, channel="C0DEV", url=url), LISTED)
    assert sent == [["section", "table"], ["section", "section"], ["section", "section"]]
    assert _said(place) == []


def test_a_surface_is_remembered_by_itself_and_for_a_while() -> None:
    """What one refuses another may take, and the same later."""
    now = [0.0]
    tried = Tried(lambda: now[0])
    assert tried.fit(Surface.POSTED, DRAWN) == DRAWN
    assert tried.instead(Surface.POSTED, DRAWN, "invalid_blocks") == PLAIN
    assert tried.fit(Surface.POSTED, DRAWN) == PLAIN
    assert tried.fit(Surface.EPHEMERAL, DRAWN) == DRAWN
    now[0] = AGAIN
    assert tried.fit(Surface.POSTED, DRAWN) == DRAWN


def test_what_is_refused_for_another_reason_is_not_drawn_otherwise() -> None:
    """Nor is what has nothing newer in it; one message that is too long says nothing of the next."""
    tried = Tried()
    assert tried.instead(Surface.POSTED, DRAWN, "channel_not_found") is None
    assert tried.instead(Surface.POSTED, PLAIN, "invalid_blocks") is None
    assert tried.instead(Surface.POSTED, DRAWN, "msg_blocks_too_long") == PLAIN
    assert tried.fit(Surface.POSTED, DRAWN) == DRAWN
