"""The reference of all settings, made from their own tables: docs/configuration.md is what this writes."""

import ast
import inspect
from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import pairwise
from types import MappingProxyType

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.images.spans import span_text
from bot.settings import reading, tables
from bot.settings.reading import Environment
from bot.settings.tables import (
    AuditTable,
    BreakGlassTable,
    EscalateTable,
    File,
    HostTable,
    HttpTable,
    ProtectTable,
    RuleTable,
    SlackTable,
)

HEAD = """# All settings

This page is made from the settings themselves: `imgbot config reference`. What rules mean is in
[the policy](policy.md), how a host is reached in [hosts](hosts.md).

Durations are a number and one of `s`, `m`, `h`, `d`, such as `"4h"`; sizes a number and one of `kB`, `MB`, `GB`, `TB`,
or `KiB` and so on, such as `"1GB"`. A key that is not here is refused, with the nearest one, and `imgbot config check`
says all that is wrong at once. `SIGHUP` has `imgbot serve` read the rules again.
"""
SECTIONS: Mapping[str, type[BaseModel]] = MappingProxyType(
    {
        "At the top of `imgbot.toml`": File,
        "`[slack]`": SlackTable,
        "`[hosts.NAME]`": HostTable,
        "`[[rules]]`": RuleTable,
        "`escalate` of a rule": EscalateTable,
        "`[[protect]]`": ProtectTable,
        "`[break_glass]`": BreakGlassTable,
        "`[audit]`": AuditTable,
        "`[http]`": HttpTable,
    }
)
FILE = "_file"
"""How the name of a variable ends that has the path of a file with the secret."""


def reference() -> str:
    """Return all settings as Markdown: where they stand, what they are where nothing is said, and what they mean."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield HEAD
    yield "## The environment\n"
    yield from _head("variable")
    said = _said(reading)[Environment.__name__]
    for name, field in Environment.model_fields.items():
        if not name.endswith(FILE):
            in_file = (
                f", or `{name.upper()}{FILE.upper()}` with a path" if name + FILE in Environment.model_fields else ""
            )
            yield _row(f"`{name.upper()}`{in_file}", field, said[name])
    for title, table in SECTIONS.items():
        yield f"\n## {title}\n"
        yield from _head("key")
        said = _said(tables)[table.__name__]
        for name, field in table.model_fields.items():
            if name in said:
                yield _row(f"`{name}`", field, said[name])


def _head(what: str) -> Iterator[str]:
    yield f"| {what} | otherwise | what |"
    yield "| --- | --- | --- |"


def _row(name: str, field: FieldInfo, said: str) -> str:
    return f"| {name} | {_default(field)} | {said.replace('``', '`').replace('|', chr(92) + '|')} |"


def _default(field: FieldInfo) -> str:
    """Return what a setting is where nothing is said, as it would be written."""
    if field.is_required():
        return "has to be said"
    match field.get_default(call_default_factory=True):
        case None | () | "" | 0:
            return ""
        case timedelta() as span:
            return f'`"{span_text(span)}"`' if span else ""
        case tuple() as several:
            return f"`{list(several)}`".replace("'", '"')
        case str() as text:
            return f'`"{text}"`'
        case other:
            return f"`{other}`"


def _said(module: object) -> Mapping[str, Mapping[str, str]]:
    """Return what stands below each key of the classes of a module. A key that is a table has nothing."""
    tree = ast.parse(inspect.getsource(module))  # type: ignore[arg-type]  # a module
    return {each.name: dict(_keys(each.body)) for each in tree.body if isinstance(each, ast.ClassDef)}


def _keys(body: list[ast.stmt]) -> Iterator[tuple[str, str]]:
    for statement, below in pairwise(body):
        match statement, below:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, " ".join(text.split())
