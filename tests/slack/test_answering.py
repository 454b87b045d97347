"""Answers to one person, as Slack has them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from slack_sdk import WebClient

from bot.approval.request import Person
from bot.audit.course import Freed, course, number
from bot.audit.stats import Accuracy, Stats
from bot.db.store import Delivery
from bot.flows.answers import Counted, Sentence
from bot.flows.ports import Button, Drawn, Late, ReplyTo, Shown
from bot.playground.demo import RunningWorkspace, workspace
from bot.slack import payloads
from bot.slack.answering import PROCESSED, Answering
from bot.slack.blocks import Said
from bot.slack.conversation import Conversation
from bot.slack.sealing import Seal
from tests.slack.serving import serving

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


NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def _counted(*sizes: int) -> Counted:
    """Return a week in which a host freed so much today."""
    freed = [Freed(host="web-3", span=number(NOW, DAY), bytes=size) for size in sizes]
    numbers = Accuracy(steps=0, as_planned=0, measured=0, near=0, predicted=0, freed=0)
    stats = Stats(since=NOW, hosts=(), people=(), repositories=(), requests=(), refused=0, accuracy=numbers)
    return Counted(period="week", stats=stats, course=course(NOW - 6 * DAY, NOW, DAY, freed))


@contextmanager
def _response_url(*answers: tuple[int, str]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Serve a response URL that answers one after the other; give it, and what it was sent."""
    left, sent = iter(answers), list[dict[str, Any]]()

    def answer(_: str, body: bytes) -> tuple[int, bytes]:
        sent.append(json.loads(body))
        status, told = next(left)
        return status, told.encode()

    with serving(answer) as url:
        yield url, sent


REFUSED = (404, '{"ok": false, "error": "invalid_blocks"}')
"""What Slack answers a picture that it does not know yet (slackapi/java-slack-sdk#1349)."""
OK = (200, "ok")


def _answered(place: RunningWorkspace, url: str, answer: Counted, bot: str = "") -> tuple[list[float], list[Said]]:
    """Answer Dana; return the pauses that were made, and what was written to her directly."""
    client = WebClient(bot or place.bot_token, base_url=place.api_url, retry_handlers=[])
    pauses, direct = list[float](), list[Said]()

    def directly(_: Person, message: Said) -> Shown:
        direct.append(message)
        return Shown(channel="D0DEV", ts="1.0")

    made = Answering(client, directly, pauses.append)
    made.answer(ReplyTo(person=DANA, channel="C0DEV", url=url), answer)
    return pauses, direct


def _kinds(sent: dict[str, Any]) -> list[str]:
    return [block["type"] for block in sent["blocks"]]


def _files(place: RunningWorkspace, user: str) -> list[dict[str, Any]]:
    state = requests.get(f"{place.url}/play/state", params={"user": user}, timeout=10).json()
    return [file for message in state["messages"] for file in message.get("files", ())]


def test_a_period_is_shown_in_a_picture() -> None:
    """Above the numbers, with what it shows in words; the file is in the direct message, for nobody else."""
    with workspace() as place, _response_url(OK) as (url, sent):
        _answered(place, url, _counted(5_000_000_000))
        (file,) = _files(place, "U0DEV")
        assert _files(place, "U0LEAD") == []
    ((_, picture, *_),) = (each["blocks"] for each in sent)
    assert picture["type"] == "image"
    assert picture["slack_file"] == {"id": file["id"]}
    assert picture["alt_text"] == file["alt_txt"]
    assert "web-3 5 GB" in picture["alt_text"]
    assert (file["name"], file["mimetype"]) == ("imgbot-stats-week.png", "image/png")


def test_slack_needs_a_moment_for_a_picture() -> None:
    """Refused at first, and shown as soon as it is known."""
    with workspace() as place, _response_url(REFUSED, REFUSED, OK) as (url, sent):
        pauses, direct = _answered(place, url, _counted(1))
    assert [_kinds(each)[1] for each in sent] == ["image"] * 3
    assert (pauses, direct) == (list(PROCESSED), [])


def test_where_a_picture_is_not_shown_there_is_a_link_to_it() -> None:
    """The same answer without the picture; the file is where it was."""
    with workspace() as place, _response_url(*[REFUSED] * len(PROCESSED), OK) as (url, sent):
        _answered(place, url, _counted(1))
        (file,) = _files(place, "U0DEV")
        assert "image" not in _kinds(sent[-1])
        told = sent[-1]["blocks"][-1]["elements"][0]["text"]
        assert told == f"The picture is in <{place.url}/files/{file['id']}/{file['name']}|our direct messages>."


def test_a_response_url_that_is_used_up_costs_no_answer() -> None:
    """It is not tried again; the answer comes by another way, with the link."""
    with workspace() as place, _response_url((404, '{"ok": false, "error": "used_url"}'), (404, "")) as (url, sent):
        _answered(place, url, _counted(1))
        state = requests.get(f"{place.url}/play/state", params={"user": "U0DEV"}, timeout=10).json()
    assert [_kinds(each).count("image") for each in sent] == [1, 0]
    (message,) = [message for message in state["messages"] if message["channel"] == "C0DEV"]
    assert "The picture is in" in str(message["blocks"])


def test_a_picture_that_cannot_be_uploaded_is_said() -> None:
    """The numbers come all the same."""
    with workspace() as place, _response_url(OK) as (url, sent):
        _answered(place, url, _counted(1), bot="xoxb-other")
    assert "image" not in _kinds(sent[0])
    assert "The picture could not be given. Slack says invalid_auth." in str(sent[0]["blocks"][-1])


def test_where_nothing_was_freed_there_is_no_picture() -> None:
    """And no file."""
    with workspace() as place, _response_url(OK) as (url, sent):
        _answered(place, url, _counted())
        assert _files(place, "U0DEV") == []
    assert "image" not in _kinds(sent[0])


@pytest.mark.parametrize("fault", ["busy", "failing"])
@pytest.mark.parametrize(("channel", "found_in"), [("C0DEV", "C0DEV"), ("", "D0DEV")])
def test_what_slack_did_not_take_can_be_said_again(fault: str, channel: str, found_in: str) -> None:
    """It is kept as it was drawn, by way of the table of deliveries, and is where it would have been."""
    with workspace() as place:
        client = WebClient(place.bot_token, base_url=place.api_url, retry_handlers=[])
        conversation, to = Conversation(client, "C0APPROVALS"), ReplyTo(person=DANA, channel=channel, url="")
        _trouble(place, **{fault: 1.0, "retry_after": 7})
        unsaid = conversation.answer(to, Sentence(text="Rejected <request> 7.", hint="Ask again."))
        assert unsaid is not None
        assert unsaid.failed.again_in == timedelta(seconds=7 if fault == "busy" else 1)
        seal = Seal("xapp-1")
        kept = seal.late(Late(key="answer:1", reply_to=to, drawn=unsaid.drawn), NOW)
        late = seal.read(Delivery(key=kept.key, kind=kept.kind, body=kept.body, received_at=NOW, attempts=1))
        assert isinstance(late, Late)
        assert late.reply_to == to
        _trouble(place)
        assert conversation.answer(late.reply_to, late.drawn) is None
        _said_once(place, found_in)


def test_what_slack_refuses_in_a_channel_is_written_directly() -> None:
    """Whoever is busy later writes there, when told that the bot is not in the channel."""
    with workspace() as place:
        client = WebClient(place.bot_token, base_url=place.api_url, retry_handlers=[])
        to = ReplyTo(person=DANA, channel="C0PRIVATE", url=f"{place.url}/nowhere")
        assert Conversation(client, "C0APPROVALS").answer(to, Sentence(text="Rejected <request> 7.")) is None
        _said_once(place, "D0DEV")


def test_an_imgbot_that_knows_no_late_answers_drops_one() -> None:
    """To it the answer is a button that is none of ours: two versions may be at work at once."""
    to = ReplyTo(person=DANA, channel="C0DEV", url="")
    kept = payloads.kept(Late(key="answer:1", reply_to=to, drawn=Drawn("{}")), NOW)
    body = json.loads(kept.body)
    assert body["button"] not in set(Button)
    assert (body["team"], body["user"]) == (DANA.team_id, DANA.user_id)


def _trouble(place: RunningWorkspace, **chances: float) -> None:
    assert requests.post(f"{place.url}/play/trouble", json=chances, timeout=10).ok


def _said_once(place: RunningWorkspace, channel: str) -> None:
    state: dict[str, Any] = requests.get(f"{place.url}/play/state", params={"user": "U0DEV"}, timeout=10).json()
    said = [message for message in state["messages"] if "7." in message["text"]]
    assert [message["channel"] for message in said] == [channel]
    assert "&lt;request&gt;" in str(said[0]["blocks"])
