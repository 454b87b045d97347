"""What is wrong with the settings: every fault at once, each with its line, in plain words, and the nearest key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType

from pydantic import ValidationError

from bot.settings.lines import Lines, Place


class BadSettings(Exception):  # noqa: N818 -- named for what it says
    """The settings cannot be used. ``faults`` are sentences, one for each thing that is wrong."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong at one place: the rest of a sentence that begins with the place."""

    place: Place
    what: str


PLAIN: Mapping[str, str] = MappingProxyType(
    {
        "missing": "is missing",
        "tuple_type": 'has to be a list, such as ["a", "b"]',
        "model_type": "has to be a table",
        "model_attributes_type": "has to be a table",
        "mapping_type": "has to be a table",
        "dict_type": "has to be a table",
        "string_type": 'has to be text in quotes, such as "a"',
        "bool_type": "has to be true or false",
        "bool_parsing": "has to be true or false",
        "path_type": 'has to be text in quotes, such as "/etc/imgbot"',
        "too_short": "names nothing",
    }
)
"""Pydantic's kinds of errors in the words of somebody who writes a file."""


def told(error: ValidationError, keys: Mapping[Place, Iterable[str]]) -> list[Fault]:
    """Return pydantic's errors as faults. *keys* has the keys that a table may have, by its place without numbers."""
    return [
        Fault(place=place, what=_what(each["type"], each["msg"], each.get("ctx", {}), _nearest(place, keys)))
        for each in error.errors(include_url=False)
        for place in [tuple(part for part in each["loc"] if part != "[key]")]
    ]


def _what(kind: str, message: str, context: Mapping[str, object], nearest: str) -> str:
    if kind == "extra_forbidden":
        return f"unknown key.{nearest}"
    if kind == "value_error":
        return f"{context['error']}."
    if kind in {"literal_error", "enum"}:
        return f"has to be one of {context['expected']}."
    return f"{PLAIN.get(kind, message)}."


def _nearest(place: Place, keys: Mapping[Place, Iterable[str]]) -> str:
    table = shape(place[:-1])
    known = list(keys.get(table, ()))
    near = get_close_matches(str(place[-1]), known, n=1) if place else []
    if near:
        return f" Did you mean {near[0]}?"
    return f" Known here: {', '.join(known)}." if known else ""


def shape(place: Place) -> Place:
    """Return a table's place without what tells it from its like: numbers, and the names of hosts."""
    kept = tuple(part for part in place if isinstance(part, str))
    return ("hosts", "*", *kept[2:]) if kept[:1] == ("hosts",) and len(kept) > 1 else kept


def sentences(source: str, found: Iterable[Fault], lines: Lines) -> tuple[str, ...]:
    """Return faults as people read them, in the order of the file, each once."""
    numbered = sorted((lines.of(fault.place), f"{spelled(fault.place)}: {fault.what}") for fault in found)
    return tuple(dict.fromkeys(f"{source}:{number}: {text}" for number, text in numbered))


def spelled(place: Place) -> str:
    """Return a place as one writes it, such as ``rules[0].hosts[1]``."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)
    return "".join(parts).removeprefix(".")
