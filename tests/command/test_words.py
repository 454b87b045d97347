"""Words are read as a shell reads them, as far as it goes."""

import pytest

from bot.command.refusal import NotUnderstood
from bot.command.words import Substitution, Word, split


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("rm redis", ["rm", "redis"]),
        ("  rm   redis  ", ["rm", "redis"]),
        ("-m 'a b'", ["-m", "a b"]),
        ('-m "a b"', ["-m", "a b"]),
        ("-m a\\ b", ["-m", "a b"]),
        ("-m ''", ["-m", ""]),
        ('-m ""', ["-m", ""]),
        ("re'di's", ["redis"]),
        ('re"di"s', ["redis"]),
        ("--filter='a b'=c", ["--filter=a b=c"]),
        ("'it'\\''s'", ["it's"]),
        ('"it\'s"', ["it's"]),
        (r'"a\"b\\c\$d\`e\f"', ['a"b\\c$d`e\\f']),
        ("'a|b;c&d$e`f'", ["a|b;c&d$e`f"]),
        (r"\;\|\$\`\*", [";|$`*"]),
        ("a~b a#b #1042", ["a~b", "a#b", "#1042"]),
        ("a=b,c@d%e^f]+g", ["a=b,c@d%e^f]+g"]),
        ("caf\u00e9 \u2603", ["caf\u00e9", "\u2603"]),
    ],
)
def test_quotes_and_escapes(text: str, words: list[str]) -> None:
    """Single and double quotes, backslashes, empty words, and words joined of several parts."""
    assert split(text) == tuple(Word(text=word) for word in words)


@pytest.mark.parametrize("text", ["ci/*", "re?is", "redis:[78]", "'ci/'*"])
def test_a_bare_glob_is_marked(text: str) -> None:
    """A glob outside quotes is left to whoever reads the word."""
    assert split(text) == (Word(text=text.replace("'", ""), glob=True),)


@pytest.mark.parametrize("text", ["'ci/*'", '"ci/*"', r"ci/\*"])
def test_a_quoted_glob_is_text(text: str) -> None:
    """A glob in quotes or after a backslash is part of the word."""
    assert split(text) == (Word(text="ci/*"),)


@pytest.mark.parametrize("typed", ["$(ls -q 'a b')", "`ls -q 'a b'`", "$( ls  -q 'a b' )"])
def test_a_substitution_holds_words(typed: str) -> None:
    """``$( )`` and backquotes are read alike, once, and give words."""
    words = (Word(text="ls"), Word(text="-q"), Word(text="a b"))
    assert split(f"rm {typed} x") == (Word(text="rm"), Substitution(words=words, typed=typed), Word(text="x"))


def test_a_bracket_in_quotes_does_not_end_a_substitution() -> None:
    """What is quoted inside ``$( )`` is text there too."""
    typed = "$(ls -q 'a)' \"b)\" c\\))"
    inside = tuple(Word(text=word) for word in ("ls", "-q", "a)", "b)", "c)"))
    assert split(typed) == (Substitution(words=inside, typed=typed),)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("rm 'redis", "A quote is opened and not closed: `'redis`."),
        ('rm "redis', 'A quote is opened and not closed: `"redis`.'),
        ("rm redis\\", "A backslash at the end stands before nothing."),
        ("rm $(ls -q", "I can't read `$(ls -q`: "),
        ("rm `ls -q", "I can't read `\u02bcls -q`: "),
        ("rm $(ls -q $(ls -q))", "I can't read `$(ls -q $(ls -q))`: "),
        ("rm $(ls -q `ls -q`)", "I can't read `$(ls -q \u02bcls -q\u02bc)`: "),
        ("rm `ls -q $(ls -q)`", "I can't read `\u02bcls -q $(ls -q)\u02bc`: "),
        ('rm $(ls -q "$(ls)")', 'I can\'t read `$(ls -q "$(ls)")`: '),
        ("rm a$(ls -q)", "I can't read `a$(ls -q)`: "),
        ("rm $(ls -q)b", "I can't read `$(ls -q)b`: "),
        ("rm $(ls -q)$(ls -q)", "I can't read `$(ls -q)$(ls -q)`: "),
        ('rm "$(ls -q)"', 'Between double quotes I read no "$" and no backquote.'),
        ('rm "$HOME"', 'Between double quotes I read no "$" and no backquote.'),
        ('rm "`ls`"', 'Between double quotes I read no "$" and no backquote.'),
        ("rm <http://evil|ghcr.io/x>", "`<http://evil|ghcr.io/x>` shows one address and leads to another."),
    ],
)
def test_what_cannot_be_read_is_said(text: str, says: str) -> None:
    """What is not closed, nested, attached or ambiguous is refused with the part that it is about."""
    refusal = split(text)
    assert isinstance(refusal, NotUnderstood)
    assert refusal.message.startswith(says)


@pytest.mark.parametrize(
    ("text", "operator"),
    [
        ("rm x;rm -rf /", ";"),
        ("rm x ; ls", ";"),
        ("rm x | sh", "|"),
        ("rm x || ls", "||"),
        ("rm x & ls", "&"),
        ("rm x && ls", "&&"),
        ("rm x > /tmp/y", ">"),
        ("rm x >> /tmp/y", ">>"),
        ("rm x 2>&1", ">"),
        ("rm < /tmp/y", "<"),
        ("rm <(ls)", "<"),
        ("rm << EOF", "<<"),
        ("rm $HOME", "$HOME"),
        ("rm $1", "$1"),
        ("rm $", "$"),
        ("rm $$", "$"),
        ("rm $'x'", "$"),
        ("rm ${HOME}", "${HOME}"),
        ("rm ${HOME", "${HOME"),
        ("rm $((1+1))", "$(("),
        ("rm ~", "~"),
        ("rm ~/x", "~"),
        ("rm {a,b}", "{"),
        ("rm a}", "}"),
        ("rm (x)", "("),
        ("rm x)", ")"),
        ("rm !!", "!"),
        ("rm x!", "!"),
        ("rm x # all of it", "#"),
        ("rm $(ls -q redis | head)", "|"),
        ("rm `ls -q; reboot`", ";"),
    ],
)
def test_whatever_a_shell_would_act_on_is_refused(text: str, operator: str) -> None:
    """Each operator of a shell is named in one sentence, and the next says what is understood."""
    refusal = split(text)
    assert isinstance(refusal, NotUnderstood)
    assert refusal.message == (
        f"I don't run shell commands: `{operator}` means nothing to me. "
        "I understand IMAGE…, $(ls -q NAME), and options such as --force."
    )
    assert refusal.hint
