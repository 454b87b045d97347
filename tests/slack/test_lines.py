"""Docker's own lines: a few in the message, all of them in its thread, and a file where they are many."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests
from slack_sdk import WebClient

from bot.approval.printed import FEW, printed
from bot.approval.request import Request, State
from bot.flows.ports import Shown
from bot.playground.demo import RunningWorkspace, workspace
from bot.slack.conversation import Conversation
from bot.slack.fleet import fleet_message
from bot.slack.request_message import request_message
from bot.slack.request_message import told as told_of
from tests.approval import examples
from tests.slack.catalogue.fleets import FLEETS
from tests.slack.lives import BATCHES, REMOVALS
from tests.slack.serving import serving

LONG, BATCH, SHORT = REMOVALS[State.FINISHED], BATCHES[State.PENDING], examples.IN_STATE[State.FINISHED]


@pytest.fixture
def place() -> Iterator[RunningWorkspace]:
    """Give a workspace."""
    with workspace() as running:
        yield running


def _slack(place: RunningWorkspace) -> Conversation:
    client = WebClient(place.bot_token, base_url=place.api_url, retry_handlers=[], timeout=5)
    return Conversation(client, "C0APPROVALS")


def _posted(slack: Conversation, request: Request) -> Shown:
    shown = slack.show(request, None)
    assert isinstance(shown, Shown)
    return shown


def _thread(place: RunningWorkspace, below: Shown) -> list[dict[str, Any]]:
    client = WebClient(place.bot_token, base_url=place.api_url, retry_handlers=[])
    said = client.conversations_replies(channel=below.channel, ts=below.ts)["messages"]
    return [message for message in said if message["ts"] != below.ts]


def test_few_lines_are_in_the_message_with_short_digests() -> None:
    """On a telephone a digest is two lines; who compares one finds all of it in ``show`` and in the evidence."""
    assert len(printed(SHORT)) == FEW
    told = str(request_message(SHORT))
    assert "Deleted: sha256:111111111111…" in told
    assert "thread" not in told


def test_more_lines_are_in_the_thread(place: RunningWorkspace) -> None:
    """The message says so, and the thread has each of them in full."""
    slack = _slack(place)
    below = _posted(slack, LONG)
    assert "All 9 lines of what was done are in the thread." in str(request_message(LONG))
    assert "the thread" not in str(told_of(LONG))  # whoever asked may not see the channel with it
    assert "`/img show 1042` has the 9 lines of what was done." in str(told_of(LONG))
    slack.print(LONG, below)
    (told,) = _thread(place, below)
    assert all(line in str(told["blocks"]) for line in printed(LONG))
    assert told["text"] == "Request 1042: what Docker printed."


def test_many_lines_are_a_file(place: RunningWorkspace) -> None:
    """With all of them, in the thread."""
    slack = _slack(place)
    below = _posted(slack, BATCH)
    slack.print(BATCH, below)
    (told,) = _thread(place, below)
    (file,) = told["files"]
    assert file["name"] == "request-1042-planned.txt"
    content = requests.get(f"{place.url}/files/{file['id']}/{file['name']}", timeout=10).text
    assert content.splitlines() == list(printed(BATCH))
    assert len(printed(BATCH)) == 800


@pytest.mark.parametrize("request_", [LONG, BATCH], ids=["message", "file"])
def test_lines_are_not_written_twice(place: RunningWorkspace, request_: Request) -> None:
    """Where the answer to an earlier try was lost, the thread is looked at first; other lines do not count."""
    slack = _slack(place)
    below = _posted(slack, request_)
    for _ in range(2):
        slack.print(request_, below, tried=True)
    assert len(_thread(place, below)) == 1
    slack.print(BATCHES[State.FINISHED], below, tried=True)
    assert len(_thread(place, below)) == 2


def test_without_files_the_first_lines_are_there() -> None:
    """And how many more there are: a workspace that takes no files still has the lines."""
    posted: list[bytes] = []

    def answer(path: str, body: bytes) -> tuple[int, bytes]:
        if path.endswith("chat.postMessage"):
            posted.append(body)
            return 200, b'{"ok": true, "channel": "C0APPROVALS", "ts": "2.0"}'
        return 200, b'{"ok": false, "error": "file_uploads_disabled"}'

    with serving(answer) as url:
        slack = Conversation(WebClient("xoxb-x", base_url=f"{url}/api/", retry_handlers=[]), "C0APPROVALS")
        assert slack.print(BATCH, Shown(channel="C0APPROVALS", ts="1.0")) == Shown(channel="C0APPROVALS", ts="2.0")
    (body,) = posted
    assert b"service-1%3A" in body or b"service-1:" in body
    assert b"more lines" in body.replace(b"+", b" ")


def test_the_lines_of_several_hosts_are_a_part_each(place: RunningWorkspace) -> None:
    """One part where they are the same, with every host's name, in the thread of the message about all of them."""
    slack = _slack(place)
    below = slack.show_fleet(FLEETS["pending"], None)
    assert isinstance(below, Shown)
    assert "lines of the plan for each host are in the thread" in str(fleet_message(FLEETS["pending"]))
    for _ in range(2):
        slack.print_fleet(FLEETS["pending"], below, tried=True)
    (told,) = _thread(place, below)
    assert told["text"] == "Request 1050: what Docker would print on each host."
    assert str(told["blocks"]).count("web-3 … web-5") == 1
    assert all(line in str(told["blocks"]) for line in printed(FLEETS["pending"].lead))


def test_the_lines_of_many_hosts_are_a_file(place: RunningWorkspace) -> None:
    """A part for each host that has other lines, below its name and the number of its own request."""
    one = FLEETS["pending"]
    plan, steps = BATCH.plan, BATCH.steps
    many = [replace(each, plan=replace(plan, host=each.plan.host), steps=steps) for each in one.members[:2]]
    other = replace(one, members=(*many, one.members[2]))
    slack = _slack(place)
    below = slack.show_fleet(other, None)
    assert isinstance(below, Shown)
    slack.print_fleet(other, below)
    (told,) = _thread(place, below)
    (file,) = told["files"]
    assert file["name"] == "request-1050-planned.txt"
    content = requests.get(f"{place.url}/files/{file['id']}/{file['name']}", timeout=10).text
    headers = [line for line in content.splitlines() if line.startswith("==>")]
    assert headers == [
        "==> web-3 (request 1051), web-4 (request 1052) <==",
        "==> web-5 (request 1053) <==",
    ]
    assert set(printed(other.members[0])) | set(printed(other.members[2])) <= set(content.splitlines())
