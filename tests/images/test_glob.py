"""Globs, held to Go's own table (``src/path/match_test.go``) and to Docker's (``normalize_test.go``, TestMatch)."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.images.glob import BadPattern, Glob, compiled

GO = [
    ("abc", "abc", True),
    ("*", "abc", True),
    ("*c", "abc", True),
    ("a*", "a", True),
    ("a*", "abc", True),
    ("a*", "ab/c", False),
    ("a*/b", "abc/b", True),
    ("a*/b", "a/c/b", False),
    ("a*b*c*d*e*/f", "axbxcxdxe/f", True),
    ("a*b*c*d*e*/f", "axbxcxdxexxx/f", True),
    ("a*b*c*d*e*/f", "axbxcxdxe/xxx/f", False),
    ("a*b*c*d*e*/f", "axbxcxdxexxx/fff", False),
    ("a*b?c*x", "abxbbxdbxebxczzx", True),
    ("a*b?c*x", "abxbbxdbxebxczzy", False),
    ("ab[c]", "abc", True),
    ("ab[b-d]", "abc", True),
    ("ab[e-g]", "abc", False),
    ("ab[^c]", "abc", False),
    ("ab[^b-d]", "abc", False),
    ("ab[^e-g]", "abc", True),
    ("a\\*b", "a*b", True),
    ("a\\*b", "ab", False),
    ("a?b", "a☺b", True),
    ("a[^a]b", "a☺b", True),
    ("a???b", "a☺b", False),
    ("a[^a][^a][^a]b", "a☺b", False),
    ("[a-ζ]*", "\u03b1", True),
    ("*[a-ζ]", "A", False),
    ("a?b", "a/b", False),
    ("a*b", "a/b", False),
    ("[\\]a]", "]", True),
    ("[\\-]", "-", True),
    ("[x\\-]", "x", True),
    ("[x\\-]", "-", True),
    ("[x\\-]", "z", False),
    ("[\\-x]", "x", True),
    ("[\\-x]", "-", True),
    ("[\\-x]", "a", False),
    ("*x", "xxx", True),
    ("", "", True),
    ("", "a", False),
    ("foo/**/ba[rz]", "foo", False),
    ("foo/**/ba[rz]", "foo/any/bat", False),
    ("foo/**/ba[rz]", "foo/a/bar", True),
    ("*/foo/c/baz", "example.com/foo/c/baz", True),
    ("a[^b]c", "a/c", True),  # only the star and the question mark stop at a slash
    ("*[^x]*b", "a/b", False),  # and no star that was passed is tried again
    ("[b-a]", "a", False),
    ("[^b-a]", "a", True),
    ("[!a]", "!", True),
    ("r{7,8}", "r{7,8}", True),
    ("[*]", "*", True),
]


@pytest.mark.parametrize(("pattern", "name", "matches"), GO)
def test_a_pattern_matches_what_it_matches_in_go(pattern: str, name: str, matches: bool) -> None:  # noqa: FBT001
    """The whole name or nothing."""
    glob = compiled(pattern)
    assert isinstance(glob, Glob)
    assert glob.matches(name) is matches


@pytest.mark.parametrize(
    "pattern",
    [
        "[]a]",
        "[-]",
        "[x-]",
        "[-x]",
        "\\",
        "a\\",
        "[a-b-c]",
        "[",
        "[^",
        "[^bc",
        "a[",
        "a/b[",
        "*[",
        "[]",
        "[a",
        "[a-",
        "[\\",
    ],
)
def test_a_pattern_that_makes_no_sense_is_refused(pattern: str) -> None:
    """In the words that Docker has from Go."""
    assert compiled(pattern) == BadPattern(message="syntax error in pattern")


@given(st.text(alphabet="ab/*?.", max_size=12), st.text(alphabet="ab/.", max_size=12))
@example("a*b*c", "a/b/c")
def test_stars_and_question_marks_are_those_of_a_regular_expression(pattern: str, name: str) -> None:
    """Without classes a pattern is the regular expression in which neither matches a slash."""
    glob = compiled(pattern)
    assert isinstance(glob, Glob)
    translated = "".join({"*": "[^/]*", "?": "[^/]"}.get(char, re.escape(char)) for char in pattern)
    assert glob.matches(name) is bool(re.fullmatch(translated, name))


@given(st.text(alphabet="ab[]^-\\*?/", max_size=14), st.text(alphabet="ab]^-/", max_size=10))
@example("*" * 30 + "b", "a" * 200)
@example("*a" * 30 + "b", "a" * 200)
def test_no_pattern_fails_or_takes_long(pattern: str, name: str) -> None:
    """Any text is a pattern or is refused; a star never starts over from an earlier one."""
    glob = compiled(pattern)
    assert isinstance(glob, BadPattern) or glob.matches(name) in {True, False}
