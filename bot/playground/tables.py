"""Tables held to what Slack says of them (docs.slack.dev/reference/block-kit/blocks/table-block)."""

from collections.abc import Iterator, Mapping

from bot.slack import limits

CELLS = frozenset({"raw_text", "rich_text"})
ALIGNED = frozenset({"left", "center", "right"})


def tables_of(blocks: object) -> int:
    """Return how many of *blocks* are tables."""
    each = blocks if isinstance(blocks, list) else []
    return sum(isinstance(block, dict) and block.get("type") == "table" for block in each)


def table_faults(block: Mapping[str, object], at: str) -> Iterator[str]:
    """Yield what Slack would refuse in a table; *at* is where it stands."""
    yield from _list(block.get("rows"), limits.TABLE_ROWS, f"{at}/rows", least=1)
    settings = block.get("column_settings", [])
    yield from _list(settings, limits.TABLE_COLUMNS, f"{at}/column_settings", least=0)
    for index, row in enumerate(_items(block.get("rows"))):
        yield from _list(row, limits.TABLE_COLUMNS, f"{at}/rows/{index}", least=1)
        for place, cell in enumerate(_items(row)):
            yield from _cell(cell, f"{at}/rows/{index}/{place}")
    for index, column in enumerate(_items(settings)):
        if not isinstance(column, dict) or column.get("align", "left") not in ALIGNED:
            yield f"must be one of: {', '.join(sorted(ALIGNED))} [json-pointer:{at}/column_settings/{index}/align]"
    if characters(block.get("rows")) > limits.TABLE_CHARACTERS:
        yield f"no more than {limits.TABLE_CHARACTERS} characters allowed [json-pointer:{at}/rows]"


def characters(value: object) -> int:
    """Return how many characters of text *value* holds, however deep."""
    match value:
        case {"text": str(text)}:
            return len(text)
        case dict():
            return sum(characters(part) for part in value.values())
        case list():
            return sum(characters(part) for part in value)
        case _:
            return 0


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _list(value: object, most: int, at: str, *, least: int) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"must provide a list [json-pointer:{at}]"
    elif not least <= len(value) <= most:
        allowed = f"no more than {most}" if len(value) > most else f"no fewer than {least}"
        yield f"{allowed} items allowed [json-pointer:{at}]"


def _cell(cell: object, at: str) -> Iterator[str]:
    if not isinstance(cell, dict) or cell.get("type") not in CELLS:
        yield f"must be one of: {', '.join(sorted(CELLS))} [json-pointer:{at}/type]"
        return
    if cell["type"] == "rich_text" and not _items(cell.get("elements")):
        yield f"no fewer than 1 items allowed [json-pointer:{at}/elements]"
    yield from _texts(cell, at)


def _texts(value: object, at: str) -> Iterator[str]:
    """Yield the texts of a cell that are empty: Slack takes none (NousResearch/hermes-agent#72871)."""
    if isinstance(value, dict):
        if value.get("type") in {"text", "raw_text"} and not value.get("text"):
            yield f"must be more than 0 characters [json-pointer:{at}/text]"
        yield from _texts(value.get("elements"), f"{at}/elements")
    for index, part in enumerate(_items(value)):
        yield from _texts(part, f"{at}/{index}")
