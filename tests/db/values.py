"""Any value of a domain type, made from the types of its fields."""

import dataclasses
import types
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, NewType, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

COUNTS = st.integers(0, 2**53 - 1)
TIMES = st.datetimes(timezones=st.just(UTC), min_value=datetime(1970, 1, 1), max_value=datetime(2250, 1, 1))  # noqa: DTZ001 -- Hypothesis adds the zone
PLAIN: dict[type, st.SearchStrategy[Any]] = {
    str: st.text(max_size=20),
    int: COUNTS,
    bool: st.booleans(),
    datetime: TIMES,
    timedelta: st.integers(0, 10**8).map(lambda seconds: timedelta(seconds=seconds)),
    types.NoneType: st.none(),
}


def any_of(what: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 -- a type as annotations spell it
    """Return a strategy for a plain type, an enumeration, a NewType, a union, a tuple or a dataclass of such."""
    if isinstance(what, NewType):
        return any_of(what.__supertype__)
    if get_origin(what) in {Union, types.UnionType}:
        return st.one_of([any_of(member) for member in get_args(what)])
    if get_origin(what) is tuple:
        return st.lists(any_of(get_args(what)[0]), max_size=3).map(tuple)
    if dataclasses.is_dataclass(what):
        return _built(what)
    return st.sampled_from(list(what)) if issubclass(what, StrEnum) else PLAIN[what]


def _built(cls: Any) -> st.SearchStrategy[Any]:  # noqa: ANN401 -- as above
    hints = get_type_hints(cls)
    return st.builds(cls, **{field.name: any_of(hints[field.name]) for field in dataclasses.fields(cls)})
