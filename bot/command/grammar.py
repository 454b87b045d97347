"""What a text means: the commands that there are, and nothing else.

No text is ever given to a shell, and no word of it reaches a daemon unless it is an ID or a reference.
"""

from itertools import pairwise

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
from bot.command.meaning import BUILD
from bot.command.printing import render
from bot.command.reading import read, recognise
from bot.command.refusal import NotUnderstood
from bot.command.words import LIMIT, Substitution, Word, clean, split

__all__ = [
    "Choose",
    "Command",
    "Filters",
    "Help",
    "History",
    "Hosts",
    "ImageWord",
    "List",
    "Mine",
    "NotUnderstood",
    "Pending",
    "Remove",
    "Restore",
    "Selection",
    "Show",
    "Stats",
    "Verify",
    "Why",
    "Withdraw",
    "parse",
    "render",
]

_TOO_LONG = NotUnderstood(message=f"That is too long: I read {LIMIT} characters.", hint="Send it in several commands.")


def parse(text: str) -> Command | NotUnderstood:
    """Return what *text* asks for, as Slack delivered it after ``/img``, or why it asks for nothing."""
    if len(text) > LIMIT:
        return _TOO_LONG
    if _begins_again(text):
        return NotUnderstood(message="That is more than one command.", hint="Send one command at a time, on one line.")
    words = split(clean(text))
    command = words if isinstance(words, NotUnderstood) else _command(words)
    if isinstance(command, NotUnderstood) or len(render(command)) <= LIMIT:
        return command
    return _TOO_LONG


def _begins_again(text: str) -> bool:
    """Return whether a line after the first begins with a command: read on, its words would be names of images."""
    lines = [line for line in text.splitlines() if line.strip(" `")]
    return any(
        not before.endswith("\\") and any(_begins_with(line, spelling) for spelling in forms.SPELLINGS)
        for before, line in pairwise(lines)
    )


def _begins_with(line: str, spelling: tuple[str, ...]) -> bool:
    words = line.lower().removeprefix("/img ").split(maxsplit=len(spelling))
    return tuple(words[: len(spelling)]) == spelling


def _command(words: tuple[Word | Substitution, ...]) -> Command | NotUnderstood:
    if not words:
        return Help()
    found = recognise(words)
    if isinstance(found, NotUnderstood):
        return found
    form, rest = found
    arguments = read(form, rest)
    if isinstance(arguments, NotUnderstood):
        return arguments
    return Help(topic=form.word) if arguments.on(forms.HELP) else BUILD[form.word](arguments)
