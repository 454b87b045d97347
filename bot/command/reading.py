"""Which command the words begin with, and the words after it told apart into options with their values and operands.

As Docker's own command line does it (github.com/spf13/pflag, ``flag.go``, parseLongArg and parseSingleShortArg):
options in any order, ``--`` ends them, ``-qa`` is ``-q -a``, a value stands in the same word or in the next.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from bot.command.forms import FORMS, HELP, SPELLINGS, Form, Option
from bot.command.refusal import COMMAND, NotUnderstood, code
from bot.command.words import Substitution, Word

_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})  # Go, strconv.ParseBool
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})


_LONGEST = max(map(len, SPELLINGS))
_PREFIXES = frozenset({"docker", "image"})
_SYNONYMS = {"remove": "rm", "delete": "rm", "del": "rm", "list": "ls", "log": "history", "withdraw": "cancel"}
_NO_PRUNING = f"I prune nothing wholesale. For images without a name: {COMMAND} rm $(ls -q -f dangling=true)"
_ELSEWHERE = {
    ("docker", "rm"): f"I remove images, never containers. For an image: {COMMAND} rm IMAGE",
    ("docker", "container"): "I never touch containers, only images.",
    ("docker", "system", "prune"): _NO_PRUNING,
    ("docker", "image", "prune"): _NO_PRUNING,
    ("image", "prune"): _NO_PRUNING,
}
_SPELLED = tuple(spelling for form in FORMS for spelling in form.spellings)
KNOWN = f"I know {', '.join(form.word for form in FORMS)}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An option that was typed: its value, or whether a switch is on."""

    option: Option
    value: str = ""
    on: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Arguments:
    """Operands and options in the order they were typed."""

    form: Form
    operands: tuple[Word | Substitution, ...]
    given: tuple[Given, ...]

    def on(self, option: Option) -> bool:
        """Return whether a switch is on; the last one typed counts."""
        return next((given.on for given in reversed(self.given) if given.option is option), False)

    def value(self, option: Option) -> str | None:
        """Return the value of an option, the last one typed; None where it was not."""
        return next((given.value for given in reversed(self.given) if given.option is option), None)

    def values(self, option: Option) -> tuple[str, ...]:
        """Return every value of an option."""
        return tuple(given.value for given in self.given if given.option is option)


def closest(word: str, known: Sequence[str], likeness: float = 0.6) -> str | None:
    """Return the one of *known* that *word* was most likely meant to be, alike by at least *likeness* of 1."""
    return next(iter(get_close_matches(word[:40], known, n=1, cutoff=likeness)), None)


def recognise(words: tuple[Word | Substitution, ...]) -> tuple[Form, tuple[Word | Substitution, ...]] | NotUnderstood:
    """Return the command that *words* begin with, by its longest spelling, and the words after it."""
    typed: list[str] = []
    for word in words[:_LONGEST]:
        if isinstance(word, Substitution):
            break
        typed.append(word.text.lower())  # telephones begin a line with a capital
    for count in range(len(typed), 0, -1):
        if form := SPELLINGS.get(tuple(typed[:count])):
            return form, words[count:]
    return _no_command(words[0], typed)


def _no_command(first: Word | Substitution, typed: list[str]) -> NotUnderstood:
    if isinstance(first, Substitution):
        return NotUnderstood(
            message=f"Say what to do with {code(first.typed)}.", hint=f"For example: {COMMAND} rm {first.typed}"
        )
    for count in range(len(typed), 0, -1):
        if elsewhere := _ELSEWHERE.get(tuple(typed[:count])):
            return NotUnderstood(message=elsewhere)
    shown = " ".join(typed[:2]) if typed[0] in _PREFIXES else first.text
    meant = _meant(typed)
    question = f" Did you mean {code(meant)}?" if meant else ""
    return NotUnderstood(message=f"I don't know {code(shown)}.{question}", hint=KNOWN)


def _meant(typed: list[str]) -> str | None:
    if typed[0] not in _PREFIXES:
        return _SYNONYMS.get(typed[0]) or closest(typed[0], _SPELLED)
    wholes = (closest(" ".join(typed[:count]), _SPELLED, likeness=0.85) for count in (3, 2))
    return next(filter(None, wholes), None)


def read(form: Form, words: Sequence[Word | Substitution]) -> Arguments | NotUnderstood:
    """Tell the words after the command's own apart."""
    left = deque(words)
    operands: list[Word | Substitution] = []
    given: list[Given] = []
    while left:
        word = left.popleft()
        if isinstance(word, Substitution) or not _is_option(form, word):
            operands.append(word)
        elif word.text == "--":
            operands += left
            break
        else:
            found = _long(form, word, left) if word.text.startswith("--") else _short(form, word, left)
            if isinstance(found, NotUnderstood):
                return found
            given += found
    return Arguments(form=form, operands=tuple(operands), given=tuple(given))


def _is_option(form: Form, word: Word) -> bool:
    return word.text.startswith("--") or (word.text.startswith("-") and len(word.text) > 1 and not form.dashes)


def _long(form: Form, word: Word, left: deque[Word | Substitution]) -> tuple[Given, ...] | NotUnderstood:
    name, equals, value = word.text.removeprefix("--").partition("=")
    option = next((option for option in (*form.options, HELP) if name in option.long), None)
    if option is None:
        return _unknown(form, f"--{name}")
    inline = Word(text=value, glob=word.glob) if equals else None
    given = _valued(option, f"--{name}", inline, left) if option.value else _switch(option, f"--{name}", inline)
    return given if isinstance(given, NotUnderstood) else (given,)


def _short(form: Form, word: Word, left: deque[Word | Substitution]) -> tuple[Given, ...] | NotUnderstood:
    letters = word.text[1:]
    result: list[Given] = []
    while letters:
        flag, rest = f"-{letters[0]}", letters[1:]
        option = next((option for option in (*form.options, HELP) if option.short == letters[0]), None)
        if option is None:
            return _unknown(form, flag)
        if option.value or (rest.startswith("=") and len(rest) > 1):
            inline = Word(text=rest.removeprefix("="), glob=word.glob) if rest else None
            last = _valued(option, flag, inline, left) if option.value else _switch(option, flag, inline)
            return last if isinstance(last, NotUnderstood) else (*result, last)
        result.append(Given(option=option))
        letters = rest
    return tuple(result)


def _switch(option: Option, flag: str, inline: Word | None) -> Given | NotUnderstood:
    if option.unsupported:
        return NotUnderstood(message=option.unsupported)
    if inline is None or inline.text in _TRUE:
        return Given(option=option)
    if inline.text in _FALSE:
        return Given(option=option, on=False)
    return NotUnderstood(
        message=f"{code(flag)} is on or off: it takes true, false or nothing, not {code(inline.text)}."
    )


def _valued(option: Option, flag: str, inline: Word | None, left: deque[Word | Substitution]) -> Given | NotUnderstood:
    if option.unsupported:
        return NotUnderstood(message=option.unsupported)
    word = inline if inline is not None else (left.popleft() if left else None)
    such = f"For example: {option.flag} {option.example}"
    if word is None or (isinstance(word, Word) and not word.text.strip() and not option.blank):
        return NotUnderstood(message=f"{code(flag)} needs a value: {option.value}.", hint=such)
    if isinstance(word, Substitution):
        return NotUnderstood(
            message=f"{code(word.typed)} stands for images, and {code(flag)} takes {option.value}.", hint=such
        )
    if word.glob and not option.pattern:
        return NotUnderstood(
            message=f"{code(word.text)} is a pattern, and {code(flag)} takes none.",
            hint="If it is meant as it stands, put it in single quotes.",
        )
    return Given(option=option, value=word.text)


def _unknown(form: Form, flag: str) -> NotUnderstood:
    options = [option for option in form.options if not option.unsupported]
    meant = closest(flag, [f"--{name}" for option in options for name in option.long])
    question = f" Did you mean {code(meant)}?" if meant else ""
    known = ", ".join(option.spelled for option in options)
    return NotUnderstood(
        message=f"I don't know {code(flag)}.{question}",
        hint=f"{form.word} knows {known}." if known else f"{form.word} has no options.",
    )
