"""Stored JSON, written in one form only and read with every field checked."""

import json
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TypeVar, cast

from bot.db.columns import moment, storable

E = TypeVar("E", bound=StrEnum)

Json = bool | int | str | list["Json"] | dict[str, "Json"] | None


class Unreadable(Exception):  # noqa: N818 -- named for what it says of the row
    """Something in the database is not as this version of imgbot writes it: it was written by a newer one, or changed.

    The message says where and what.
    """


class Newer(Unreadable):
    """A newer version of imgbot wrote it, as its number of format says."""


_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode
"""RFC 8785 for values without fractions whose keys are ASCII, as ours are: ten times as fast as the library, which the
tests hold it to. A request is written many times while it is carried out, with every step of it."""


def dumps(value: Json) -> str:
    """Return *value* in the canonical JSON of RFC 8785. Half surrogate pairs in texts become U+FFFD."""
    text = _canonical(value)
    try:
        text.encode()
    except UnicodeEncodeError:
        return _canonical(_storable(value))
    return text


def _storable(value: Json) -> Json:
    match value:
        case str():
            return storable(value)
        case list():
            return [_storable(item) for item in value]
        case dict():
            return {key: _storable(item) for key, item in value.items()}
        case _:
            return value


class Fields:
    """One stored JSON object. Each method returns a field of the type that it names; Unreadable where it is not."""

    __slots__ = ("_values", "_what")

    def __init__(self, values: Mapping[str, object], what: str) -> None:
        self._values = values
        self._what = what

    @classmethod
    def loads(cls, text: str, what: str) -> "Fields":
        """Read a JSON object. *what* it is stands in the message where it cannot be read."""
        try:
            return cls._of(json.loads(text), what)
        except ValueError as error:
            raise Unreadable(f"The {what} is not JSON: {error}.") from error

    @classmethod
    def _of(cls, value: object, what: str) -> "Fields":
        if not isinstance(value, dict):
            raise Unreadable(f"The {what} is not a JSON object.")
        return cls(cast("dict[str, object]", value), what)

    def _get(self, key: str, *types: type) -> object:
        value = self._values.get(key)
        if type(value) not in types:  # not isinstance: true is no number
            raise Unreadable(f'The {self._what} has no proper "{key}".')
        return value

    def unreadable(self, key: str) -> Unreadable:
        """Return what to raise where *key* has a value that nothing stands for."""
        return Unreadable(f'The {self._what} has an unknown "{key}": {self._values.get(key)!r}.')

    def says_the_same(self, other: "Fields") -> bool:
        """Whether another object has the same fields, with the same in them."""
        return self._values == other._values  # noqa: SLF001 -- of its own kind

    def has(self, key: str) -> bool:
        """Whether there is such a field."""
        return key in self._values

    def text(self, key: str) -> str:
        """Return a text."""
        value = self._values.get(key)
        return value if type(value) is str else cast("str", self._get(key, str))  # most fields are texts

    def number(self, key: str) -> int:
        """Return an integer."""
        return cast("int", self._get(key, int))

    def flag(self, key: str) -> bool:
        """Return a truth value."""
        return cast("bool", self._get(key, bool))

    def moment(self, key: str) -> datetime:
        """Return a time."""
        return moment(self.number(key))

    def one_of(self, key: str, words: type[E]) -> E:
        """Return one of an enumeration's words."""
        try:
            return words(self.text(key))
        except ValueError as error:
            raise self.unreadable(key) from error

    def format(self, newest: int) -> int:
        """Return the number of the format that the object is in, which must be one up to *newest*."""
        number = self.number("format")
        if not 1 <= number <= newest:
            raise (Newer if number > newest else Unreadable)(
                f"The {self._what} is in format {number}, and this version of imgbot reads up to {newest}."
                " Use the version that wrote it, or a newer one."
            )
        return number

    def maybe_text(self, key: str) -> str | None:
        """Return a text or None."""
        return cast("str | None", self._get(key, str, type(None)))

    def maybe_number(self, key: str) -> int | None:
        """Return an integer or None."""
        return cast("int | None", self._get(key, int, type(None)))

    def numbers(self, key: str) -> tuple[int, ...]:
        """Return a list of integers."""
        values = cast("list[object]", self._get(key, list))
        if not all(type(value) is int for value in values):
            raise Unreadable(f'The {self._what} has no proper "{key}".')
        return cast("tuple[int, ...]", tuple(values))

    def maybe_flag(self, key: str) -> bool:
        """Return a truth value; False where older formats have none."""
        return bool(self._get(key, bool, type(None)))

    def maybe_texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts, empty where older formats have none."""
        return () if self._get(key, list, type(None)) is None else self.texts(key)

    def maybe_objects(self, key: str) -> "tuple[Fields, ...]":
        """Return a list of objects, empty where older formats have none."""
        return () if self._get(key, list, type(None)) is None else self.objects(key)

    def maybe_moment(self, key: str) -> datetime | None:
        """Return a time or None."""
        number = self.maybe_number(key)
        return None if number is None else moment(number)

    def object(self, key: str) -> "Fields":
        """Return an object."""
        return self._of(self._get(key, dict), f"{self._what}'s {key}")

    def maybe_object(self, key: str) -> "Fields | None":
        """Return an object or None."""
        return None if self._get(key, dict, type(None)) is None else self.object(key)

    def objects(self, key: str) -> "tuple[Fields, ...]":
        """Return a list of objects."""
        values = cast("list[object]", self._get(key, list))
        what = f"{self._what}'s {key}"
        return tuple([self._of(value, what) for value in values])

    def object_of(self, key: str, position: int) -> "Fields":
        """Return one object of a list, counted from 0, and look at no other. LookupError where the list ends before."""
        values = cast("list[object]", self._get(key, list))
        return self._of(values[position], f"{self._what}'s {key}")

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of texts."""
        values = cast("list[object]", self._get(key, list))
        if not all(isinstance(value, str) for value in values):
            raise Unreadable(f'The {self._what} has no proper "{key}".')
        return cast("tuple[str, ...]", tuple(values))
