"""The pure packages read no clock and know no randomness: what they need of either is given to them."""

import ast
from pathlib import Path

import pytest

BOT = Path(__file__).parent.parent / "bot"
PURE = [path for package in ("images", "command", "approval", "audit") for path in (BOT / package).rglob("*.py")]
CLOCKS = {"now", "utcnow", "today", "monotonic", "urandom", "token_urlsafe", "uuid4"}


@pytest.mark.parametrize("path", PURE, ids=lambda path: str(path.relative_to(BOT)))
def test_no_clock_is_read(path: Path) -> None:
    """No call of a method that reads a clock or draws at random (import contracts keep the modules out)."""
    calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    assert not CLOCKS & {func.attr for func in calls if isinstance(func, ast.Attribute)}


def test_there_is_something_to_look_at() -> None:
    """The packages are where this test looks for them."""
    assert len(PURE) > 20
