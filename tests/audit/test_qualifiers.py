"""What the words of ``history`` ask for."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.audit.qualifiers import EXAMPLES, query_of, said_by
from bot.audit.query import Condition, Freed, Is, Key, Not, Query, Since, Than, Until
from bot.command.forms import HISTORY, QUALIFIERS
from bot.command.grammar import History, parse
from bot.command.refusal import NotUnderstood

NOW = datetime(2026, 3, 10, 14, 30, tzinfo=UTC)


def one(word: str) -> Condition:
    """Return the only condition of a query."""
    query = query_of([word], NOW)
    assert isinstance(query, Query), query
    assert not query.words
    (condition,) = query.conditions
    return condition


@pytest.mark.parametrize(
    ("word", "condition"),
    [
        ("who:U012ABC", Is(key=Key.WHO, text="U012ABC")),
        ("who:@U012ABC", Is(key=Key.WHO, text="U012ABC")),
        ("WHO:u012abc", Is(key=Key.WHO, text="U012ABC")),
        ("approver:W1", Is(key=Key.APPROVER, text="W1")),
        ("host:web-3", Is(key=Key.HOST, text="web-3")),
        ("image:redis", Is(key=Key.IMAGE, text="redis")),
        ("image:docker.io/library/redis:7", Is(key=Key.IMAGE, text="redis:7")),
        ("image:localhost:5000/a/b", Is(key=Key.IMAGE, text="localhost:5000/a/b")),
        ("tag:7.2-RC", Is(key=Key.TAG, text="7.2-RC")),
        ("id:sha256:9F86", Is(key=Key.ID, text="9f86")),
        ("digest:redis@sha256:9f86", Is(key=Key.DIGEST, text="9f86")),
        ("layer:" + "a" * 64, Is(key=Key.LAYER, text="a" * 64)),
        ("status:Finished", Is(key=Key.STATUS, text="finished")),
        ("reason:OPS-1: disk", Is(key=Key.REASON, text="OPS-1: disk")),
        ("via:external", Is(key=Key.VIA, text="external")),
        ("freed:1GB", Freed(than=Than.AT_LEAST, bytes=10**9)),
        ("freed:>1.5GB", Freed(than=Than.MORE, bytes=1_500_000_000)),
        ("freed:<=10", Freed(than=Than.AT_MOST, bytes=10)),
        ("freed:<2MiB", Freed(than=Than.LESS, bytes=2 * 2**20)),
        ("freed:>=3k", Freed(than=Than.AT_LEAST, bytes=3000)),
        ("since:7d", Since(at=NOW - timedelta(days=7))),
        ("since:90m", Since(at=NOW - timedelta(minutes=90))),
        ("since:yesterday", Since(at=datetime(2026, 3, 9, tzinfo=UTC))),
        ("until:yesterday", Until(at=datetime(2026, 3, 10, tzinfo=UTC))),
        ("since:2026-03-01", Since(at=datetime(2026, 3, 1, tzinfo=UTC))),
        ("until:2026-03-01", Until(at=datetime(2026, 3, 2, tzinfo=UTC))),
        ("until:2026-03-01T10:00", Until(at=datetime(2026, 3, 1, 10, tzinfo=UTC))),
        ("until:2026-03-01T10:00+02:00", Until(at=datetime(2026, 3, 1, 8, tzinfo=UTC))),
        ("until:2d", Until(at=NOW - timedelta(days=2))),
        ("-host:web-3", Not(of=Is(key=Key.HOST, text="web-3"))),
    ],
)
def test_qualifiers(word: str, condition: Condition) -> None:
    """Each value is read into the form that the record has."""
    assert one(word) == condition


@pytest.mark.parametrize("word", ["redis", "redis:7", "ghcr.io:5000/x", "#12", "sha256:ab", "-", "a:b", ":", "vis:1"])
def test_bare_words(word: str) -> None:
    """A name with a tag is no qualifier, nor is anything that is not like one."""
    assert query_of([word], NOW) == Query(words=(word,))


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("hots:web", "host"),
        ("aprover:U1", "approver"),
        ("-stauts:x", "status"),
        ("by:U1", "who"),
        ("layers:a", "layer"),
    ],
)
def test_slips_are_answered_with_the_closest(word: str, meant: str) -> None:
    """What is nearly a qualifier is taken for one, and named."""
    refusal = query_of(["redis", word], NOW)
    assert isinstance(refusal, NotUnderstood)
    assert f"Did you mean `{meant}:`?" in refusal.message


@pytest.mark.parametrize(
    "word",
    [
        "who:dana",
        "image:UPPER",
        "id:xyz",
        "id:" + "a" * 65,
        "status:done",
        "via:ssh",
        "freed:much",
        "freed:>",
        "since:soon",
        "since:999999w",
        "until:2026-02-30",
        "host:",
    ],
)
def test_values_that_cannot_be_read(word: str) -> None:
    """What is wrong is quoted, with an example of that qualifier."""
    refusal = query_of([word], NOW)
    assert isinstance(refusal, NotUnderstood)
    key = Key(word.partition(":")[0])
    assert refusal.hint == f"For example: {EXAMPLES[key]}"


@pytest.mark.parametrize(("word", "meant"), [("status:pendng", "status:pending"), ("-via:extrnal", "via:external")])
def test_values_that_are_nearly_words(word: str, meant: str) -> None:
    """The closest one is named."""
    refusal = query_of([word], NOW)
    assert isinstance(refusal, NotUnderstood)
    assert refusal.message.endswith(f"Did you mean `{meant}`?")


def test_me_is_whoever_asks() -> None:
    """Of the qualifiers that are about people, and of no other word."""
    words = ("who:me", "-WHO:@me", "approver:me", "me", "host:me", "who:mel")
    expected = ("who:U0DANA", "-WHO:U0DANA", "approver:U0DANA", "me", "host:me", "who:mel")
    assert said_by("U0DANA", words) == expected


def test_every_qualifier_is_explained() -> None:
    """The help knows the same qualifiers, in the same order, and each has an example that is read as it."""
    assert [name.rstrip(":") for name in QUALIFIERS] == [*Key, "-"]
    for key, example in EXAMPLES.items():
        typed = example.replace("@dana", "@U0DANA").replace("@olga", "@U0OLGA")
        condition = one(typed)
        match condition:
            case Is(key=read):
                assert read is key
            case _:
                assert key in {Key.FREED, Key.SINCE, Key.UNTIL}


def test_the_examples_of_help_find_something_to_ask() -> None:
    """Each example of ``/img help history`` is a query, as Slack delivers it."""
    for example in HISTORY.examples:
        delivered = example.typed.replace(">", "&gt;").replace("@dana", "<@U0DANA|dana>")
        command = parse(delivered)
        assert isinstance(command, History)
        assert isinstance(query_of(said_by("U0DANA", command.words), NOW), Query)


@given(st.lists(st.text(max_size=12) | st.tuples(st.sampled_from([*EXAMPLES]), st.text(max_size=8)).map(":".join)))
def test_nothing_typed_raises(words: list[str]) -> None:
    """Whatever is typed is a query or a sentence, and no word is lost."""
    query = query_of(words, NOW)
    if isinstance(query, Query):
        assert len(query.words) + len(query.conditions) == len([word for word in words if word])


@given(st.integers(0, 10**6), st.sampled_from(["", "k", "M", "G", "T"]), st.sampled_from([">", ">=", "<", "<="]))
def test_sizes(number: int, unit: str, than: str) -> None:
    """Units are powers of 1000, with and without a B, in either case."""
    expected = Freed(than=Than(than), bytes=number * 1000 ** " kMGT".index(unit or " "))
    for text in (f"{number}{unit}", f"{number}{unit}B", f"{number}.0{unit.lower()}b"):
        assert one(f"freed:{than}{text}") == expected
