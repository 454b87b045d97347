"""The manifest asks for exactly what the code needs."""

import ast
from collections.abc import Iterator
from pathlib import Path

from slack_sdk import WebClient

import bot
from bot.slack.scopes import COMMANDS, EVENTS, METHODS, WHY, needed

PACKAGE = Path(bot.__file__).parent
CLIENT = {name for name in vars(WebClient) if not name.startswith("_") and name not in {"api_call", "token", "headers"}}


def _called(tree: ast.AST) -> Iterator[str]:
    """Yield the methods of Slack's client that are named on something called ``client``, or taken from it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in CLIENT:
            held = node.value
            name = held.attr if isinstance(held, ast.Attribute) else held.id if isinstance(held, ast.Name) else ""
            if name.lstrip("_") == "client":
                yield node.attr.replace("_", ".")


def test_every_method_that_is_called_is_in_the_table() -> None:
    """And no other: a scope that nothing needs is one too many."""
    files = [path for path in PACKAGE.rglob("*.py") if "playground" not in path.parts and "dockerd" not in path.parts]
    called = {method for path in files for method in _called(ast.parse(path.read_text(encoding="utf-8")))}
    assert called == set(METHODS)


def test_nothing_goes_by_the_general_call() -> None:
    """``api_call`` would name a method where the test above does not look."""
    files = [path for path in PACKAGE.rglob("*.py") if "playground" not in path.parts]
    assert not [path for path in files if "api_call" in path.read_text(encoding="utf-8")]


def test_each_scope_has_a_reason_and_a_use() -> None:
    """The reasons are those of the scopes that methods, events and the command need."""
    assert tuple(WHY) == needed()
    used = {scope for scopes in (*METHODS.values(), *EVENTS.values()) for scope in scopes}
    assert used | {COMMANDS} == set(needed())


def test_the_document_has_each_method_scope_and_event() -> None:
    """``docs/slack.md`` says what a server has to have, each method with its scopes in its row."""
    text = (PACKAGE.parent / "docs" / "slack.md").read_text(encoding="utf-8")
    for method, scopes in METHODS.items():
        row = next(line for line in text.splitlines() if line.startswith("|") and f"`{method}`" in line.split("|")[1])
        assert {scope for scope in WHY if f"`{scope}`" in row} == set(scopes), method
    assert not [event for event in EVENTS if f"`{event}`" not in text]
