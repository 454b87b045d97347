"""Slack that is busy, fails, loses answers and connections, and repeats itself: as often as it is told to."""

import pytest
import requests
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.playground.demo import RunningWorkspace
from bot.playground.trouble import Chances, Trouble
from tests.playground.driving import Driver, EchoApp, eventually


def posted(play: Driver) -> list[str]:
    """Return what the bot said in #dev."""
    return [message["text"] for message in play.messages("U0DEV", "C0DEV")]


@pytest.mark.parametrize(
    ("fault", "status", "error", "said"),
    [
        ("busy", 429, "ratelimited", []),
        ("failing", 500, "internal_error", []),
        ("lost", 500, "internal_error", ["hello"]),
    ],
)
def test_calls_that_fail(web: WebClient, play: Driver, fault: str, status: int, error: str, said: list[str]) -> None:
    """Busy and failing, nothing is done; lost, it is done and nobody is told."""
    play.do("trouble", **{fault: 1.0, "retry_after": 7})
    with pytest.raises(SlackApiError) as caught:
        web.chat_postMessage(channel="C0DEV", text="hello")
    answer = caught.value.response
    assert (answer.status_code, answer["error"]) == (status, error)
    assert (fault == "busy") == (answer.headers.get("Retry-After") == "7")
    assert posted(play) == said
    assert play.do("trouble")["counts"] == {fault: 1}
    web.chat_postMessage(channel="C0DEV", text="again")
    assert posted(play) == [*said, "again"]


def test_a_response_url_fails_likewise(echo: EchoApp, play: Driver) -> None:
    """What is answered to a busy response URL is not shown."""
    play.do("command", user="U0DEV", channel="C0DEV", text="/img x")
    url = echo.received.get(timeout=5)["response_url"]
    play.do("trouble", busy=1.0)
    assert requests.post(url, json={"text": "late"}, timeout=5).status_code == 429
    assert posted(play) == ["You said: x"]


def test_a_delivery_comes_several_times(echo: EchoApp, play: Driver) -> None:
    """Each copy is the same but for its envelope; the person sees one acknowledgement."""
    play.do("trouble", repeated=1.0)
    assert play.do("command", user="U0DEV", channel="C0DEV", text="/img twice")["outcome"] == "acknowledged"
    first, second = echo.received.get(timeout=5), echo.received.get(timeout=5)
    assert first == second


def test_a_connection_that_ends_after_a_delivery(echo: EchoApp, play: Driver) -> None:
    """The app connects anew, and what comes next arrives."""
    play.do("trouble", cut=1.0)
    play.do("command", user="U0DEV", channel="C0DEV", text="/img cut")
    play.do("trouble")
    eventually(lambda: play.state("U0DEV")["connected"] == 1)
    assert play.do("command", user="U0DEV", channel="C0DEV", text="/img whole")["outcome"] == "acknowledged"
    assert "whole" in [echo.received.get(timeout=5)["text"] for _ in range(echo.received.qsize())]


def test_the_same_seed_the_same_trouble() -> None:
    """In one order of calls the same goes wrong, and by other seeds something else."""
    drawn = []
    for seed in (1, 1, 2):
        trouble = Trouble()
        trouble.begin(Chances(busy=0.2, failing=0.2, lost=0.2, repeated=0.5, seed=seed))
        drawn.append([(trouble.of_call(), trouble.copies()) for _ in range(50)])
    assert drawn[0] == drawn[1] != drawn[2]
    assert {copies for _, copies in drawn[0]} == {1, 2, 3, 4}


@pytest.mark.parametrize("given", [{"bussy": 1.0}, {"busy": "much"}, {"busy": -1}, {"seed": 0.5}, {"slow": True}])
def test_no_such_trouble(running: RunningWorkspace, given: dict[str, object]) -> None:
    """A name or a number that is none is refused."""
    answer = requests.post(f"{running.url}/play/trouble", json=given, timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_arguments")


def test_history_by_pages(web: WebClient) -> None:
    """Newest first, without threads and private answers; metadata only where it is asked for."""
    about = {"event_type": "img_request", "event_payload": {"id": "1"}}
    first = web.chat_postMessage(channel="C0DEV", text="1", metadata=about)["ts"]
    web.chat_postMessage(channel="C0DEV", text="in the thread", thread_ts=first)
    web.chat_postEphemeral(channel="C0DEV", user="U0DEV", text="private")
    for number in (2, 3):
        web.chat_postMessage(channel="C0DEV", text=str(number))
    pages = [page["messages"] for page in web.conversations_history(channel="C0DEV", limit=2)]
    assert [[message["text"] for message in page] for page in pages] == [["3", "2"], ["1"]]
    assert "metadata" not in pages[1][0]
    found = web.conversations_history(channel="C0DEV", latest=first, inclusive=True, include_all_metadata=True)
    assert [(m["text"], m["metadata"]) for m in found["messages"]] == [("1", about)]
    thread = web.conversations_replies(channel="C0DEV", ts=first)["messages"]
    assert [m["text"] for m in thread] == ["in the thread", "1"]


@pytest.mark.parametrize(
    ("method", "given", "error"),
    [
        ("conversations.history", {"channel": "C0NOWHERE"}, "channel_not_found"),
        ("conversations.history", {"channel": "C0RANDOM"}, "not_in_channel"),
        ("conversations.history", {"channel": "C0DEV", "limit": 1000}, "invalid_limit"),
        ("conversations.history", {"channel": "C0DEV", "oldest": "x"}, "invalid_ts_latest"),
        ("conversations.replies", {"channel": "C0DEV", "ts": "1.000001"}, "thread_not_found"),
    ],
)
def test_history_that_slack_refuses(web: WebClient, method: str, given: dict[str, object], error: str) -> None:
    """A channel that is none or that the bot is not in, and numbers that are none."""
    with pytest.raises(SlackApiError) as caught:
        web.api_call(method, json=given)
    assert caught.value.response["error"] == error
