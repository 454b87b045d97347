"""The images of a host, as they are listed."""

from dataclasses import replace
from typing import Any

import pytest

from bot.flows.answers import Listed
from bot.images.listing import Row, listed
from bot.images.reference import Reference, parse
from bot.playground.blocks import block_faults
from bot.playground.limits import Surface
from bot.playground.seed import seeded
from bot.slack import limits
from bot.slack.replies import reply

INVENTORY = seeded(0).inventory


def _rows(pattern: str | None = None) -> tuple[Row, ...]:
    rows = listed(INVENTORY, pattern, (), everything=False)
    assert isinstance(rows, tuple)
    return rows


def _lines(rows: tuple[Row, ...], *, digests: bool = False, no_trunc: bool = False, quiet: bool = False) -> list[str]:
    answer = Listed(inventory=INVENTORY, rows=rows, digests=digests, no_trunc=no_trunc, quiet=quiet)
    message = reply(answer)
    for each in (message.blocks, message.plainer):
        assert list(block_faults(list(each), Surface.MESSAGE)) == []
    blocks = message.plainer or message.blocks
    return [line for block in blocks for line in str(block.get("text", block)).split("\\n")]


def test_names_come_first() -> None:
    """All names of an image in one line, then its size and its ID."""
    lines = _lines(_rows("redis"))
    assert any("`redis:7` `redis:7.2` `redis:latest` 117 MB · 7f2a61c94be0" in line for line in lines)
    assert any("_no name_ 240.4 MB · d2607f93ab15" in line for line in _lines(_rows()))


def test_more_is_shown_where_it_is_asked_for() -> None:
    """Digests, whole IDs, or nothing but IDs."""
    assert "redis@sha256:" in str(_lines(_rows("redis"), digests=True))
    assert str(_lines(_rows("redis"), no_trunc=True)).count("sha256:7f2a61c94be0") == 1
    assert "```7f2a61c94be0" in str(_lines(_rows("redis:7"), quiet=True))


def _table(rows: tuple[Row, ...]) -> list[list[str]]:
    """Return the cells of the table, and what is said below it."""
    answer = Listed(inventory=INVENTORY, rows=rows, digests=False, no_trunc=False, quiet=False)
    tables: list[Any] = [block for block in reply(answer).blocks if block["type"] == "table"]
    cells = [[cell["elements"][0]["elements"] for cell in row] for table in tables for row in table["rows"]]
    return [["".join(str(piece.get("text", piece.get("fallback"))) for piece in cell) for cell in row] for row in cells]


def test_a_table_has_the_same() -> None:
    """A row for each image, its names first."""
    (head, first, *others) = _table(_rows("redis"))
    assert head == ["Names", "Size", "Created", "ID"]
    assert first[:2] + first[3:] == ["redis:7 redis:7.2 redis:latest", "117 MB", "7f2a61c94be0"]
    assert len(others) == len(_rows("redis")) - 1
    assert ["no name", "240.4 MB"] in [row[:2] for row in _table(_rows())]
    assert len(_table(_rows("redis")[:1] * 500)) == limits.TABLE_ROWS
    assert _table(()) == []


@pytest.mark.parametrize("quiet", [False, True])
def test_a_long_list_fits_a_message(quiet: bool) -> None:  # noqa: FBT001 -- a table of cases
    """What does not fit is counted: no line is cut in two."""
    image = _rows("redis")[0].image
    names = [parse(f"registry.example.com/team/a-service-with-a-long-name-{n}:2026-03-01") for n in range(40)]
    row = Row(image=image, references=tuple(name for name in names if isinstance(name, Reference)))
    lines = _lines((row,) * 500, quiet=quiet, no_trunc=True)
    assert "more images: name a repository" in lines[-1]
    assert quiet or all(line.count("`") % 2 == 0 for line in lines[1:-1])
    few = _lines((replace(row, references=row.references[:9]),))
    assert "and 1 more name" in few[-1]
