"""Who may not use the bot, whatever any rule says."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from slack_sdk import WebClient
from structlog.testing import capture_logs

from bot.approval.request import Person
from bot.playground.demo import RunningWorkspace, workspace
from bot.slack.directory import NOT_OURS, NOT_TOLD, Directory, why_not
from bot.slack.faults import not_there
from tests.slack.serving import serving

MEMBER: dict[str, object] = {"id": "U1", "team_id": "T0DEMO"}


@pytest.fixture(scope="module")
def place() -> Iterator[RunningWorkspace]:
    """Run one workspace for everything that is only read in it."""
    with workspace() as running:
        yield running


@contextmanager
def answering(**told: object) -> Iterator[Directory]:
    """Return the directory of a server that answers everything so."""
    body = json.dumps(told).encode()
    with serving(lambda _path, _body: (200, body)) as url:
        yield Directory(WebClient("xoxb-x", base_url=f"{url}/", retry_handlers=[]), "T0DEMO")


def directory(place: RunningWorkspace) -> Directory:
    """Return the directory of *place*."""
    return Directory(WebClient(place.bot_token, base_url=place.api_url, retry_handlers=[]), "T0DEMO")


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({}, ""),
        ({"team_id": "T9"}, NOT_OURS),
        ({"is_stranger": True}, NOT_OURS),
        ({"deleted": True}, "deactivated"),
        ({"is_bot": True}, "Bots"),
        ({"is_workflow_bot": True}, "Bots"),
        ({"is_connector_bot": True}, "Bots"),
        ({"is_app_user": True}, ""),
        ({"id": "USLACKBOT"}, "Bots"),
        ({"team_id": None}, ""),
        ({"id": None}, NOT_TOLD),
        ({"is_restricted": True}, "Guests"),
        ({"is_ultra_restricted": True}, "Guests"),
        ({"is_invited_user": True}, "Guests"),
    ],
)
def test_who_is_refused(more: dict[str, object], why: str) -> None:
    """Strangers, deactivated people, bots and guests are refused with a sentence; members are not."""
    told = why_not(MEMBER | more, "T0DEMO")
    assert told.startswith(why) if why in {"", NOT_OURS, NOT_TOLD} else why in told
    assert bool(told) == bool(why)


@pytest.mark.parametrize(
    ("user_id", "why"),
    [
        ("U0LEAD", ""),
        ("U0GUEST", "Guests"),
        ("U0GUEST1", "Guests"),
        ("U0INVITED", "Guests"),
        ("U0LEFT", "deactivated"),
        ("U0ROBOT", "Bots"),
        ("USLACKBOT", "Bots"),
        ("U0IMGBOT", "Bots"),
        ("U0OTHER", NOT_OURS),
        ("U0STRANGER", NOT_OURS),
    ],
)
def test_each_kind_of_person_as_slack_tells_of_them(place: RunningWorkspace, user_id: str, why: str) -> None:
    """The answer of ``users.info`` decides, whatever team a delivery claimed: all of these claim to be of ours."""
    told = directory(place).member(Person(team_id="T0DEMO", user_id=user_id)).not_a_member
    assert (why in told) if why else told == ""


def test_people_and_groups_are_read_from_slack(place: RunningWorkspace) -> None:
    """A member, somebody of another team, somebody unknown, a group, and no such group."""
    asked = directory(place)
    assert asked.member(Person(team_id="T0DEMO", user_id="U0LEAD")).not_a_member == ""
    assert asked.member(Person(team_id="T9", user_id="U0LEAD")).not_a_member == NOT_OURS
    assert "did not tell me" in asked.member(Person(team_id="T0DEMO", user_id="U404")).not_a_member
    assert asked.group("S0OPSLEADS") == frozenset({"U0LEAD", "U0LEAD2"})
    assert asked.group("S404") is None


def test_without_slack_nobody_has_a_right() -> None:
    """When Slack does not answer, nobody is a member and no group has anybody."""
    client = WebClient("xoxb-x", base_url="http://127.0.0.1:9/api/", retry_handlers=[], timeout=1)
    directory = Directory(client, "T0DEMO")
    assert directory.member(Person(team_id="T0DEMO", user_id="U0LEAD")).not_a_member
    assert directory.group("S0OPSLEADS") is None


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"ok": True, "user": {"id": "U1"}}, ""),
        ({"ok": True, "user": {"id": "U1", "is_bot": None, "profile": {}, "of_tomorrow": [1]}}, ""),
        ({"ok": True, "user": {"id": "U1", "team_id": "T9"}}, NOT_OURS),
        ({"ok": True, "user": {"id": "U2", "team_id": "T0DEMO"}}, NOT_TOLD),
        ({"ok": True, "user": {}}, NOT_TOLD),
        ({"ok": True, "user": "U1"}, NOT_TOLD),
        ({"ok": True}, NOT_TOLD),
        ({"ok": False, "error": "of_tomorrow"}, NOT_TOLD),
        ({"ok": False}, NOT_TOLD),
    ],
)
def test_only_what_a_server_says_counts_and_nobody_is_let_in_by_an_answer_about_nobody(
    told: dict[str, object], why: str
) -> None:
    """A server may leave out what Slack says of everybody."""
    with answering(**told) as asked:
        assert asked.member(Person(team_id="T0DEMO", user_id="U1")).not_a_member == why


def test_a_method_that_a_server_does_not_have_is_logged_once() -> None:
    """Groups are asked for again and again: each of them is unknown, and the log has one line."""
    not_there.cache_clear()
    with answering(ok=False, error="unknown_method") as asked, capture_logs() as logged:
        assert [asked.group(group) for group in ("S1", "S2", "S1")] == [None] * 3
        assert asked.member(Person(team_id="T0DEMO", user_id="U1")).not_a_member == NOT_TOLD
    assert [line["method"] for line in logged] == ["usergroups.users.list", "users.info"]


def test_other_failures_are_logged_each_time() -> None:
    """They may be over the next time."""
    with answering(ok=False, error="of_tomorrow") as asked, capture_logs() as logged:
        assert [asked.group("S1"), asked.group("S1")] == [None, None]
    assert [line["error"] for line in logged] == ["of_tomorrow"] * 2
