"""Globs as Go's ``path.Match`` reads them, which Docker's ``reference`` filter uses (pkg.go.dev/path#Match).

``*`` and ``?`` never match a slash, ``[^a]`` negates, a backslash takes the next character as it is; there are no
braces. Python's ``fnmatch`` differs in each of these. Like Go's it never goes back before a star that it has passed,
which tells where a class such as ``[^a]`` may match a slash.
"""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Class:
    """What one character may be: within one of these ranges, or in none of them."""

    ranges: tuple[tuple[str, str], ...]
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Any:
    """A question mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Characters in a row; ``star`` where one stands before them."""

    star: bool
    units: tuple[str | Any | Class, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Glob:
    """A pattern that was understood, and its text."""

    text: str
    chunks: tuple[Chunk, ...]

    def matches(self, name: str) -> bool:
        """Whether the pattern matches the whole of *name*."""
        at = 0
        for number, chunk in enumerate(self.chunks):
            last = number == len(self.chunks) - 1
            if chunk.star and not chunk.units:
                return "/" not in name[at:]  # a star with nothing behind it is always the last
            ends = (_end(chunk, name, start) for start in _starts(chunk, name, at))
            found = next((end for end in ends if end is not None and (not last or end == len(name))), None)
            if found is None:
                return False
            at = found
        return at == len(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class BadPattern:
    """A pattern that cannot be understood, in Docker's words."""

    message: str = "syntax error in pattern"


def compiled(pattern: str) -> Glob | BadPattern:
    """Return *pattern* ready to be matched."""
    chunks: list[Chunk] = []
    at = 0
    while at < len(pattern):
        start = at
        while pattern.startswith("*", at):
            at += 1
        star = at > start
        units: list[str | Any | Class] = []
        while at < len(pattern) and pattern[at] != "*":
            read = _unit(pattern, at)
            if read is None:
                return BadPattern()
            unit, at = read
            units.append(unit)
        chunks.append(Chunk(star=star, units=tuple(units)))
    return Glob(text=pattern, chunks=tuple(chunks))


def _unit(pattern: str, at: int) -> tuple[str | Any | Class, int] | None:
    """Read what stands for one character, and where the pattern goes on; None where it makes no sense."""
    match pattern[at]:
        case "?":
            return Any(), at + 1
        case "[":
            return _class(pattern, at + 1)
        case "\\":
            return (pattern[at + 1], at + 2) if at + 1 < len(pattern) else None
        case char:
            return char, at + 1


def _class(pattern: str, at: int) -> tuple[Class, int] | None:
    """Read a class after its opening bracket: at least one range, each one character or two with a dash."""
    negated = pattern.startswith("^", at)
    at += negated
    ranges: list[tuple[str, str]] = []
    while not (ranges and pattern.startswith("]", at)):
        low = high = _one(pattern, at)
        if low and pattern.startswith("-", low[1]):
            high = _one(pattern, low[1] + 1)
        if low is None or high is None:
            return None
        ranges.append((low[0], high[0]))
        at = high[1]
    return Class(ranges=tuple(ranges), negated=negated), at + 1


def _one(pattern: str, at: int) -> tuple[str, int] | None:
    """Read one character of a class; something must stand behind it, at least the closing bracket."""
    if at >= len(pattern) or pattern[at] in "-]":
        return None
    at += pattern[at] == "\\"
    return (pattern[at], at + 1) if at + 1 < len(pattern) else None


def _starts(chunk: Chunk, name: str, at: int) -> Iterator[int]:
    """Return where in *name* the chunk may begin: here, and with a star anywhere before the next slash has passed."""
    yield at
    while chunk.star and at < len(name) and name[at] != "/":
        at += 1
        yield at


def _end(chunk: Chunk, name: str, start: int) -> int | None:
    """Return where in *name* the chunk ends when it begins at *start*; None where it does not match."""
    end = start + len(chunk.units)
    if end > len(name):
        return None
    return end if all(map(_fits, chunk.units, name[start:end])) else None


def _fits(unit: str | Any | Class, char: str) -> bool:
    match unit:
        case Any():
            return char != "/"
        case Class(ranges=ranges, negated=negated):
            return any(low <= char <= high for low, high in ranges) != negated
        case _:
            return unit == char
