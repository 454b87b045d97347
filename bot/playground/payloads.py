"""What Slack sends an app, in its shapes (docs.slack.dev: slash commands, interaction payloads, Events API)."""

import secrets
import time

from bot.playground.blocks import Object
from bot.playground.messages import Message, View, message_shape, view_shape
from bot.playground.people import APP_ID, TEAM_DOMAIN, TEAM_ID, Person, UserGroup
from bot.playground.workspace import Workspace

VERIFICATION = "playground"
"""The deprecated verification token; it authenticates nothing."""


def slash_command(workspace: Workspace, person: Person, channel: str, command: str, text: str) -> Object:
    """Return a typed slash command."""
    return {
        "token": VERIFICATION,
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel,
        "channel_name": workspace.channels[channel].name,
        "user_id": person.id,
        "user_name": person.name,
        "command": command,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": workspace.hook(person.id, channel),
        "trigger_id": workspace.trigger(person.id),
    }


def message_click(workspace: Workspace, person: Person, message: Message, action: Object) -> Object:
    """Return a click on a message. An ephemeral one is not carried along."""
    private = message.only_for is not None
    container = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": message.channel,
        "is_ephemeral": private,
    } | ({"thread_ts": message.thread_ts} if message.thread_ts else {})
    return (
        _interaction(workspace, person, "block_actions")
        | {
            "container": container,
            "channel": {"id": message.channel, "name": workspace.channels[message.channel].name},
            "state": {"values": {}},
            "response_url": workspace.hook(person.id, message.channel, message.ts),
            "actions": [action],
        }
        | ({} if private else {"message": message_shape(message)})
    )


def view_click(workspace: Workspace, person: Person, view: View, action: Object, values: Object) -> Object:
    """Return a click in a modal or in the Home tab."""
    return _interaction(workspace, person, "block_actions") | {
        "container": {"type": "view", "view_id": view.id},
        "view": view_shape(view, values),
        "actions": [action],
    }


def suggestion(workspace: Workspace, person: Person, view: View, element: Object, query: str) -> Object:
    """Return what somebody typed in a select that searches. What else is in the view so far is not told.

    That is so in Slack (slackapi/bolt-js#1146, slackapi/java-slack-sdk#1292); and nothing can be opened with it.
    """
    payload = _interaction(workspace, person, "block_suggestion") | element
    del payload["trigger_id"]
    return payload | {"value": query, "container": {"type": "view", "view_id": view.id}, "view": view_shape(view)}


def shortcut(workspace: Workspace, person: Person, callback_id: str) -> Object:
    """Return a global shortcut (docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload)."""
    return _interaction(workspace, person, "shortcut") | {
        "callback_id": callback_id,
        "action_ts": workspace.timestamp(),
    }


def view_submission(workspace: Workspace, person: Person, view: View, values: Object) -> Object:
    """Return a submitted modal."""
    return _interaction(workspace, person, "view_submission") | {
        "view": view_shape(view, values),
        "response_urls": [],
    }


def view_closed(workspace: Workspace, person: Person, view: View) -> Object:
    """Return a modal that was closed."""
    payload = _interaction(workspace, person, "view_closed") | {"view": view_shape(view), "is_cleared": False}
    del payload["trigger_id"]
    return payload


def home_opened(workspace: Workspace, person: Person) -> Object:
    """Return the event of somebody who opened the Home tab."""
    home = workspace.homes.get(person.id)
    event: Object = {
        "type": "app_home_opened",
        "user": person.id,
        "channel": workspace.direct(person.id).id,
        "tab": "home",
        "event_ts": workspace.timestamp(),
    }
    return _event(event | ({"view": view_shape(home)} if home else {}))


def group_changed(workspace: Workspace, before: UserGroup, now: UserGroup) -> Object:
    """Return the event of a user group that has other members now."""
    added = [user for user in now.members if user not in before.members]
    removed = [user for user in before.members if user not in now.members]
    return _event(
        {
            "type": "subteam_members_changed",
            "subteam_id": now.id,
            "team_id": TEAM_ID,
            "date_previous_update": before.updated_at,
            "date_update": now.updated_at,
            "added_users": added,
            "added_users_count": len(added),
            "removed_users": removed,
            "removed_users_count": len(removed),
            "event_ts": workspace.timestamp(),
        }
    )


def _event(event: Object) -> Object:
    return {
        "token": VERIFICATION,
        "team_id": TEAM_ID,
        "api_app_id": APP_ID,
        "type": "event_callback",
        "event_id": "Ev0" + secrets.token_hex(5).upper(),
        "event_time": int(time.time()),
        "authorizations": [],
        "event": event,
    }


def _interaction(workspace: Workspace, person: Person, kind: str) -> Object:
    return {
        "type": kind,
        "user": {"id": person.id, "username": person.name, "name": person.name, "team_id": person.team_id},
        "api_app_id": APP_ID,
        "token": VERIFICATION,
        "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
        "trigger_id": workspace.trigger(person.id),
    }
