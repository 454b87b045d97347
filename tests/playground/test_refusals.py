"""What Slack refuses the playground refuses, in Slack's words: each method that the bot calls, error by error.

Which error stands for what: docs.slack.dev/reference/methods/NAME, *Errors*.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from slack_sdk import WebClient

from bot.playground.demo import RunningWorkspace, workspace
from bot.playground.granted import ALL, NEEDS
from bot.slack.scopes import METHODS
from tests.playground.driving import FORM, Driver, EchoApp
from tests.playground.test_web_api import SECTION, refused

MESSAGE_OF_HERS = "a message of Dana's"
PRIVATE = "an answer to Dana alone"
OURS = "a message of the bot's"
HOME = {"type": "home", "blocks": [SECTION]}
LONG = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}
FEW = {"channel": "C0DEV", "text": "x"}

REFUSED: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("chat.postMessage", FEW | {"channel": "C0NOWHERE"}, "channel_not_found"),
    ("chat.postMessage", FEW | {"channel": "C0RANDOM"}, "not_in_channel"),
    ("chat.postMessage", FEW | {"channel": "C0AUDIT"}, "is_archived"),
    ("chat.postMessage", {"channel": "C0DEV"}, "no_text"),
    ("chat.postMessage", FEW | {"blocks": [{"type": "marquee"}]}, "invalid_blocks"),
    ("chat.postMessage", FEW | {"blocks": "[{"}, "invalid_blocks_format"),
    ("chat.postMessage", FEW | {"blocks": [LONG] * 5}, "msg_blocks_too_long"),
    ("chat.postMessage", FEW | {"thread_ts": "1.000001"}, "thread_not_found"),
    ("chat.postMessage", FEW | {"metadata": "[]"}, "invalid_metadata_format"),
    ("chat.postEphemeral", FEW | {"user": "U0GONE"}, "user_not_found"),
    ("chat.postEphemeral", FEW | {"user": "U0DEV", "channel": "C0RANDOM"}, "not_in_channel"),
    ("chat.postEphemeral", FEW | {"user": "U0DEV", "channel": "D0LEAD"}, "user_not_in_channel"),
    ("chat.postEphemeral", {"user": "U0DEV", "channel": "C0DEV"}, "no_text"),
    ("chat.update", FEW | {"ts": "1.000001"}, "message_not_found"),
    ("chat.update", FEW | {"ts": MESSAGE_OF_HERS}, "cant_update_message"),
    ("chat.update", FEW | {"ts": PRIVATE}, "message_not_found"),
    ("chat.update", FEW | {"ts": OURS, "channel": "C0NOWHERE"}, "channel_not_found"),
    ("chat.update", FEW | {"ts": OURS, "text": "x" * 4001}, "msg_too_long"),
    ("chat.update", FEW | {"ts": OURS, "blocks": [{"type": "header"}]}, "invalid_blocks"),
    ("chat.delete", FEW | {"ts": MESSAGE_OF_HERS}, "cant_delete_message"),
    ("chat.delete", FEW | {"ts": "1.000001"}, "message_not_found"),
    ("chat.delete", FEW | {"ts": OURS, "channel": "C0NOWHERE"}, "channel_not_found"),
    ("conversations.history", {"channel": "C0NOWHERE"}, "channel_not_found"),
    ("conversations.history", {"channel": "C0RANDOM"}, "not_in_channel"),
    ("conversations.history", {"channel": "C0DEV", "limit": 1000}, "invalid_limit"),
    ("conversations.replies", {"channel": "C0DEV", "ts": "1.000001"}, "thread_not_found"),
    ("conversations.replies", {"channel": "C0NOWHERE", "ts": OURS}, "channel_not_found"),
    ("conversations.open", {"users": "U0GONE"}, "user_not_found"),
    ("conversations.open", {"users": "U0IMGBOT"}, "cannot_dm_bot"),
    ("conversations.open", {"users": "U0SAM"}, "user_disabled"),
    ("conversations.open", {}, "users_list_not_supplied"),
    ("users.info", {"user": "U0GONE"}, "user_not_found"),
    ("usergroups.users.list", {"usergroup": "S0GONE"}, "no_such_subteam"),
    ("files.getUploadURLExternal", {"filename": "a.txt", "length": 0}, "missing_argument"),
    ("files.completeUploadExternal", {"files": [{"id": "F0NONE"}], "channel_id": "C0DEV"}, "file_not_found"),
    ("views.open", {"trigger_id": "1.2.3", "view": FORM}, "invalid_trigger_id"),
    ("views.open", {"trigger_id": "used", "view": FORM}, "exchanged_trigger_id"),
    ("views.open", {"trigger_id": "late", "view": FORM}, "expired_trigger_id"),
    ("views.open", {"trigger_id": "good", "view": HOME}, "invalid_arguments"),
    ("views.open", {"trigger_id": "good", "view": FORM | {"private_metadata": "x" * 250_001}}, "view_too_large"),
    ("views.update", {"view_id": "V0NONE", "view": FORM}, "not_found"),
    ("views.update", {"view_id": "open", "view": FORM, "hash": "old"}, "hash_conflict"),
    ("views.update", {"view_id": "open", "view": FORM | {"title": SECTION["text"]}}, "invalid_arguments"),
    ("views.publish", {"user_id": "U0GONE", "view": HOME}, "user_not_found"),
    ("views.publish", {"user_id": "U0DEV", "view": HOME, "hash": "old"}, "hash_conflict"),
    ("views.publish", {"user_id": "U0DEV", "view": FORM}, "invalid_arguments"),
)
"""A method, what it is called with, and Slack's word. Some arguments stand for what is made first."""
NOTHING_TO_REFUSE = {"auth.test", "usergroups.list", "apps.connections.open"}
"""These take no argument of ours: only who calls, and by which scope, is refused."""


@dataclass(slots=True)
class Place:
    """A workspace in which all that the table names was made."""

    web: WebClient
    play: Driver
    running: RunningWorkspace
    echo: EchoApp
    named: dict[str, str]

    def trigger(self) -> str:
        """Return a trigger that nobody has used."""
        self.play.do("command", user="U0DEV", channel="C0DEV", text="/img trigger")
        return str(self.echo.received.get(timeout=5)["trigger_id"])

    def meant(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments, with what is named in the place of its name."""
        named = {"good": self.trigger(), **self.named} if given.get("trigger_id") == "good" else self.named
        return {key: named.get(value, value) if isinstance(value, str) else value for key, value in given.items()}


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """Run one workspace for all of these tests; none of them changes it for another."""
    skew = [-60.0]
    with workspace(now=lambda: time.time() + skew[0]) as running, EchoApp(running) as echo:
        web = WebClient(token=running.bot_token, base_url=running.api_url, retry_handlers=[])
        made = Place(web=web, play=Driver(running.url), running=running, echo=echo, named={})
        made.play.do("message", user="U0DEV", channel="C0DEV", text="mine")
        made.named[MESSAGE_OF_HERS] = made.play.messages("U0DEV", "C0DEV")[0]["ts"]
        made.named[OURS] = str(web.chat_postMessage(channel="C0DEV", text="x")["ts"])
        made.named[PRIVATE] = str(web.chat_postEphemeral(channel="C0DEV", user="U0DEV", text="x")["message_ts"])
        made.named["late"], made.named["used"] = made.trigger(), made.trigger()
        made.named["open"] = str(web.views_open(trigger_id=made.named["used"], view=FORM)["view"]["id"])
        skew[0] = 0.0
        web.views_publish(user_id="U0DEV", view=HOME)
        made.play.do("archive", channel="C0AUDIT")
        made.play.do("deactivate", user="U0SAM")
        yield made


@pytest.mark.parametrize(("method", "given", "error"), REFUSED, ids=[f"{each[0]}-{each[2]}" for each in REFUSED])
def test_what_slack_refuses(place: Place, method: str, given: dict[str, Any], error: str) -> None:
    """In its words, and nothing is done."""
    meant = place.meant(given)
    before = place.play.state("U0DEV")
    assert refused(place.web, method, **meant) == error
    after = place.play.state("U0DEV")
    assert (after["messages"], after["home"]) == (before["messages"], before["home"])


@pytest.mark.parametrize("method", sorted(METHODS))
def test_who_may_not_call(place: Place, method: str) -> None:
    """Nobody without a token or with a wrong one; nobody without the scope, and nobody once the app is uninstalled."""
    of_app = method == "apps.connections.open"
    other = place.running.bot_token if of_app else place.running.app_token
    for token, error in (("", "not_authed"), ("xoxb-wrong", "invalid_auth"), (other, "not_allowed_token_type")):
        assert refused(WebClient(token=token, base_url=place.running.api_url), method) == error
    if method in NEEDS:
        place.play.do("grant", scopes=sorted(set(ALL) - set(NEEDS[method])))
        assert refused(place.web, method) == "missing_scope"
        place.play.do("grant", scopes=ALL)
        assert of_app or refused_or_taken(place.web, method) != "missing_scope"
    if not of_app:
        place.play.do("install", installed=False)
        assert refused(place.web, method) == "account_inactive"
        place.play.do("install")
        assert refused_or_taken(place.web, method) != "account_inactive"


def refused_or_taken(web: WebClient, method: str) -> str:
    """Return Slack's word, empty where the call was taken."""
    return str(requests.post(f"{web.base_url}{method}", data={"token": web.token}, timeout=5).json().get("error", ""))


def test_no_method_is_forgotten() -> None:
    """Each method that the bot calls has a row, or no argument; and needs the scopes that the bot asks for."""
    assert {method for method, _, _ in REFUSED} | NOTHING_TO_REFUSE == METHODS.keys()
    assert {method: set(scopes) for method, scopes in METHODS.items() if scopes} == {
        k: set(v) for k, v in NEEDS.items()
    }
