"""A command as text again: the one way that messages and the record spell it."""

from collections.abc import Iterable
from typing import assert_never

from bot.command import forms
from bot.command.commands import (
    Choose,
    Command,
    Filters,
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
from bot.command.forms import Form, Option
from bot.command.words import quote


def render(command: Command) -> str:
    """Return the text of *command*, which parsed gives *command* again.

    That holds for all that can be typed: one line, without what ``words.clean`` undoes everywhere (typographic quotes,
    invisible characters).
    """
    match command:
        case Remove():
            return _remove(command)
        case Choose():
            return _choose(command)
        case List():
            return _list(command)
        case History(words=words):
            return _text(forms.HISTORY, _operands(words))
        case Show(request=request):
            return _text(forms.SHOW, [str(request)])
        case Why(image=image, host=host):
            return _text(forms.WHY, [*_valued(forms.HOST, host), quote(image)])
        case Withdraw(request=request):
            return _text(forms.CANCEL, [str(request)])
        case Mine():
            return _text(forms.MINE)
        case Pending():
            return _text(forms.PENDING)
        case Hosts():
            return _text(forms.HOSTS)
        case Stats(period=period):
            return _text(forms.STATS, _operands([period] if period else []))
        case Restore():
            return _restore(command)
        case Verify():
            return _text(forms.VERIFY)
        case Help(topic=topic):
            return _text(forms.HELP_FORM, [topic] if topic else [])
        case _:
            assert_never(command)


def operands(command: Remove) -> tuple[str, ...]:
    """Return what *command* is about, each image and each list as it is printed."""
    return tuple(map(printed, command.images))


def _remove(command: Remove) -> str:
    parts = [
        *_switch(forms.FORCE, on=command.force),
        *_switch(forms.NO_PRUNE, on=not command.prune),
        *_switch(forms.DRY_RUN, on=command.dry_run),
        *_switch(forms.BREAK_GLASS, on=command.break_glass),
        *_valued(forms.HOST, command.host),
        *_valued(forms.REASON, command.reason or None),
        *map(printed, command.images),
    ]
    return _text(forms.RM, parts)


def _choose(command: Choose) -> str:
    options = [*_valued(forms.HOST, command.host), *_valued(forms.REASON, command.reason or None)]
    return _text(forms.RM, [*_switch(forms.FORCE, on=command.force), *options])


def _restore(command: Restore) -> str:
    options = [*_switch(forms.DRY_RUN, on=command.dry_run), *_valued(forms.REASON, command.reason or None)]
    return _text(forms.RESTORE, [*options, str(command.request), *map(quote, command.images)])


def printed(image: ImageWord | Selection) -> str:
    """Return one image, or what stands for several, as an operand of ``rm``."""
    if not isinstance(image, Selection):
        return quote(image)
    listed = [*_switch(forms.QUIET, on=True), *_chosen(image.filters, image.pattern, all_images=image.all)]
    return f"$({_text(forms.LS, listed)})"


def _list(command: List) -> str:
    parts = [
        *_switch(forms.QUIET, on=command.quiet),
        *_switch(forms.DIGESTS, on=command.digests),
        *_switch(forms.NO_TRUNC, on=command.no_trunc),
        *_valued(forms.HOST, command.host),
        *_chosen(command.filters, command.pattern, all_images=command.all),
    ]
    return _text(forms.LS, parts)


def _chosen(filters: Filters, pattern: str | None, *, all_images: bool) -> list[str]:
    typed = [part for key, value in filters for part in _valued(forms.FILTER, f"{key}={value}")]
    return [*_switch(forms.ALL, on=all_images), *typed, *_operands([pattern] if pattern else [])]


def _text(form: Form, parts: Iterable[str] = ()) -> str:
    return " ".join([form.word, *parts])


def _switch(option: Option, *, on: bool) -> list[str]:
    return [option.flag] if on else []


def _valued(option: Option, value: str | None) -> list[str]:
    return [] if value is None else [option.flag, quote(value)]


def _operands(words: Iterable[str]) -> list[str]:
    """Return operands, after ``--`` where one of them looks like an option."""
    quoted = [quote(word) for word in words]
    return ["--", *quoted] if any(word.startswith(("-", "'-")) for word in quoted) else quoted
