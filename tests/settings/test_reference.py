"""docs/configuration.md is what the settings say of themselves."""

import ast
import inspect
from pathlib import Path

import pytest

from bot.settings import tables
from bot.settings.reading import Environment
from bot.settings.reference import FILE, SECTIONS, reference

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_the_page_is_up_to_date() -> None:
    """Otherwise: imgbot config reference > docs/configuration.md."""
    assert PAGE.read_text(encoding="utf-8") == reference()


@pytest.mark.parametrize("table", SECTIONS.values(), ids=lambda table: table.__name__)
def test_every_key_is_in_it(table: type) -> None:
    """But for keys that are tables, which have sections."""
    section = reference().split(f"\n## {next(title for title, each in SECTIONS.items() if each is table)}\n")[1]
    rows = section.split("\n## ")[0]
    sections = {"slack", "http", "audit", "hosts", "rules", "protect", "break_glass"} if table is tables.File else set()
    for name in set(table.model_fields) - sections:  # type: ignore[attr-defined]  # a pydantic model
        assert f"| `{name}` |" in rows, name


def test_every_table_has_a_section() -> None:
    """One that is added must be shown."""
    named = [each.name for each in ast.parse(inspect.getsource(tables)).body if isinstance(each, ast.ClassDef)]
    assert set(named) - {"Strict"} == {table.__name__ for table in SECTIONS.values()}


def test_every_variable_is_in_it() -> None:
    """With the file that may have it."""
    for name in Environment.model_fields:
        assert f"`{name.upper()}`" in reference()
    assert any(name.endswith(FILE) for name in Environment.model_fields)
