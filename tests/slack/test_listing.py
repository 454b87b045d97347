"""The images of a host, as they are listed."""

from dataclasses import replace

import pytest

from bot.flows.answers import Listed
from bot.images.listing import Row, listed
from bot.images.reference import Reference, parse
from bot.playground.blocks import block_faults
from bot.playground.limits import Surface
from bot.playground.seed import seeded
from bot.slack.replies import reply

INVENTORY = seeded(0).inventory


def _rows(pattern: str | None = None) -> tuple[Row, ...]:
    rows = listed(INVENTORY, pattern, (), everything=False)
    assert isinstance(rows, tuple)
    return rows


def _lines(rows: tuple[Row, ...], *, digests: bool = False, no_trunc: bool = False, quiet: bool = False) -> list[str]:
    answer = Listed(inventory=INVENTORY, rows=rows, digests=digests, no_trunc=no_trunc, quiet=quiet)
    blocks = list(reply(answer).blocks)
    assert list(block_faults(blocks, Surface.MESSAGE)) == []
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
