"""Globs as Go's ``path.Match`` reads them, which Docker's ``reference`` filter uses (pkg.go.dev/path#Match).

``*`` and ``?`` never match a slash, ``[^a]`` negates, a backslash takes the next character as it is; there are no
braces. Python's ``fnmatch`` differs in each of these.
"""

import re


class BadPattern(ValueError):  # noqa: N818 -- named for what it says
    """A pattern that is none; Docker says ``syntax error in pattern``."""


def compiled(pattern: str) -> re.Pattern[str]:
    """Return *pattern* as a regular expression for the whole name. Raises ``BadPattern``."""
    parts: list[str] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "*":
            parts.append("[^/]*")
        elif char == "?":
            parts.append("[^/]")
        elif char == "[":
            part, at = _class(pattern, at + 1)
            parts.append(part)
            continue
        elif char == "\\":
            at += 1
            if at == len(pattern):
                raise BadPattern(pattern)
            parts.append(re.escape(pattern[at]))
        else:
            parts.append(re.escape(char))
        at += 1
    return re.compile("".join(parts), re.DOTALL)


def _class(pattern: str, at: int) -> tuple[str, int]:
    """Read a class after its ``[``; return it as a regular expression, and where the pattern goes on."""
    negated = pattern.startswith("^", at)
    at += negated
    ranges: list[str] = []
    while not (ranges and pattern.startswith("]", at)):
        low, at = _one(pattern, at)
        high = low
        if pattern.startswith("-", at):
            high, at = _one(pattern, at + 1)
        if low <= high:
            ranges.append(f"{re.escape(low)}-{re.escape(high)}")
        else:
            ranges.append("")  # an empty range matches nothing
    body = "".join(ranges)
    if not body:
        return ("(?s:.)" if negated else "(?!)"), at + 1
    return f"[{'^' if negated else ''}{body}]", at + 1


def _one(pattern: str, at: int) -> tuple[str, int]:
    """Read one character of a class (``getEsc``)."""
    if at >= len(pattern) or pattern[at] in "-]":
        raise BadPattern(pattern)
    if pattern[at] == "\\":
        at += 1
        if at >= len(pattern):
            raise BadPattern(pattern)
    if at + 1 >= len(pattern):
        raise BadPattern(pattern)
    return pattern[at], at + 1
