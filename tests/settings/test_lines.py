"""Where in a TOML text a value stands: told for anything that TOML lets one write."""

import tomllib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.settings.lines import Place, lines

EVERYTHING = '''# a comment = 1
title = "a = b"

[slack] # [not]
approvals_channel = "C0"
"quoted = key" = 1
'single' = 2
a.b.c = 3
[hosts."web.3"]
url = """
[[rules]]
name = "no rule"
"""
  [[rules]]
  name = \'\'\'x
= y\'\'\'
  approvers = [
    "S0A", # ]
    "S0B",
  ]
  escalate = { after = "1h", to = ["S0C"] }
[[rules]]
name = "second"
[rules.escalate]
after = "1h"
[[rules.deep]]
x = 1
[[rules.deep]]
x = 2
'''


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (("title",), 2),
        (("slack",), 4),
        (("slack", "approvals_channel"), 5),
        (("slack", "quoted = key"), 6),
        (("slack", "single"), 7),
        (("slack", "a", "b", "c"), 8),
        (("slack", "missing"), 4),
        (("hosts", "web.3"), 9),
        (("hosts", "web.3", "url"), 10),
        (("rules", 0), 14),
        (("rules", 0, "name"), 15),
        (("rules", 0, "approvers", 1), 17),
        (("rules", 0, "escalate", "to", 0), 21),
        (("rules", 1), 22),
        (("rules", 1, "name"), 23),
        (("rules", 1, "escalate", "after"), 25),
        (("rules", 1, "deep", 0, "x"), 27),
        (("rules", 1, "deep", 1, "x"), 29),
        (("nowhere",), 1),
    ],
)
def test_the_line_of_a_place(place: Place, line: int) -> None:
    """Of a key, of an element that has no line of its own, and of what is missing: of what is around it."""
    assert lines(EVERYTHING).of(place) == line


def places(value: object, at: Place = ()) -> Iterator[Place]:
    """Yield the place of every value in a parsed text."""
    if at:
        yield at
    match value:
        case dict():
            for key, inner in value.items():
                yield from places(inner, (*at, key))
        case list():
            for number, inner in enumerate(value):
                yield from places(inner, (*at, number))


def test_everything_that_tomllib_reads_has_a_line() -> None:
    """No table and no key is left out, and none is made up."""
    known = set(lines(EVERYTHING).known)
    read = set(places(tomllib.loads(EVERYTHING)))
    assert known <= read | {place[:-1] for place in read}
    assert {place for place in read if isinstance(place[-1], str) and "escalate" not in place} <= known


KEYS = st.sampled_from(["a", "b", '"c = d"', "e.f", "'g'"])
VALUES = st.sampled_from(["1", '"x = [y]"', "[1,\n 2]", '"""\n[z]\nq = 1\n"""', "{i = 1}"])


@given(st.lists(st.tuples(KEYS, VALUES), unique_by=lambda pair: pair[0], max_size=5))
def test_each_key_is_found_on_its_line(pairs: list[tuple[str, str]]) -> None:
    """Whatever stands before it."""
    expected: dict[Place, int] = {}
    text, number = "[[t]]\n", 2
    for key, value in pairs:
        expected[("t", 0, *key.strip("\"'").split("."))] = number
        text += f"{key} = {value}\n"
        number += value.count("\n") + 1
    found = lines(text)
    assert {place: found.of(place) for place in expected} == expected
