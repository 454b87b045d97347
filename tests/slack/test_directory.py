"""Who may not use the bot, whatever any rule says."""

from collections.abc import Iterator

import pytest
from slack_sdk import WebClient

from bot.approval.request import Person
from bot.playground.demo import RunningWorkspace, workspace
from bot.slack.directory import NOT_OURS, Directory, why_not

MEMBER: dict[str, object] = {"id": "U1", "team_id": "T0DEMO"}


@pytest.fixture(scope="module")
def place() -> Iterator[RunningWorkspace]:
    """Run one workspace for everything that is only read in it."""
    with workspace() as running:
        yield running


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
        ({"is_restricted": True}, "Guests"),
        ({"is_ultra_restricted": True}, "Guests"),
        ({"is_invited_user": True}, "Guests"),
    ],
)
def test_who_is_refused(more: dict[str, object], why: str) -> None:
    """Strangers, deactivated people, bots and guests are refused with a sentence; members are not."""
    told = why_not(MEMBER | more, "T0DEMO")
    assert told.startswith(why) if why in {"", NOT_OURS} else why in told
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
