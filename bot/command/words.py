"""From the text that Slack delivered to words.

What Slack did to it is undone, then quotes, escapes and ``$( )`` are read.

The reading is that of a shell (POSIX.1-2024, *Shell Command Language*, 2.2 Quoting) as far as it goes, so that what
people are used to type means here what it means there. What a shell would act on beyond that is refused.
"""

import re
import unicodedata
from dataclasses import dataclass
from itertools import groupby

from bot.command.refusal import NotUnderstood, all_or_why, attached, nested, not_for_a_shell, unreadable

LIMIT = 3000
"""Characters of a command. Slack documents no limit of its own for the text of a slash command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word without its quotes. ``glob`` says that it has a ``*``, ``?`` or ``[`` which a shell would act on."""

    text: str
    glob: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitution:
    """The words in a ``$( )`` or in backquotes; ``typed`` is all of it as it was typed."""

    words: tuple[Word, ...]
    typed: str


# --- What Slack did to the text -----------------------------------------------------------------------------------

_ALIKE = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f", '"')
    | dict.fromkeys("\u2010\u2011\u2212", "-")
)
_CONTINUED = re.compile(r"(?<!\\)((?:\\\\)*)\\\r?\n")
_DASH_LETTER = re.compile(r"(?<!\S)[\u2013\u2014](?=[^\W\d_](?![\w-]))")
_DASH = re.compile(r"(?<!\S)(?:[\u2013\u2014][-\u2013\u2014]?|-[\u2013\u2014])(?=[^\W\d_]|\s|$)")
"""A dash for two hyphens, or for one of them: some keyboards turn every hyphen into one, and some the first alone."""
_LINK = re.compile(r"<(?P<scheme>https?://|ftp://|mailto:|tel:)(?P<rest>[^<>|]*)(?:\|(?P<label>[^<>|]*))?>")
_PERSON = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>|]*)?>")
_CHANNEL = re.compile(r"<#([CG][A-Z0-9]+)(?:\|([^<>|]*))?>")
_PROMPT = re.compile(r"^(?:\$\s+|/[a-z0-9_-]{1,31}\s+)+", re.ASCII)
"""What stands before a command that was copied: a shell's prompt, or the slash command, which Slack has taken off once.

A workspace may call it as it likes. No command of ours begins with a slash.
"""
_ENTITY = re.compile(r"&(amp|lt|gt);")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">"}


def clean(text: str) -> str:
    """Return *text* as it was typed, on one line.

    Undoes links whose label is their own address (any other stays as it is, and is refused later), mentions (to
    ``@U…``, ``#name``), typographic quotes and dashes, spaces of all kinds, invisible characters, entities (once, and
    after everything that looks for ``<``; Slack, *Formatting message text*), backquotes or bold around everything, and
    what stood before the command where it was copied.
    """
    text = "".join(map(_plain_character, _CONTINUED.sub(r"\1", text))).translate(_ALIKE)
    text = _DASH.sub("--", _DASH_LETTER.sub("-", text))
    text = _LINK.sub(_unlinked, text)
    text = _CHANNEL.sub(lambda match: f"#{match[2] or match[1]}", _PERSON.sub(r"@\1", text))
    text = _ENTITY.sub(lambda match: _ENTITIES[match[1]], text)
    return _unwrapped(text.strip())


def _plain_character(character: str) -> str:
    """Return a space for any kind of space or line end, and nothing for what cannot be seen.

    Invisible characters include those that turn the direction of writing, with which a name can look like another.
    """
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) in {"Cc", "Cf", "Cs"} else character


def _unlinked(match: re.Match[str]) -> str:
    label, address = match["label"], match["scheme"] + match["rest"]
    if label is None:
        return match["rest"] if match["scheme"] in {"mailto:", "tel:"} else address
    return label if label in {match["rest"], address} else match[0]


def _unwrapped(text: str) -> str:
    for fence in ("```", "`", "*", "_", "~"):  # code, and bold, italic or struck through
        inner = text[len(fence) : -len(fence)]
        if text == f"{fence}{inner}{fence}" and fence not in inner:
            return _PROMPT.sub("", inner.strip())
    return _PROMPT.sub("", text)


# --- Words --------------------------------------------------------------------------------------------------------

_PIECE = re.compile(
    r"""
      (?P<space>\s+)
    | '(?P<single>[^']*)'
    | "(?P<double>(?:[^"\\$`]|\\.)*)"
    | \\(?P<escaped>.)
    | \$\((?!\()(?P<dollar>(?:[^'"\\)$`]|'[^']*'|"(?:[^"\\$`]|\\.)*"|\\.)*)\)
    | `(?P<back>[^`]*)`
    | (?P<glob>[*?\[])
    | (?P<plain>[^\s'"\\$`*?\[|&;<>(){}!~\#]+
        |\#(?=\d)  # "#12" is the number of a request
        |!(?==)  # "!=" means nothing to a shell, and something to the filter "label"
        |(?<=freed:)[<>])  # "freed:>1GB" is a comparison
    | (?P<start>[~\#])  # a shell acts on these at the start of a word only
    """,
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_ESCAPED_IN_DOUBLE = re.compile(r'\\([$`"\\])')
_SAFE = re.compile(r"[\w@%+=:,./-]+", re.ASCII)
_ALTERED = re.compile(r"&(?=(?:amp|lt|gt);)|<(?=[@#a-z])|\s(?=-?[\u2013\u2014])")
"""What ``clean`` would take for Slack's, each up to where two quotes can come between."""


def split(text: str) -> tuple[Word | Substitution, ...] | NotUnderstood:
    """Return the words of a cleaned text, or why it cannot be read."""
    pieces = _pieces(text)
    if isinstance(pieces, NotUnderstood):
        return pieces
    groups = groupby(pieces, key=lambda piece: piece.lastgroup == "space")
    return all_or_why(_word(tuple(group)) for is_space, group in groups if not is_space)


def quote(text: str) -> str:
    """Return *text* such that ``clean`` leaves it alone and ``split`` reads it as one word."""
    if _SAFE.fullmatch(text):
        return text
    quoted = text.replace("'", r"'\''")
    return f"'{_ALTERED.sub(lambda match: match[0] + chr(39) * 2, quoted)}'"


def _pieces(text: str) -> list[re.Match[str]] | NotUnderstood:
    pieces: list[re.Match[str]] = []
    position = 0
    while position < len(text):
        piece = _PIECE.match(text, position)
        if piece is None:
            return unreadable(text[position:])
        pieces.append(piece)
        position = piece.end()
    return pieces


def _word(pieces: tuple[re.Match[str], ...]) -> Word | Substitution | NotUnderstood:
    first = pieces[0]
    if any(piece.lastgroup in {"dollar", "back"} for piece in pieces):
        return _substitution(first) if len(pieces) == 1 else attached("".join(piece[0] for piece in pieces))
    if first.lastgroup == "start":
        return not_for_a_shell(first[0])
    return Word(text="".join(map(_text, pieces)), glob=any(piece.lastgroup == "glob" for piece in pieces))


def _text(piece: re.Match[str]) -> str:
    text = piece[piece.lastgroup or 0]
    return _ESCAPED_IN_DOUBLE.sub(r"\1", text) if piece.lastgroup == "double" else text


def _substitution(piece: re.Match[str]) -> Substitution | NotUnderstood:
    words = split(piece[piece.lastgroup or 0])
    if isinstance(words, NotUnderstood):
        return words
    plain = tuple(word for word in words if isinstance(word, Word))
    return Substitution(words=plain, typed=piece[0]) if len(plain) == len(words) else nested(piece[0])
