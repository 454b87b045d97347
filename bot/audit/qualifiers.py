"""From the words of ``history`` to a query: qualifiers such as ``host:web-3``, ``-`` to negate, and bare words."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import MAXYEAR, UTC, datetime, timedelta

from bot.approval.request import State
from bot.audit.query import REFUSED, Condition, Freed, Is, Key, Not, Query, Since, Than, Until, Word
from bot.command.reading import closest
from bot.command.refusal import NotUnderstood, code
from bot.images.grades import Grade
from bot.images.reference import Reference, parse

ACTIONS = ("untagged", "deleted")
VIA = ("bot", "external", "break-glass")
_NAMES = tuple(map(str, Key))
ALIKE = 0.75
"""How alike a wrong qualifier must be to a right one: ``redis:7`` is a name, ``hots:web-3`` a slip."""

_QUALIFIED = re.compile(r"([A-Za-z]+):(.*)", re.DOTALL)
_OTHERWISE = {"requester": "who", "by": "who", "from": "who", "name": "image", "repo": "image", "state": "status"}
"""What other tools call the same."""
_PERSON = re.compile(r"@?([UW][A-Z0-9]+)", re.ASCII | re.IGNORECASE)
_DIGITS = re.compile(r"(?:sha256:)?([0-9a-f]{1,64})", re.ASCII | re.IGNORECASE)
_AGO = re.compile(r"([0-9]{1,5})(m|h|d|w)", re.ASCII)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_SIZE = re.compile(r"(>=|<=|>|<)?([0-9]{1,12})(?:\.([0-9]{1,3}))?([kmgt]?)(i?)b?", re.ASCII | re.IGNORECASE)
_DAY = timedelta(days=1)


def query_of(words: Sequence[str], now: datetime) -> Query | NotUnderstood:
    """Return what *words* ask for at the time *now*, or why they ask for nothing."""
    conditions: list[Condition] = []
    for word in filter(None, words):
        condition = _condition(word, now)
        if isinstance(condition, NotUnderstood):
            return condition
        conditions.append(condition)
    return Query(
        words=tuple(condition.text for condition in conditions if isinstance(condition, Word)),
        conditions=tuple(condition for condition in conditions if not isinstance(condition, Word)),
    )


_ME = re.compile(r"(-?(?:who|approver):)@?me", re.IGNORECASE)


def said_by(user_id: str, words: Sequence[str]) -> tuple[str, ...]:
    """Return *words* as a person means them who calls themselves ``me``."""
    return tuple(f"{match[1]}{user_id}" if (match := _ME.fullmatch(word)) else word for word in words)


def _condition(word: str, now: datetime) -> Condition | NotUnderstood:
    negated = word.startswith("-") and len(word) > 1
    found = _positive(word[1:] if negated else word, now)
    if isinstance(found, NotUnderstood) or not negated:
        return found
    return Not(of=found)


def _positive(word: str, now: datetime) -> Word | Is | Freed | Since | Until | NotUnderstood:
    match = _QUALIFIED.fullmatch(word)
    if match is None:
        return Word(text=word)
    name, value = match[1].lower(), match[2]
    if name not in _NAMES:
        meant = _OTHERWISE.get(name) or closest(name, _NAMES, ALIKE)
        return _no_qualifier(word, name, meant) if meant else Word(text=word)
    key = Key(name)
    if not value:
        return NotUnderstood(message=f"{code(f'{key}:')} needs a value.", hint=f"For example: {EXAMPLES[key]}")
    meant = closest(value.lower(), _WORDS.get(key, ()))
    question = f" Did you mean {code(f'{key}:{meant}')}?" if meant else ""
    return _READ[key](key, value, now) or NotUnderstood(
        message=f"I can't read {code(word)}: {_TAKES[key]}.{question}", hint=f"For example: {EXAMPLES[key]}"
    )


def _no_qualifier(word: str, name: str, meant: str) -> NotUnderstood:
    return NotUnderstood(
        message=f"There is no qualifier {code(f'{name}:')}. Did you mean {code(f'{meant}:')}?",
        hint=f"They are {', '.join(f'{key}:' for key in Key)} (an image of that name: image:{word}).",
    )


# --- Values -------------------------------------------------------------------------------------------------------

_Read = Callable[[Key, str, datetime], "Is | Freed | Since | Until | None"]


def _text(key: Key, value: str, _: datetime) -> Is:
    return Is(key=key, text=value)


def _person(key: Key, value: str, _: datetime) -> Is | None:
    match = _PERSON.fullmatch(value)
    return Is(key=key, text=match[1].upper()) if match else None


def _image(key: Key, value: str, _: datetime) -> Is | None:
    found = parse(value)
    return Is(key=key, text=found.familiar) if isinstance(found, Reference) else None


def _digits(key: Key, value: str, _: datetime) -> Is | None:
    match = _DIGITS.fullmatch(value.rpartition("@")[2])
    return Is(key=key, text=match[1].lower()) if match else None


def _one_of(words: Sequence[str]) -> _Read:
    def read(key: Key, value: str, _: datetime) -> Is | None:
        return Is(key=key, text=value.lower()) if value.lower() in words else None

    return read


def _freed(_: Key, value: str, __: datetime) -> Freed | None:
    """Read a size as Docker prints them, in powers of 1000; ``MiB`` is a power of 1024."""
    match = _SIZE.fullmatch(value)
    if match is None:
        return None
    unit = (1024 if match[5] else 1000) ** " kmgt".index(match[4].lower() or " ")
    part = match[3] or ""
    number = (int(match[2] + part) * unit) // 10 ** len(part)
    return Freed(than=Than(match[1] or ">="), bytes=number)


def _since(_: Key, value: str, now: datetime) -> Since | None:
    begins = _moment(value, now)
    return Since(at=begins) if begins else None


def _until(_: Key, value: str, now: datetime) -> Until | None:
    """Return the end: a day counts to its last moment."""
    begins = _moment(value, now)
    if begins is None:
        return None
    return Until(at=begins + _DAY if _is_day(value) and begins.year < MAXYEAR else begins)


def _is_day(value: str) -> bool:
    return value.lower() in {"today", "yesterday"} or re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII) is not None


def _moment(value: str, now: datetime) -> datetime | None:
    """Return ``7d`` ago, the beginning of a day, or a time (UTC where it says no other)."""
    if match := _AGO.fullmatch(value.lower()):
        return now - int(match[1]) * _UNITS[match[2]]  # at most some 1900 years
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    match value.lower():
        case "today":
            return today
        case "yesterday":
            return today - _DAY
    try:
        at = datetime.fromisoformat(value)
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


_WORDS: Mapping[Key, Sequence[str]] = {
    Key.ACTION: ACTIONS,
    Key.GRADE: tuple(Grade),
    Key.STATUS: (*State, REFUSED),
    Key.VIA: VIA,
}
"""The words that a qualifier takes, where it takes no others."""
_READ: Mapping[Key, _Read] = {
    Key.WHO: _person,
    Key.APPROVER: _person,
    Key.HOST: _text,
    Key.IMAGE: _image,
    Key.TAG: _text,
    Key.ID: _digits,
    Key.DIGEST: _digits,
    Key.LAYER: _digits,
    Key.ACTION: _one_of(_WORDS[Key.ACTION]),
    Key.GRADE: _one_of(_WORDS[Key.GRADE]),
    Key.STATUS: _one_of(_WORDS[Key.STATUS]),
    Key.REASON: _text,
    Key.FREED: _freed,
    Key.SINCE: _since,
    Key.UNTIL: _until,
    Key.VIA: _one_of(_WORDS[Key.VIA]),
}
_ONE = "it takes a person, mentioned in Slack, by the user ID (U…), or as me in Slack"
_HEX = "it takes an ID or its first digits"
_TIME = "it takes a time such as 7d, 12h, yesterday, 2026-03-01 or 2026-03-01T14:00"
_TAKES: Mapping[Key, str] = {
    Key.WHO: _ONE,
    Key.APPROVER: _ONE,
    Key.HOST: "it takes the name of a host",
    Key.IMAGE: "it takes a repository, or a name with its tag",
    Key.TAG: "it takes a tag",
    Key.ID: _HEX,
    Key.DIGEST: "it takes a digest or its first digits",
    Key.LAYER: _HEX,
    Key.ACTION: f"it takes {' or '.join(ACTIONS)}",
    Key.GRADE: f"it takes {', '.join(Grade)}: how well it could be had back when it was planned",
    Key.STATUS: f"it takes one of {', '.join((*State, REFUSED))}",
    Key.REASON: "it takes a word of the reason",
    Key.FREED: "it takes a size such as >1GB or <500MB",
    Key.SINCE: _TIME,
    Key.UNTIL: _TIME,
    Key.VIA: f"it takes {' or '.join(VIA)}",
}
EXAMPLES: Mapping[Key, str] = {
    Key.WHO: "who:@dana",
    Key.APPROVER: "approver:@olga",
    Key.HOST: "host:web-3",
    Key.IMAGE: "image:redis",
    Key.TAG: "tag:7.2",
    Key.ID: "id:9f86d0818a1c",
    Key.DIGEST: "digest:sha256:9f86d081",
    Key.LAYER: "layer:5f70bf18a086",
    Key.ACTION: "action:untagged",
    Key.GRADE: "grade:only-copy",
    Key.STATUS: "status:interrupted",
    Key.REASON: "reason:OPS-123",
    Key.FREED: "freed:>1GB",
    Key.SINCE: "since:7d",
    Key.UNTIL: "until:2026-03-01",
    Key.VIA: "via:external",
}
"""How each qualifier is typed."""
