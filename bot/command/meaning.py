"""What the options and operands of each command ask for."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.command import forms
from bot.command.commands import (
    Choose,
    Command,
    Help,
    History,
    Hosts,
    ImageWord,
    List,
    Mine,
    Pending,
    Remove,
    Restore,
    Selection,
    Show,
    Stats,
    Verify,
    Why,
    Withdraw,
)
from bot.command.forms import FILTERS, PERIODS, SPELLINGS, Form
from bot.command.naming import image_word
from bot.command.reading import KNOWN, Arguments, closest, read, recognise
from bot.command.refusal import COMMAND, NotUnderstood, all_or_why, code, not_for_a_shell
from bot.command.words import Substitution, Word

_REQUEST = re.compile(r"#?([1-9][0-9]{0,17})", re.ASCII)
_PERSON = re.compile(r"@+([UW][A-Z0-9]{2,})", re.ASCII)


_IN_A_FORM = (forms.FORCE, forms.HOST, forms.REASON)
"""What of ``rm`` can be said in the form as well."""


def _remove(arguments: Arguments) -> Remove | Choose | NotUnderstood:
    if not arguments.operands:
        return _choose(arguments)
    images: tuple[ImageWord | Selection, ...] | NotUnderstood = all_or_why(
        _image(operand) for operand in arguments.operands
    )
    if isinstance(images, NotUnderstood):
        return images
    return Remove(
        images=images,
        force=arguments.on(forms.FORCE),
        prune=not arguments.on(forms.NO_PRUNE),
        host=arguments.value(forms.HOST),
        reason=arguments.value(forms.REASON) or "",
        dry_run=arguments.on(forms.DRY_RUN),
        break_glass=arguments.on(forms.BREAK_GLASS),
    )


def _choose(arguments: Arguments) -> Choose | NotUnderstood:
    if any(given.option not in _IN_A_FORM for given in arguments.given):
        return NotUnderstood(
            message=f"{code('rm')} needs at least one image.",
            hint=f"For example: {COMMAND} rm redis:7.2, or {COMMAND} rm $(ls -q redis)",
        )
    return Choose(
        force=arguments.on(forms.FORCE),
        host=arguments.value(forms.HOST),
        reason=arguments.value(forms.REASON) or "",
    )


def _image(operand: Word | Substitution) -> ImageWord | Selection | NotUnderstood:
    return image_word(operand) if isinstance(operand, Word) else _selection(operand)


def _selection(substitution: Substitution) -> Selection | NotUnderstood:
    only = NotUnderstood(
        message=f"Inside $( ) I understand only ls -q, so {code(substitution.typed)} means nothing to me.",
        hint=f"For example: {COMMAND} rm $(ls -q redis). An image is named as it is, without $( ) and backquotes.",
    )
    found = recognise(substitution.words) if substitution.words else only
    if isinstance(found, NotUnderstood) or found[0] is not forms.LS:
        return only
    arguments = read(*found)
    if isinstance(arguments, NotUnderstood):
        return arguments
    if arguments.on(forms.HELP):
        return only
    if not arguments.on(forms.QUIET):
        return NotUnderstood(
            message=f"{code(substitution.typed)} would give a table, and rm needs IDs.", hint="Add -q: $(ls -q …)"
        )
    if arguments.value(forms.HOST) is not None:
        return NotUnderstood(message="-H names the host of the whole command.", hint="Put it before $( ): rm -H …")
    listed = _list(arguments)
    if isinstance(listed, NotUnderstood):
        return listed
    return Selection(pattern=listed.pattern, filters=listed.filters, all=listed.all)


def _list(arguments: Arguments) -> List | NotUnderstood:
    names = _plain(arguments, most=1, patterns=True)
    if isinstance(names, NotUnderstood):
        return names
    filters = all_or_why(map(_filter, arguments.values(forms.FILTER)))
    if isinstance(filters, NotUnderstood):
        return filters
    return List(
        pattern=(names[0] or None) if names else None,  # Docker's ls '' is ls (list.go, matchName)
        filters=filters,
        all=arguments.on(forms.ALL),
        quiet=arguments.on(forms.QUIET),
        digests=arguments.on(forms.DIGESTS),
        no_trunc=arguments.on(forms.NO_TRUNC),
        host=arguments.value(forms.HOST),
    )


def _filter(typed: str) -> tuple[str, str] | NotUnderstood:
    """Split a filter as Docker does: key in lower case, both trimmed (docker/cli, ``opts/opts.go``, FilterOpt.Set)."""
    key, equals, value = typed.partition("=")
    key, value = key.strip().lower(), value.strip()
    known = f"Filters are {', '.join(FILTERS)}."
    if not equals or not value:
        return NotUnderstood(message=f"A filter is KEY=VALUE, and {code(typed)} is not.", hint=known)
    if key not in FILTERS:
        meant = closest(key, tuple(FILTERS))
        question = f" Did you mean {code(meant)}?" if meant else ""
        return NotUnderstood(message=f"I don't know the filter {code(key)}.{question}", hint=known)
    if key == "dangling" and value not in {"true", "false", "1", "0"}:  # moby, filters.GetBoolOrDefault
        return NotUnderstood(
            message=f"dangling is true or false, not {code(value)}.", hint="For example: -f dangling=true"
        )
    return key, value


def _history(arguments: Arguments) -> History | NotUnderstood:
    words = _plain(arguments)
    if isinstance(words, NotUnderstood):
        return words
    return History(words=tuple(_PERSON.sub(r"\1", word) if _PERSON.fullmatch(word) else word for word in words if word))


def _why(arguments: Arguments) -> Why | NotUnderstood:
    match arguments.operands:
        case (Word() as word,):
            image = image_word(word)
            if isinstance(image, NotUnderstood):
                return image
            return Why(image=image, host=arguments.value(forms.HOST))
    return _misused(arguments.form)


def _numbered(make: Callable[[int], Command]) -> Callable[[Arguments], Command | NotUnderstood]:
    def build(arguments: Arguments) -> Command | NotUnderstood:
        match arguments.operands:
            case (Word(text=text),) if number := _REQUEST.fullmatch(text):
                return make(int(number[1]))
            case (Word(text=text),):
                return NotUnderstood(
                    message=f"{code(text)} is not the number of a request.", hint=_example(arguments.form)
                )
        return _misused(arguments.form)

    return build


def _restore(arguments: Arguments) -> Command | NotUnderstood:
    images = all_or_why(map(_image_alone, arguments.operands[1:]))
    if isinstance(images, NotUnderstood):
        return images
    reason, dry_run = arguments.value(forms.REASON) or "", arguments.on(forms.DRY_RUN)
    numbered = _numbered(lambda number: Restore(request=number, images=images, reason=reason, dry_run=dry_run))
    return numbered(replace(arguments, operands=arguments.operands[:1]))


def _image_alone(operand: Word | Substitution) -> ImageWord | NotUnderstood:
    if isinstance(operand, Substitution):
        return NotUnderstood(
            message=f"{code(operand.typed)} lists what is there, and what is to be put back is not.",
            hint=f"Name each image by one of the names that it had: {COMMAND} restore 1042 redis:7.2",
        )
    return image_word(operand)


def _stats(arguments: Arguments) -> Stats | NotUnderstood:
    words = _plain(arguments, most=1)
    if isinstance(words, NotUnderstood):
        return words
    period = words[0].lower() if words else ""
    if period and period not in PERIODS:
        meant = closest(period, tuple(PERIODS))
        question = f" Did you mean {code(meant)}?" if meant else ""
        return NotUnderstood(
            message=f"{code(period)} is no period.{question}", hint=f"Periods are {', '.join(PERIODS)}."
        )
    return Stats(period=period or None)


def _help(arguments: Arguments) -> Help | NotUnderstood:
    words = _plain(arguments)
    if isinstance(words, NotUnderstood):
        return words
    if not words:
        return Help()
    if form := SPELLINGS.get(tuple(word.lower() for word in words)):
        return Help(topic=form.word)
    shown = " ".join(words)
    meant = closest(shown.lower(), tuple(" ".join(spelling) for spelling in SPELLINGS))
    question = f" Did you mean {code(f'help {meant}')}?" if meant else ""
    return NotUnderstood(message=f"There is no help on {code(shown)}.{question}", hint=KNOWN)


def _alone(command: Command) -> Callable[[Arguments], Command | NotUnderstood]:
    return lambda arguments: _misused(arguments.form) if arguments.operands else command


def _plain(arguments: Arguments, *, most: int | None = None, patterns: bool = False) -> tuple[str, ...] | NotUnderstood:
    """Return the operands where all are words, and at most *most*."""
    if most is not None and len(arguments.operands) > most:
        return _misused(arguments.form)
    return all_or_why(_plain_operand(operand, patterns=patterns) for operand in arguments.operands)


def _plain_operand(operand: Word | Substitution, *, patterns: bool) -> str | NotUnderstood:
    if isinstance(operand, Substitution):
        return NotUnderstood(
            message=f"{code(operand.typed)} stands for images, and only rm takes them so.",
            hint=f"For example: {COMMAND} rm {operand.typed}",
        )
    if operand.glob and not patterns:
        return not_for_a_shell(operand.text)
    return operand.text


def _misused(form: Form) -> NotUnderstood:
    return NotUnderstood(message=f"{code(form.word)} goes like this: {code(form.usage)}.", hint=_example(form))


def _example(form: Form) -> str:
    return f"For example: {COMMAND} {form.examples[0].typed if form.examples else form.word}"


BUILD: Mapping[str, Callable[[Arguments], Command | NotUnderstood]] = {
    forms.RM.word: _remove,
    forms.LS.word: _list,
    forms.HISTORY.word: _history,
    forms.SHOW.word: _numbered(lambda number: Show(request=number)),
    forms.WHY.word: _why,
    forms.CANCEL.word: _numbered(lambda number: Withdraw(request=number)),
    forms.MINE.word: _alone(Mine()),
    forms.PENDING.word: _alone(Pending()),
    forms.HOSTS.word: _alone(Hosts()),
    forms.STATS.word: _stats,
    forms.RESTORE.word: _restore,
    forms.VERIFY.word: _alone(Verify()),
    forms.HELP_FORM.word: _help,
}
"""What makes the command of each form, by its word."""
