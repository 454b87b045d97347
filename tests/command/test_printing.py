"""A command printed and parsed again is the same command; and no text makes the grammar fail or let through more."""

from typing import assert_never

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.command.forms import FILTERS, FORMS, PERIODS
from bot.command.grammar import (
    Choose,
    Command,
    Help,
    History,
    Hosts,
    ImageWord,
    List,
    Mine,
    NotUnderstood,
    Pending,
    Remove,
    Restore,
    Selection,
    Show,
    Stats,
    Verify,
    Why,
    Withdraw,
    parse,
    render,
)
from bot.command.words import LIMIT
from bot.images.ids import full_id, partial_id
from bot.images.reference import Reference
from bot.images.reference import parse as parse_reference

EXAMPLES = settings(max_examples=200, deadline=None)

PIECES = [
    *(spelling for form in FORMS for spelling in form.spellings),
    *(f"--{name}" for form in FORMS for option in form.options for name in option.long),
    *(f"-{option.short}" for form in FORMS for option in form.options if option.short),
    *"|&;<>(){}$`\"'\\*?[]~#!=,@:/.- \t\n",
    *"\u2018\u2019\u201c\u201d\u2013\u2014\u00a0\u200b\u202e\x00",
    *("$(ls -q ", "$(", "${", "$((", "&amp;", "&lt;", "&gt;", "&&", "<http://x|x>", "<@U012|a>", "<#C012|a>", "```"),
    *("redis", "nginx:1.27", "9f86d0818a1c", "ci/*", "dangling=true", "web-3", "1042", "../containers/x", "sha256:"),
]
TEXTS = st.one_of(
    st.text(max_size=5000),
    st.lists(st.sampled_from(PIECES), max_size=40).map(" ".join),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=8)), max_size=60).map("".join),
    st.lists(st.sampled_from(PIECES), max_size=12).map(lambda pieces: " ".join(["rm", "redis", *pieces])),
)

WORDS = st.one_of(
    st.text(
        st.characters(
            exclude_categories=["C", "Z"],
            exclude_characters="\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f\u2010\u2011\u2212",
            include_characters=" ",
        ),
        min_size=1,
        max_size=30,
    ),
    st.lists(
        st.sampled_from(
            [*"|&;<>(){}$`\"'\\*?[]~#!=-a ", "\u2013", "\u2014", "&amp;", "<http://x|x>", "<@U012|a>", "--"]
        ),
        min_size=1,
        max_size=12,
    ).map("".join),
)
TRIMMED = WORDS.map(str.strip).filter(bool)
IMAGES = st.sampled_from(
    ["redis", "redis:7.2", "ghcr.io/org/app:1.2", "localhost:5000/x", "9f86d0818a1c", "redis@sha256:" + "a" * 64]
).map(ImageWord)
FILTER_VALUES = st.one_of(
    st.tuples(st.sampled_from([key for key in FILTERS if key != "dangling"]), TRIMMED),
    st.tuples(st.just("dangling"), st.sampled_from(["true", "false", "1", "0"])),
)
FILTER_LISTS = st.lists(FILTER_VALUES, max_size=3).map(tuple)
HOSTS = st.none() | TRIMMED
NUMBERS = st.integers(min_value=1, max_value=10**18 - 1)
SELECTIONS = st.builds(Selection, pattern=st.none() | WORDS, filters=FILTER_LISTS, all=st.booleans())
COMMANDS: st.SearchStrategy[Command] = st.one_of(
    st.builds(
        Remove,
        images=st.lists(IMAGES | SELECTIONS, min_size=1, max_size=4).map(tuple),
        force=st.booleans(),
        prune=st.booleans(),
        host=HOSTS,
        reason=st.just("") | WORDS,
        dry_run=st.booleans(),
    ),
    st.builds(
        List,
        pattern=st.none() | WORDS,
        filters=FILTER_LISTS,
        all=st.booleans(),
        quiet=st.booleans(),
        digests=st.booleans(),
        no_trunc=st.booleans(),
        host=HOSTS,
    ),
    st.builds(History, words=st.lists(WORDS.filter(lambda word: "@" not in word), max_size=4).map(tuple)),
    st.builds(Show, request=NUMBERS),
    st.builds(Why, image=IMAGES, host=HOSTS),
    st.builds(Withdraw, request=NUMBERS),
    st.builds(Choose, force=st.booleans(), host=HOSTS, reason=st.just("") | WORDS),
    st.builds(Mine),
    st.builds(Pending),
    st.builds(Hosts),
    st.builds(Stats, period=st.none() | st.sampled_from([*PERIODS])),
    st.builds(
        Restore,
        request=NUMBERS,
        images=st.lists(IMAGES, max_size=3).map(tuple),
        reason=st.just("") | WORDS,
        dry_run=st.booleans(),
    ),
    st.builds(Verify),
    st.builds(Help, topic=st.none() | st.sampled_from([form.word for form in FORMS])),
)


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("docker rmi --force redis:7 `docker images -q 'ci/*'`", "rm -f redis:7 $(ls -q 'ci/*')"),
        (
            "rm redis --because 'disk full' --host=web-3 --dry-run --no-prune",
            "rm --no-prune --dry-run -H web-3 -m 'disk full' redis",
        ),
        ("rm $(images --quiet --all --filter dangling=true redis)", "rm $(ls -q -a -f dangling=true redis)"),
        ("images -qa --no-trunc --digests ci/*", "ls -q --digests --no-trunc -a 'ci/*'"),
        ("history web redis", "history web redis"),
        ("show #1042", "show 1042"),
        ("", "help"),
        ("help image ls", "help ls"),
    ],
)
def test_one_spelling_is_printed(typed: str, printed: str) -> None:
    """However a command was typed, it is printed in one way."""
    command = parse(typed)
    assert not isinstance(command, NotUnderstood)
    assert render(command) == printed


@EXAMPLES
@given(COMMANDS)
@example(History(words=("#1042", "--x", "-", "-a")))
@example(List(pattern="--"))
@example(List(pattern="'-"))
@example(Remove(images=(ImageWord("redis"),), reason="a &amp; <@U012|x> it's \u2014 \u2014x `y` $(z)"))
@example(Remove(images=(ImageWord("redis"),), reason="\u2014x", host="\u2013f"))
@example(Remove(images=(ImageWord("redis"),), reason="a -\u2013 b -\u2014x \u2013-y \u2013\u2013"))
def test_a_printed_command_is_parsed_back(command: Command) -> None:
    """Printed and parsed again, each command is the same."""
    assert len(render(command)) <= LIMIT
    assert parse(render(command)) == command


@EXAMPLES
@given(TEXTS)
def test_no_text_makes_it_fail(text: str) -> None:
    """Any text is a command or a refusal with a sentence; a command is the same when printed and parsed again."""
    match parse(text):
        case NotUnderstood(message=message):
            assert message
        case command:
            assert parse(render(command)) == command


@EXAMPLES
@given(TEXTS)
@example("rm -H '../x' redis $(ls -q '../containers/x')")
def test_nothing_outside_the_grammar_passes(text: str) -> None:
    """Each image of an accepted command is an ID or a reference that stands in what was typed."""
    command = parse(text)
    if not isinstance(command, NotUnderstood):
        for image in _images(command):
            assert full_id(image) or partial_id(image) or isinstance(parse_reference(image), Reference)
            assert not set(image) & set("|&;<>(){}$`\"'\\*?[]~#! \t\n")


@EXAMPLES
@given(reason=WORDS, host=TRIMMED, pattern=TRIMMED)
def test_values_are_what_was_typed(reason: str, host: str, pattern: str) -> None:
    """In single quotes, a value is to the letter what was typed, once Slack's own marks are out of it."""
    typed = [_single_quoted(value) for value in (reason, host, f"reference={pattern}")]
    parsed = parse(f"rm -m {typed[0]} --host={typed[1]} $(ls -q --filter {typed[2]})")
    assert parsed == Remove(images=(Selection(filters=(("reference", pattern),)),), reason=reason, host=host)


def _single_quoted(value: str) -> str:
    """Quote as a person would, and encode as Slack does; typographic dashes are set apart from the start of words."""
    quoted = value.replace("'", "'\\''").replace("\u2013", "''\u2013").replace("\u2014", "''\u2014")
    return "'" + quoted.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") + "'"


def _images(command: Command) -> tuple[str, ...]:
    match command:
        case Remove(images=images):
            return tuple(image for image in images if not isinstance(image, Selection))
        case Restore(images=images):
            return images
        case Why(image=image):
            return (image,)
        case List() | History() | Show() | Withdraw() | Hosts() | Stats() | Verify() | Help():
            return ()
        case Choose() | Mine() | Pending():
            return ()
        case _:
            assert_never(command)
