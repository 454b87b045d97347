"""Why a text is no command, in sentences that say what is understood instead."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

COMMAND = "/img"
"""The slash command."""

UNDERSTOOD = "I understand IMAGE…, $(ls -q NAME), and options such as --force."


@dataclass(frozen=True, slots=True, kw_only=True)
class NotUnderstood:
    """Why a text is no command, in a sentence or two, and what can be typed instead."""

    message: str
    hint: str = ""


_SHOWN = 60
"""Characters that a sentence quotes."""

T = TypeVar("T")


def all_or_why(items: Iterable[T | NotUnderstood]) -> tuple[T, ...] | NotUnderstood:
    """Return *items*, or the first of them that was not understood."""
    good: list[T] = []
    for item in items:
        if isinstance(item, NotUnderstood):
            return item
        good.append(item)
    return tuple(good)


def code(text: str) -> str:
    """Return *text* between backquotes for a sentence, cut where it is long, with no backquote that ends it early."""
    short = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
    return "`" + (short.replace("`", "\u02bc") or "''") + "`"


_OPERATOR = re.compile(r"\$\{[^}]*\}?|\$\(\(|\$\w*|&&|\|\||>>|<<|;;|.", re.DOTALL | re.ASCII)
_LINK = re.compile(r"<[a-z]+:[^<>|]*\|[^<>|]*>")
_ONE_AT_A_TIME = "Send one command at a time."
_HINTS = {
    ";": _ONE_AT_A_TIME,
    "&": _ONE_AT_A_TIME,
    "&&": _ONE_AT_A_TIME,
    "||": _ONE_AT_A_TIME,
    "|": f"To remove what a list finds: {COMMAND} rm $(ls -q NAME)",
    "{": "Write each name in full.",
}


def not_for_a_shell(operator: str) -> NotUnderstood:
    """Return the refusal of something that a shell would act on."""
    hint = "Type the value itself." if operator.startswith("$") else _HINTS.get(operator, "")
    return NotUnderstood(
        message=f"I don't run shell commands: {code(operator)} means nothing to me. {UNDERSTOOD}",
        hint=hint or "If it belongs to a text, put the text in single quotes.",
    )


def unreadable(rest: str) -> NotUnderstood:
    """Say why no piece of a word begins where *rest* does."""
    match rest[0]:
        case '"' if re.match(r'"(?:[^"\\]|\\.)*"', rest, re.DOTALL):
            return NotUnderstood(
                message=f'Between double quotes I read no "$" and no backquote. {UNDERSTOOD}',
                hint="Leave out the quotes around $(ls -q NAME); put any other text in single quotes.",
            )
        case '"' | "'" as mark:
            return NotUnderstood(
                message=f"A quote is opened and not closed: {code(rest)}.",
                hint=f"Add the second {mark}, or leave it out.",
            )
        case "\\":
            return NotUnderstood(message="A backslash at the end stands before nothing.", hint="Leave it out.")
        case "`":
            return nested(rest)
        case "$" if rest.startswith("$(") and not rest.startswith("$(("):
            return nested(rest)
        case "<" if link := _LINK.match(rest):
            return NotUnderstood(
                message=f"{code(link[0])} shows one address and leads to another.", hint="Type the name as plain text."
            )
    operator = _OPERATOR.match(rest)
    return not_for_a_shell(operator[0] if operator else rest[0])


def nested(typed: str) -> NotUnderstood:
    """Return the refusal of a ``$( )`` that is not closed, or has another in it."""
    return NotUnderstood(
        message=f"I can't read {code(typed)}: $( ) holds one ls -q with nothing nested, and has to be closed.",
        hint=f"For example: {COMMAND} rm $(ls -q redis)",
    )


def attached(typed: str) -> NotUnderstood:
    """Return the refusal of a ``$( )`` that is part of a longer word."""
    return NotUnderstood(
        message=f"I can't read {code(typed)}: $( ) and backquotes stand alone, with a space before and after.",
        hint=f"For example: {COMMAND} rm redis:7.2 $(ls -q nginx)",
    )
