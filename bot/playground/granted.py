"""What an admin has granted the app, and taken from it again: scopes, channels, the app itself.

Which method needs which scope: docs.slack.dev/reference/methods/NAME. The bot's own table (``bot.slack.scopes``) is not
read here: what asks and what refuses are written down apart, and a test holds them together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from bot.playground.wire import Refusal

ALL = (
    "channels:history",
    "chat:write",
    "commands",
    "files:write",
    "groups:history",
    "im:history",
    "im:write",
    "usergroups:read",
    "users:read",
)
"""What the app may do in the beginning."""
_HISTORY = ("channels:history", "groups:history", "im:history")

NEEDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "chat.delete": ("chat:write",),
        "chat.postEphemeral": ("chat:write",),
        "chat.postMessage": ("chat:write",),
        "chat.update": ("chat:write",),
        "conversations.history": _HISTORY,
        "conversations.open": ("im:write",),
        "conversations.replies": _HISTORY,
        "files.completeUploadExternal": ("files:write",),
        "files.getUploadURLExternal": ("files:write",),
        "usergroups.list": ("usergroups:read",),
        "usergroups.users.list": ("usergroups:read",),
        "users.info": ("users:read",),
    }
)
"""The scopes of which a method needs one, as the bot's token has them."""


@dataclass(slots=True)
class Granted:
    """What the app has: its scopes, whether it is installed, and which channels are archived for everybody."""

    scopes: frozenset[str] = frozenset(ALL)
    installed: bool = True
    archived: set[str] = field(default_factory=set)

    def check(self, method: str) -> None:
        """Raise Refusal where the app may not call *method*."""
        if not self.installed:
            raise Refusal("account_inactive")
        needed = NEEDS.get(method, ())
        if needed and not self.scopes & set(needed):
            raise Refusal("missing_scope", {"needed": needed[0], "provided": ",".join(sorted(self.scopes))})
