"""Values like an example's, with other text wherever text from outside may stand, and more of everything."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, get_args, get_type_hints

OURS = {
    "action": "an action ID of our buttons, or a command; shown as code",
    "approvers": "IDs of Slack's, checked where the settings are read",
    "chain_id": "read from the daemon as 64 hexadecimal digits",
    "channel": "an ID of Slack's",
    "escalate_to": "IDs of Slack's, checked where the settings are read",
    "id": "an ID of Slack's, or of an image",
    "hash": "made by us, 64 hexadecimal digits",
    "image_id": "read from the daemon as 64 hexadecimal digits",
    "kind": "one of a few words of ours",
    "link": "an address that Slack gave for a file; linked() looks at it",
    "owner": "made by us for a process",
    "people": "counted by user ID",
    "period": "one of a few words of ours",
    "source": "one of two words of ours, or a reference that was parsed",
    "team_id": "an ID of Slack's",
    "to": "IDs of Slack's",
    "user_id": "an ID of Slack's",
    "via": "one of two words of ours",
    "course": "numbers that belong together",
    "token": "made by us",
    "ts": "an ID of Slack's",
}
"""Fields that nothing from outside can be in, and why. Every other text is thought to be anything at all."""
LONG = {"steps", "reclaims", "guards"}
"""What a plan may have hundreds of; these are as many as each other."""

T = TypeVar("T")


def filled(example: T, text: str, *, times: int = 1) -> T:
    """Return a value like *example* with *text* in it wherever there is some, and as many as *times* the steps."""
    made: T = _filled(example, text, times, text_here=False)
    return made


def _filled(value: Any, text: str, times: int, *, text_here: bool) -> Any:  # noqa: ANN401 -- whatever an answer holds
    match value:
        case str() if text_here and type(value) is str:
            return text
        case tuple():
            return tuple(_filled(each, text, times, text_here=text_here) for each in value)
        case _ if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **dict(_fields(value, text, times)))
        case _:
            return value


def _fields(value: Any, text: str, times: int) -> Iterator[tuple[str, object]]:  # noqa: ANN401 -- as above
    texts = _texts(type(value))
    for field in fields(value):
        if field.init and field.name not in OURS:
            found = _filled(getattr(value, field.name), text, times, text_here=field.name in texts)
            if isinstance(found, tuple) and times > 1:
                found *= times if field.name in LONG else 3
            yield field.name, found


_KNOWN: dict[type, frozenset[str]] = {}


def _texts(of: type) -> frozenset[str]:
    """Return the fields of a dataclass that may hold any text; one of a type of its own holds what that says."""
    if of not in _KNOWN:
        _KNOWN[of] = _with_text(of)
    return _KNOWN[of]


def _with_text(of: type) -> frozenset[str]:
    return frozenset(name for name, hint in get_type_hints(of).items() if str in set(_parts(hint)))


def _parts(hint: object) -> Iterator[object]:
    yield hint
    for part in get_args(hint):
        yield from _parts(part)
