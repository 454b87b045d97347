"""Help says what the grammar does."""

import pytest

from bot.command.forms import FORMS, Form
from bot.command.grammar import NotUnderstood, parse, render
from bot.command.help import HelpText, help_text
from bot.command.meaning import BUILD

NAMES = [form.word for form in FORMS]


def lines(text: HelpText, title: str) -> list[str]:
    """Return what can be typed by one section of *text*."""
    return [line.typed for section in text.sections if section.title == title for line in section.lines]


def test_every_form_has_a_meaning() -> None:
    """The tables and what is made of them name the same commands."""
    assert sorted(BUILD) == sorted(NAMES)


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_examples_can_be_typed(form: Form) -> None:
    """Each example is understood, and as the command that it is an example of."""
    for typed in (example.typed for example in form.examples):
        command = parse(typed)
        assert not isinstance(command, NotUnderstood), typed
        assert render(command).split()[0] == form.word


@pytest.mark.parametrize("form", FORMS, ids=NAMES)
def test_help_on_a_command_names_all_of_it(form: Form) -> None:
    """Help on a command has its usage, its examples first, every option that works, and every spelling."""
    text = help_text(form.word)
    assert text.usage == f"/img {form.usage}"
    assert [line.typed for line in text.examples] == [f"/img {example.typed}" for example in form.examples]
    assert lines(text, "Options") == [option.spelled for option in form.options if not option.unsupported]
    assert lines(text, "Also typed as") == list(form.spellings[1:])
    assert all(line.says for section in text.sections for line in section.lines)


def test_help_on_rm() -> None:
    """What a person reads of rm."""
    text = help_text("rm")
    assert text.usage == "/img rm [OPTION…] [IMAGE…]"
    assert lines(text, "Options") == [
        "-f, --force",
        "--no-prune",
        "-H, --host HOST",
        "-m, --reason, --because TEXT",
        "--dry-run",
        "--break-glass",
    ]


def test_help_on_everything_begins_with_three_examples() -> None:
    """Without a topic, and for a topic that there is not, help is on everything that works."""
    text = help_text(None)
    assert [line.typed for line in text.examples] == ["/img rm redis:7.2", "/img ls redis", "/img history"]
    assert lines(text, "Commands") == [form.usage for form in FORMS]
    assert help_text("nothing") == text


def test_filters_are_explained_where_they_are_taken() -> None:
    """Help on ls lists the filters, and each can be typed."""
    filters = lines(help_text("ls"), "Filters")
    assert filters == ["reference", "dangling", "label", "label!", "before", "since", "until"]
    for key in filters:
        assert not isinstance(parse(f"ls -f {key}=true"), NotUnderstood)
    assert not lines(help_text("rm"), "Filters")
