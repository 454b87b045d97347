"""Who may not use the bot, whatever any rule says."""

import pytest
from slack_sdk import WebClient

from bot.approval.request import Person
from bot.playground.demo import workspace
from bot.slack.directory import NOT_OURS, Directory, why_not

MEMBER: dict[str, object] = {"id": "U1", "team_id": "T0DEMO"}


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({}, ""),
        ({"team_id": "T9"}, NOT_OURS),
        ({"is_stranger": True}, NOT_OURS),
        ({"deleted": True}, "deactivated"),
        ({"is_bot": True}, "Bots"),
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


def test_people_and_groups_are_read_from_slack() -> None:
    """A member, somebody of another team, somebody unknown, a group, and no such group."""
    with workspace() as place:
        client = WebClient(place.bot_token, base_url=place.api_url, retry_handlers=[])
        directory = Directory(client, "T0DEMO")
        assert directory.member(Person(team_id="T0DEMO", user_id="U0LEAD")).not_a_member == ""
        assert directory.member(Person(team_id="T9", user_id="U0LEAD")).not_a_member == NOT_OURS
        assert "did not tell me" in directory.member(Person(team_id="T0DEMO", user_id="U404")).not_a_member
        assert directory.group("S0OPSLEADS") == frozenset({"U0LEAD", "U0LEAD2"})
        assert directory.group("S404") is None


def test_without_slack_nobody_has_a_right() -> None:
    """When Slack does not answer, nobody is a member and no group has anybody."""
    client = WebClient("xoxb-x", base_url="http://127.0.0.1:9/api/", retry_handlers=[], timeout=1)
    directory = Directory(client, "T0DEMO")
    assert directory.member(Person(team_id="T0DEMO", user_id="U0LEAD")).not_a_member
    assert directory.group("S0OPSLEADS") is None
