"""A message whose answer was lost is found again, and not said twice."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import requests
from slack_sdk import WebClient

from bot.approval.notice import Notice
from bot.approval.request import Call, Called, Person, Request, State
from bot.flows.ports import Shown, Undelivered
from bot.playground.demo import RunningWorkspace, workspace
from bot.slack.conversation import Conversation
from tests.approval.examples import IN_STATE
from tests.slack.serving import serving

DANA = Person(team_id="T0DEMO", user_id="U0DEV")
CHANNELS = ("C0APPROVALS", "C0AUDIT", "D0DEV")
PENDING, FINISHED = IN_STATE[State.PENDING], IN_STATE[State.FINISHED]
NOTICE = Notice(kind="test", parts=("said",))

Say = Callable[[bool], Shown | Undelivered]


@pytest.fixture
def place() -> Iterator[RunningWorkspace]:
    """Run a workspace."""
    with workspace() as running:
        yield running


@pytest.fixture
def web(place: RunningWorkspace) -> WebClient:
    """Return Slack's client, as the bot."""
    return WebClient(place.bot_token, base_url=place.api_url, retry_handlers=[])


@pytest.fixture
def slack(web: WebClient) -> Conversation:
    """Return the workspace as the bot speaks in it."""
    return Conversation(web, "C0APPROVALS", "C0AUDIT")


def trouble(place: RunningWorkspace, **chances: float) -> None:
    """Have Slack fail by these chances from now on."""
    assert requests.post(f"{place.url}/play/trouble", json=chances, timeout=10).ok


def said(web: WebClient) -> list[str]:
    """Return what was said anywhere, threads too."""
    found = []
    for channel in CHANNELS:
        for message in web.conversations_history(channel=channel)["messages"]:
            thread = web.conversations_replies(channel=channel, ts=message["ts"])["messages"]
            found += [each["ts"] for each in thread]
    return found


def ways(slack: Conversation, request: Request) -> dict[str, Say]:
    """Return everything that is said about a request, and a notice."""
    below = slack.show(request, None)
    assert isinstance(below, Shown)
    called = Called(call=Call.REMIND, at=request.asked_at, version=request.version)
    return {
        "show": lambda tried: slack.show(request, None, tried=tried),
        "tell": lambda tried: slack.tell(request, DANA, tried=tried),
        "call": lambda tried: slack.call(request, called, below, tried=tried),
        "announce": lambda tried: slack.announce(NOTICE, 7, tried=tried),
    }


@pytest.mark.parametrize("way", ["tell", "call", "announce"])
def test_said_once_where_the_answer_was_lost(
    place: RunningWorkspace, web: WebClient, slack: Conversation, way: str
) -> None:
    """It was said, we were told that it failed, and what is tried again is found."""
    say = ways(slack, PENDING)[way]
    before = said(web)
    place_of = {}
    for name, chances in (("lost", {"lost": 1.0}), ("failing", {"failing": 1.0}), ("well", {})):
        trouble(place, **chances)
        place_of[name] = say(name != "lost")
        trouble(place)
    (new,) = set(said(web)) - set(before)
    assert isinstance(place_of["lost"], Undelivered)
    assert isinstance(place_of["failing"], Undelivered)
    assert isinstance(place_of["well"], Shown)
    assert place_of["well"].ts == new


def test_the_message_of_a_request_is_found_and_brought_up_to_date(
    place: RunningWorkspace, web: WebClient, slack: Conversation
) -> None:
    """What was posted shows an older version by now: it is edited, and not posted anew."""
    trouble(place, lost=1.0)
    assert isinstance(slack.show(PENDING, None), Undelivered)
    trouble(place)
    shown = slack.show(FINISHED, None, tried=True)
    (message,) = web.conversations_history(channel="C0APPROVALS")["messages"]
    assert shown == Shown(channel="C0APPROVALS", ts=message["ts"])
    assert "Removed" in message["text"]


def test_a_deleted_message_is_posted_anew_once(web: WebClient, slack: Conversation) -> None:
    """It is gone, its successor was posted, and only the answer to that was lost."""
    first = slack.show(PENDING, None)
    assert isinstance(first, Shown)
    web.chat_delete(channel=first.channel, ts=first.ts)
    second = slack.show(PENDING, first)
    assert isinstance(second, Shown)
    assert second != first
    assert slack.show(PENDING, first, tried=True) == second


@pytest.mark.parametrize("fault", ["busy", "failing", "lost"])
def test_a_deleted_message_is_posted_anew_once_while_slack_fails(
    place: RunningWorkspace, web: WebClient, slack: Conversation, fault: str
) -> None:
    """That it is gone is known, and then Slack takes nothing, or does and does not say so: one is there in the end."""
    first = slack.show(PENDING, None)
    assert isinstance(first, Shown)
    web.chat_delete(channel=first.channel, ts=first.ts)
    trouble(place, **{fault: 1.0})
    for tried in (False, True, True):
        assert isinstance(slack.show(PENDING, first, tried=tried), Undelivered)
    trouble(place)
    second = slack.show(FINISHED, first, tried=True)
    assert isinstance(second, Shown)
    (message,) = web.conversations_history(channel="C0APPROVALS")["messages"]
    assert (message["ts"], "Removed" in message["text"]) == (second.ts, True)


def test_other_messages_are_not_taken_for_it(web: WebClient, slack: Conversation) -> None:
    """Another version, another request and another notice have messages of their own."""
    told = slack.tell(PENDING, DANA)
    assert slack.tell(FINISHED, DANA, tried=True) != told
    assert slack.announce(NOTICE, 8, tried=True) != slack.announce(NOTICE, 9, tried=True)
    assert len(set(said(web))) == 4


def test_where_nothing_may_be_read_it_is_said_again(web: WebClient) -> None:
    """Better twice than not at all."""
    web.chat_postMessage(channel="C0APPROVALS", text="x")
    nowhere = Conversation(web, "C0NOWHERE", "C0AUDIT")
    shown = nowhere.show(PENDING, None, tried=True)
    assert isinstance(shown, Undelivered)
    assert (shown.why, shown.again_in) == ("channel_not_found", timedelta(minutes=10))


@pytest.mark.parametrize("error", ["unknown_method", "missing_scope", "of_tomorrow"])
def test_said_all_the_same_where_nobody_can_tell_whether_it_was_said(error: str) -> None:
    """Twice is better than not at all, on a server that does not have ``conversations.history`` or refuses it."""

    def answer(path: str, _body: bytes) -> tuple[int, bytes]:
        if path.startswith("/conversations."):
            return 200, json.dumps({"ok": False, "error": error}).encode()
        return 200, b'{"ok": true, "channel": "C0APPROVALS", "ts": "1.2"}'

    with serving(answer) as url:
        slack = Conversation(WebClient("xoxb-x", base_url=f"{url}/", retry_handlers=[]), "C0APPROVALS")
        assert slack.show(PENDING, None, tried=True) == Shown(channel="C0APPROVALS", ts="1.2")


def test_a_message_that_nobody_can_find_again_was_not_said() -> None:
    """An answer without ``ts`` is a failed call: no later edit could name the message."""
    with serving(lambda _path, _body: (200, b'{"ok": true}')) as url:
        slack = Conversation(WebClient("xoxb-x", base_url=f"{url}/", retry_handlers=[]), "C0APPROVALS")
        assert isinstance(slack.show(PENDING, None), Undelivered)
        assert isinstance(slack.tell(PENDING, DANA), Undelivered)
