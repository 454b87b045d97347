"""Answers to one person, as Slack has them."""

from typing import Any

import pytest
import requests
from slack_sdk import WebClient

from bot.approval.request import Person
from bot.flows.answers import Sentence
from bot.flows.ports import ReplyTo
from bot.playground.demo import workspace
from bot.slack.conversation import Conversation

DANA = Person(team_id="T0DEMO", user_id="U0DEV")


@pytest.mark.parametrize(("channel", "found_in"), [("C0DEV", "C0DEV"), ("C0PRIVATE", "D0DEV"), ("", "D0DEV")])
def test_without_a_response_url_an_answer_still_arrives(channel: str, found_in: str) -> None:
    """In the channel for her alone; as a direct message where the bot is not in that channel."""
    with workspace() as place:
        client = WebClient(place.bot_token, base_url=place.api_url, retry_handlers=[])
        to = ReplyTo(person=DANA, channel=channel, url="")
        Conversation(client, "C0APPROVALS").answer(to, Sentence(text="Rejected request 7."))
        state: dict[str, Any] = requests.get(f"{place.url}/play/state", params={"user": "U0DEV"}, timeout=10).json()
        others: dict[str, Any] = requests.get(f"{place.url}/play/state", params={"user": "U0SAM"}, timeout=10).json()
    assert [message["channel"] for message in state["messages"] if "request 7" in message["text"]] == [found_in]
    assert not [message for message in others["messages"] if "request 7" in message["text"]]
