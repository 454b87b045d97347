"""Looking at the workspace with the bot's own tokens, for ``imgbot doctor`` and the Home tab. Nothing is changed there.

No scope is needed for it that the bot's work does not need: whether it is in a channel is seen by reading one message.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from slack_sdk import WebClient

from bot.approval.conditions import is_group
from bot.flows.facts import ChannelSeen, GroupSeen, PersonSeen, SlackSeen
from bot.slack.directory import why_not
from bot.slack.faults import FAULTS, why

SCOPES = "x-oauth-scopes"
"""The header in which Slack tells the scopes of a token with each answer."""
NO_GROUP = "no_such_subteam"
MOST = 50
"""People that are looked up: Slack takes 100 such questions a minute."""


def examined(client: WebClient, channels: Mapping[str, str | None], named: Sequence[str]) -> SlackSeen:
    """Return the workspace, with the *channels* by their keys in the settings and the users and groups *named*."""
    try:
        us = client.auth_test()
    except FAULTS as error:
        return SlackSeen(error=f"Slack says {why(error)}")
    team_id = str(us.get("team_id"))
    groups = _groups(client, [who for who in named if is_group(who)])
    inside = {who for group in groups for who in group.members or ()}
    people = sorted({who for who in named if not is_group(who)} | inside)[:MOST]
    return SlackSeen(
        team=str(us.get("team")),
        team_id=team_id,
        bot=f"@{us.get('user')}",
        scopes=_scopes(us.headers),
        channels=[_channel(client, key, channel) for key, channel in channels.items()],
        groups=groups,
        people={who: _person(client, who, team_id) for who in people},
    )


def connects(client: WebClient, app_token: str) -> str:
    """Return why Socket Mode cannot work; nothing where it can. The address that Slack gives is left to run out."""
    try:
        client.apps_connections_open(app_token=app_token)
    except FAULTS as error:
        return f"Slack says {why(error)}"
    return ""


def _scopes(headers: Mapping[str, Any]) -> frozenset[str] | None:
    told = {name.lower(): value for name, value in headers.items()}.get(SCOPES)
    if told is None:
        return None
    text = told if isinstance(told, str) else ",".join(told)
    return frozenset(scope.strip() for scope in text.split(",") if scope.strip())


def _channel(client: WebClient, key: str, channel: str | None) -> ChannelSeen:
    if channel is None:
        return ChannelSeen(key=key, id="", error="unset")
    try:
        client.conversations_history(channel=channel, limit=1)
    except FAULTS as error:
        return ChannelSeen(key=key, id=channel, error=why(error))
    return ChannelSeen(key=key, id=channel)


def _groups(client: WebClient, named: list[str]) -> list[GroupSeen]:
    if not named:
        return []
    try:
        told = client.usergroups_list(include_disabled=True).get("usergroups") or []
    except FAULTS as error:
        return [GroupSeen(id=group_id, error=why(error)) for group_id in named]
    known = {str(group.get("id")): group for group in told if isinstance(group, dict)}
    return [_group(client, group_id, known.get(group_id, {})) for group_id in named]


def _group(client: WebClient, group_id: str, told: Mapping[str, Any]) -> GroupSeen:
    handle, name, disabled = str(told.get("handle", "")), str(told.get("name", "")), bool(told.get("date_delete"))
    try:
        users = client.usergroups_users_list(usergroup=group_id).get("users")
    except FAULTS as error:
        said = why(error)
        members = frozenset[str]() if said == NO_GROUP else None
        return GroupSeen(id=group_id, handle=handle, name=name, disabled=disabled, members=members, error=said)
    members = frozenset(map(str, users)) if isinstance(users, list) else frozenset()
    return GroupSeen(id=group_id, handle=handle, name=name, disabled=disabled, members=members)


def _person(client: WebClient, user_id: str, team_id: str) -> PersonSeen:
    try:
        user = client.users_info(user=user_id).get("user")
    except FAULTS as error:
        return PersonSeen(name=user_id, unfit=f"Slack says {why(error)}.")
    told: Mapping[str, Any] = user if isinstance(user, dict) else {}
    return PersonSeen(name=str(told.get("real_name") or user_id), unfit=why_not(told, team_id))
