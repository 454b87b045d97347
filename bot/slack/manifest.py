"""The app as Slack is told of it (docs.slack.dev/reference/app-manifest)."""

from dataclasses import dataclass
from typing import TypeAlias

from bot.command.refusal import COMMAND
from bot.slack.scopes import EVENTS, needed

Written: TypeAlias = "dict[str, Written] | list[Written] | str | bool"
"""What a manifest is made of."""

SLASH_COMMAND = "/[a-z0-9_-]{1,31}"
SLASH_COMMAND_IS = "a slash and at most 31 small letters, digits and dashes, such as /img"
"""What a command may be called: an expression, and the same in words."""
SHORTCUT = "img_new"
"""The callback ID of the global shortcut that opens the form."""
EVENTS_PATH = "/slack/events"
"""Where Slack sends commands, clicks and events in HTTP mode: all of them to one address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What an operator chooses. ``url`` is where Slack reaches the bot in HTTP mode; empty for Socket Mode."""

    name: str = "imgbot"
    command: str = COMMAND
    url: str = ""


def manifest(chosen: Chosen) -> dict[str, Written]:
    """Return the manifest of an app with the fewest scopes."""
    at: dict[str, Written] = {"request_url": f"{chosen.url.rstrip('/')}{EVENTS_PATH}"} if chosen.url else {}
    return {
        "display_information": {
            "name": chosen.name,
            "description": "Removes Docker images, planned and approved",
        },
        "features": _features(chosen, at),
        "oauth_config": {"scopes": {"bot": list(needed())}},
        "settings": {
            "event_subscriptions": {**at, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **at},
            "org_deploy_enabled": False,
            "socket_mode_enabled": not chosen.url,
            "token_rotation_enabled": False,
        },
    }


def _features(chosen: Chosen, at: dict[str, Written]) -> dict[str, Written]:
    command: dict[str, Written] = {
        "command": chosen.command,
        "description": "List and remove Docker images, ask the record",
        "usage_hint": "rm redis | ls | history | help",
        "should_escape": False,
    }
    if at:
        command["url"] = at["request_url"]
    return {
        "app_home": {
            "home_tab_enabled": True,
            "messages_tab_enabled": True,
            "messages_tab_read_only_enabled": True,
        },
        "bot_user": {"display_name": chosen.name, "always_online": True},
        "shortcuts": [
            {
                "name": "Remove images",
                "type": "global",
                "callback_id": SHORTCUT,
                "description": "Choose Docker images to remove",
            }
        ],
        "slash_commands": [command],
    }
