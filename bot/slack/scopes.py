"""Which of Slack's scopes the bot needs, and for what: the fewest with which everything works.

A test holds the table to the code: every method of the Web API that is called stands here, and no other.
"""

from collections.abc import Mapping
from types import MappingProxyType

METHODS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "apps.connections.open": (),  # by the app-level token, with CONNECTIONS
        "auth.test": (),
        "chat.delete": ("chat:write",),
        "chat.postEphemeral": ("chat:write",),
        "chat.postMessage": ("chat:write",),
        "chat.update": ("chat:write",),
        "conversations.history": ("channels:history", "groups:history", "im:history"),
        "conversations.open": ("im:write",),
        "conversations.replies": ("channels:history", "groups:history", "im:history"),
        "files.completeUploadExternal": ("files:write",),
        "files.getUploadURLExternal": ("files:write",),
        "usergroups.list": ("usergroups:read",),
        "usergroups.users.list": ("usergroups:read",),
        "users.info": ("users:read",),
        "views.open": (),
        "views.publish": (),
        "views.update": (),
    }
)
"""The methods that are called, with the scopes that each needs (docs.slack.dev/reference/methods/NAME)."""

EVENTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "app_home_opened": (),
        "subteam_members_changed": ("usergroups:read",),
        "subteam_updated": ("usergroups:read",),
    }
)
"""The events that are delivered, with the scopes that each needs (docs.slack.dev/reference/events/NAME)."""

COMMANDS = "commands"
"""What a slash command and a shortcut need."""
CONNECTIONS = "connections:write"
"""What the app-level token of Socket Mode needs. A manifest has no word for it."""

WHY: Mapping[str, str] = MappingProxyType(
    {
        "channels:history": "whether Slack took a message whose answer was lost, so that none is said twice",
        "chat:write": "plans, requests, results",
        COMMANDS: "the slash command and the shortcut",
        "files:write": "the record as a file, and pictures, in a direct message",
        "groups:history": "as channels:history, where the channels are private",
        "im:history": "as channels:history, of direct messages",
        "im:write": "direct messages to the person who asked",
        "usergroups:read": "who is in the approvers' group, read at the click",
        "users:read": "guests, bots and deactivated people are refused",
    }
)
"""What each scope is for."""


def needed() -> tuple[str, ...]:
    """Return the scopes of the bot's token, in order."""
    tables = (*METHODS.values(), *EVENTS.values())
    return tuple(sorted({COMMANDS, *(scope for scopes in tables for scope in scopes)}))
