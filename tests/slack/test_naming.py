"""A workspace calls the slash command as it likes, and so do all messages; nothing else is touched."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from slack_sdk import WebClient

from bot.approval.notice import Notice
from bot.approval.request import Person
from bot.command.grammar import Help, parse
from bot.flows.answers import Sentence
from bot.flows.overviews import Home
from bot.flows.ports import ReplyTo
from bot.playground.demo import workspace
from bot.slack.blocks import Said, said, section
from bot.slack.conversation import Conversation
from bot.slack.mrkdwn import code
from bot.slack.naming import IMG, Naming
from tests.slack.catalogue import CATALOGUE, Made
from tests.slack.holding import faults

IMAGES = Naming(command="/images")
LONGEST = Naming(command="/" + "i" * 31)
NAMED = re.compile(r"(^|[\s(`>*])/img\b")
DANA = Person(team_id="T0DEMO", user_id="U0DEV")


def _renamed(made: Made, naming: Naming) -> Made:
    return naming.said(made) if isinstance(made, Said) else naming.block(made)


def _texts(value: object, key: str = "text") -> Iterator[str]:
    """Yield all that is shown of a message or a view."""
    match value:
        case Said(text=text, blocks=blocks):
            yield text
            yield from _texts(blocks)
        case str() if key in {"text", "alt_text"}:
            yield value
        case dict():
            for name, part in value.items():
                yield from _texts(part, name)
        case list() | tuple():
            for part in value:
                yield from _texts(part, "")


def _carried(value: object, key: str = "") -> Iterator[str]:
    """Yield all that comes back with a click."""
    match value:
        case Said(blocks=blocks):
            yield from _carried(blocks)
        case str() if key in {"value", "action_id", "block_id", "private_metadata", "callback_id"}:
            yield value
        case dict():
            for name, part in value.items():
                yield from _carried(part, name)
        case list() | tuple():
            for part in value:
                yield from _carried(part)


def test_many_messages_name_the_command() -> None:
    """Otherwise the tests below would show nothing."""
    naming = [name for name, entry in CATALOGUE.items() if any(map(NAMED.search, _texts(entry.made)))]
    assert len(naming) > 40
    assert {name.split("/")[0] for name in naming} >= {"channel", "reply", "home", "form"}


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_message_says_what_has_to_be_typed_here(name: str) -> None:
    """In sentences, code, forms and the Home tab. What a button carries stays as it is."""
    made = CATALOGUE[name].made
    other = _renamed(made, IMAGES)
    assert not [text for text in _texts(other) if NAMED.search(text)]
    assert [text.replace("/images", "/img") for text in _texts(other)] == list(_texts(made))
    assert list(_carried(other)) == list(_carried(made))
    assert _renamed(made, IMG) == made
    assert faults(_renamed(made, LONGEST)) == [], "it still fits"


@pytest.mark.parametrize(
    "told", ["registry/img:2", "10.0.0.1/img", "a /srv/img b", "/img/x", "/imgs", "/img-old:3", "@/img"]
)
def test_names_and_paths_stay(told: str) -> None:
    """They only look like it."""
    assert IMAGES.text(told) == told


@pytest.mark.parametrize(
    "told", ["/img", "`/img rm redis`", "see /img verify.", "(/img)", "Type /img, please", "/img\nls"]
)
def test_the_command_does_not(told: str) -> None:
    """However it stands in a sentence."""
    assert IMAGES.text(told) == told.replace("/img", "/images")


def test_what_no_longer_fits_is_cut_within_slacks_limits() -> None:
    """A text that is full of it grows."""
    made = said("full", (section(" ".join([code("/img rm redis")] * 180)),))
    assert faults(made) == []
    assert faults(LONGEST.said(made)) == []


def test_it_is_understood_as_it_is_called() -> None:
    """Also where somebody copied all of it, as Slack has taken the name off once."""
    assert parse("/images rm redis") == parse("/img rm redis") == parse("rm redis")
    assert parse("`/images help`") == Help()


def test_slack_gets_it_so() -> None:
    """Answers, messages in channels, and the Home tab."""
    with workspace() as place:
        client = WebClient(place.bot_token, base_url=place.api_url, retry_handlers=[])
        slack = Conversation(client, "C0APPROVALS", "C0AUDIT", naming=IMAGES)
        slack.answer(ReplyTo(person=DANA, channel="C0DEV", url=""), Sentence(text="None.", hint="/img ls shows all."))
        slack.announce(Notice(kind="checkpoint", parts=("Verify it: /img verify",)), 1)
        slack.home(Home(person=DANA))
        told: dict[str, Any] = requests.get(f"{place.url}/play/state", params={"user": "U0DEV"}, timeout=10).json()
        audited = requests.get(f"{place.url}/play/state", params={"user": "U0LEAD"}, timeout=10).json()
    everything = json.dumps([told["messages"], told["home"], audited["messages"]])
    for sentence in ("/images ls shows all", "Verify it: /images verify", "`/images history` searches it"):
        assert sentence in everything
    assert "/img ls" not in everything
