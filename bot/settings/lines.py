"""Where in a TOML text a value stands. ``tomllib`` does not tell, so it is asked about one statement at a time."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Place = tuple[str | int, ...]
"""The way to a value: keys, and in a list the number of the element, such as ``("rules", 0, "hosts", 1)``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The line, counted from 1, of each table and each key that a text gives a line of its own."""

    known: Mapping[Place, int]

    def of(self, place: Place) -> int:
        """Return the line of *place*, or of the innermost thing around it that has one."""
        around = (place[:end] for end in range(len(place), 0, -1))
        return next((self.known[outer] for outer in around if outer in self.known), 1)


def lines(text: str) -> Lines:
    """Return where everything in *text* is, which has to be TOML."""
    known: dict[Place, int] = {}
    table: Place = ()
    counted: dict[Place, int] = {}
    for number, statement in _statements(text):
        if statement.startswith("["):
            table = _table(statement, counted)
            _note(known, (), table, number)
        else:
            _note(known, table, _key(statement), number)
    return Lines(known=known)


def _note(known: dict[Place, int], table: Place, key: Place, number: int) -> None:
    """Note the line of a key, and of the tables on the way to it that are not written out themselves."""
    for end in range(1, len(key) + 1):
        known.setdefault((*table, *key[:end]), number)


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Yield each header and each key with its value, and the line it begins on. A value may take several lines."""
    pending, begun = "", 0
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        if not pending and (not line.strip() or line.lstrip().startswith("#")):
            continue
        pending, begun = pending + line, begun if pending else number
        if _parsed(pending) is not None:
            yield begun, pending.strip()
            pending = ""


def _parsed(text: str) -> dict[str, object] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def _key(statement: str) -> Place:
    """Return the key of ``key = value``: what stands before the first ``=`` that is no part of it."""
    at = statement.find("=")
    while (parsed := _parsed(statement[:at] + "= 0")) is None:
        at = statement.index("=", at + 1)
    return tuple(_path(parsed))


def _table(header: str, counted: dict[Place, int]) -> Place:
    """Return the place of a table, and count it where it is one of a list."""
    parts = list(_path(_parsed(header) or {}))
    place: Place = ()
    for depth, part in enumerate(parts, start=1):
        place = (*place, part)
        if header.startswith("[[") and depth == len(parts):
            counted[place] = counted.get(place, -1) + 1
        if place in counted:
            place = (*place, counted[place])
    return place


def _path(parsed: object) -> Iterator[str]:
    """Yield the keys on the only way down."""
    while parsed:
        if isinstance(parsed, list):
            parsed = parsed[0]
        elif isinstance(parsed, dict):
            key, parsed = next(iter(parsed.items()))
            yield key
        else:
            return
