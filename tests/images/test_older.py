"""Words that daemons of different ages read differently."""

import pytest

from bot.images.older import parse_as
from bot.images.reference import InvalidReference, Reference

LOWERCASE = "invalid reference format: repository name must be lowercase"
FORMAT = "invalid reference format"
LONG = "repository name must not be more than 255 characters"
OLD, NEW, DEBIAN = "20.10.24+dfsg1", "28.5.2", "26.1.5+dfsg1"


@pytest.mark.parametrize(
    ("version", "word", "message"),
    [
        (OLD, "Redis", LOWERCASE),
        (OLD, "Registry/redis", LOWERCASE),
        (OLD, "Registry/re..dis", LOWERCASE),
        (OLD, "[::1]:5000/redis", FORMAT),
        (OLD, "redis:", FORMAT),
        (OLD, "x" * 238, LONG),
        ("25.0.5", "x" * 238, LONG),
        ("26.1.4", "x" * 238, LONG),
        (DEBIAN, "x" * 256, LONG),
        (NEW, "x" * 256, LONG),
        ("25.0.5", "Redis", "invalid reference format: repository name (library/Redis) must be lowercase"),
    ],
)
def test_refused(version: str, word: str, message: str) -> None:
    """In the words of that version."""
    assert parse_as(version, word) == InvalidReference(message=message)


@pytest.mark.parametrize(
    ("version", "word", "repository"),
    [
        (OLD, "Registry.example/redis", "Registry.example/redis"),
        (OLD, "x" * 237, "docker.io/library/" + "x" * 237),
        ("25.0.5", "Registry/redis", "Registry/redis"),
        ("25.0.5", "[::1]:5000/redis", "[::1]:5000/redis"),
        ("27.0.0", "x" * 238, "docker.io/library/" + "x" * 238),
        (DEBIAN, "x" * 238, "docker.io/library/" + "x" * 238),
        ("dev", "Registry/" + "x" * 255, "Registry/" + "x" * 255),
    ],
)
def test_taken(version: str, word: str, repository: str) -> None:
    """As the name that it is to that version; one that tells no number counts as the newest."""
    parsed = parse_as(version, word)
    assert isinstance(parsed, Reference)
    assert parsed.repository == repository


@pytest.mark.parametrize("version", [OLD, NEW])
def test_ids_are_the_same_to_all(version: str) -> None:
    """Whatever else changed."""
    assert parse_as(version, "f" * 64) == "sha256:" + "f" * 64
