"""HTTP mode: what Slack signs is done like what comes by Socket Mode, and nothing else is."""

import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
import requests

from tests.playground.driving import Driver, eventually
from tests.web.asking import DEADLINE, Bot, bot, command, signed


@pytest.fixture(scope="module")
def at_work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    """Give a bot in HTTP mode."""
    with bot(tmp_path_factory.mktemp("http"), by_http=True) as made:
        yield made


def _send(at_work: Bot, body: bytes, headers: dict[str, str]) -> requests.Response:
    return requests.post(f"{at_work.url}/slack/events", data=body, headers=headers, timeout=DEADLINE)


def _answers(at_work: Bot, has: str, user: str = "U0DEV") -> int:
    return sum(has in json.dumps(message) for message in Driver(at_work.place.url).messages(user, "C0DEV"))


def test_a_signed_command_is_answered_once_however_often_it_comes(at_work: Bot) -> None:
    """Replayed with the same signature it is the same delivery."""
    body = command("hosts help me", trigger="replayed")
    headers = dict(signed(body))
    for _ in range(3):
        answer = _send(at_work, body, headers)
        assert (answer.status_code, answer.text) == (200, "")
    eventually(lambda: _answers(at_work, "hosts"))
    after = command("why nothing:here", trigger="after")
    _send(at_work, after, dict(signed(after)))
    eventually(lambda: _answers(at_work, "nothing:here"))
    assert _answers(at_work, "hosts") == 1


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": "v0=é"},
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": "²"},
        {"X-Slack-Request-Timestamp": "9" * 400},
        {"X-Slack-Request-Timestamp": ""},
    ],
    ids=repr,
)
def test_what_is_not_signed_is_refused(at_work: Bot, headers: dict[str, str]) -> None:
    """Missing, wrong, or none at all: 401, and nothing is kept."""
    body = command("ls forged", trigger="forged")
    given = {**signed(body), **headers} if headers else {}
    encoded = {name: value.encode("utf-8") for name, value in given.items()}
    answer = requests.post(f"{at_work.url}/slack/events", data=body, headers=encoded, timeout=DEADLINE)
    assert answer.status_code == 401
    assert "not signed" in answer.text


@pytest.mark.parametrize("age", [301.0, -301.0, 86_400.0])
def test_what_is_old_is_refused(at_work: Bot, age: float) -> None:
    """More than five minutes off, either way, though the signature is good."""
    body = command("ls old", trigger="old")
    assert _send(at_work, body, dict(signed(body, age=age))).status_code == 401


def test_another_apps_secret_is_refused(at_work: Bot) -> None:
    """And a body that was changed after it was signed."""
    body = command("ls other", trigger="other")
    assert _send(at_work, body, dict(signed(body, key="another"))).status_code == 401
    assert _send(at_work, body + b"&text=rm", dict(signed(body))).status_code == 401


def test_what_is_no_text_and_what_is_too_much(at_work: Bot) -> None:
    """Both end in an answer of their own, never in a traceback."""
    assert _send(at_work, b"\xff\xfe", dict(signed(b"\xff\xfe"))).status_code == 401
    assert _send(at_work, b"a" * 1_000_001, {}).status_code == 413


def test_slack_looks_whether_it_is_ours(at_work: Bot) -> None:
    """The challenge of a new address (docs.slack.dev/reference/events/url_verification), and the look at its TLS."""
    body = json.dumps({"type": "url_verification", "challenge": "3eZbrw1aB"}).encode()
    answer = _send(at_work, body, {**signed(body), "Content-Type": "application/json"})
    assert (answer.status_code, answer.json()) == (200, {"challenge": "3eZbrw1aB"})
    assert requests.get(f"{at_work.url}/slack/events?ssl_check=1", timeout=DEADLINE).status_code == 200
    assert requests.get(f"{at_work.url}/slack/events", timeout=DEADLINE).status_code == 405


def test_a_removal_from_the_command_to_the_result(at_work: Bot) -> None:
    """Asked and approved by HTTP alone, by the same listeners."""
    people = Driver(at_work.place.url)
    asked = command("rm redis:alpine", trigger="asked")
    assert _send(at_work, asked, dict(signed(asked))).status_code == 200
    posted = eventually(lambda: people.messages("U0LEAD", "C0APPROVALS"))[0]
    elements = [element for block in posted["blocks"] for element in block.get("elements", ())]
    button = next(element for element in elements if element.get("action_id") == "img_approve")
    click = {
        "type": "block_actions",
        "team": {"id": "T0DEMO"},
        "user": {"id": "U0LEAD", "team_id": "T0DEMO"},
        "container": {"type": "message", "channel_id": "C0APPROVALS", "message_ts": posted["ts"]},
        "channel": {"id": "C0APPROVALS"},
        "trigger_id": "clicked",
        "actions": [{"action_id": "img_approve", "value": button["value"], "action_ts": "1.1"}],
    }
    body = urlencode({"payload": json.dumps(click)}).encode()
    assert _send(at_work, body, dict(signed(body))).status_code == 200
    eventually(lambda: "Removed redis:alpine" in json.dumps(people.messages("U0LEAD", "C0APPROVALS")))


def test_somebody_of_another_workspace_is_answered(at_work: Bot) -> None:
    """In words: every command gets an answer."""
    body = command("ls", trigger="otto", user="U0OTHER").replace(b"T0DEMO", b"T0OTHER")
    assert _send(at_work, body, dict(signed(body))).status_code == 200
    eventually(lambda: _answers(at_work, "Only members of this workspace", "U0OTHER"))


def test_it_is_ready_without_a_connection(at_work: Bot) -> None:
    """Slack sends when it likes to."""
    assert at_work.get("/readyz").text == "ok\n"
