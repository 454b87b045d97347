"""Settings: secrets and addresses from the environment, everything else from ``imgbot.toml``.

Strict: an unknown key or a bad value refuses to start, and every fault is told at once, with its line.
"""

from bot.settings.faults import BadSettings
from bot.settings.reading import Environment, Settings, load, parsed, read, secret
from bot.settings.rules import needs_restart, policy
from bot.settings.tables import LOCAL, BreakGlassTable, File, HostTable, HttpTable, RuleTable, SlackTable

__all__ = [
    "LOCAL",
    "BadSettings",
    "BreakGlassTable",
    "Environment",
    "File",
    "HostTable",
    "HttpTable",
    "RuleTable",
    "Settings",
    "SlackTable",
    "load",
    "needs_restart",
    "parsed",
    "policy",
    "read",
    "secret",
]
