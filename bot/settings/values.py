"""The values of the settings, each refused in plain words where it is none."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator

from bot.images.glob import BadPattern, compiled
from bot.images.spans import span
from bot.slack.manifest import SLASH_COMMAND, SLASH_COMMAND_IS

_SIZE = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) ?(kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)", re.ASCII)
_POWERS = {"k": 1, "M": 2, "G": 3, "T": 4}

SHORTEST, LONGEST = timedelta(seconds=4), timedelta(minutes=10)
TYPED = 3000
"""Characters that a form of Slack's takes at most."""


class _Text:
    """Text that has to match a pattern; *what* says what it has to be."""

    def __init__(self, pattern: str, what: str) -> None:
        self._pattern = re.compile(pattern, re.ASCII)
        self._what = what

    def __call__(self, value: object) -> object:
        if isinstance(value, str) and self._pattern.fullmatch(value):
            return value
        shown = f'"{value}" is' if isinstance(value, str) else "this is"
        raise ValueError(f"{shown} not {self._what}")


def _duration(value: object) -> timedelta:
    found = span(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError('a duration is a number and one of s, m, h, d, such as "4h"')
    return found


def _pause(value: object) -> timedelta:
    if isinstance(value, timedelta):  # the demo's, which no file says
        return value
    return timedelta(0) if value == "0s" else _duration(value)


def _lease(value: object) -> timedelta:
    found = _duration(value)
    if not SHORTEST <= found <= LONGEST:
        raise ValueError('has to be between "4s" and "10m": replicas say every quarter of it that they are alive')
    return found


def _size(value: object) -> int:
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('a size is a number and one of kB, MB, GB, TB, such as "1GB"')
    base = 1024 if "i" in match[2] else 1000
    return round(float(match[1]) * float(base) ** _POWERS[match[2][0].replace("K", "k")])


def _approvals(value: object) -> int | None:
    if value == "never":
        return None
    return _whole(value, 0, 10, '0 to 10, or "never"')


def _whole(value: object, least: int, most: int, what: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    raise ValueError(f"has to be a number, {what}")


def _count(value: object) -> int:
    return _whole(value, 1, 10_000, "1 or more")


def _at_once(value: object) -> int:
    return _whole(value, 1, 32, "1 to 32")


def _canary(value: object) -> int:
    return _whole(value, 0, 100, "0 to 100: how many of several hosts go first")


def _least(value: object) -> int:
    return _whole(value, 1, TYPED, f"1 to {TYPED}, which is what a form takes")


def _connections(value: object) -> object:
    return _whole(value, 1, 10, "1 to 10, which is what Slack takes")


def _pattern(value: object) -> object:
    if isinstance(value, str) and not isinstance(compiled(value), BadPattern) and value:
        return value
    raise ValueError(f'"{value}" is no pattern that makes sense')


def _expression(value: object) -> object:
    if isinstance(value, str) and value:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f'"{value}" is no regular expression: {error}') from error
        return value
    raise ValueError('has to be "required" or a pattern in quotes, such as "OPS-[0-9]+"')


def _grades(value: object) -> object:
    """Return a list of grades, where one may stand by itself."""
    return (value,) if isinstance(value, str) else value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Pause = Annotated[timedelta, BeforeValidator(_pause)]
Lease = Annotated[timedelta, BeforeValidator(_lease)]
Size = Annotated[int, BeforeValidator(_size)]
Approvals = Annotated[int | None, BeforeValidator(_approvals)]
AtOnce = Annotated[int, BeforeValidator(_at_once)]
Canary = Annotated[int, BeforeValidator(_canary)]
Count = Annotated[int, BeforeValidator(_count)]
Least = Annotated[int, BeforeValidator(_least)]
Connections = Annotated[int, BeforeValidator(_connections)]
Listen = Annotated[
    str,
    BeforeValidator(
        _Text(r"(\[[0-9a-fA-F:]+\]|[a-zA-Z0-9.-]+):[0-9]{1,5}", 'an address and a port, such as "127.0.0.1:8080"')
    ),
]
Expression = Annotated[str, BeforeValidator(_expression)]
PatternText = Annotated[str, BeforeValidator(_pattern)]
ChannelId = Annotated[str, BeforeValidator(_Text("[CGD][A-Z0-9]+", 'the ID of a channel, such as "C0123456789"'))]
PersonId = Annotated[str, BeforeValidator(_Text("[UW][A-Z0-9]+", 'the ID of a user, such as "U0123456789"'))]
ApproverId = Annotated[
    str, BeforeValidator(_Text("[SUW][A-Z0-9]+", "the ID of a user group (S…) or of a user (U…, W…)"))
]
HostName = Annotated[
    str, BeforeValidator(_Text("[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}", "a name: letters, digits, dots and dashes"))
]
SlashCommand = Annotated[str, BeforeValidator(_Text(SLASH_COMMAND, SLASH_COMMAND_IS))]
Named = Annotated[str, BeforeValidator(_Text(r"[^\n]{1,80}", "a name of 1 to 80 characters"))]
Label = Annotated[str, BeforeValidator(_Text(r"[^=\n]+(=[^\n]*)?", 'a label, such as "keep" or "keep=true"'))]
Url = Annotated[
    str, BeforeValidator(_Text("(unix|tcp|ssh)://.+", "an address that begins with unix://, tcp:// or ssh://"))
]
OneOrMore = BeforeValidator(_grades)
