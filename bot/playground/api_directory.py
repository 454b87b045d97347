"""The methods about people, user groups and conversations."""

from bot.playground.blocks import Object
from bot.playground.people import TEAM_ID, Channel, Person, UserGroup
from bot.playground.wire import Refusal, flag, ok, text
from bot.playground.workspace import Workspace


def users_info(workspace: Workspace, given: Object) -> Object:
    """Answer ``users.info``."""
    person = workspace.people.get(text(given, "user", "user_not_found"))
    if person is None:
        raise Refusal("user_not_found")
    return ok(user=_person(person))


def usergroups_list(workspace: Workspace, given: Object) -> Object:
    """Answer ``usergroups.list``."""
    with_users = flag(given.get("include_users"))
    return ok(usergroups=[_group(group, with_users=with_users) for group in workspace.groups.values()])


def usergroups_users_list(workspace: Workspace, given: Object) -> Object:
    """Answer ``usergroups.users.list``."""
    group = workspace.groups.get(text(given, "usergroup", "no_such_subteam"))
    if group is None:
        raise Refusal("no_such_subteam")
    return ok(users=list(group.members))


def conversations_info(workspace: Workspace, given: Object) -> Object:
    """Answer ``conversations.info``."""
    return ok(channel=_channel(workspace, _found(workspace, given)))


def conversations_members(workspace: Workspace, given: Object) -> Object:
    """Answer ``conversations.members``, in one page."""
    return ok(members=sorted(_found(workspace, given).members), response_metadata={"next_cursor": ""})


def conversations_open(workspace: Workspace, given: Object) -> Object:
    """Answer ``conversations.open`` for one person."""
    users = given.get("users")
    person = users[0] if isinstance(users, list) and len(users) == 1 else users
    if not isinstance(person, str) or not person:
        raise Refusal("users_list_not_supplied")
    if person not in workspace.people:
        raise Refusal("user_not_found")
    if workspace.human(person) is None:
        raise Refusal("cannot_dm_bot")
    if workspace.people[person].deleted:
        raise Refusal("user_disabled")
    channel = workspace.direct(person)
    full = _channel(workspace, channel) if flag(given.get("return_im")) else {"id": channel.id}
    return ok(channel=full, no_op=True, already_open=True)


def _found(workspace: Workspace, given: Object) -> Channel:
    channel = workspace.channels.get(text(given, "channel", "channel_not_found"))
    if channel is None:
        raise Refusal("channel_not_found")
    return channel


def _person(person: Person) -> Object:
    return {
        "id": person.id,
        "team_id": person.team_id,
        "name": person.name,
        "real_name": person.real_name,
        "deleted": person.deleted,
        "is_bot": person.is_bot,
        "is_app_user": person.is_app_user,
        "is_admin": False,
        "is_owner": False,
        "is_restricted": person.is_restricted,
        "is_ultra_restricted": person.is_ultra_restricted,
        "is_stranger": person.is_stranger,
        "tz": "Etc/UTC",
        "tz_offset": 0,
        "profile": {
            "real_name": person.real_name,
            "display_name": person.name,
            "title": person.title,
            "team": person.team_id,
        },
    } | ({"is_invited_user": True} if person.is_invited_user else {})


def _group(group: UserGroup, *, with_users: bool) -> Object:
    shape: Object = {
        "id": group.id,
        "team_id": TEAM_ID,
        "is_usergroup": True,
        "handle": group.handle,
        "name": group.name,
        "description": "",
        "is_external": False,
        "date_delete": 0,
        "user_count": len(group.members),
    }
    return shape | ({"users": list(group.members)} if with_users else {})


def _channel(workspace: Workspace, channel: Channel) -> Object:
    if channel.of is not None:
        return {"id": channel.id, "is_im": True, "user": channel.of, "is_archived": False, "is_org_shared": False}
    return {
        "id": channel.id,
        "name": channel.name,
        "is_channel": True,
        "is_im": False,
        "is_private": False,
        "is_archived": False,
        "is_member": workspace.bot_sees(channel.id),
        "is_shared": False,
        "is_ext_shared": False,
        "is_pending_ext_shared": False,
        "is_org_shared": False,
        "context_team_id": TEAM_ID,
        "topic": {"value": channel.topic, "creator": "", "last_set": 0},
    }
